package plan_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
	"github.com/agentcore-probe/probe/probes/service"
	"github.com/agentcore-probe/probe/vpc"
)

var sameAddress = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// endpoint adds an endpoint of the VPC.
func endpoint(id, service, kind string, privateDNS bool, tables ...string) func(*vpc.Network) {
	return func(n *vpc.Network) {
		n.Endpoints = append(n.Endpoints, vpc.Endpoint{
			VpcEndpointID: id, VpcID: theVPC, VpcEndpointType: kind, ServiceName: "com.amazonaws.us-east-1." + service,
			PrivateDNSEnabled: privateDNS, RouteTableIDs: tables,
		})
	}
}

func namedTable(n *vpc.Network) { n.RouteTables[0].RouteTableID = "rtb-1" }

func ownS3(own bool) func(*vpc.Network) {
	return func(n *vpc.Network) {
		n.Runtimes[0].NetworkConfiguration.NetworkModeConfig.RequireServiceS3Endpoint = &own
	}
}

func made(year int, month time.Month, day int) func(*vpc.Network) {
	return func(n *vpc.Network) {
		n.Runtimes[0].CreatedAt = &vpc.Timestamp{Time: time.Date(year, month, day, 12, 0, 0, 0, time.UTC)}
	}
}

// routes are the routes of the paths of a kind, and the endpoints that they lead
// through.
func routes(p plan.Plan, kind netpath.Kind) map[string]string {
	got := map[string]string{}
	for _, path := range p.Paths {
		if path.Kind == kind {
			got[path.ID] = string(path.Route) + " " + path.Target.Endpoint
		}
	}
	return got
}

func here() netpath.Vantage { return netpath.Vantage{Region: "us-east-1", VPC: theVPC} }

// The services are those of "Amazon ECR interface VPC endpoints" and the table
// of the article's fourth pattern.
func TestServicesOfAnAgent(t *testing.T) {
	internet := map[string]string{"service/ecr.api": "public ", "service/ecr.dkr": "public ", "service/logs": "public ", "service/s3": "public "}
	tests := []struct {
		name    string
		network *vpc.Network
		change  map[string]string // of internet; "" takes a path out
	}{
		{"over the internet", world(), nil},
		{"network mode PUBLIC", world(public), map[string]string{"service/ecr.api": "", "service/ecr.dkr": "", "service/logs": "", "service/s3": ""}},
		{"an interface endpoint", world(endpoint("vpce-2", "ecr.api", "Interface", true)), map[string]string{"service/ecr.api": "private vpce-2"}},
		{"private DNS off: to be found wrong", world(endpoint("vpce-2", "logs", "Interface", false)), map[string]string{"service/logs": "private vpce-2"}},
		{"S3's own names may stay public", world(endpoint("vpce-2", "s3", "Interface", false)), nil},
		{"a gateway endpoint", world(namedTable, endpoint("vpce-3", "s3", "Gateway", false, "rtb-1")), map[string]string{"service/s3": "gateway vpce-3"}},
		{"a gateway endpoint for other subnets", world(namedTable, endpoint("vpce-3", "s3", "Gateway", false, "rtb-2")), nil},
		{"isolated without endpoints", world(withEndpoint, withoutInternet), map[string]string{
			"service/ecr.api": "private ", "service/ecr.dkr": "private ", "service/logs": "private ", "service/s3": "gateway "}},
		{"isolated, the gateway not associated", world(namedTable, withEndpoint, withoutInternet, endpoint("vpce-3", "s3", "Gateway", false, "rtb-2")), map[string]string{
			"service/ecr.api": "private ", "service/ecr.dkr": "private ", "service/logs": "private ", "service/s3": "gateway vpce-3"}},
		{"AgentCore's own gateway to S3", world(ownS3(true)), map[string]string{"service/s3": ""}},
		{"the VPC's own way to S3", world(made(2026, time.May, 4), ownS3(false)), nil},
		{"a runtime from before the rollout of May 5, 2026", world(made(2026, time.May, 4)), map[string]string{"service/s3": ""}},
		{"a runtime from after it", world(made(2026, time.May, 6)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := map[string]string{}
			for id, route := range internet {
				if changed, ok := tt.change[id]; ok {
					route = changed
				}
				if route != "" {
					want[id] = route
				}
			}
			if diff := cmp.Diff(want, routes(plan.Make(config.Default(), tt.network, here()), netpath.KindService)); diff != "" {
				t.Errorf("routes (-want +got):\n%s", diff)
			}
		})
	}
}

// Names: "AWS service endpoints" (AWS General Reference), "Amazon ECR interface
// VPC endpoints" (Amazon ECR User Guide).
func TestNamesOfServices(t *testing.T) {
	c := config.Default()
	c.Services = []string{"bedrock-runtime", "dynamodb", "ecr.api", "kms"}
	p := plan.Make(c, world(), here())
	for id, want := range map[string]string{
		"service/ecr.api":         "api.ecr.us-east-1.amazonaws.com",
		"service/ecr.dkr":         "123456789012.dkr.ecr.us-east-1.amazonaws.com",
		"service/s3":              "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com",
		"service/logs":            "logs.us-east-1.amazonaws.com",
		"service/bedrock-runtime": "bedrock-runtime.us-east-1.amazonaws.com",
		"service/dynamodb":        "dynamodb.us-east-1.amazonaws.com",
		"service/kms":             "kms.us-east-1.amazonaws.com",
	} {
		target := find(t, p, id).Target
		if target.Name != want {
			t.Errorf("%s is at %q, want %q", id, target.Name, want)
		}
		if readable := service.Action(target.Service) != ""; readable != (target.Read != "") {
			t.Errorf("%s is planned to be read: %q, and there is a question for it: %v", id, target.Read, readable)
		}
	}
}

func TestAPathToAService(t *testing.T) {
	n := world(endpoint("vpce-2", "ecr.api", "Interface", true), func(n *vpc.Network) {
		n.Endpoints[0].NetworkInterfaceIDs = []string{"eni-e2"}
		n.NetworkInterfaces = []vpc.NetworkInterface{
			{NetworkInterfaceID: "eni-e2", VpcID: theVPC, PrivateIPAddress: netip.MustParseAddr("10.0.3.20")},
			{NetworkInterfaceID: "eni-agent", InterfaceType: vpc.AgentInterface, VpcID: theVPC, SubnetID: inside, Groups: []vpc.GroupRef{{GroupID: agentSG}}},
		}
	})
	want := netpath.Path{
		ID: "service/ecr.api", Kind: netpath.KindService, Route: netpath.RoutePrivate, Expect: netpath.ExpectReachable,
		Because: "the agent's image is looked up there; pattern vpc, inferred: network mode VPC, no endpoint for the data plane, no resource policy that speaks of one",
		Source:  netpath.Source{ENIs: []string{"eni-agent"}},
		Target: netpath.Target{
			Component: "com.amazonaws.us-east-1.ecr.api", Name: "api.ecr.us-east-1.amazonaws.com", Port: 443, Protocol: netpath.ProtocolHTTPS,
			Addresses: []netip.Addr{netip.MustParseAddr("10.0.3.20")}, Endpoint: "vpce-2", Service: "ecr.api", Read: "ecr.api",
		},
	}
	if diff := cmp.Diff(want, find(t, plan.Make(config.Default(), n, here()), "service/ecr.api"), sameAddress); diff != "" {
		t.Errorf("path (-want +got):\n%s", diff)
	}
}

// A caller's packets say nothing about the agent's way.
func TestACallerSeesNothingOfTheAgentsServices(t *testing.T) {
	from := here()
	from.ENI, from.Subnet, from.SecurityGroups = "eni-caller", "subnet-2", []string{"sg-caller"}
	p := plan.Make(config.Default(), world(), from)
	note := "the AWS services that the agent needs, and its way to the internet, are not checked: here is a caller, with neither subnet nor security groups of the agent"
	if diff := cmp.Diff([]string{note}, p.Notes); diff != "" || len(p.Paths) != 1 {
		t.Errorf("%d paths, notes (-want +got):\n%s", len(p.Paths), diff)
	}
}

func TestAWayToTheInternetIsWantedByThePattern(t *testing.T) {
	const inferred = "pattern vpc, inferred: network mode VPC, no endpoint for the data plane, no resource policy that speaks of one"
	tests := []struct {
		name    string
		network *vpc.Network
		config  config.Egress
		want    map[string]string
	}{
		{"pattern vpc", world(), config.Egress{}, map[string]string{"egress/internet": "reachable: " + inferred}},
		{"network mode PUBLIC", world(public), config.Egress{}, map[string]string{}},
		{"isolated", world(withEndpoint, withoutInternet), config.Egress{}, map[string]string{
			"egress/internet": "unreachable: pattern isolated, inferred: no route of the agent's subnets leads to the internet"}},
		{"written down", world(), config.Egress{Expect: netpath.ExpectUnreachable}, map[string]string{"egress/internet": "unreachable: egress.expect in the configuration"}},
		{"several targets", world(), config.Egress{Targets: []string{"api.weather.example:443", "192.0.2.9:8080"}}, map[string]string{
			"egress/internet": "reachable: " + inferred, "egress/internet/192.0.2.9:8080": "reachable: " + inferred}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := config.Default()
			c.Egress = tt.config
			if diff := cmp.Diff(tt.want, expectations(plan.Make(c, tt.network, here()), netpath.KindEgress)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// Where nothing must lead out, several ways are tried.
func TestWaysOut(t *testing.T) {
	c := config.Default()
	resolver := []netip.Addr{netip.MustParseAddr("203.0.113.53")}
	tests := []struct {
		name      string
		targets   []string
		resolvers []netip.Addr
		want      []netpath.Way
	}{
		{"by default", nil, nil, []netpath.Way{
			{Name: "checkip.amazonaws.com", Port: 443, Protocol: netpath.ProtocolTCP},
			{Name: "checkip.amazonaws.com", Port: 80, Protocol: netpath.ProtocolTCP},
			{Name: "checkip.amazonaws.com", Port: 53, Protocol: netpath.ProtocolDNS},
		}},
		{"written down", []string{"192.0.2.9:8080"}, resolver, []netpath.Way{
			{Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.9")}, Port: 8080, Protocol: netpath.ProtocolTCP},
			{Name: "checkip.amazonaws.com", Addresses: resolver, Port: 53, Protocol: netpath.ProtocolDNS},
		}},
	}
	for _, tt := range tests {
		c.Egress.Targets, c.DNS.PublicResolvers = tt.targets, tt.resolvers
		got := find(t, plan.Make(c, world(withEndpoint, withoutInternet), here()), "egress/internet").Target.Ways
		if diff := cmp.Diff(tt.want, got, sameAddress); diff != "" {
			t.Errorf("%s: ways (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestDestinations(t *testing.T) {
	c := config.Default()
	c.Destinations = []config.Destination{
		{Name: "weather", Host: "api.weather.example", Line: 3},
		{Name: "cache", Host: "10.9.8.7", Port: 6379, Protocol: netpath.ProtocolTCP, Line: 5},
		{Name: "warehouse", Host: "warehouse.corp.example", Port: 8443, OnPremises: true, Line: 9},
	}
	p := plan.Make(c, world(), here())
	want := map[string]netpath.Path{
		"egress/weather": {
			Kind: netpath.KindEgress, Route: netpath.RoutePublic, Because: "destinations in the configuration, line 3",
			Target: netpath.Target{Component: "api.weather.example", Name: "api.weather.example", Port: 443, Protocol: netpath.ProtocolHTTPS}},
		"egress/cache": {
			Kind: netpath.KindEgress, Route: netpath.RouteVPC, Because: "destinations in the configuration, line 5",
			Target: netpath.Target{Component: "10.9.8.7", Addresses: []netip.Addr{netip.MustParseAddr("10.9.8.7")}, Port: 6379, Protocol: netpath.ProtocolTCP}},
		"onprem/warehouse": {
			Kind: netpath.KindOnPrem, Route: netpath.RouteOnPremises, Because: "destinations in the configuration, line 9",
			Target: netpath.Target{Component: "warehouse.corp.example", Name: "warehouse.corp.example", Port: 8443, Protocol: netpath.ProtocolHTTPS}},
	}
	for id, path := range want {
		path.ID, path.Expect = id, netpath.ExpectReachable
		if diff := cmp.Diff(path, find(t, p, id), sameAddress); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

// RFC 1918 and RFC 6598 say which addresses the internet does not route.
func TestTheAnswerTellsTheRoute(t *testing.T) {
	answers := func(texts ...string) netpath.Observation {
		var o netpath.Observation
		for _, text := range texts {
			o.Answers = append(o.Answers, netip.MustParseAddr(text))
		}
		return o
	}
	tests := []struct {
		name string
		kind netpath.Kind
		seen netpath.Observation
		want netpath.Route
	}{
		{"a hub's endpoint", netpath.KindService, answers("10.99.0.4", "100.64.0.4"), netpath.RoutePrivate},
		{"the internet", netpath.KindService, answers("198.51.100.4"), netpath.RoutePublic},
		{"both", netpath.KindService, answers("10.99.0.4", "198.51.100.4"), netpath.RoutePublic},
		{"no answer", netpath.KindService, answers(), netpath.RoutePublic},
		{"a host inside", netpath.KindEgress, answers("10.99.0.4"), netpath.RouteVPC},
		{"AgentCore's front stays the public one", netpath.KindInvoke, answers("10.99.0.4"), netpath.RoutePublic},
	}
	for _, tt := range tests {
		if got := plan.AsAnswered(netpath.Path{Kind: tt.kind, Route: netpath.RoutePublic}, tt.seen).Route; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSeveralDatabases(t *testing.T) {
	n := world(withDatabase, speaking(dbSG, agentSG, false), func(n *vpc.Network) {
		carts := n.DBInstances[0]
		carts.DBInstanceIdentifier, carts.DBInstanceARN, carts.Engine = "carts", "arn:aws:rds:us-east-1:123456789012:db:carts", "mariadb"
		carts.Endpoint = &vpc.DBEndpoint{Address: "carts.rds", Port: 3306}
		n.DBInstances = append(n.DBInstances, carts)
	})
	p := plan.Make(config.Default(), n, here())
	got := map[string]netpath.Target{"orders": find(t, p, "db/orders").Target, "carts": find(t, p, "db/carts").Target}
	want := map[string]netpath.Target{
		"orders": {Component: "arn:aws:rds:us-east-1:123456789012:db:orders", Name: "orders.rds", Port: 5432, Protocol: netpath.ProtocolPostgres},
		"carts":  {Component: "arn:aws:rds:us-east-1:123456789012:db:carts", Name: "carts.rds", Port: 3306, Protocol: netpath.ProtocolMySQL},
	}
	if diff := cmp.Diff(want, got, sameAddress); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
}
