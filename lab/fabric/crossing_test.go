package fabric_test

import (
	"os"
	"testing"

	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
	"github.com/agentcore-probe/probe/lab/world"
)

// buildCrossing builds three VPCs: a and b are peered, b and c are, a and c are
// attached to a transit gateway; a and b have IPv6, a an egress-only internet
// gateway and c a NAT gateway.
func buildCrossing(t *testing.T, operations string) *lab {
	t.Helper()
	sandboxtest.Need(t)
	data, err := os.ReadFile("testdata/crossing.json")
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	l := buildWorld(t, patched(t, w, operations))
	for host, addresses := range map[string][]string{
		"a": {"10.1.1.10", "[2001:db8:a:1::10]"}, "a-other": {"10.1.2.10"}, "b": {"10.2.1.10", "[2001:db8:b:1::10]"}, "c": {"10.3.1.10"},
		"resolver": {"10.2.0.2"}, "web": {"203.0.113.80", "[2001:db8:ffff::80]"},
	} {
		for _, address := range addresses {
			l.serve(host, address+":443")
		}
	}
	return l
}

// Addresses of the hosts.
const (
	inA, inAv6   = "10.1.1.10:443", "[2001:db8:a:1::10]:443"
	inB, inBv6   = "10.2.1.10:443", "[2001:db8:b:1::10]:443"
	inC          = "10.3.1.10:443"
	atWeb, webV6 = "203.0.113.80:443", "[2001:db8:ffff::80]:443"
)

// mustShow connects and wants the server to see an address of ours.
func (l *lab) mustShow(from, to, want string) {
	l.t.Helper()
	if _, seen, err := l.dial(from, to); err != nil || seen != want {
		l.t.Errorf("%s to %s: seen as %q, %v, want %s", from, to, seen, err, want)
	}
}

func TestPeering(t *testing.T) {
	l := buildCrossing(t, "")
	l.mustShow("a", inB, "10.1.1.10")
	l.mustShow("b", inA, "10.2.1.10")
	l.mustShow("a", inBv6, "2001:db8:a:1::10")
	l.mustPass("b", inC)
	l.mustVanish("a", "10.2.0.2:443") // the Amazon DNS server of another VPC
	l.mustVanish("b", atWeb)          // no NAT gateway of c for b
}

func TestPeeringIsNotTransitive(t *testing.T) {
	l := buildCrossing(t, `{"op":"replace","path":"/RouteTables/0/Routes/4","value":{"DestinationCidrBlock":"10.3.0.0/16","VpcPeeringConnectionId":"pcx-ab","State":"active"}},
		{"op":"replace","path":"/RouteTables/2/Routes/1","value":{"DestinationCidrBlock":"10.1.0.0/16","VpcPeeringConnectionId":"pcx-bc","State":"active"}}`)
	l.mustPass("a", inB)
	l.mustPass("b", inC)
	l.mustVanish("a", inC)
}

func TestPeeringThatDoesNotWork(t *testing.T) {
	for name, operation := range map[string]string{
		"not active":              `{"op":"replace","path":"/VpcPeeringConnections/0/Status/Code","value":"pending-acceptance"}`,
		"no way":                  `{"op":"remove","path":"/RouteTables/0/Routes/2"}`,
		"no way back":             `{"op":"remove","path":"/RouteTables/1/Routes/2"}`,
		"gone":                    `{"op":"remove","path":"/VpcPeeringConnections/0"}`,
		"egress denied by an ACL": `{"op":"add","path":"/NetworkAcls/0/Entries/-","value":{"RuleNumber":50,"Egress":true,"Protocol":"6","RuleAction":"deny","CidrBlock":"10.2.0.0/16","PortRange":{"From":443,"To":443}}}`,
		"reply denied by an ACL":  `{"op":"add","path":"/NetworkAcls/1/Entries/-","value":{"RuleNumber":50,"Egress":true,"Protocol":"6","RuleAction":"deny","CidrBlock":"10.1.0.0/16","PortRange":{"From":1024,"To":65535}}}`,
		"ingress denied":          `{"op":"replace","path":"/SecurityGroups/1/IpPermissions","value":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			l := buildCrossing(t, "")
			l.mustPass("a", inB)
			l.follow(operation)
			l.mustVanish("a", inB)
			l.mustPass("a", "10.1.2.10:443")
		})
	}
}

func TestReferencesAcrossPeering(t *testing.T) {
	l := buildCrossing(t, `{"op":"replace","path":"/SecurityGroups/1/IpPermissions","value":[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"UserIdGroupPairs":[{"GroupId":"sg-a"}]}]}`)
	l.mustPass("a", inB)
	l.mustPass("a", inBv6)
	l.mustVanish("c", inB)
	l.follow(`{"op":"replace","path":"/VpcPeeringConnections/0/RequesterVpcInfo/Region","value":"eu-west-1"}`)
	l.mustVanish("a", inB)
	l.follow(`{"op":"replace","path":"/VpcPeeringConnections/0/RequesterVpcInfo/Region","value":"us-east-1"},
		{"op":"replace","path":"/SecurityGroups/0/IpPermissionsEgress","value":[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"UserIdGroupPairs":[{"GroupId":"sg-b"}]}]}`)
	l.mustPass("a", inB) // outbound too
	l.mustVanish("a", inC)
}

func TestTransitGateway(t *testing.T) {
	l := buildCrossing(t, "")
	l.mustShow("a", inC, "10.1.1.10")
	l.mustShow("c", inA, "10.3.1.10")
	l.mustVanish("a-other", inC) // no interface of the gateway in its zone
}

func TestTransitGatewayThatDoesNotWork(t *testing.T) {
	for name, operation := range map[string]string{
		"no association":       `{"op":"remove","path":"/TransitGatewayRouteTableAssociations/0/Associations/0"}`,
		"associating":          `{"op":"replace","path":"/TransitGatewayRouteTableAssociations/0/Associations/0/State","value":"associating"}`,
		"no association back":  `{"op":"remove","path":"/TransitGatewayRouteTableAssociations/0/Associations/1"}`,
		"no route":             `{"op":"remove","path":"/TransitGatewayRoutes/0/Routes/2"},{"op":"remove","path":"/TransitGatewayRoutes/0/Routes/1"}`,
		"no route back":        `{"op":"remove","path":"/TransitGatewayRoutes/0/Routes/0"}`,
		"a blackhole":          `{"op":"add","path":"/TransitGatewayRoutes/0/Routes/-","value":{"DestinationCidrBlock":"10.3.1.0/24","Type":"static","State":"blackhole"}}`,
		"a static blackhole":   `{"op":"add","path":"/TransitGatewayRoutes/0/Routes/-","value":{"DestinationCidrBlock":"10.3.0.0/16","Type":"static","State":"blackhole"}}`,
		"attachment pending":   `{"op":"replace","path":"/TransitGatewayVpcAttachments/1/State","value":"pending"}`,
		"gateway deleting":     `{"op":"replace","path":"/TransitGateways/0/State","value":"deleting"}`,
		"no way back in c":     `{"op":"remove","path":"/RouteTables/2/Routes/1"}`,
		"no way in a":          `{"op":"remove","path":"/RouteTables/0/Routes/4"}`,
		"ACL of its subnet in": `{"op":"add","path":"/NetworkAcls/-","value":{"NetworkAclId":"acl-t","VpcId":"vpc-a","Associations":[{"SubnetId":"subnet-a-transit"}],"Entries":[{"RuleNumber":1,"Egress":true,"Protocol":"-1","RuleAction":"allow","CidrBlock":"0.0.0.0/0"}]}}`,
		"ACL of its subnet, replies out": `{"op":"add","path":"/NetworkAcls/-","value":{"NetworkAclId":"acl-t","VpcId":"vpc-a","Associations":[{"SubnetId":"subnet-a-transit"}],
			"Entries":[{"RuleNumber":1,"Egress":false,"Protocol":"-1","RuleAction":"allow","CidrBlock":"0.0.0.0/0"}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			l := buildCrossing(t, "")
			l.mustPass("a", inC)
			l.follow(operation)
			l.mustVanish("a", inC)
		})
	}
}

// "How network ACLs work with transit gateways": between the gateway and its own
// subnet's ACL only what enters that subnet from an instance, and what leaves it
// towards one, is looked at.
func TestACLsOfATransitGatewaysSubnet(t *testing.T) {
	l := buildCrossing(t, `{"op":"add","path":"/NetworkAcls/-","value":{"NetworkAclId":"acl-t","VpcId":"vpc-a","Associations":[{"SubnetId":"subnet-a-transit"}],"Entries":[
		{"RuleNumber":1,"Egress":false,"Protocol":"-1","RuleAction":"allow","CidrBlock":"10.1.0.0/16"},{"RuleNumber":1,"Egress":true,"Protocol":"-1","RuleAction":"allow","CidrBlock":"10.1.0.0/16"}]}}`)
	l.mustPass("a", inC)
	l.mustPass("c", inA)
	// In c the gateway has its interface in the instance's own subnet: towards
	// the gateway both directions count, from it none.
	l.follow(`{"op":"add","path":"/NetworkAcls/2/Entries/-","value":{"RuleNumber":1,"Egress":false,"Protocol":"-1","RuleAction":"deny","CidrBlock":"10.1.0.0/16"}}`)
	l.mustPass("a", inC)
	l.follow(`{"op":"replace","path":"/NetworkAcls/2/Entries/2","value":{"RuleNumber":1,"Egress":false,"Protocol":"-1","RuleAction":"deny","CidrBlock":"10.3.0.0/16"}}`)
	l.mustVanish("a", inC)
}

func TestReferencesAcrossATransitGateway(t *testing.T) {
	const reference = `{"op":"replace","path":"/SecurityGroups/2/IpPermissions","value":[{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"UserIdGroupPairs":[{"GroupId":"sg-a"}]}]}`
	l := buildCrossing(t, reference)
	l.mustPass("a", inC)
	for name, at := range map[string]string{"gateway": "/TransitGateways/0", "its attachment": "/TransitGatewayVpcAttachments/1", "the other's": "/TransitGatewayVpcAttachments/0"} {
		l.follow(`{"op":"replace","path":"` + at + `/Options/SecurityGroupReferencingSupport","value":"disable"}`)
		if _, _, err := l.dial("a", inC); err == nil {
			t.Errorf("%s: a reference holds without support", name)
		}
		l.follow(`{"op":"replace","path":"` + at + `/Options/SecurityGroupReferencingSupport","value":"enable"}`)
	}
	l.follow(`{"op":"replace","path":"/SecurityGroups/0/IpPermissionsEgress","value":[{"IpProtocol":"-1","UserIdGroupPairs":[{"GroupId":"sg-c"}]}]}`)
	l.mustVanish("a", inC) // inbound rules only
}

// A transit gateway leads to a NAT gateway of another VPC, a peering connection
// does not.
func TestEgressThroughAHub(t *testing.T) {
	l := buildCrossing(t, `{"op":"add","path":"/RouteTables/0/Routes/-","value":{"DestinationCidrBlock":"0.0.0.0/0","TransitGatewayId":"tgw-1","State":"active"}}`)
	l.mustShow("a", atWeb, "192.0.2.30")
	l.mustShow("c", atWeb, "192.0.2.30")
	l.mustVanish("b", atWeb)
	l.follow(`{"op":"replace","path":"/NatGateways/0/ConnectivityType","value":"private"},{"op":"remove","path":"/NetworkInterfaces/4/Association"}`)
	l.mustVanish("a", atWeb)
	l.follow(`{"op":"replace","path":"/RouteTables/2/Routes/1","value":{"DestinationCidrBlock":"10.1.0.0/16","NatGatewayId":"nat-c","State":"active"}}`)
	l.mustShow("c", inA, "10.3.2.10") // a private NAT gateway shows its own address
}

func TestReferencesDoNotHoldBehindAMiddlebox(t *testing.T) {
	l := buildCrossing(t, `{"op":"replace","path":"/SecurityGroups/2/IpPermissions","value":[{"IpProtocol":"-1","UserIdGroupPairs":[{"GroupId":"sg-c"}]}]},
		{"op":"add","path":"/NetworkInterfaces/-","value":{"NetworkInterfaceId":"eni-c2","VpcId":"vpc-c","SubnetId":"subnet-c-nat","PrivateIpAddress":"10.3.2.20","Groups":[{"GroupId":"sg-c"}]}}`)
	l.serve("eni-c2", "10.3.2.20:443")
	l.mustPass("c", "10.3.2.20:443")
	l.follow(`{"op":"add","path":"/RouteTables/2/Routes/-","value":{"DestinationCidrBlock":"10.3.2.0/24","NatGatewayId":"nat-c","State":"active"}}`)
	l.mustVanish("c", "10.3.2.20:443") // more specific than local
	l.follow(`{"op":"add","path":"/SecurityGroups/2/IpPermissions/-","value":{"IpProtocol":"-1","IpRanges":[{"CidrIp":"10.3.2.10/32"}]}}`)
	l.mustShow("c", "10.3.2.20:443", "10.3.2.10")
}

func TestIPv6(t *testing.T) {
	l := buildCrossing(t, "")
	l.mustShow("a", webV6, "2001:db8:a:1::10") // nobody translates
	l.mustVanish("web", inAv6)                 // the egress-only gateway brings replies only
	l.mustVanish("b", webV6)                   // no route
	l.follow(`{"op":"replace","path":"/RouteTables/0/Routes/5","value":{"DestinationIpv6CidrBlock":"::/0","GatewayId":"igw-a","State":"active"}}`)
	l.mustPass("web", inAv6)
	l.mustPass("a", webV6)
	l.follow(`{"op":"replace","path":"/SecurityGroups/0/IpPermissionsEgress/0/Ipv6Ranges/0/CidrIpv6","value":"2001:db8:b::/56"}`)
	l.mustVanish("a", webV6)
	l.mustPass("a", inBv6)
	l.follow(`{"op":"add","path":"/NetworkAcls/0/Entries/-","value":{"RuleNumber":50,"Egress":false,"Protocol":"6","RuleAction":"deny","Ipv6CidrBlock":"2001:db8:b:1::/64","PortRange":{"From":1024,"To":65535}}}`)
	l.mustVanish("a", inBv6) // the reply
	l.mustPass("a", inB)     // IPv4 has rules of its own
}

func TestBlockPublicAccess(t *testing.T) {
	const mode = `{"op":"add","path":"/VpcBlockPublicAccessOptions","value":{"InternetGatewayBlockMode":"%s"}}`
	l := buildCrossing(t, `{"op":"add","path":"/NetworkInterfaces/3/Association","value":{"PublicIp":"192.0.2.31"}},
		{"op":"replace","path":"/RouteTables/2/Routes/3","value":{"DestinationCidrBlock":"0.0.0.0/0","GatewayId":"igw-c","State":"active"}}`)
	l.mustShow("c", atWeb, "192.0.2.31")
	l.mustPass("web", "192.0.2.31:443")
	l.follow(sprintf(mode, "block-ingress"))
	l.mustVanish("web", "192.0.2.31:443")
	l.mustVanish("c", atWeb)
	l.mustPass("a", webV6) // by the egress-only gateway
	l.follow(`{"op":"replace","path":"/RouteTables/2/Routes/3","value":{"DestinationCidrBlock":"0.0.0.0/0","NatGatewayId":"nat-c","State":"active"}}`)
	l.mustShow("c", atWeb, "192.0.2.30") // by the NAT gateway
	l.follow(sprintf(mode, "block-bidirectional"))
	l.mustVanish("c", atWeb)
	l.mustVanish("a", webV6)
	l.follow(`{"op":"add","path":"/VpcBlockPublicAccessExclusions","value":[{"ResourceArn":"arn:aws:ec2:us-east-1:123456789012:vpc/vpc-c","InternetGatewayExclusionMode":"allow-bidirectional","State":"create-complete"}]}`)
	l.mustShow("c", atWeb, "192.0.2.30")
	l.mustVanish("a", webV6)
}
