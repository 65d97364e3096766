package reachability_test

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
)

//go:embed testdata/crossings.json
var crossings string

// The parts of the world of crossings that faults change.
const (
	backToApp   = `{"DestinationCidrBlock": "10.0.0.0/16", "VpcPeeringConnectionId": "pcx-1", "Origin": "CreateRoute", "State": "active"}`
	hubBack     = `{"DestinationCidrBlock": "10.0.0.0/16", "TransitGatewayId": "tgw-1", "Origin": "CreateRoute", "State": "active"}`
	dataRule    = `"UserIdGroupPairs": [{"GroupId": "sg-agent", "UserId": "123456789012", "VpcPeeringConnectionId": "pcx-1"}]`
	hubRule     = `"IpRanges": [{"CidrIp": "10.0.0.0/16"}]`
	byAgent     = `"UserIdGroupPairs": [{"GroupId": "sg-agent"}]`
	agentOut    = `{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}`
	tgwEnabled  = `"OwnerId": "210987654321", "State": "available", "Options": {"SecurityGroupReferencingSupport": "enable"}`
	tgwDisabled = `"OwnerId": "210987654321", "State": "available", "Options": {"SecurityGroupReferencingSupport": "disable"}`
	toHub       = `{"DestinationCidrBlock": "10.2.0.0/16", "State": "active", "Type": "propagated", "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-hub", "ResourceId": "vpc-hub", "ResourceType": "vpc"}]}`
	toApp       = `{"DestinationCidrBlock": "10.0.0.0/16", "State": "active", "Type": "propagated", "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-app", "ResourceId": "vpc-app", "ResourceType": "vpc"}]},`
	hubAssoc    = `"ResourceId": "vpc-hub", "ResourceType": "vpc", "State": "associated"`
	appAttached = `"VpcId": "vpc-app", "State": "available", "SubnetIds": ["subnet-app-tgw"]`
	tunnels     = `[{"Status": "DOWN"}, {"Status": "UP"}]`
	bpaOff      = `"InternetGatewayBlockMode": "off"`
	bpaBoth     = `"InternetGatewayBlockMode": "block-bidirectional"`
	bpaIngress  = `"InternetGatewayBlockMode": "block-ingress"`

	agent6 = "2001:db8:1:1::10"
	hub    = "10.2.1.10"
	data   = "10.1.1.10"
	web    = "198.51.100.20"
)

func runCrossings(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			r := reachability.Trace(decoded(t, crossings, tt.replace...), tt.flow)
			if diff := cmp.Diff(tt.want, outcomeOf(r)); diff != "" {
				hop, _ := r.Deciding()
				t.Errorf("(-want +got):\n%s%s", diff, hop.Detail)
			}
		})
	}
}

// "How VPC peering works", "Unsupported VPC peering configurations", "Update
// your security groups to reference peer security groups", Amazon VPC Peering
// Guide.
func TestTracePeering(t *testing.T) {
	toData := flow(agent, data, tcp, 5432)
	runCrossings(t, []row{
		{"a reference across peering", nil, toData, reachable()},
		{"another port", nil, flow(agent, data, tcp, 5433), blocked(netpath.HopDestSG, "sg/wrong-port", "sg-data")},
		{"not active", swap(`"Status": {"Code": "active"}`, `"Status": {"Code": "deleted"}`), toData, blocked(netpath.HopRoute, "route/peering-down", "pcx-1")},
		{"no way back", swap(",\n  "+backToApp, ""), toData, blocked(netpath.HopRoute, "route/return-missing", "rtb-data")},
		{"a way back that is gone", swap(backToApp, strings.Replace(backToApp, "active", "blackhole", 1)), toData, blocked(netpath.HopRoute, "route/blackhole", "rtb-data")},
		{"a way back through something else", swap(backToApp, strings.Replace(backToApp, `"VpcPeeringConnectionId": "pcx-1"`, `"TransitGatewayId": "tgw-1"`, 1)), toData, unknown(netpath.HopRoute, "tgw-1")},
		{"a reference into another Region", swap(`"VpcId": "vpc-data", "OwnerId": "123456789012", "Region": "us-east-1"`, `"VpcId": "vpc-data", "OwnerId": "123456789012", "Region": "eu-west-1"`), toData, blocked(netpath.HopDestSG, "sg/reference-not-preserved", "sg-data")},
		{"a block into another Region", swap(`"VpcId": "vpc-data", "OwnerId": "123456789012", "Region": "us-east-1"`, `"VpcId": "vpc-data", "OwnerId": "123456789012", "Region": "eu-west-1"`, dataRule, hubRule), toData, reachable()},
		{"an outbound reference across peering", swap(agentOut, `{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-data"}]}`), toData, reachable()},
		{"peering is not transitive", swap(`"DestinationCidrBlock": "10.2.0.0/16", "TransitGatewayId": "tgw-1"`, `"DestinationCidrBlock": "10.2.0.0/16", "VpcPeeringConnectionId": "pcx-1"`), flow(agent, hub, tcp, 443), blocked(netpath.HopRoute, "route/none", "rtb-app")},
		{"the other side's ACL", swap(`"acl-data", "VpcId": "vpc-data", "IsDefault": true, "Associations": [], "Entries": [`, `"acl-data", "VpcId": "vpc-data", "IsDefault": true, "Associations": [], "Entries": [{"RuleNumber": 1, "Egress": true, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.1.0/24"},`), toData, blocked(netpath.HopDestNACL, "nacl/return-denied", "acl-data")},
		{"a connection that was not read", swap(`"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-1"`, `"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-2"`), toData, unknown(netpath.HopRoute, "pcx-1")},
		{"through a private NAT gateway", swap(`"CidrBlock": "10.1.0.0/16", "State"`, `"CidrBlock": "10.1.0.0/16", "CidrBlockAssociationSet": [{"CidrBlock": "192.168.9.0/24"}], "State"`, `"PrivateIpAddress": "10.1.1.10"`, `"PrivateIpAddress": "192.168.9.9"`, dataRule, `"IpRanges": [{"CidrIp": "10.0.101.6/32"}]`), flow(agent, "192.168.9.9", tcp, 5432), reachable()},
		{"a reference through a private NAT gateway", swap(`"CidrBlock": "10.1.0.0/16", "State"`, `"CidrBlock": "10.1.0.0/16", "CidrBlockAssociationSet": [{"CidrBlock": "192.168.9.0/24"}], "State"`, `"PrivateIpAddress": "10.1.1.10"`, `"PrivateIpAddress": "192.168.9.9"`), flow(agent, "192.168.9.9", tcp, 5432), blocked(netpath.HopDestSG, "sg/reference-not-preserved", "sg-data")},
	})
}

// "How AWS Transit Gateway works", "Amazon VPC attachments", "Network ACLs for
// transit gateways", "Security group referencing", AWS Transit Gateway.
func TestTraceTransitGateway(t *testing.T) {
	toHubENI := flow(agent, hub, tcp, 443)
	down := func(component string) outcome { return blocked(netpath.HopRoute, "route/tgw-down", component) }
	const sixOut, sixToHub = `{"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"`, `{"DestinationIpv6CidrBlock": "::/0", "TransitGatewayId": "tgw-1"`
	runCrossings(t, []row{
		{"to an endpoint in the hub", nil, toHubENI, reachable()},
		{"an inbound reference", swap(hubRule, byAgent), toHubENI, reachable()},
		{"an inbound reference, the gateway's attribute off", swap(hubRule, byAgent, tgwEnabled, tgwDisabled), toHubENI, blocked(netpath.HopDestSG, "sg/reference-not-preserved", "sg-hub")},
		{"an inbound reference, the attribute not told", swap(hubRule, byAgent, tgwEnabled, `"OwnerId": "210987654321", "State": "available"`), toHubENI, unknown(netpath.HopDestSG, "sg-hub")},
		{"an outbound reference", swap(agentOut, `{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-hub"}]}`), toHubENI, blocked(netpath.HopSourceSG, "sg/reference-not-preserved", "sg-agent")},
		{"the attachment is not available", swap(appAttached, strings.Replace(appAttached, "available", "failed", 1)), toHubENI, down("tgw-attach-app")},
		{"the other attachment is not available", swap(`"VpcId": "vpc-hub", "State": "available", "SubnetIds"`, `"VpcId": "vpc-hub", "State": "deleting", "SubnetIds"`), toHubENI, down("tgw-attach-hub")},
		{"IPv6 is disabled", swap(sixOut, sixToHub, appAttached, appAttached+`, "Options": {"Ipv6Support": "disable"}`), flow(agent6, "2001:db8:2:1::10", tcp, 443), down("tgw-attach-app")},
		{"IPv6 is enabled", swap(sixOut, sixToHub, appAttached, appAttached+`, "Options": {"Ipv6Support": "enable"}`), flow(agent6, "2001:db8:2:1::10", tcp, 443), blocked(netpath.HopRoute, "route/none", "tgw-rtb-1")},
		{"no subnet in the source's zone", swap(`"CidrBlock": "10.0.9.0/28", "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1"`, `"CidrBlock": "10.0.9.0/28", "AvailabilityZone": "us-east-1b", "AvailabilityZoneId": "use1-az2"`), toHubENI, down("tgw-attach-app")},
		{"no subnet in the destination's zone: replies", swap(`"CidrBlock": "10.2.9.0/28", "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1"`, `"CidrBlock": "10.2.9.0/28", "AvailabilityZone": "us-east-1b", "AvailabilityZoneId": "use1-az2"`), toHubENI, down("tgw-attach-hub")},
		{"no route", swap(toHub+",", ""), toHubENI, blocked(netpath.HopRoute, "route/none", "tgw-rtb-1")},
		{"a blackhole", swap(toHub, `{"DestinationCidrBlock": "10.2.0.0/16", "State": "blackhole", "Type": "static"}`), toHubENI, blocked(netpath.HopRoute, "route/blackhole", "tgw-rtb-1")},
		{"a static route before a propagated one", swap(toHub, toHub+`,{"DestinationCidrBlock": "10.2.0.0/16", "State": "blackhole", "Type": "static"}`), toHubENI, blocked(netpath.HopRoute, "route/blackhole", "tgw-rtb-1")},
		{"a longer prefix", swap(toHub, toHub+`,{"DestinationCidrBlock": "10.2.1.0/24", "State": "blackhole", "Type": "propagated"}`), toHubENI, blocked(netpath.HopRoute, "route/blackhole", "tgw-rtb-1")},
		{"not associated", swap(hubAssoc, strings.Replace(hubAssoc, "associated", "disassociated", 1)), toHubENI, down("tgw-attach-hub")},
		{"no way back in the hub", swap(",\n  "+hubBack, ""), toHubENI, blocked(netpath.HopRoute, "route/return-missing", "rtb-hub")},
		{"no way back in the gateway", swap(toApp, ""), toHubENI, blocked(netpath.HopRoute, "route/return-missing", "tgw-rtb-1")},
		{"the ACL of the attachment's subnet, in", swap(`"PortRange": {"From": 443, "To": 443}`, `"PortRange": {"From": 80, "To": 80}`), toHubENI, blocked(netpath.HopRoute, "nacl/ingress-denied", "acl-app-tgw")},
		{"the ACL of the attachment's subnet, replies out", swap(`"PortRange": {"From": 1024, "To": 65535}`, `"PortRange": {"From": 80, "To": 80}`), toHubENI, blocked(netpath.HopRoute, "nacl/return-denied", "acl-app-tgw")},
		{"an attachment in the agent's own subnet", swap(appAttached, strings.Replace(appAttached, "subnet-app-tgw", "subnet-agent", 1)), toHubENI, reachable()},
		{"an attachment in the agent's own subnet, whose ACL counts in both directions", swap(appAttached, strings.Replace(appAttached, "subnet-app-tgw", "subnet-agent", 1),
			`{"RuleNumber": 100, "Egress": false, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
  {"RuleNumber": 100, "Egress": true, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
  {"RuleNumber": 101`, `{"RuleNumber": 100, "Egress": false, "Protocol": "6", "RuleAction": "allow", "CidrBlock": "10.2.0.0/16"},
  {"RuleNumber": 100, "Egress": true, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
  {"RuleNumber": 101`), toHubENI, blocked(netpath.HopRoute, "nacl/ingress-denied", "acl-app")},
		{"routes that were not read", swap(`"AdditionalRoutesAvailable": false`, `"AdditionalRoutesAvailable": true`), toHubENI, unknown(netpath.HopRoute, "tgw-rtb-1")},
		{"to a VPN whose tunnels are down", swap(`"Status": "UP", "StatusMessage"`, `"Status": "DOWN", "StatusMessage"`), flow(agent, "172.16.0.9", tcp, 443), blocked(netpath.HopRoute, "route/vpn-down", "vpn-2")},
		{"to a VPN", nil, flow(agent, "172.16.0.9", tcp, 443), unknown(netpath.HopDestSG, "vpn-2")},
	})
}

// What stands behind a broken crossing is judged by addresses; references count or
// not when the way is there again.
func TestTraceBehindABrokenCrossing(t *testing.T) {
	appGone := swap(appAttached, strings.Replace(appAttached, "available", "rejected", 1))
	for label, tt := range map[string]struct {
		replace []string
		want    []string
	}{
		"admitted by address":   {nil, nil},
		"admitted by reference": {swap(hubRule, byAgent), nil},
		"not admitted":          {swap(hubRule, `"IpRanges": [{"CidrIp": "10.9.0.0/16"}]`), []string{"sg-hub"}},
	} {
		var behind, way []string
		for _, h := range reachability.Trace(decoded(t, crossings, append(tt.replace, appGone...)...), flow(agent, hub, tcp, 443)).Hops {
			switch {
			case h.Status != netpath.StatusFail:
			case h.Name == netpath.HopRoute:
				way = append(way, h.Cause)
			default:
				behind = append(behind, h.Component)
			}
		}
		if diff := cmp.Diff([][]string{{"route/tgw-down"}, tt.want}, [][]string{way, behind}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", label, diff)
		}
	}
}

// "Site-to-Site VPN routing options", "Viewing Site-to-Site VPN tunnel status",
// AWS Site-to-Site VPN User Guide.
func TestTraceVPN(t *testing.T) {
	toOffice := flow(agent, "192.168.1.9", tcp, 1433)
	down := func(component string) outcome { return blocked(netpath.HopRoute, "route/vpn-down", component) }
	static := swap(`"StaticRoutesOnly": false}`, `"StaticRoutesOnly": true}, "Routes": [{"DestinationCidrBlock": "192.168.2.0/24", "State": "available"}]`)
	runCrossings(t, []row{
		{"what is behind is not known", nil, toOffice, unknown(netpath.HopDestSG, "vpn-1")},
		{"both tunnels down", swap(tunnels, `[{"Status": "DOWN"}, {"Status": "DOWN"}]`), toOffice, down("vpn-1")},
		{"no static route", static, toOffice, down("vpn-1")},
		{"a static route", static, flow(agent, "192.168.2.9", tcp, 1433), unknown(netpath.HopDestSG, "vpn-1")},
		{"detached", swap(`"VpcAttachments": [{"VpcId": "vpc-app", "State": "attached"}]`, `"VpcAttachments": []`), toOffice, down("vgw-1")},
		{"no telemetry", swap(tunnels, `[]`), toOffice, unknown(netpath.HopRoute, "vpn-1")},
		{"no VPN: Direct Connect perhaps", swap(`"VpnGatewayId": "vgw-1", "State": "available", "Options"`, `"State": "available", "Options"`), toOffice, unknown(netpath.HopRoute, "vgw-1")},
	})
}

// "Enable internet access for a VPC using an internet gateway", "Enable outbound
// IPv6 traffic using an egress-only internet gateway", "NAT gateways", "Block
// public access to VPCs and subnets", Amazon VPC User Guide.
func TestTraceInternet(t *testing.T) {
	out, in := flow(agent, internet, tcp, 443), flow(internet, web, tcp, 443)
	out6 := flow(agent6, "2001:db8:ffff::1", tcp, 443)
	ofInterface := flow(agent, "2001:db8:ffff::1", tcp, 443)
	ofInterface.From.ENI = "eni-agent"
	barred := blocked(netpath.HopRoute, "route/block-public-access", "vpc-app")
	spared := func(resource, mode string) string {
		return `"arn:aws:ec2:us-east-1:123456789012:` + resource + `", "InternetGatewayExclusionMode": "` + mode + `"`
	}
	const excluded = `"arn:aws:ec2:us-east-1:123456789012:subnet/subnet-none", "InternetGatewayExclusionMode": "allow-egress"`
	runCrossings(t, []row{
		{"by NAT", nil, out, reachable()},
		{"by an egress-only gateway", nil, out6, reachable()},
		{"an interface named with its IPv4 address", nil, ofInterface, reachable()},
		{"an egress-only gateway that is detached", swap(`"VpcId": "vpc-app", "State": "attached"}]}]`, `"VpcId": "vpc-app", "State": "detached"}]}]`), out6, blocked(netpath.HopRoute, "route/blackhole", "rtb-app")},
		{"blocked both ways", swap(bpaOff, bpaBoth), out, barred},
		{"blocked both ways, IPv6", swap(bpaOff, bpaBoth), out6, barred},
		{"ingress blocked: NAT works", swap(bpaOff, bpaIngress), out, reachable()},
		{"ingress blocked: an egress-only gateway works", swap(bpaOff, bpaIngress), out6, reachable()},
		{"ingress blocked: a public address does not work", swap(bpaOff, bpaIngress), in, barred},
		{"the NAT gateway's subnet excluded", swap(bpaOff, bpaBoth, excluded, spared("subnet/subnet-nat", "allow-egress")), out, reachable()},
		{"the VPC excluded", swap(bpaOff, bpaBoth, excluded, spared("vpc/vpc-app", "allow-bidirectional")), in, reachable()},
		{"the VPC excluded for egress only", swap(bpaOff, bpaBoth, excluded, spared("vpc/vpc-app", "allow-egress")), in, barred},
		{"from the internet", nil, in, reachable()},
		{"from the internet, by the private address", nil, flow(internet, "10.0.101.20", tcp, 443), reachable()},
		{"from the internet, another port", nil, flow(internet, web, tcp, 22), blocked(netpath.HopDestSG, "sg/ingress-missing", "sg-web")},
		{"from the internet to the agent", nil, flow(internet, agent, tcp, 443), blocked(netpath.HopRoute, "route/igw-without-public-address", "eni-agent")},
		{"from the internet, replies go astray", swap(`"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"`, `"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"`), in, blocked(netpath.HopRoute, "route/return-missing", "rtb-nat")},
		{"from the internet, through a firewall", swap(`{"RouteTableId": "rtb-nat"`, `{"RouteTableId": "rtb-edge", "VpcId": "vpc-app", "Associations": [{"GatewayId": "igw-1"}], "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}, {"DestinationCidrBlock": "10.0.101.0/24", "GatewayId": "vpce-firewall", "State": "active"}]}, {"RouteTableId": "rtb-nat"`), in, unknown(netpath.HopRoute, "vpce-firewall")},
		{"a gateway's table that leads straight on", swap(`{"RouteTableId": "rtb-nat"`, `{"RouteTableId": "rtb-edge", "VpcId": "vpc-app", "Associations": [{"GatewayId": "igw-1"}], "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}]}, {"RouteTableId": "rtb-nat"`), in, reachable()},
		{"replies to the NAT gateway, through a firewall", swap(`{"RouteTableId": "rtb-nat"`, `{"RouteTableId": "rtb-edge", "VpcId": "vpc-app", "Associations": [{"GatewayId": "igw-1"}], "Routes": [{"DestinationCidrBlock": "10.0.101.0/24", "GatewayId": "vpce-firewall", "State": "active"}]}, {"RouteTableId": "rtb-nat"`), out, unknown(netpath.HopRoute, "vpce-firewall")},
		{"a firewall behind the NAT gateway", swap(`"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"`, `"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-firewall"`), out, unknown(netpath.HopRoute, "nat-1")},
		{"to one's own public front by NAT", nil, flow(agent, web, tcp, 443), reachable()},
		{"the front does not admit the NAT gateway", swap(`"FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]`, `"FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]`), flow(agent, web, tcp, 443), blocked(netpath.HopDestSG, "sg/wrong-source", "sg-web")},
		{"a regional NAT gateway", swap(`"SubnetId": "subnet-nat", "State": "available", "ConnectivityType": "public"`, `"AvailabilityMode": "regional", "RouteTableId": "rtb-nat", "State": "available", "ConnectivityType": "public"`), out, reachable()},
		{"a regional NAT gateway whose table was not read", swap(`"SubnetId": "subnet-nat", "State": "available", "ConnectivityType": "public"`, `"AvailabilityMode": "regional", "State": "available", "ConnectivityType": "public"`), out, unknown(netpath.HopRoute, "nat-1")},
		{"a private NAT gateway does not lead to the internet", swap(`"SubnetId": "subnet-nat", "State": "available", "ConnectivityType": "public"`, `"SubnetId": "subnet-nat", "State": "available", "ConnectivityType": "private"`), out, blocked(netpath.HopRoute, "route/nat-broken", "nat-1")},
		{"an instance that checks the destination", nil, flow(agent, "10.3.0.1", tcp, 443), blocked(netpath.HopRoute, "route/source-dest-check", "eni-router")},
		{"an instance that does not", swap(`"SourceDestCheck": true`, `"SourceDestCheck": false`), flow(agent, "10.3.0.1", tcp, 443), unknown(netpath.HopRoute, "eni-router")},
		{"from on-premises", nil, flow("192.168.1.9", data, tcp, 5432), blocked(netpath.HopRoute, "route/return-missing", "rtb-data")},
		{"from on-premises, admitted", swap(dataRule, `"IpRanges": [{"CidrIp": "192.168.0.0/16"}]`, backToApp, `{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vgw-2", "State": "active"}`), flow("192.168.1.9", data, tcp, 5432), unknown(netpath.HopSourceSG, "")},
	})
}
