package vpc_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/vpc"
)

// edited is the private network with a piece of its document replaced.
func edited(t *testing.T, old, new string) *vpc.Network {
	t.Helper()
	data, err := os.ReadFile("testdata/private.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(data), old) != 1 {
		t.Fatalf("%q stands %d times in the document", old, strings.Count(string(data), old))
	}
	n, _ := decode(t, strings.Replace(string(data), old, new, 1))
	return n
}

func TestDiff(t *testing.T) {
	const (
		database = "sg-0a1b2c3d4e5f6d001"
		agent    = "sg-0a1b2c3d4e5f6a001"
		table    = "rtb-0a1b2c3d4e5f60002"
		acl      = "acl-0a1b2c3d4e5f60001"
	)
	for _, tt := range []struct {
		name, old, new string
		want           []vpc.Change
	}{
		{"a rule revoked", `"IpPermissions": [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": "sg-0a1b2c3d4e5f6a001", "UserId": "123456789012"}]}]`, `"IpPermissions": []`,
			[]vpc.Change{{database, "SecurityGroups", "IpPermissions", "tcp 5432 " + agent, ""}}},
		{"a rule's port", `"IpPermissions": [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432`, `"IpPermissions": [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5433`,
			[]vpc.Change{{database, "SecurityGroups", "IpPermissions", "tcp 5432 " + agent, "tcp 5432-5433 " + agent}}},
		{"a rule opened wide", `{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges"`, `{"IpProtocol": "-1", "IpRanges"`,
			[]vpc.Change{
				{agent, "SecurityGroups", "IpPermissionsEgress", "tcp 443 0.0.0.0/0", ""},
				{agent, "SecurityGroups", "IpPermissionsEgress", "tcp 443 pl-63a5400a", ""},
				{agent, "SecurityGroups", "IpPermissionsEgress", "", "all 0.0.0.0/0"},
				{agent, "SecurityGroups", "IpPermissionsEgress", "", "all pl-63a5400a"},
			}},
		{"a route's target gone", `"NatGatewayId": "nat-0a1b2c3d4e5f60001", "Origin": "CreateRoute", "State": "active"`, `"NatGatewayId": "nat-0a1b2c3d4e5f60001", "Origin": "CreateRoute", "State": "blackhole"`,
			[]vpc.Change{{table, "RouteTables", "Routes[0.0.0.0/0]", "nat-0a1b2c3d4e5f60001", "nat-0a1b2c3d4e5f60001 (blackhole)"}}},
		{"an entry's action", `{"RuleNumber": 100, "Egress": true, "Protocol": "-1", "RuleAction": "allow"`, `{"RuleNumber": 100, "Egress": true, "Protocol": "6", "PortRange": {"From": 443, "To": 443}, "RuleAction": "deny"`,
			[]vpc.Change{{acl, "NetworkAcls", "Entries[egress 100]", "allow all 0.0.0.0/0", "deny tcp 443 0.0.0.0/0"}}},
		{"an attribute", `"EnableDnsHostnames": {"Value": true}`, `"EnableDnsHostnames": {"Value": false}`,
			[]vpc.Change{{theVPC, "VpcAttributes", "EnableDnsHostnames.Value", "true", "false"}}},
		{"a policy's statement", `\"aws:SourceVpce\":\"vpce-0a1b2c3d4e5f60001\"`, `\"aws:SourceVpce\":\"vpce-9\"`,
			[]vpc.Change{{theRuntime, "resourcePolicies", "policy.Statement",
				`{"Action":"bedrock-agentcore:InvokeAgentRuntime","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-0a1b2c3d4e5f60001"}},"Effect":"Deny","Principal":"*","Resource":"*","Sid":"OnlyOurEndpoint"}`,
				`{"Action":"bedrock-agentcore:InvokeAgentRuntime","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-9"}},"Effect":"Deny","Principal":"*","Resource":"*","Sid":"OnlyOurEndpoint"}`}}},
		{"a policy's white space", `\"Version\":\"2012-10-17\",\"Statement\":[`, `\"Version\": \"2012-10-17\", \"Statement\": [`, nil},
		{"a tag", `"Value": "agents"`, `"Value": "agents2"`, []vpc.Change{{theVPC, "Vpcs", "Tags[Name]", "agents", "agents2"}}},
		{"a resource replaced", `[{"InternetGatewayId": "igw-0a1b2c3d4e5f60001"`, `[{"InternetGatewayId": "igw-2"`,
			[]vpc.Change{{"igw-0a1b2c3d4e5f60001", "InternetGateways", "", vpc.Present, vpc.Absent}, {"igw-2", "InternetGateways", "", vpc.Absent, vpc.Present}}},
		{"free addresses", `"AvailableIpAddressCount": 240`, `"AvailableIpAddressCount": 239`, nil},
		{"no free addresses", `"AvailableIpAddressCount": 240`, `"AvailableIpAddressCount": 0`,
			[]vpc.Change{{agentSubnet, "Subnets", "AvailableIpAddressCount", "some", "none"}}},
		{"the order of a list", `[{"PrivateIpAddress": "10.0.1.20", "Primary": true}, {"PrivateIpAddress": "10.0.1.21", "Primary": false}]`, `[{"PrivateIpAddress": "10.0.1.21", "Primary": false}, {"PrivateIpAddress": "10.0.1.20", "Primary": true}]`, nil},
		{"a list that is no longer read", `"NatGateways": [`, `"Unread": [`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, after := private(t), edited(t, tt.old, tt.new)
			if diff := cmp.Diff(tt.want, vpc.Diff(before, after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again := vpc.Diff(after, after); len(again) != 0 {
				t.Errorf("differs from itself: %v", again)
			}
		})
	}
}

// TestDiffOfGateways: what lies beyond the VPC changes too.
func TestDiffOfGateways(t *testing.T) {
	const routes = `{"TransitGatewayRouteTableId":"tgw-rtb-1","Routes":[{"DestinationCidrBlock":"172.16.0.0/12","State":"active","TransitGatewayAttachments":[{"TransitGatewayAttachmentId":"tgw-attach-1"}]}]}`
	const vpn = `{"VpnConnections":[{"VpnConnectionId":"vpn-1","State":"available","VgwTelemetry":[{"OutsideIpAddress":"203.0.113.7","Status":"UP"}]}]}`
	const bpa = `{"VpcBlockPublicAccessOptions":{"AwsAccountId":"123456789012","AwsRegion":"us-east-1","InternetGatewayBlockMode":"off"}}`
	before, _ := decode(t, routes, vpn, bpa)
	after, _ := decode(t, strings.Replace(routes, `"active"`, `"blackhole"`, 1), strings.Replace(vpn, "UP", "DOWN", 1), strings.Replace(bpa, `"off"`, `"block-ingress"`, 1))
	want := []vpc.Change{
		{"vpn-1", "VpnConnections", "VgwTelemetry", "AcceptedRouteCount=0 OutsideIpAddress=203.0.113.7 Status=UP", "AcceptedRouteCount=0 OutsideIpAddress=203.0.113.7 Status=DOWN"},
		{"tgw-rtb-1", "TransitGatewayRoutes", "Routes[172.16.0.0/12]", "tgw-attach-1", "tgw-attach-1 (blackhole)"},
		{"123456789012/us-east-1", "VpcBlockPublicAccessOptions", "InternetGatewayBlockMode", "off", "block-ingress"},
	}
	if diff := cmp.Diff(want, vpc.Diff(before, after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDiffOfNothing(t *testing.T) {
	if got := vpc.Diff(nil, private(t)); got != nil {
		t.Errorf("%v", got)
	}
}
