package reachability_test

import (
	_ "embed"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

//go:embed testdata/servers.json
var servers string

// fault is one thing broken in a healthy world, and the component that is to be
// named for it.
type fault struct {
	code      string
	world     string
	replace   []string
	flow      reachability.Flow
	component string
}

const (
	agentACLIn  = `{"RuleNumber": 32767, "Egress": false`
	agentACLOut = `{"RuleNumber": 32767, "Egress": true`
	s3Only      = `{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-endpoint", "UserId": "123456789012"}], "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}`
	toNATGone   = `{"NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-public", "State": "deleted"`
)

// The network's faults, one row each or more.
func networkFaults() []fault {
	toDatabase, out, toS3 := flow(agent, database, tcp, 5432), flow(agent, internet, tcp, 443), flow(agent, s3, tcp, 443)
	deny := func(rule, of string) []string {
		return swap(of, `{"RuleNumber": 1, "Egress": `+rule+`},`+of)
	}
	return []fault{
		{"sg/egress-missing", healthy, swap(databaseOut, ""), toDatabase, "sg-agent"},
		{"sg/ingress-missing", healthy, swap(databaseRule, ""), toDatabase, "sg-database"},
		{"sg/wrong-port", healthy, swap(databaseRule, permission("tcp", 5433, 5433, group("sg-agent"))), toDatabase, "sg-database"},
		{"sg/wrong-source", healthy, swap(databaseRule, permission("tcp", 5432, 5432, group("sg-other"))), toDatabase, "sg-database"},
		{"sg/endpoint-ingress-missing", healthy, swap(endpointRule, ""), flow(agent, endpoint, tcp, 443), "sg-endpoint"},
		{"sg/prefix-list-missing", healthy, swap(s3Only, strings.Replace(s3Only, `, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]`, "", 1)), toS3, "sg-agent"},
		{"sg/reference-not-preserved", crossings, swap(hubRule, byAgent, tgwEnabled, tgwDisabled), flow(agent, hub, tcp, 443), "sg-hub"},
		{"nacl/egress-denied", healthy, deny(`true, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.21.0/24"`, agentACLOut), toDatabase, "acl-agent"},
		{"nacl/ingress-denied", healthy, swap(dbACLIn, replaceBlock(dbACLIn, "10.0.2.0/24")), toDatabase, "acl-database"},
		{"nacl/return-denied", healthy, swap(dbACLOut, replaceRange(dbACLOut, `{"From": 443, "To": 443}`)), toDatabase, "acl-database"},
		{"nacl/return-denied", healthy, deny(`false, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.21.0/24"`, agentACLIn), toDatabase, "acl-agent"},
		{"nacl/partial-ephemeral", healthy, swap(dbACLOut, replaceRange(dbACLOut, `{"From": 32768, "To": 49151}`)), toDatabase, "acl-database"},
		{"route/none", healthy, swap(",\n  "+natRoute, ""), out, "rtb-agent"},
		{"route/blackhole", healthy, swap(natRoute, replaceState(natRoute)), out, "rtb-agent"},
		{"route/igw-without-public-address", healthy, swap(`"NatGatewayId": "nat-1", "Origin"`, `"GatewayId": "igw-1", "Origin"`), out, "rtb-agent"},
		{"route/nat-missing", healthy, swap(`{"NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-public", "State": "available"`, toNATGone), out, "rtb-agent"},
		{"route/nat-broken", healthy, swap(natGateway, `"State": "failed", "ConnectivityType": "public"`), out, "nat-1"},
		{"route/nat-broken", healthy, swap(natGateway, `"State": "available", "ConnectivityType": "private"`), out, "nat-1"},
		{"route/nat-broken", healthy, swap(`{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "Origin": "CreateRoute", "State": "active"}`, `{"DestinationCidrBlock": "192.0.2.0/24", "GatewayId": "igw-1", "State": "active"}`), out, "nat-1"},
		{"route/s3-gateway-missing", healthy, swap(s3Route+"\n  ", "", natRoute, `{"DestinationCidrBlock": "192.0.2.0/24", "NatGatewayId": "nat-1", "State": "active"}`), toS3, "rtb-agent"},
		{"route/return-missing", crossings, swap(",\n  "+backToApp, ""), flow(agent, data, tcp, 5432), "rtb-data"},
		{"route/return-missing", crossings, swap(",\n  "+hubBack, ""), flow(agent, hub, tcp, 443), "rtb-hub"},
		{"route/return-missing", crossings, swap(toApp, ""), flow(agent, hub, tcp, 443), "tgw-rtb-1"},
		{"route/peering-down", crossings, swap(`"Status": {"Code": "active"}`, `"Status": {"Code": "expired"}`), flow(agent, data, tcp, 5432), "pcx-1"},
		{"route/tgw-down", crossings, swap(appAttached, strings.Replace(appAttached, "available", "failed", 1)), flow(agent, hub, tcp, 443), "tgw-attach-app"},
		{"route/vpn-down", crossings, swap(tunnels, `[{"Status": "DOWN"}, {"Status": "DOWN"}]`), flow(agent, "192.168.1.9", tcp, 1433), "vpn-1"},
		{"route/block-public-access", crossings, swap(bpaOff, bpaBoth), flow(agent, internet, tcp, 443), "vpc-app"},
		{"route/source-dest-check", crossings, nil, flow(agent, "10.3.0.1", tcp, 443), "eni-router"},
	}
}

// measured are codes of the network's families that no configuration shows.
var measured = []string{"route/nat-ports-exhausted"}

// Each configuration fault of the network: the hop that decides names its code
// and the component that is to blame.
func TestEveryNetworkFaultNamesItsComponent(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range networkFaults() {
		seen[f.code] = true
		t.Run(strings.ReplaceAll(f.code, "/", " "), func(t *testing.T) {
			r := reachability.Trace(decoded(t, f.world, f.replace...), f.flow)
			hop, _ := r.Deciding()
			if diff := cmp.Diff([]string{f.code, f.component}, []string{hop.Cause, hop.Component}); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", r.Verdict, hop.Detail, diff)
			}
		})
	}
	for _, e := range catalogue.All() {
		family, _, _ := strings.Cut(e.Code, "/")
		if slices.Contains([]string{"sg", "nacl", "route"}, family) && !seen[e.Code] && !slices.Contains(measured, e.Code) {
			t.Errorf("%s has no row", e.Code)
		}
	}
}

// What the configuration says of a path beyond its packets: names, endpoints,
// databases.
func TestEveryOtherFaultNamesItsComponent(t *testing.T) {
	const ordersARN, proxyARN = "arn:aws:rds:us-east-1:123456789012:db:orders", "arn:aws:rds:us-east-1:123456789012:db-proxy:prx-1"
	private := netpath.Path{ID: "invoke/support/private", Kind: netpath.KindInvoke, Route: netpath.RoutePrivate, Target: netpath.Target{Name: "bedrock-agentcore.us-east-1.amazonaws.com", Port: 443, Endpoint: "vpce-agentcore"}}
	db := func(component string) netpath.Path {
		return netpath.Path{Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{Component: component, Port: 5432}}
	}
	noEndpoint := private
	noEndpoint.Target.Endpoint = ""
	blocksB := swap(`"acl-rest", "VpcId": "vpc-1", "IsDefault": true, "Associations": [`, `"acl-b", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-database-b"}], "Entries": []}, {"NetworkAclId": "acl-rest", "VpcId": "vpc-1", "IsDefault": true, "Associations": [`)
	admitsPool := swap(databaseRule, databaseRule+","+permission("tcp", 5432, 5432, group("sg-pool")))
	for _, tt := range []struct {
		code      string
		replace   []string
		path      netpath.Path
		to        string
		hop       netpath.HopName
		component string
	}{
		{"dns/private-dns-off", swap(`"PrivateDnsEnabled": true`, `"PrivateDnsEnabled": false`), private, endpoint, netpath.HopResolver, "vpce-agentcore"},
		{"dns/vpc-attributes-off", swap(`"EnableDnsHostnames": {"Value": true}`, `"EnableDnsHostnames": {"Value": false}`), private, endpoint, netpath.HopResolver, "vpc-1"},
		{"endpoint/not-available", swap(`"com.amazonaws.us-east-1.bedrock-agentcore", "State": "available"`, `"com.amazonaws.us-east-1.bedrock-agentcore", "State": "rejected"`), private, endpoint, netpath.HopEndpoint, "vpce-agentcore"},
		{"endpoint/missing", swap(`"VpcEndpointId": "vpce-agentcore", "VpcEndpointType": "Interface", "VpcId": "vpc-1"`, `"VpcEndpointId": "vpce-agentcore", "VpcEndpointType": "Interface", "VpcId": "vpc-9"`), noEndpoint, internet, netpath.HopEndpoint, "vpc-1"},
		{"db/not-available", swap(`"DBInstanceStatus": "available"`, `"DBInstanceStatus": "stopped"`), db(ordersARN), database, netpath.HopDatabase, ordersARN},
		{"db/failover-subnet-blocked", blocksB, db(ordersARN), database, netpath.HopDatabase, "acl-b"},
		{"", nil, db(ordersARN), database, netpath.HopDatabase, ordersARN},
		{"db/proxy-to-database-blocked", nil, db(proxyARN), "10.0.11.50", netpath.HopDatabase, "sg-database"},
		{"", admitsPool, db(proxyARN), "10.0.11.50", netpath.HopDatabase, proxyARN},
		{"", nil, db("arn:aws:rds:us-east-1:123456789012:cluster:ledger"), database, netpath.HopDatabase, "arn:aws:rds:us-east-1:123456789012:cluster:ledger"},
	} {
		t.Run(strings.ReplaceAll(tt.code, "/", " "), func(t *testing.T) {
			from := reachability.Source{ENI: "eni-agent"}
			got := reachability.Evidence(served(t, tt.replace...), from, tt.path, netip.MustParseAddr(tt.to))[tt.hop]
			if diff := cmp.Diff([]string{tt.code, tt.component}, []string{got.Cause, got.Component}); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", got.Status, got.Detail, diff)
			}
		})
	}
}

// served is the healthy world with its databases, texts of either replaced.
func served(t *testing.T, replace ...string) *vpc.Network {
	t.Helper()
	rds, world := servers, strings.Replace(healthy, `"NetworkInterfaceId": "eni-database",`, `"NetworkInterfaceId": "eni-database", "RequesterId": "amazon-rds",`, 1)
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(world+rds, replace[i]) {
			t.Fatalf("the world does not contain %s", replace[i])
		}
		world, rds = strings.Replace(world, replace[i], replace[i+1], 1), strings.Replace(rds, replace[i], replace[i+1], 1)
	}
	var d vpc.Decoder
	for name, text := range map[string]string{"world": world, "servers": rds} {
		if err := d.Decode(name, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	n := d.Network()
	n.Region = "us-east-1"
	return n
}
