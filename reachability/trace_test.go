package reachability_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

// row is one world, one flow and what is expected of it.
type row struct {
	name    string
	replace []string
	flow    reachability.Flow
	want    outcome
}

func run(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			r := reachability.Trace(world(t, tt.replace...), tt.flow)
			if diff := cmp.Diff(tt.want, outcomeOf(r)); diff != "" {
				hop, _ := r.Deciding()
				t.Errorf("(-want +got):\n%s%s", diff, hop.Detail)
			}
		})
	}
}

func swap(pairs ...string) []string { return pairs }

// The parts of the world that faults change.
const (
	databaseRule  = `{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": "sg-agent", "UserId": "123456789012"}]}`
	endpointRule  = `{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-agent", "UserId": "123456789012"}]}`
	databaseOut   = `{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": "sg-database", "UserId": "123456789012"}]},`
	sidecarGroups = `"10.0.1.20", "Groups": [{"GroupId": "sg-agent", "GroupName": "agent"}]`
	natRoute      = `{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "Origin": "CreateRoute", "State": "active"}`
	s3Route       = `{"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "Origin": "CreateRoute", "State": "active"},`
	natGateway    = `"State": "available", "ConnectivityType": "public"`
	dbACLIn       = `{"RuleNumber": 100, "Egress": false, "Protocol": "6", "RuleAction": "allow", "CidrBlock": "10.0.0.0/16", "PortRange": {"From": 5432, "To": 5432}}`
	dbACLOut      = `{"RuleNumber": 100, "Egress": true, "Protocol": "6", "RuleAction": "allow", "CidrBlock": "10.0.0.0/16", "PortRange": {"From": 1024, "To": 65535}}`
)

// permission is one rule of a security group.
func permission(protocol string, from, to int, peer string) string {
	return fmt.Sprintf(`{"IpProtocol": %q, "FromPort": %d, "ToPort": %d, %s}`, protocol, from, to, peer)
}

func block(cidr string) string { return fmt.Sprintf(`"IpRanges": [{"CidrIp": %q}]`, cidr) }
func group(id string) string   { return fmt.Sprintf(`"UserIdGroupPairs": [{"GroupId": %q}]`, id) }
func list(id string) string    { return fmt.Sprintf(`"PrefixListIds": [{"PrefixListId": %q}]`, id) }

func TestTraceHealthy(t *testing.T) {
	run(t, []row{
		{"agent to database", nil, flow(agent, database, tcp, 5432), reachable()},
		{"agent to endpoint", nil, flow(agent, endpoint, tcp, 443), reachable()},
		{"agent to the internet by NAT", nil, flow(agent, internet, tcp, 443), reachable()},
		{"agent to S3 by the gateway endpoint", nil, flow(agent, s3, tcp, 443), reachable()},
		{"agent to the Amazon resolver", nil, flow(agent, resolver, tcp, 53), reachable()},
		{"agent to the Amazon resolver, link-local", nil, flow(agent, "169.254.169.253", udp, 53), reachable()},
		{"to oneself", nil, flow(agent, agent, tcp, 8080), reachable()},
	})
}

// "Security group rules", Amazon VPC User Guide.
func TestTraceSecurityGroups(t *testing.T) {
	toDatabase := flow(agent, database, tcp, 5432)
	missing := blocked(netpath.HopDestSG, "sg/ingress-missing", "sg-database")
	wrongPort := blocked(netpath.HopDestSG, "sg/wrong-port", "sg-database")
	wrongSource := blocked(netpath.HopDestSG, "sg/wrong-source", "sg-database")
	inbound := func(rule string) []string { return swap(databaseRule, rule) }
	run(t, []row{
		{"no rule", inbound(""), toDatabase, missing},
		{"address block", inbound(permission("tcp", 5432, 5432, block("10.0.1.0/24"))), toDatabase, reachable()},
		{"single address", inbound(permission("tcp", 5432, 5432, block("10.0.1.10/32"))), toDatabase, reachable()},
		{"another block", inbound(permission("tcp", 5432, 5432, block("10.0.9.0/24"))), toDatabase, wrongSource},
		{"another group", inbound(permission("tcp", 5432, 5432, group("sg-other"))), toDatabase, wrongSource},
		{"the sidecar's group, not the agent's", append(inbound(permission("tcp", 5432, 5432, group("sg-other"))), sidecarGroups, `"10.0.1.20", "Groups": [{"GroupId": "sg-other"}]`), toDatabase, wrongSource},
		{"port range", inbound(permission("tcp", 5000, 6000, group("sg-agent"))), toDatabase, reachable()},
		{"another port", inbound(permission("tcp", 5433, 5433, group("sg-agent"))), toDatabase, wrongPort},
		{"another port for the source's subnet", inbound(permission("tcp", 5433, 5433, block("10.0.1.0/24"))), toDatabase, wrongPort},
		{"another port for the whole VPC is not about the agent", inbound(permission("tcp", 22, 22, block("10.0.0.0/16"))), toDatabase, missing},
		{"another protocol", inbound(permission("udp", 5432, 5432, group("sg-agent"))), toDatabase, missing},
		{"all protocols", inbound(`{"IpProtocol": "-1", ` + group("sg-agent") + `}`), toDatabase, reachable()},
		{"protocol by number", inbound(permission("6", 5432, 5432, group("sg-agent"))), toDatabase, reachable()},
		{"all traffic of the group itself", inbound(`{"IpProtocol": "-1", ` + group("sg-database") + `}`), toDatabase, missing},
		{"union: the second rule admits", inbound(permission("tcp", 22, 22, group("sg-agent")) + "," + databaseRule), toDatabase, reachable()},
		{"union: the second group admits", swap(databaseRule, "", `"10.0.21.10", "Groups": [`, `"10.0.21.10", "Groups": [{"GroupId": "sg-endpoint"},`, `"FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-agent"`, `"FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": "sg-agent"`), toDatabase, reachable()},
		{"prefix list", inbound(permission("tcp", 5432, 5432, list("pl-s3"))), toDatabase, wrongSource},
		{"prefix list with the agent", append(inbound(permission("tcp", 5432, 5432, list("pl-s3"))), `"Cidrs": ["198.51.100.128/25"]`, `"Cidrs": ["10.0.1.0/25"]`), toDatabase, reachable()},
		{"prefix list not read", inbound(permission("tcp", 5432, 5432, list("pl-secret"))), toDatabase, unknown(netpath.HopDestSG, "sg-database")},
		{"prefix list not read, for another port", inbound(permission("tcp", 22, 22, list("pl-secret"))), toDatabase, missing},
		{"a rule that cannot be read", inbound(permission("quic", 5432, 5432, group("sg-agent"))), toDatabase, unknown(netpath.HopDestSG, "sg-database")},
		{"no rule out", swap(databaseOut, ""), toDatabase, blocked(netpath.HopSourceSG, "sg/egress-missing", "sg-agent")},
		{"no rule out to that port", nil, flow(agent, endpoint, tcp, 8443), blocked(netpath.HopSourceSG, "sg/egress-missing", "sg-agent")},
		{"no rule out to the internet", nil, flow(agent, internet, tcp, 80), blocked(netpath.HopSourceSG, "sg/egress-missing", "sg-agent")},
		{"endpoint's group without 443", swap(endpointRule, ""), flow(agent, endpoint, tcp, 443), blocked(netpath.HopDestSG, "sg/endpoint-ingress-missing", "sg-endpoint")},
		{"endpoint's group with another port", swap(endpointRule, permission("tcp", 80, 80, group("sg-agent"))), flow(agent, endpoint, tcp, 443), blocked(netpath.HopDestSG, "sg/endpoint-ingress-missing", "sg-endpoint")},
		{"a reference never means public addresses", swap(`"FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-endpoint", "UserId": "123456789012"}], "IpRanges": [{"CidrIp": "0.0.0.0/0"}]`, `"FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-endpoint"}]`), flow(agent, internet, tcp, 443), blocked(netpath.HopSourceSG, "sg/egress-missing", "sg-agent")},
		{"ping, type 8", inbound(permission("icmp", 8, -1, group("sg-agent"))), flow(agent, database, icmp, 8<<8), blocked(netpath.HopSourceSG, "sg/egress-missing", "sg-agent")},
		{"ping both ways", swap(databaseRule, permission("icmp", 8, -1, group("sg-agent")), databaseOut, permission("icmp", -1, -1, block("0.0.0.0/0"))+",", dbACLIn+",\n  "+dbACLOut, anyACL), flow(agent, database, icmp, 8<<8), reachable()},
		{"ping, another type", swap(databaseRule, permission("icmp", 0, -1, group("sg-agent")), databaseOut, permission("icmp", -1, -1, block("0.0.0.0/0"))+",", dbACLIn+",\n  "+dbACLOut, anyACL), flow(agent, database, icmp, 8<<8), missing},
		{"ping refused by the ACL", swap(databaseRule, permission("icmp", 8, -1, group("sg-agent")), databaseOut, permission("icmp", -1, -1, block("0.0.0.0/0"))+","), flow(agent, database, icmp, 8<<8), blocked(netpath.HopDestNACL, "nacl/ingress-denied", "acl-database")},
		{"ping, another code in the ACL", swap(databaseRule, permission("icmp", 8, -1, group("sg-agent")), databaseOut, permission("icmp", -1, -1, block("0.0.0.0/0"))+",", dbACLIn+",\n  "+dbACLOut, strings.Replace(anyACL, `"Type": 8, "Code": -1`, `"Type": 8, "Code": 1`, 1)), flow(agent, database, icmp, 8<<8), blocked(netpath.HopDestNACL, "nacl/ingress-denied", "acl-database")},
	})
}

const anyACL = `{"RuleNumber": 100, "Egress": false, "Protocol": "1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "IcmpTypeCode": {"Type": 8, "Code": -1}},
  {"RuleNumber": 100, "Egress": true, "Protocol": "1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "IcmpTypeCode": {"Type": 0, "Code": -1}}`

// "Control subnet traffic with network access control lists", Amazon VPC User
// Guide. What is assumed of AgentCore's ephemeral ports is not documented (B).
// Port 3389 is denied by those who follow "nacl-no-unrestricted-ssh-rdp" (AWS
// Config Developer Guide).
func TestTraceNetworkACLs(t *testing.T) {
	toDatabase := flow(agent, database, tcp, 5432)
	fromSidecar := flow(sidecar, database, tcp, 5432)
	agentIn := `{"RuleNumber": 100, "Egress": false, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
  {"RuleNumber": 32767, "Egress": false`
	agentOut := `{"RuleNumber": 100, "Egress": true, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"},
  {"RuleNumber": 32767, "Egress": true`
	replyDenied := func(from, to int) string {
		return fmt.Sprintf(`{"RuleNumber": 90, "Egress": true, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": %d, "To": %d}}, `, from, to)
	}
	only := func(old, ports string) []string { return swap(old, replaceRange(old, ports)) }
	partial := outcome{reachability.VerdictUnknown, netpath.HopDestNACL, "nacl/partial-ephemeral", "acl-database"}
	run(t, []row{
		{"request out is denied", swap(agentOut, `{"RuleNumber": 90, "Egress": true, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.21.0/24"},`+agentOut), toDatabase, blocked(netpath.HopSourceNACL, "nacl/egress-denied", "acl-agent")},
		{"a denial behind the rule that admits", swap(agentOut, `{"RuleNumber": 101, "Egress": true, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.21.0/24"},`+agentOut), toDatabase, reachable()},
		{"a denial of another protocol", swap(agentOut, `{"RuleNumber": 90, "Egress": true, "Protocol": "17", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"},`+agentOut), toDatabase, reachable()},
		{"request in, another port", only(dbACLIn, `{"From": 3306, "To": 3306}`), toDatabase, blocked(netpath.HopDestNACL, "nacl/ingress-denied", "acl-database")},
		{"request in, another source", swap(dbACLIn, replaceBlock(dbACLIn, "10.0.2.0/24")), toDatabase, blocked(netpath.HopDestNACL, "nacl/ingress-denied", "acl-database")},
		{"reply out is denied", only(dbACLOut, `{"From": 443, "To": 443}`), toDatabase, blocked(netpath.HopDestNACL, "nacl/return-denied", "acl-database")},
		{"reply in is denied", swap(agentIn, `{"RuleNumber": 90, "Egress": false, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.21.0/24", "PortRange": {"From": 1024, "To": 65535}},`+agentIn), toDatabase, blocked(netpath.HopSourceNACL, "nacl/return-denied", "acl-agent")},
		{"replies to Linux's ports, the agent's are not known", only(dbACLOut, `{"From": 32768, "To": 60999}`), toDatabase, partial},
		{"replies to Linux's ports, for the sidecar", only(dbACLOut, `{"From": 32768, "To": 60999}`), fromSidecar, reachable()},
		{"replies to a part of Linux's ports", only(dbACLOut, `{"From": 32768, "To": 49151}`), fromSidecar, partial},
		{"replies to all but remote administration's port", swap(dbACLOut, replyDenied(3389, 3389)+dbACLOut), toDatabase, reachable()},
		{"replies to all but one in a thousand", swap(dbACLOut, replyDenied(3389, 3389+64)+dbACLOut), toDatabase, partial},
		{"replies in two parts", only(dbACLOut, `{"From": 1024, "To": 30000}}, {"RuleNumber": 110, "Egress": true, "Protocol": "6", "RuleAction": "allow", "CidrBlock": "10.0.0.0/16", "PortRange": {"From": 30001, "To": 65535}`), toDatabase, reachable()},
		{"not within a subnet", swap(agentOut, `{"RuleNumber": 90, "Egress": true, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"},`+agentOut, databaseOut, permission("tcp", 1, 65535, block("0.0.0.0/0"))+",", `"VpcId": "vpc-1", "IpPermissions": [], "IpPermissionsEgress": [`, `"VpcId": "vpc-1", "IpPermissions": [`+permission("tcp", 1, 65535, block("10.0.1.0/24"))+`], "IpPermissionsEgress": [`), flow(agent, sidecar, tcp, 80), reachable()},
		{"an entry that cannot be read before the decision", swap(agentOut, `{"RuleNumber": 90, "Egress": true, "Protocol": "x", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"},`+agentOut), toDatabase, unknown(netpath.HopSourceNACL, "acl-agent")},
		{"NAT's subnet, request in", natSubnetDenies(false, "10.0.1.0/24", 443, 443), flow(agent, internet, tcp, 443), blocked(netpath.HopRoute, "nacl/ingress-denied", "acl-rest")},
		{"NAT's subnet, request out", natSubnetDenies(true, "203.0.113.0/24", 443, 443), flow(agent, internet, tcp, 443), blocked(netpath.HopRoute, "nacl/egress-denied", "acl-rest")},
		{"NAT's subnet, reply in", natSubnetDenies(false, "203.0.113.0/24", 1024, 65535), flow(agent, internet, tcp, 443), blocked(netpath.HopRoute, "nacl/return-denied", "acl-rest")},
		{"NAT's subnet, reply out", natSubnetDenies(true, "10.0.1.0/24", 1024, 65535), flow(agent, internet, tcp, 443), blocked(netpath.HopRoute, "nacl/return-denied", "acl-rest")},
	})
}

func natSubnetDenies(egress bool, cidr string, from, to int) []string {
	const first = `"SubnetId": "subnet-public"}], "Entries": [`
	return swap(first, first+fmt.Sprintf(`{"RuleNumber": 50, "Egress": %t, "Protocol": "6", "RuleAction": "deny", "CidrBlock": %q, "PortRange": {"From": %d, "To": %d}},`, egress, cidr, from, to))
}

// "Configure route tables", "NAT gateways" and "Enable internet access for a
// VPC using an internet gateway", Amazon VPC User Guide.
func TestTraceRoutes(t *testing.T) {
	out := flow(agent, internet, tcp, 443)
	toDatabase := flow(agent, database, tcp, 5432)
	route := func(destination, target string) string {
		return fmt.Sprintf(`{"DestinationCidrBlock": %q, %s, "Origin": "CreateRoute", "State": "active"}`, destination, target)
	}
	instead := func(r string) []string { return swap(natRoute, r) }
	run(t, []row{
		{"no default route", swap(s3Route+"\n  "+natRoute, route("192.168.0.0/16", `"GatewayId": "vgw-1"`)), out, blocked(netpath.HopRoute, "route/none", "rtb-agent")},
		{"the main table applies without an association", nil, flow(endpoint, internet, tcp, 443), blocked(netpath.HopSourceSG, "sg/egress-missing", "sg-endpoint")},
		{"blackhole", swap(natRoute, replaceState(natRoute)), out, blocked(netpath.HopRoute, "route/blackhole", "rtb-agent")},
		{"a more specific blackhole wins", instead(natRoute + "," + `{"DestinationCidrBlock": "203.0.113.0/24", "VpcPeeringConnectionId": "pcx-1", "Origin": "CreateRoute", "State": "blackhole"}`), out, blocked(netpath.HopRoute, "route/blackhole", "rtb-agent")},
		{"the internet has no way to a private address", instead(route("0.0.0.0/0", `"GatewayId": "igw-1"`)), flow(agent, "10.99.0.1", tcp, 443), blocked(netpath.HopRoute, "route/none", "rtb-agent")},
		{"an internet gateway does not serve the agent", instead(route("0.0.0.0/0", `"GatewayId": "igw-1"`)), out, blocked(netpath.HopRoute, "route/igw-without-public-address", "rtb-agent")},
		{"an internet gateway serves a public address", append(instead(route("0.0.0.0/0", `"GatewayId": "igw-1"`)), `"PrivateIpAddress": "10.0.1.10",`, `"PrivateIpAddress": "10.0.1.10", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.10", "Primary": true, "Association": {"PublicIp": "192.0.2.77"}}],`), out, reachable()},
		{"an internet gateway that is not attached", append(instead(route("0.0.0.0/0", `"GatewayId": "igw-1"`)), `"Attachments": [{"VpcId": "vpc-1", "State": "available"}]`, `"Attachments": []`), out, blocked(netpath.HopRoute, "route/blackhole", "rtb-agent")},
		{"NAT gateway does not exist", instead(route("0.0.0.0/0", `"NatGatewayId": "nat-2"`)), out, blocked(netpath.HopRoute, "route/nat-missing", "rtb-agent")},
		{"NAT gateway deleted", swap(natGateway, `"State": "deleted", "ConnectivityType": "public"`), out, blocked(netpath.HopRoute, "route/nat-missing", "rtb-agent")},
		{"NAT gateway failed", swap(natGateway, `"State": "failed", "ConnectivityType": "public"`), out, blocked(netpath.HopRoute, "route/nat-broken", "nat-1")},
		{"NAT gateway private", swap(natGateway, `"State": "available", "ConnectivityType": "private"`), out, blocked(netpath.HopRoute, "route/nat-broken", "nat-1")},
		{"NAT gateway without a state", swap(natGateway, `"ConnectivityType": "public"`), out, unknown(netpath.HopRoute, "nat-1")},
		{"NAT gateway in a private subnet", swap(`"NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-public"`, `"NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-agent-b"`), out, blocked(netpath.HopRoute, "route/nat-broken", "nat-1")},
		{"NAT gateway behind a detached internet gateway", swap(`"Attachments": [{"VpcId": "vpc-1", "State": "available"}]`, `"Attachments": []`), out, blocked(netpath.HopRoute, "route/nat-broken", "nat-1")},
		{"prefix list not read", swap(`"PrefixListId": "pl-s3", "PrefixListName"`, `"PrefixListId": "pl-other", "PrefixListName"`), out, unknown(netpath.HopRoute, "rtb-agent")},
		{"prefix list not read does not matter inside", swap(`"PrefixListId": "pl-s3", "PrefixListName"`, `"PrefixListId": "pl-other", "PrefixListName"`), toDatabase, reachable()},
		{"neighbouring blocks of a prefix list keep their length", append(instead(natRoute+`,{"DestinationCidrBlock": "198.51.100.128/25", "VpcPeeringConnectionId": "pcx-1", "Origin": "CreateRoute", "State": "blackhole"}`),
			`"198.51.100.128/25"]`, `"198.51.100.128/26", "198.51.100.192/26"]`), flow(agent, s3, tcp, 443), reachable()},
		{"the longest block of a prefix list counts", append(instead(natRoute+`,{"DestinationCidrBlock": "198.51.100.128/25", "VpcPeeringConnectionId": "pcx-1", "Origin": "CreateRoute", "State": "blackhole"}`),
			`"198.51.100.128/25"]`, `"198.51.100.0/24", "198.51.100.192/26"]`), flow(agent, s3, tcp, 443), reachable()},
		{"gateway endpoint not available", swap(`"ServiceName": "com.amazonaws.us-east-1.s3", "State": "available"`, `"ServiceName": "com.amazonaws.us-east-1.s3", "State": "deleting"`), flow(agent, s3, tcp, 443), blocked(netpath.HopEndpoint, "endpoint/not-available", "vpce-s3")},
		{"static before propagated", instead(natRoute + `,{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation", "State": "active"}`), out, reachable()},
		{"static before propagated, whatever the order", instead(`{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation", "State": "active"},` + natRoute), out, reachable()},
		{"local before a more specific propagated one", instead(natRoute + `,{"DestinationCidrBlock": "10.0.21.0/24", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation", "State": "active"}`), toDatabase, reachable()},
		{"a more specific static route through an appliance", instead(natRoute + "," + route("10.0.21.0/24", `"NetworkInterfaceId": "eni-firewall"`)), toDatabase, unknown(netpath.HopRoute, "eni-firewall")},
		{"transit gateway", instead(route("0.0.0.0/0", `"TransitGatewayId": "tgw-1"`)), out, unknown(netpath.HopRoute, "tgw-1")},
		{"peering", instead(natRoute + "," + route("203.0.113.0/24", `"VpcPeeringConnectionId": "pcx-1"`)), out, unknown(netpath.HopRoute, "pcx-1")},
		{"Gateway Load Balancer endpoint", instead(route("0.0.0.0/0", `"GatewayId": "vpce-gwlb"`)), out, unknown(netpath.HopRoute, "vpce-gwlb")},
		{"on-premises", instead(natRoute + "," + route("192.168.0.0/16", `"GatewayId": "vgw-1"`)), flow(agent, "192.168.1.1", tcp, 443), unknown(netpath.HopRoute, "vgw-1")},
		{"a private address through NAT", nil, flow(agent, "192.168.1.1", tcp, 443), unknown(netpath.HopRoute, "nat-1")},
		{"endpoint pending", swap(`"ServiceName": "com.amazonaws.us-east-1.bedrock-agentcore", "State": "available"`, `"ServiceName": "com.amazonaws.us-east-1.bedrock-agentcore", "State": "pending"`), flow(agent, endpoint, tcp, 443), blocked(netpath.HopEndpoint, "endpoint/not-available", "vpce-agentcore")},
		{"an address that nobody has", nil, flow(agent, "10.0.21.99", tcp, 443), blocked(netpath.HopDestNACL, "nacl/ingress-denied", "acl-database")},
		{"an address that nobody has, admitted by the ACL", swap(databaseOut, permission("tcp", 5432, 5432, block("10.0.0.0/16"))+","), flow(agent, "10.0.21.99", tcp, 5432), unknown(netpath.HopDestSG, "")},
	})
}

// A resource type that was not read is not one without resources.
func TestTraceUnread(t *testing.T) {
	toDatabase, out := flow(agent, database, tcp, 5432), flow(agent, internet, tcp, 443)
	for _, tt := range []struct {
		key  string
		flow reachability.Flow
		want outcome
	}{
		{"NetworkInterfaces", toDatabase, unknown(netpath.HopSourceSG, "")},
		{"SecurityGroups", toDatabase, unknown(netpath.HopSourceSG, "sg-agent")},
		{"NetworkAcls", toDatabase, unknown(netpath.HopSourceNACL, "")},
		{"RouteTables", toDatabase, unknown(netpath.HopRoute, "")},
		{"Subnets", toDatabase, unknown(netpath.HopSourceNACL, "")},
		{"NatGateways", out, unknown(netpath.HopRoute, "nat-1")},
		{"InternetGateways", out, unknown(netpath.HopRoute, "nat-1")},
		{"PrefixLists", out, unknown(netpath.HopRoute, "rtb-agent")},
		{"VpcEndpoints", flow(agent, endpoint, tcp, 443), unknown(netpath.HopEndpoint, "eni-endpoint")},
	} {
		t.Run(tt.key, func(t *testing.T) {
			r := reachability.Trace(world(t, `"`+tt.key+`":`, `"NotRead":`), tt.flow)
			if diff := cmp.Diff(tt.want, outcomeOf(r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if r := reachability.Trace(nil, toDatabase); r.Verdict != reachability.VerdictUnknown {
		t.Errorf("without a network: %s", r.Verdict)
	}
}

// What a trace looks like as a whole: travel order, the way back included.
func TestTraceHops(t *testing.T) {
	type step struct {
		Name      netpath.HopName
		Return    bool
		Status    netpath.Status
		Component string
	}
	var got []step
	for _, h := range reachability.Trace(world(t), flow(agent, database, tcp, 5432)).Hops {
		got = append(got, step{h.Name, h.Return, h.Status, h.Component})
	}
	want := []step{
		{netpath.HopSourceSG, false, netpath.StatusPass, "sg-agent"},
		{netpath.HopSourceNACL, false, netpath.StatusPass, "acl-agent"},
		{netpath.HopRoute, false, netpath.StatusPass, "rtb-agent"},
		{netpath.HopDestNACL, false, netpath.StatusPass, "acl-database"},
		{netpath.HopDestSG, false, netpath.StatusPass, "sg-database"},
		{netpath.HopDestNACL, true, netpath.StatusPass, "acl-database"},
		{netpath.HopRoute, true, netpath.StatusPass, "rtb-main"},
		{netpath.HopSourceNACL, true, netpath.StatusPass, "acl-agent"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// IPv6: an egress-only internet gateway needs no NAT ("Enable outbound IPv6
// traffic using an egress-only internet gateway").
func TestTraceIPv6(t *testing.T) {
	const away = "2001:db8:ffff::1"
	dual := swap(
		`"PrivateIpAddress": "10.0.1.10",`, `"PrivateIpAddress": "10.0.1.10", "Ipv6Addresses": [{"Ipv6Address": "2001:db8:1::10"}],`,
		natRoute, natRoute+`, {"DestinationIpv6CidrBlock": "2001:db8:1::/56", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}, {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "Origin": "CreateRoute", "State": "active"}`,
		databaseOut, databaseOut+permission("tcp", 443, 443, `"Ipv6Ranges": [{"CidrIpv6": "::/0"}]`)+",",
		`"NatGateways":`, `"EgressOnlyInternetGateways": [{"EgressOnlyInternetGatewayId": "eigw-1", "Attachments": [{"VpcId": "vpc-1", "State": "attached"}]}], "NatGateways":`)
	acl := `{"RuleNumber": 32767, "Egress": false, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"}`
	open := append(slices.Clone(dual), acl, acl+`, {"RuleNumber": 200, "Egress": false, "Protocol": "-1", "RuleAction": "allow", "Ipv6CidrBlock": "::/0"}, {"RuleNumber": 200, "Egress": true, "Protocol": "-1", "RuleAction": "allow", "Ipv6CidrBlock": "::/0"}`)
	out := reachability.Flow{From: reachability.Source{ENI: "eni-agent"}, To: netip.MustParseAddr(away), Protocol: tcp, Port: 443}
	run(t, []row{
		{"out", open, out, reachable()},
		{"the ACL admits IPv4 only", dual, out, blocked(netpath.HopSourceNACL, "nacl/egress-denied", "acl-agent")},
		{"the group's rules for IPv4 do not count", open, flow("2001:db8:1::10", away, udp, 53), blocked(netpath.HopSourceSG, "sg/egress-missing", "sg-agent")},
		{"no address of the family", nil, out, unknown(netpath.HopSourceSG, "eni-agent")},
		{"gateway not read", append(slices.Clone(open), `"EgressOnlyInternetGateways":`, `"NotRead":`), out, unknown(netpath.HopRoute, "eigw-1")},
		{"an internet gateway serves every global address", append(slices.Clone(open), `"EgressOnlyInternetGatewayId": "eigw-1", "Origin"`, `"GatewayId": "igw-1", "Origin"`), out, reachable()},
	})
}

// What only parts of inventories show.
func TestTraceOddInventories(t *testing.T) {
	toDatabase, out := flow(agent, database, tcp, 5432), flow(agent, internet, tcp, 443)
	dbGroups := `"10.0.21.10", "Groups": [{"GroupId": "sg-database", "GroupName": "database"}]`
	run(t, []row{
		{"an interface without groups", swap(dbGroups, `"10.0.21.10", "Groups": []`, databaseOut, permission("tcp", 5432, 5432, block("10.0.0.0/16"))+","), toDatabase, unknown(netpath.HopDestSG, "eni-database")},
		{"a load balancer's interface has none", swap(databaseOut, permission("tcp", 443, 443, block("10.0.0.0/16"))+",", `"nat_gateway"`, `"network_load_balancer"`), flow(agent, "10.0.101.5", tcp, 443), reachable()},
		{"a NAT gateway answers nobody itself", swap(databaseOut, permission("tcp", 443, 443, block("10.0.0.0/16"))+","), flow(agent, "10.0.101.5", tcp, 443), blocked(netpath.HopRoute, "route/nat-broken", "eni-nat")},
		{"one group not read, none admits", swap(databaseRule, "", dbGroups, `"10.0.21.10", "Groups": [{"GroupId": "sg-database"}, {"GroupId": "sg-elsewhere"}]`), toDatabase, unknown(netpath.HopDestSG, "sg-elsewhere")},
		{"one group not read, another admits", swap(dbGroups, `"10.0.21.10", "Groups": [{"GroupId": "sg-database"}, {"GroupId": "sg-elsewhere"}]`), toDatabase, reachable()},
		{"a block that cannot be read", swap(databaseRule, permission("tcp", 5432, 5432, block("10.0.1.0/99"))), toDatabase, unknown(netpath.HopDestSG, "sg-database")},
		{"a block that cannot be read, for another port", swap(databaseRule, permission("tcp", 22, 22, block("10.0.1.0/99"))), toDatabase, blocked(netpath.HopDestSG, "sg/ingress-missing", "sg-database")},
		{"a customer's prefix list", swap(databaseRule, permission("tcp", 5432, 5432, list("pl-own")), `"PrefixLists":`, `"ManagedPrefixListEntries": [{"PrefixListId": "pl-own", "Entries": [{"Cidr": "10.0.1.0/24"}]}], "PrefixLists":`), toDatabase, reachable()},
		{"a customer's prefix list that cannot be read", swap(databaseRule, permission("tcp", 5432, 5432, list("pl-own")), `"PrefixLists":`, `"ManagedPrefixListEntries": [{"PrefixListId": "pl-own", "Entries": [{"Cidr": "all"}]}], "PrefixLists":`), toDatabase, unknown(netpath.HopDestSG, "sg-database")},
		{"a reference, and the destination is no known interface", nil, flow(agent, "10.0.21.99", tcp, 5432), unknown(netpath.HopSourceSG, "sg-agent")},
		{"a reference, and the destination is public", swap(`"IpRanges": [{"CidrIp": "0.0.0.0/0"}]},`, `"IpRanges": []},`), out, blocked(netpath.HopSourceSG, "sg/egress-missing", "sg-agent")},
		{"an address of a second block of the VPC", swap(`"CidrBlock": "10.0.0.0/16", "State"`, `"CidrBlock": "10.0.0.0/16", "CidrBlockAssociationSet": [{"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}}], "State"`), flow(agent, "10.1.0.7", tcp, 443), unknown(netpath.HopRoute, "nat-1")},
		{"a VPC that was not read, by its local route", swap(`"Vpcs":`, `"NotRead":`), toDatabase, reachable()},
		{"the NAT gateway's subnet was not read", swap(`"SubnetId": "subnet-public", "VpcId": "vpc-1", "CidrBlock"`, `"SubnetId": "subnet-else", "VpcId": "vpc-1", "CidrBlock"`), out, unknown(netpath.HopRoute, "nat-1")},
		{"the NAT gateway's own route is a blackhole", swap(`"GatewayId": "igw-1", "Origin": "CreateRoute", "State": "active"`, `"GatewayId": "igw-1", "Origin": "CreateRoute", "State": "blackhole"`), out, blocked(netpath.HopRoute, "route/nat-broken", "nat-1")},
		{"the NAT gateway's subnet has no way out", swap(`"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"`, `"DestinationCidrBlock": "192.0.2.0/24", "GatewayId": "igw-1"`), out, blocked(netpath.HopRoute, "route/nat-broken", "nat-1")},
		{"the internet gateway is not in the list", swap(`"InternetGatewayId": "igw-1"`, `"InternetGatewayId": "igw-2"`), out, unknown(netpath.HopRoute, "nat-1")},
		{"the gateway endpoint was not read", swap(`"VpcEndpointId": "vpce-s3"`, `"VpcEndpointId": "vpce-else"`), flow(agent, s3, tcp, 443), unknown(netpath.HopEndpoint, "vpce-s3")},
		{"the endpoint's state was not read", swap(`bedrock-agentcore", "State": "available"`, `bedrock-agentcore"`), flow(agent, endpoint, tcp, 443), unknown(netpath.HopEndpoint, "vpce-agentcore")},
		{"the endpoint's state with a capital", swap(`bedrock-agentcore", "State": "available"`, `bedrock-agentcore", "State": "Available"`), flow(agent, endpoint, tcp, 443), reachable()},
		{"a source that is not there", nil, flow("10.0.1.99", database, tcp, 5432), unknown(netpath.HopSourceSG, "")},
		{"a source that is there twice", swap(`"eni-sidecar", "InterfaceType": "interface", "VpcId": "vpc-1", "SubnetId": "subnet-agent-a", "PrivateIpAddress": "10.0.1.20"`, `"eni-sidecar", "InterfaceType": "interface", "VpcId": "vpc-2", "SubnetId": "subnet-x", "PrivateIpAddress": "10.0.1.10"`), toDatabase, unknown(netpath.HopSourceSG, "")},
		{"an interface that is not there", nil, reachability.Flow{From: reachability.Source{ENI: "eni-gone"}, To: netip.MustParseAddr(database), Protocol: tcp, Port: 5432}, unknown(netpath.HopSourceSG, "eni-gone")},
		{"UDP through a gateway endpoint", swap(`"IpProtocol": "udp", "FromPort": 53, "ToPort": 53`, `"IpProtocol": "udp", "FromPort": 443, "ToPort": 443`), flow(agent, s3, udp, 443), unknown(netpath.HopEndpoint, "vpce-s3")},
		{"an echo request through a gateway endpoint", swap(databaseOut, permission("icmp", -1, -1, block("0.0.0.0/0"))+","), flow(agent, s3, icmp, 8<<8), reachable()},
		{"other ICMP through a gateway endpoint", swap(databaseOut, permission("icmp", -1, -1, block("0.0.0.0/0"))+","), flow(agent, s3, icmp, 13<<8), unknown(netpath.HopEndpoint, "vpce-s3")},
		{"the second address of another block of the VPC is no resolver", swap(`"CidrBlock": "10.0.0.0/16", "State"`, `"CidrBlock": "10.0.0.0/16", "CidrBlockAssociationSet": [{"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}}], "State"`), flow(agent, "10.1.0.2", udp, 53), unknown(netpath.HopRoute, "nat-1")},
		{"another protocol by number", swap(databaseOut, `{"IpProtocol": "47", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},`), flow(agent, internet, 47, 0), reachable()},
	})
}

// A participant of a shared VPC does not see its owner's NAT gateways ("Share your VPC
// subnets with other accounts", Amazon VPC User Guide).
func TestTheOwnersNATGateway(t *testing.T) {
	n := world(t, natGateway, `"State": "deleted", "ConnectivityType": "public"`)
	n.VPCs[0].OwnerID, n.Caller, n.NATGateways = "210987654321", &vpc.CallerIdentity{Account: "123456789012"}, nil
	if diff := cmp.Diff(unknown(netpath.HopRoute, "nat-1"), outcomeOf(reachability.Trace(n, flow(agent, internet, tcp, 443)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
