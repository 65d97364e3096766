package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
	"github.com/agentcore-probe/probe/vpc"
)

const (
	agentRole   = "arn:aws:iam::" + account + ":role/AgentCoreSupportRuntime"
	serviceGate = "vpce-0cccccccccccccccc"
	layerBucket = `"arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"`
)

// through is a world whose endpoint for a service has a policy, with the path
// through it.
func through(t *testing.T, service, document string) (*vpc.Network, netpath.Path) {
	n := world(t, func(n *vpc.Network) {
		n.Runtimes[0].RoleARN = agentRole
		n.Runtimes[0].NetworkConfiguration.NetworkMode = "VPC"
		n.Runtimes[0].NetworkConfiguration.NetworkModeConfig = &vpc.VPCConfig{Subnets: []string{"subnet-1"}, SecurityGroups: []string{"sg-1"}}
		n.NetworkInterfaces = []vpc.NetworkInterface{{NetworkInterfaceID: "eni-agent", InterfaceType: vpc.AgentInterface, SubnetID: "subnet-1", Groups: []vpc.GroupRef{{GroupID: "sg-1"}}}}
		n.Endpoints = append(n.Endpoints, vpc.Endpoint{VpcEndpointID: serviceGate, VpcID: agentVPC, ServiceName: "com.amazonaws.us-east-1." + service, PolicyDocument: document})
	})
	p := netpath.Path{ID: "service/" + service, Kind: netpath.KindService, Route: netpath.RoutePrivate}
	p.Source.ENIs = []string{"eni-agent"}
	p.Target = netpath.Target{Service: service, Endpoint: serviceGate}
	return n, p
}

// The least policy of the S3 gateway endpoint is that of "Amazon ECR interface
// VPC endpoints" (Amazon ECR User Guide); an endpoint policy only caps ("Control
// access to VPC endpoints using endpoint policies").
func TestEndpointPoliciesOfServices(t *testing.T) {
	allow := func(principal, action, resource string) string {
		return document(statement("Allow", "Principal", principal, "Action", action, "Resource", resource))
	}
	const root, other = `{"AWS":"arn:aws:iam::` + account + `:root"}`, `{"AWS":"arn:aws:iam::` + account + `:role/somebody"}`
	for _, tt := range []struct{ name, service, policy, want string }{
		{"default", "logs", "", "pass"},
		{"everything", "logs", allow(`"*"`, `"*"`, `"*"`), "pass"},
		{"our account", "ecr.api", allow(root, `"ecr:*"`, `"*"`), "pass"},
		{"another role", "ecr.api", allow(other, `"ecr:*"`, `"*"`), "fail endpoint/policy-denies"},
		{"another action", "ecr.api", allow(root, `"ecr:BatchGetImage"`, `"*"`), "fail endpoint/policy-denies"},
		{"a repository of ours", "ecr.dkr", allow(root, `["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]`, `"arn:aws:ecr:us-east-1:`+account+`:repository/support"`), "pass"},
		{"no repository", "ecr.dkr", allow(root, `"ecr:GetAuthorizationToken"`, `"*"`), "fail endpoint/policy-denies"},
		{"a log group of ours", "logs", allow(root, `"logs:*"`, `"arn:aws:logs:us-east-1:`+account+`:log-group:/aws/bedrock-agentcore/*"`), "pass"},
		{"reading only", "logs", allow(root, `"logs:Describe*"`, `"*"`), "fail endpoint/policy-denies"},
		{"denied to all", "logs", document(statement("Allow", "Principal", `"*"`), statement("Deny", "Principal", `"*"`, "Action", `"logs:PutLogEvents"`)), "fail endpoint/policy-denies"},
		{"another organization, perhaps", "logs", document(statement("Allow", "Principal", `"*"`, "Condition", `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)), "unknown"},
		{"the layers", "s3", allow(`"*"`, `"s3:GetObject"`, layerBucket), "pass"},
		{"the layers, for our account", "s3", allow(root, `"s3:GetObject"`, layerBucket), "fail endpoint/policy-blocks-layers"},
		{"another bucket", "s3", allow(`"*"`, `"s3:*"`, `"arn:aws:s3:::ours/*"`), "fail endpoint/policy-blocks-layers"},
		{"some tables", "dynamodb", allow(`"*"`, `"dynamodb:GetItem"`, `"arn:aws:dynamodb:us-east-1:`+account+`:table/carts"`), "pass"},
		{"nothing of the service", "dynamodb", allow(`"*"`, `"s3:*"`, `"*"`), "fail endpoint/policy-denies"},
		{"not JSON", "logs", "{", "unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, p := through(t, tt.service, tt.policy)
			e := policy.Evidence(n, p, probeCaller)[netpath.HopEndpointPolicy]
			if got := strings.TrimSpace(string(e.Status) + " " + e.Cause); got != tt.want {
				t.Fatalf("%s, want %s: %+v", got, tt.want, e)
			}
			if e.Component != serviceGate {
				t.Errorf("component %q", e.Component)
			}
			fixed, explicit := e.Facts["fixed_policy"], e.Facts["effect"] == "explicit"
			if e.Status != netpath.StatusFail || explicit {
				return
			}
			n, p = through(t, tt.service, fixed)
			if e := policy.Evidence(n, p, probeCaller)[netpath.HopEndpointPolicy]; e.Status != netpath.StatusPass {
				t.Errorf("the mended policy %s: %+v", fixed, e)
			}
		})
	}
}

func TestEndpointPoliciesThatCannotBeJudged(t *testing.T) {
	n, p := through(t, "logs", document(statement("Allow", "Principal", `"*"`)))
	p.Source.ENIs = nil
	if e := policy.Evidence(n, p, probeCaller)[netpath.HopEndpointPolicy]; e.Status != netpath.StatusUnknown {
		t.Errorf("without a role: %+v", e)
	}
	p.Target.Endpoint = "vpce-elsewhere"
	if e := policy.Evidence(n, p, probeCaller)[netpath.HopEndpointPolicy]; e.Status != netpath.StatusUnknown {
		t.Errorf("an endpoint elsewhere: %+v", e)
	}
	p.Route = netpath.RoutePublic
	if diff := cmp.Diff(map[netpath.HopName]netpath.Evidence(nil), policy.Evidence(n, p, probeCaller)); diff != "" {
		t.Errorf("over the internet (-want +got):\n%s", diff)
	}
}
