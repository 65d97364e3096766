package reachability_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
)

// dhcp gives the VPC DHCP options with a domain-name-servers value.
func dhcp(server string) []string {
	return swap(`"OwnerId": "123456789012", "CidrBlock": "10.0.0.0/16"`, `"OwnerId": "123456789012", "DhcpOptionsId": "dopt-1", "CidrBlock": "10.0.0.0/16"`,
		`"Subnets": [`, `"DhcpOptions": [{"DhcpOptionsId": "dopt-1", "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": [{"Value": "`+server+`"}]}]}], "Subnets": [`)
}

// "DHCP option sets in Amazon VPC", "Amazon DNS server": the VPC's resolver is
// AmazonProvidedDNS, the base of its block plus two, and 169.254.169.253.
func TestEvidenceOfDHCPOptions(t *testing.T) {
	amazons := netpath.Evidence{Status: netpath.StatusPass, Component: "vpce-agentcore", Detail: "private DNS is on, and both DNS attributes of vpc-1",
		Facts: netpath.Facts{"private_dns": "on"}}
	for server, want := range map[string]netpath.Evidence{
		"AmazonProvidedDNS": amazons,
		"10.0.0.2":          amazons,
		"169.254.169.253":   amazons,
		"10.0.9.9": {Status: netpath.StatusUnknown, Component: "dopt-1", Detail: "private DNS is on, but dopt-1 names the resolvers 10.0.9.9: what they answer is theirs to say",
			Facts: netpath.Facts{"private_dns": "on", "dhcp_options": "dopt-1", "dhcp_servers": "10.0.9.9"}},
	} {
		got := evidence(t, private, "eni-agent", endpoint, dhcp(server)...)[netpath.HopResolver]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", server, diff)
		}
	}
}

// The private zone of an endpoint answers for every name below its own
// ("Private DNS names", PrivateLink guide): without an endpoint for gateways
// none of theirs exists.
func TestEvidenceOfAGatewaysName(t *testing.T) {
	gateway := netpath.Path{ID: "egress/tools", Kind: netpath.KindEgress, Route: netpath.RoutePublic, Target: netpath.Target{Name: "tools-a1b2c3d4e5.gateway.bedrock-agentcore.us-east-1.amazonaws.com", Port: 443}}
	other := gateway
	other.Target.Name = "tools.example.com"
	const data = `"VpcEndpointId": "vpce-agentcore", "VpcEndpointType": "Interface"`
	for _, tt := range []struct {
		name    string
		path    netpath.Path
		replace []string
		want    string
	}{
		{"hidden", gateway, nil, "fail dns/gateway-shadowed"},
		{"another name", other, nil, ""},
		{"private DNS off", gateway, swap(`"PrivateDnsEnabled": true`, `"PrivateDnsEnabled": false`), ""},
		{"DNS host names off: private DNS has no effect", gateway, swap(`"EnableDnsHostnames": {"Value": true}`, `"EnableDnsHostnames": {"Value": false}`), ""},
		{"no endpoint of the data plane", gateway, swap(`us-east-1.bedrock-agentcore"`, `us-east-1.logs"`), ""},
		{"an endpoint for gateways", gateway, swap(` {`+data, ` {"VpcEndpointId": "vpce-gateway", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "ServiceName": "com.amazonaws.us-east-1.bedrock-agentcore.gateway", "State": "available", "PrivateDnsEnabled": true}, {`+data), ""},
	} {
		if got := statuses(evidence(t, tt.path, "eni-agent", internet, tt.replace...))[netpath.HopResolver]; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	facts := evidence(t, gateway, "eni-agent", internet)[netpath.HopResolver].Facts
	want := netpath.Facts{
		"region": "us-east-1", "vpc": "vpc-1", "endpoint": "vpce-agentcore", "name": gateway.Target.Name, "zone": "bedrock-agentcore.us-east-1.amazonaws.com",
		"gateway_service": "com.amazonaws.us-east-1.bedrock-agentcore.gateway", "subnets": `["subnet-endpoint"]`, "groups": `[""]`,
	}
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}
