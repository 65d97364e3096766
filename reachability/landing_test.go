package reachability_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
)

// The parts of the hub that send packets on: a table for the subnet of the
// gateway's interface, and a NAT gateway in a subnet of its own.
const (
	hubTable = `{"RouteTableId": "rtb-hub", "VpcId": "vpc-hub", "Associations": [{"Main": true}]`
	landed   = `{"RouteTableId": "rtb-hub-tgw", "VpcId": "vpc-hub", "Associations": [{"SubnetId": "subnet-hub-tgw"}], "Routes": [
  {"DestinationCidrBlock": "10.2.0.0/16", "GatewayId": "local", "State": "active"}, HERE]}, `
	toNATHub    = `{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-hub", "State": "active"}`
	homeOfNAT   = `{"RouteTableId": "rtb-hub-nat", "VpcId": "vpc-hub", "Associations": [{"SubnetId": "subnet-hub-nat"}], "Routes": [{"DestinationCidrBlock": "10.2.0.0/16", "GatewayId": "local", "State": "active"}, {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-hub", "State": "active"}`
	natBack     = `, {"DestinationCidrBlock": "10.0.0.0/16", "TransitGatewayId": "tgw-1", "State": "active"}`
	natSubnet   = `{"SubnetId": "subnet-hub-nat", "VpcId": "vpc-hub", "CidrBlock": "10.2.101.0/24", "AvailabilityZoneId": "use1-az1"}, `
	hubNAT      = `{"NatGatewayId": "nat-hub", "VpcId": "vpc-hub", "SubnetId": "subnet-hub-nat", "State": "available", "ConnectivityType": "public", "NatGatewayAddresses": [{"PrivateIp": "10.2.101.5", "PublicIp": "198.51.100.6"}]}, `
	hubGateway  = `{"InternetGatewayId": "igw-hub", "Attachments": [{"VpcId": "vpc-hub", "State": "available"}]}, `
	everyoneHub = `{"DestinationCidrBlock": "0.0.0.0/0", "State": "active", "Type": "static", "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-hub", "ResourceId": "vpc-hub", "ResourceType": "vpc"}]}, `
	outByNAT    = `"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"`
	hubACLs     = `{"NetworkAclId": "acl-hub", "VpcId": "vpc-hub", "IsDefault": true`
)

// landing gives the subnet of the gateway's interface in the hub a table of its
// own, with another route.
func landing(route string) []string {
	return swap(hubTable, strings.Replace(landed, "HERE", route, 1)+hubTable)
}

// central is an egress VPC: the hub's NAT gateway leads everybody to the
// internet.
func central(route string, more ...string) []string {
	all := landing(route)
	all = append(all, outByNAT, `"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"`)
	all = append(all, toHub, everyoneHub+toHub)
	all = append(all, hubTable, homeOfNAT+natBack+"]}, "+hubTable)
	all = append(all, `{"SubnetId": "subnet-hub",`, natSubnet+`{"SubnetId": "subnet-hub",`)
	all = append(all, `{"NatGatewayId": "nat-1"`, hubNAT+`{"NatGatewayId": "nat-1"`)
	all = append(all, `{"InternetGatewayId": "igw-1"`, hubGateway+`{"InternetGatewayId": "igw-1"`)
	return append(all, more...)
}

// denying is an ACL of a subnet that denies some packets.
func denying(subnet, entry string) []string {
	const rest = `{"RuleNumber": 100, "Egress": false, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}, {"RuleNumber": 100, "Egress": true, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}`
	return swap(hubACLs, `{"NetworkAclId": "acl-here", "VpcId": "vpc-hub", "Associations": [{"SubnetId": "`+subnet+`"}], "Entries": [`+entry+", "+rest+"]}, "+hubACLs)
}

// "Appliance in a shared services VPC", "Centralized outbound routing to the
// internet", AWS Transit Gateway: packets go on by the table of the subnet where
// they come out.
func TestTraceOutOfATransitGateway(t *testing.T) {
	inside, out := flow(agent, hub, tcp, 443), flow(agent, internet, tcp, 443)
	const (
		specific = `{"DestinationCidrBlock": "10.2.1.0/24", "State": "active", `
		attached = `"VpcId": "vpc-hub", "State": "available", "SubnetIds": ["subnet-hub-tgw"]`
		inZoneB  = `"SubnetId": "subnet-hub-tgw-b", "VpcId": "vpc-hub", "CidrBlock": "10.2.8.0/28", "AvailabilityZoneId": "use1-az2"`
		inZoneC  = `{"SubnetId": "subnet-hub-tgw", "VpcId": "vpc-hub", "CidrBlock": "10.2.9.0/28", "AvailabilityZone": "us-east-1c", "AvailabilityZoneId": "use1-az4"}`
		inZoneA  = `{"SubnetId": "subnet-hub-tgw", "VpcId": "vpc-hub", "CidrBlock": "10.2.9.0/28", "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1"}`
	)
	appLanded := strings.NewReplacer("rtb-hub-tgw", "rtb-app-tgw", "vpc-hub", "vpc-app", "subnet-hub-tgw", "subnet-app-tgw", "10.2.0.0/16", "10.0.0.0/16",
		"HERE", `{"DestinationCidrBlock": "10.0.1.0/24", "NetworkInterfaceId": "eni-router", "State": "active"}`).Replace(landed)
	runCrossings(t, []row{
		{"a table of its own", landing(toNATHub), inside, reachable()},
		{"past the local route, through an appliance", landing(specific + `"NetworkInterfaceId": "eni-firewall"}`), inside, unknown(netpath.HopRoute, "eni-firewall")},
		{"past the local route, into nothing", landing(`{"DestinationCidrBlock": "10.2.1.0/24", "State": "blackhole", "NetworkInterfaceId": "eni-gone"}`), inside, blocked(netpath.HopRoute, "route/blackhole", "rtb-hub-tgw")},
		{"in the destination's own subnet no table is asked", append(landing(specific+`"NetworkInterfaceId": "eni-firewall"}`), attached, strings.Replace(attached, "subnet-hub-tgw", "subnet-hub", 1)), inside, reachable()},
		{"of two zones that route differently, one is taken", append(landing(specific+`"NetworkInterfaceId": "eni-firewall"}`),
			inZoneA, inZoneC+", {"+inZoneB+"}", attached, strings.Replace(attached, `"subnet-hub-tgw"`, `"subnet-hub-tgw", "subnet-hub-tgw-b"`, 1)), inside, unknown(netpath.HopRoute, "tgw-attach-hub")},
		{"replies through an appliance", swap(hubTable, appLanded+hubTable), inside, unknown(netpath.HopRoute, "eni-router")},

		{"a central NAT gateway", central(toNATHub), out, reachable()},
		{"without a way on", central(`{"DestinationCidrBlock": "10.9.0.0/16", "NatGatewayId": "nat-hub", "State": "active"}`), out, blocked(netpath.HopRoute, "route/none", "rtb-hub-tgw")},
		{"straight to the internet gateway", central(`{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-hub", "State": "active"}`), out, blocked(netpath.HopRoute, "route/igw-without-public-address", "rtb-hub-tgw")},
		{"by a peering connection", central(`{"DestinationCidrBlock": "0.0.0.0/0", "VpcPeeringConnectionId": "pcx-1", "State": "active"}`), out, unknown(netpath.HopRoute, "pcx-1")},
		{"the NAT gateway's subnet knows no way back", central(toNATHub, natBack, ""), out, blocked(netpath.HopRoute, "route/return-missing", "rtb-hub-nat")},
		{"nor does the transit gateway", central(toNATHub, toApp, ""), out, blocked(netpath.HopRoute, "route/return-missing", "tgw-rtb-1")},
		{"the NAT gateway has failed", central(toNATHub, `"SubnetId": "subnet-hub-nat", "State": "available"`, `"SubnetId": "subnet-hub-nat", "State": "failed"`), out, blocked(netpath.HopRoute, "route/nat-broken", "nat-hub")},
		{"the ACL where they come out", central(toNATHub, denying("subnet-hub-tgw", `{"RuleNumber": 1, "Egress": true, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "203.0.113.0/24"}`)...), out, blocked(netpath.HopRoute, "nacl/egress-denied", "acl-here")},
		{"which is not asked about what comes in", central(toNATHub, denying("subnet-hub-tgw", `{"RuleNumber": 1, "Egress": false, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.1.0/24"}`)...), out, reachable()},
		{"but is about replies that go in", central(toNATHub, denying("subnet-hub-tgw", `{"RuleNumber": 1, "Egress": false, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "203.0.113.0/24"}`)...), out, blocked(netpath.HopRoute, "nacl/return-denied", "acl-here")},
		{"the ACL of the NAT gateway's subnet", central(toNATHub, denying("subnet-hub-nat", `{"RuleNumber": 1, "Egress": true, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.1.0/24"}`)...), out, blocked(netpath.HopRoute, "nacl/return-denied", "acl-here")},
	})
}

// The address that the world sees: of one's own NAT gateway, of one in an egress
// VPC, of an interface that has one; none where the packets do not get out.
func TestPublicAddress(t *testing.T) {
	for _, tt := range []struct {
		name    string
		replace []string
		from    string
		want    string
	}{
		{"a NAT gateway", nil, agent, "198.51.100.5"},
		{"a central one", central(toNATHub), agent, "198.51.100.6"},
		{"its own", nil, "10.0.101.20", "198.51.100.20"},
		{"no way out", swap(outByNAT, `"DestinationCidrBlock": "192.0.2.0/24", "NatGatewayId": "nat-1"`), agent, "invalid IP"},
	} {
		a := reachability.New(decoded(t, crossings, tt.replace...))
		if got := a.PublicAddress(reachability.Source{Address: netip.MustParseAddr(tt.from)}).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
