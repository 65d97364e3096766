package reachability_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
)

var (
	orders  = netpath.Path{ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{Name: "orders.c0.us-east-1.rds.amazonaws.com", Port: 5432}}
	private = netpath.Path{ID: "invoke/support/private", Kind: netpath.KindInvoke, Route: netpath.RoutePrivate, Target: netpath.Target{Name: "bedrock-agentcore.us-east-1.amazonaws.com", Port: 443, Endpoint: "vpce-agentcore"}}
	public  = netpath.Path{ID: "invoke/support/public", Kind: netpath.KindInvoke, Route: netpath.RoutePublic, Target: netpath.Target{Name: "bedrock-agentcore.us-east-1.amazonaws.com", Port: 443}}
)

func evidence(t *testing.T, p netpath.Path, from, to string, replace ...string) map[netpath.HopName]netpath.Evidence {
	t.Helper()
	address, _ := netip.ParseAddr(to)
	return reachability.Evidence(world(t, replace...), reachability.Source{ENI: from}, p, address)
}

// statuses are the hops of evidence with what they say.
func statuses(hops map[netpath.HopName]netpath.Evidence) map[netpath.HopName]string {
	got := map[netpath.HopName]string{}
	for name, e := range hops {
		got[name] = string(e.Status)
		if e.Cause != "" {
			got[name] += " " + e.Cause
		}
	}
	return got
}

func TestEvidenceHealthy(t *testing.T) {
	const pass, unknown = "pass", "unknown"
	for _, tt := range []struct {
		path netpath.Path
		to   string
		want map[netpath.HopName]string
	}{
		{orders, database, map[netpath.HopName]string{"database": unknown, "source-sg": pass, "source-nacl": pass, "route": pass, "dest-nacl": pass, "dest-sg": pass}},
		{private, endpoint, map[netpath.HopName]string{"resolver": pass, "source-sg": pass, "source-nacl": pass, "route": pass, "endpoint": pass, "dest-nacl": pass, "dest-sg": pass}},
		{public, internet, map[netpath.HopName]string{"source-sg": pass, "source-nacl": pass, "route": pass}},
		// The name answered publicly: the way there is judged, the endpoint's side is not part of it.
		{private, internet, map[netpath.HopName]string{"resolver": pass, "source-sg": pass, "source-nacl": pass, "route": pass, "endpoint": pass, "dest-nacl": "skipped", "dest-sg": "skipped"}},
		{private, "", map[netpath.HopName]string{"resolver": pass, "source-sg": unknown, "source-nacl": unknown, "route": unknown, "endpoint": pass, "dest-nacl": unknown, "dest-sg": unknown}},
	} {
		if diff := cmp.Diff(tt.want, statuses(evidence(t, tt.path, "eni-agent", tt.to))); diff != "" {
			t.Errorf("%s to %s (-want +got):\n%s", tt.path.ID, tt.to, diff)
		}
	}
}

// One fault, and the whole evidence of the hop that it breaks: component and
// facts are what the catalogue's commands are made of.
func TestEvidenceOfFaults(t *testing.T) {
	const name = "bedrock-agentcore.us-east-1.amazonaws.com"
	fail := func(cause, component, detail string, facts netpath.Facts) netpath.Evidence {
		facts["region"] = "us-east-1"
		return netpath.Evidence{Status: netpath.StatusFail, Cause: cause, Component: component, Detail: detail, Facts: facts}
	}
	for _, tt := range []struct {
		path     netpath.Path
		from, to string
		replace  []string
		hop      netpath.HopName
		want     netpath.Evidence
	}{
		{orders, "eni-agent", database, swap(databaseRule, ""), netpath.HopDestSG, fail("sg/ingress-missing", "sg-database",
			"no inbound rule of sg-database admits tcp 5432 from 10.0.1.10",
			netpath.Facts{"group": "sg-database", "protocol": "tcp", "port": "5432", "source": "sg-agent", "source_group": "sg-agent", "destination": database})},
		{orders, "eni-agent", database, swap(databaseRule, permission("tcp", 5433, 5433, group("sg-agent")), `"FromPort": 5432, "ToPort": 5432, "ReferencedGroupInfo"`, `"FromPort": 5433, "ToPort": 5433, "ReferencedGroupInfo"`), netpath.HopDestSG, fail("sg/wrong-port", "sg-database",
			"no inbound rule of sg-database admits tcp 5432 from 10.0.1.10; the nearest is tcp 5433 sg-agent",
			netpath.Facts{"group": "sg-database", "protocol": "tcp", "port": "5432", "source": "sg-agent", "source_group": "sg-agent", "destination": database, "rule": "tcp 5433 sg-agent", "rule_id": "sgr-database"})},
		{orders, "eni-agent", database, swap(databaseOut, ""), netpath.HopSourceSG, fail("sg/egress-missing", "sg-agent",
			"no outbound rule of sg-agent admits tcp 5432 to 10.0.21.10",
			netpath.Facts{"group": "sg-agent", "protocol": "tcp", "port": "5432", "source": "eni-agent", "destination": database, "destination_group": "sg-database"})},
		{private, "eni-agent", endpoint, swap(endpointRule, ""), netpath.HopDestSG, fail("sg/endpoint-ingress-missing", "sg-endpoint",
			"no inbound rule of sg-endpoint admits tcp 443 from 10.0.1.10",
			netpath.Facts{"group": "sg-endpoint", "protocol": "tcp", "port": "443", "source": "sg-agent", "source_group": "sg-agent", "destination": endpoint, "endpoint": "vpce-agentcore"})},
		{private, "eni-agent", endpoint, swap(`"PrivateDnsEnabled": true`, `"PrivateDnsEnabled": false`), netpath.HopResolver, fail("dns/private-dns-off", "vpce-agentcore",
			"private DNS of vpce-agentcore is off",
			netpath.Facts{"endpoint": "vpce-agentcore", "vpc": "vpc-1", "name": name})},
		{private, "eni-agent", endpoint, swap(`"EnableDnsHostnames": {"Value": true}`, `"EnableDnsHostnames": {"Value": false}`), netpath.HopResolver, fail("dns/vpc-attributes-off", "vpc-1",
			"enableDnsHostnames of vpc-1 is off",
			netpath.Facts{"endpoint": "vpce-agentcore", "vpc": "vpc-1", "name": name, "attribute": "enableDnsHostnames", "attribute_flag": "enable-dns-hostnames"})},
		{private, "eni-agent", internet, swap(`"VpcEndpointId": "vpce-agentcore"`, `"VpcEndpointId": "vpce-else"`), netpath.HopEndpoint, fail("endpoint/missing", "vpc-1",
			"vpc-1 has no endpoint for com.amazonaws.us-east-1.bedrock-agentcore",
			netpath.Facts{"endpoint": "vpce-agentcore", "vpc": "vpc-1", "service": "com.amazonaws.us-east-1.bedrock-agentcore", "subnets": `["subnet-endpoint"]`})},
		{private, "eni-agent", internet, swap(`bedrock-agentcore", "State": "available"`, `bedrock-agentcore", "State": "rejected"`), netpath.HopEndpoint, fail("endpoint/not-available", "vpce-agentcore",
			"vpce-agentcore is rejected",
			netpath.Facts{"endpoint": "vpce-agentcore", "vpc": "vpc-1", "state": "rejected", "service": "com.amazonaws.us-east-1.bedrock-agentcore"})},
		{public, "eni-agent", internet, swap(natGateway, `"State": "failed", "ConnectivityType": "public"`), netpath.HopRoute, fail("route/nat-broken", "nat-1",
			"nat-1: its state is failed",
			netpath.Facts{"route_table": "rtb-agent", "subnet": "subnet-agent-a", "vpc": "vpc-1", "destination": internet, "source": "eni-agent", "route_destination": "0.0.0.0/0", "target": "nat-1", "why": "its state is failed"})},
		{orders, "eni-agent", database, swap(dbACLIn, replaceRange(dbACLIn, `{"From": 3306, "To": 3306}`)), netpath.HopDestNACL, fail("nacl/ingress-denied", "acl-database",
			"rule * of acl-database denies tcp 5432",
			netpath.Facts{"acl": "acl-database", "subnet": "subnet-database", "protocol": "tcp", "port": "5432", "rule_number": "*", "free_rule_number": "110", "cidr": "10.0.1.0/24", "from_port": "5432", "to_port": "5432", "direction": "ingress"})},
		{orders, "eni-sidecar", database, swap(dbACLOut, replaceRange(dbACLOut, `{"From": 443, "To": 443}`)), netpath.HopDestNACL, fail("nacl/return-denied", "acl-database",
			"rule * of acl-database denies the replies, tcp 32768-60999",
			netpath.Facts{"acl": "acl-database", "subnet": "subnet-database", "protocol": "tcp", "port": "5432", "rule_number": "*", "free_rule_number": "110", "cidr": "10.0.1.0/24", "from_port": "32768", "to_port": "60999", "direction": "egress", "ephemeral": "32768-60999"})},
	} {
		t.Run(tt.want.Cause, func(t *testing.T) {
			got := evidence(t, tt.path, tt.from, tt.to, tt.replace...)[tt.hop]
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEvidencePartialNamesThePart(t *testing.T) {
	e := evidence(t, orders, "eni-sidecar", database, dbACLOut, replaceRange(dbACLOut, `{"From": 1024, "To": 40000}`))[netpath.HopDestNACL]
	if e.Status != netpath.StatusUnknown || e.Cause != "nacl/partial-ephemeral" || e.Facts["admitted"] != "32768-40000" || e.Facts["ephemeral"] != "32768-60999" {
		t.Errorf("got %+v", e)
	}
}

func TestEvidenceResolver(t *testing.T) {
	const off = `"EnableDnsSupport": {"Value": true}`
	zonal := private
	zonal.Target.Name = "vpce-0a1b-c2d3.bedrock-agentcore.us-east-1.vpce.amazonaws.com"
	for _, tt := range []struct {
		name    string
		path    netpath.Path
		replace []string
		want    string
	}{
		{"on", private, nil, "pass"},
		{"off, by the endpoint's own name", zonal, swap(`"PrivateDnsEnabled": true`, `"PrivateDnsEnabled": false`), "pass"},
		{"support off", private, swap(off, `"EnableDnsSupport": {"Value": false}`), "fail dns/vpc-attributes-off"},
		{"one attribute not read", private, swap(off, `"X": 1`), "unknown"},
		{"the endpoint's own switch comes first", private, swap(off, `"X": 1`, `"PrivateDnsEnabled": true`, `"PrivateDnsEnabled": false`), "fail dns/private-dns-off"},
		{"endpoint in a hub", private, swap(`"Interface", "VpcId": "vpc-1"`, `"Interface", "VpcId": "vpc-hub"`), "unknown"},
		{"endpoint not read", private, swap(`"VpcEndpoints":`, `"NotRead":`), "unknown"},
	} {
		if got := statuses(evidence(t, tt.path, "eni-agent", endpoint, tt.replace...))[netpath.HopResolver]; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Private answers that belong to nobody here are no missing endpoint:
// centralised endpoints look so.
func TestEvidenceHubIsNotMissing(t *testing.T) {
	hub := private
	hub.Target.Endpoint = ""
	got := statuses(evidence(t, hub, "eni-agent", "10.9.0.5", natRoute, natRoute+`,{"DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayId": "tgw-1", "Origin": "CreateRoute", "State": "active"}`))
	for _, name := range []netpath.HopName{"endpoint", "route", "dest-sg", "dest-nacl", "resolver"} {
		if got[name] != "unknown" {
			t.Errorf("%s: %s", name, got[name])
		}
	}
}

// Of several groups the one that the other end mentions is named; else the one
// that fewest interfaces carry.
func TestEvidenceNamesTheRightGroup(t *testing.T) {
	two := `"10.0.21.10", "Groups": [{"GroupId": "sg-a-shared"}, {"GroupId": "sg-database", "GroupName": "database"}]`
	shared := `"10.0.101.5", "Groups": [{"GroupId": "sg-a-shared"}]`
	groups := `{"GroupId": "sg-a-shared", "GroupName": "shared", "VpcId": "vpc-1", "IpPermissions": [], "IpPermissionsEgress": []}, {"GroupId": "sg-other"`
	world := swap(databaseRule, "", `"10.0.21.10", "Groups": [{"GroupId": "sg-database", "GroupName": "database"}]`, two, `"10.0.101.5", "Groups": []`, shared, `{"GroupId": "sg-other"`, groups)
	for name, replace := range map[string][]string{
		"mentioned": world,
		"fewest":    append(world, databaseOut, permission("tcp", 5432, 5432, block("0.0.0.0/0"))+","),
	} {
		if got := evidence(t, orders, "eni-agent", database, replace...)[netpath.HopDestSG].Component; got != "sg-database" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func ExampleAnalysis_Trace() {
	a := reachability.New(exampleNetwork())
	r := a.Trace(reachability.Flow{
		From:     reachability.Source{ENI: "eni-agent"},
		To:       netip.MustParseAddr("10.0.21.10"),
		Protocol: 6,
		Port:     3306,
	})
	hop, _ := r.Deciding()
	fmt.Println(r.Verdict, "at", hop.Name, "because of", hop.Component)
	fmt.Println(hop.Detail)
	// Output:
	// blocked at source-sg because of sg-agent
	// no outbound rule of sg-agent admits tcp 3306 to 10.0.21.10
}
