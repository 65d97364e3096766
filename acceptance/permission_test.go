package acceptance_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/permission"
	"github.com/agentcore-probe/probe/report"
)

// crossing are the scenarios whose networks have what the patterns' lack: each is
// why some action is read.
var crossing = []string{"healthy-hub", "healthy-files", "route-vpn-down"}

// rare are resources that most VPCs lack and that are read where there are any:
// they stand in no way of any path.
const rare = `[
	{"op": "add", "path": "/RouteTables/0/Routes/-", "value": {"DestinationCidrBlock": "10.99.0.0/16", "VpcPeeringConnectionId": "pcx-0a1b2c3d4e5f60718", "Origin": "CreateRoute", "State": "active"}},
	{"op": "add", "path": "/VpcPeeringConnections", "value": [{"VpcPeeringConnectionId": "pcx-0a1b2c3d4e5f60718", "Status": {"Code": "active"}, "RequesterVpcInfo": {"VpcId": "vpc-0d657100cb5d40f02", "Region": "us-east-1"}, "AccepterVpcInfo": {"VpcId": "vpc-0f1e2d3c4b5a69788", "Region": "us-east-1"}}]},
	{"op": "add", "path": "/RouteTables/0/Routes/-", "value": {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-0a1b2c3d4e5f60718", "Origin": "CreateRoute", "State": "active"}},
	{"op": "add", "path": "/EgressOnlyInternetGateways", "value": [{"EgressOnlyInternetGatewayId": "eigw-0a1b2c3d4e5f60718", "Attachments": [{"VpcId": "vpc-0d657100cb5d40f02", "State": "attached"}]}]},
	{"op": "add", "path": "/PrefixLists", "value": [{"PrefixListId": "pl-0a1b2c3d4e5f60718", "PrefixListName": "offices", "OwnerId": "123456789012", "Cidrs": ["203.0.113.0/25"]}]},
	{"op": "add", "path": "/RouteTables/0/Routes/-", "value": {"DestinationPrefixListId": "pl-0a1b2c3d4e5f60718", "GatewayId": "local", "Origin": "CreateRoute", "State": "active"}},
	{"op": "add", "path": "/VpcBlockPublicAccessOptions", "value": {"InternetGatewayBlockMode": "block-ingress"}},
	{"op": "add", "path": "/DBClusters", "value": [{"DBClusterIdentifier": "ledger", "DBClusterArn": "arn:aws:rds:us-east-1:123456789012:cluster:ledger", "Engine": "aurora-postgresql", "Status": "available"}]},
	{"op": "add", "path": "/DBProxies", "value": [{"DBProxyName": "orders-proxy", "DBProxyArn": "arn:aws:rds:us-east-1:123456789012:db-proxy:prx-0a1b2c3d4e5f60718", "Status": "available"}]}
]`

// The lab's APIs tell which IAM actions they were asked for. Over the worlds of
// the patterns and of what leads out of a VPC, and of one that somebody breaks, they
// are those of the least policy:
// nothing is missing, and nothing more is in it.
func TestLeastPolicyIsWhatIsAsked(t *testing.T) {
	needNamespaces(t)
	asked := map[string]bool{}
	for _, pattern := range []string{"private", "public", "vpc", "isolated"} {
		for _, action := range recorded(t, "--pattern", pattern) {
			asked[action] = true
		}
	}
	for _, action := range recorded(t, "--scenario", scenario(t, "rare", "private", rare)) {
		asked[action] = true
	}
	for _, name := range crossing {
		for _, action := range recorded(t, "--scenario", "../lab/scenarios/"+name+".json") {
			asked[action] = true
		}
	}
	file := filepath.Join(t.TempDir(), "calls")
	told(t, []string{"--pattern", "private", "--record", file}, watching, "by whom", "revoke")
	for _, action := range actionsIn(t, file) {
		asked[action] = true
	}
	allowed := map[string]bool{}
	for _, s := range leastPolicy(t).Statement {
		for _, action := range s.Action {
			allowed[action] = allowed[action] || s.Effect == "Allow"
		}
	}
	if diff := cmp.Diff(asked, allowed); diff != "" {
		t.Errorf("what was asked (-) is not what is allowed (+):\n%s", diff)
	}
}

// recorded are the IAM actions that the world's APIs were asked for by the probe.
func recorded(t *testing.T, world ...string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "calls")
	args := append(append([]string{"run", "-q", "--record", file}, world...), "--", programs.probe, "check")
	if r := run(t, programs.lab, args...); r.status == 2 || r.status > 3 {
		t.Fatalf("%v: exit status %d\n%s", world, r.status, r.errors)
	}
	return actionsIn(t, file)
}

// actionsIn are the IAM actions in the record of a world that are the probe's.
func actionsIn(t *testing.T, file string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(read(t, file)) {
		call := decode[struct {
			Principal string
			Actions   []string
		}](t, line)
		if strings.Contains(call.Principal, ":assumed-role/agentcore-probe/") {
			all = append(all, call.Actions...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func leastPolicy(t *testing.T) permission.Policy {
	t.Helper()
	r := run(t, programs.probe, "config", "iam-policy")
	if r.status != 0 {
		t.Fatal(r.errors)
	}
	return decode[permission.Policy](t, r.out)
}

// A role with the least policy and nothing else reads and proves everything: the
// lab's evaluator of policies judges it.
func TestLeastPolicyIsEnough(t *testing.T) {
	needNamespaces(t)
	policy, err := json.Marshal(leastPolicy(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"private", "public", "vpc", "isolated"} {
		t.Run(pattern, func(t *testing.T) {
			patch, err := json.Marshal([]map[string]any{{"op": "replace", "path": "/Lab/Principals/0/IdentityPolicies", "value": []string{string(policy)}}})
			if err != nil {
				t.Fatal(err)
			}
			file := scenario(t, "least-policy", pattern, string(patch))
			r := run(t, programs.lab, "run", "-q", "--scenario", file, "--", programs.probe, "check", "-o", "json")
			got := decode[report.Report](t, r.out)
			if diff := cmp.Diff(report.Summary{OK: len(got.Paths)}, got.Summary); diff != "" || len(got.Inventory.Unread) > 0 {
				t.Errorf("unread %v, summary (-want +got):\n%s", got.Inventory.Unread, diff)
			}
			for _, p := range got.Paths {
				for _, h := range p.Hops {
					if strings.Contains(h.Detail, "may not do") || strings.Contains(h.Detail, "access_denied") {
						t.Errorf("%s at %s: %s", p.ID, h.Name, h.Detail)
					}
				}
			}
		})
	}
}

// scenario writes a file with a world that is changed.
func scenario(t *testing.T, name, pattern, patch string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".json")
	text := `{"name": "` + name + `", "about": "A world of a test.", "pattern": "` + pattern + `", "patch": ` + patch + `, "want": {"findings": [], "verdicts": {}, "within": 60}}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
