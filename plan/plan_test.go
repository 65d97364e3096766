package plan_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
	"github.com/agentcore-probe/probe/vpc"
)

const (
	arn      = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1b2c3d4e5"
	inside   = "subnet-1"
	theVPC   = "vpc-1"
	agentSG  = "sg-agent"
	dbSG     = "sg-db"
	guarding = `{"Statement":[{"Effect":"Deny","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}]}`
)

// world is a network with one runtime; options change it.
func world(options ...func(*vpc.Network)) *vpc.Network {
	r := vpc.Runtime{ARN: arn, ID: "support-a1b2c3d4e5", Name: "support", Status: "READY"}
	r.NetworkConfiguration.NetworkMode = "VPC"
	r.NetworkConfiguration.NetworkModeConfig = &vpc.VPCConfig{Subnets: []string{inside}, SecurityGroups: []string{agentSG}}
	n := &vpc.Network{
		Region: "us-east-1", Read: map[string]bool{"RouteTables": true, "SecurityGroups": true},
		Subnets:     []vpc.Subnet{{SubnetID: inside, VpcID: theVPC}},
		RouteTables: []vpc.RouteTable{{VpcID: theVPC, Associations: []vpc.RouteTableAssociation{{Main: true}}, Routes: []vpc.Route{{DestinationCidrBlock: "0.0.0.0/0", NatGatewayID: "nat-1"}}}},
		Runtimes:    []vpc.Runtime{r},
	}
	for _, o := range options {
		o(n)
	}
	return n
}

func public(n *vpc.Network) {
	n.Runtimes[0].NetworkConfiguration.NetworkMode = "PUBLIC"
	n.Runtimes[0].NetworkConfiguration.NetworkModeConfig = nil
}

func withoutInternet(n *vpc.Network) { n.RouteTables[0].Routes = nil }

func withPolicy(n *vpc.Network) {
	n.ResourcePolicies = []vpc.ResourcePolicy{{ResourceARN: arn, Policy: guarding}}
}

func withEndpoint(n *vpc.Network) {
	n.Endpoints = []vpc.Endpoint{{
		VpcEndpointID: "vpce-1", VpcID: theVPC, VpcEndpointType: "Interface",
		ServiceName: "com.amazonaws.us-east-1.bedrock-agentcore", NetworkInterfaceIDs: []string{"eni-e1"},
	}}
	n.NetworkInterfaces = append(n.NetworkInterfaces, vpc.NetworkInterface{NetworkInterfaceID: "eni-e1", VpcID: theVPC, PrivateIPAddress: netip.MustParseAddr("10.0.3.10")})
}

func withDatabase(n *vpc.Network) {
	n.DBInstances = []vpc.DBInstance{{
		DBInstanceIdentifier: "orders", DBInstanceARN: "arn:aws:rds:us-east-1:123456789012:db:orders", Engine: "postgres",
		Endpoint:          &vpc.DBEndpoint{Address: "orders.rds", Port: 5432},
		VpcSecurityGroups: []vpc.DBSecurityGroup{{VpcSecurityGroupID: dbSG}},
	}}
}

// speaking lets a group have a rule that names another group.
func speaking(group, of string, egress bool) func(*vpc.Network) {
	return func(n *vpc.Network) {
		rule := vpc.IPPermission{IPProtocol: "tcp", UserIDGroupPairs: []vpc.GroupPair{{GroupID: of}}}
		g := vpc.SecurityGroup{GroupID: group}
		if egress {
			g.IPPermissionsEgress = []vpc.IPPermission{rule}
		} else {
			g.IPPermissions = []vpc.IPPermission{rule}
		}
		n.SecurityGroups = append(n.SecurityGroups, g)
	}
}

// expectations are what a plan wants of the paths of some kinds, and why.
func expectations(p plan.Plan, kinds ...netpath.Kind) map[string]string {
	got := map[string]string{}
	for _, path := range p.Paths {
		if slices.Contains(kinds, path.Kind) {
			got[path.ID] = string(path.Expect) + ": " + path.Because
		}
	}
	return got
}

// find finds a path of a plan.
func find(t *testing.T, p plan.Plan, id string) netpath.Path {
	t.Helper()
	i := slices.IndexFunc(p.Paths, func(path netpath.Path) bool { return path.ID == id })
	if i < 0 {
		t.Fatalf("no path %s", id)
	}
	return p.Paths[i]
}

func TestPatternsAreInferred(t *testing.T) {
	const (
		private = "invoke/support/private"
		front   = "invoke/support/public"
	)
	tests := []struct {
		name    string
		network *vpc.Network
		want    map[string]string
	}{
		{"public mode", world(public), map[string]string{
			front: "reachable: pattern public, inferred: network mode PUBLIC, and no resource policy that speaks of endpoints"}},
		{"VPC mode", world(), map[string]string{
			front: "reachable: pattern vpc, inferred: network mode VPC, no endpoint for the data plane, no resource policy that speaks of one"}},
		{"a policy that speaks of the endpoint", world(withPolicy), map[string]string{
			private: "reachable: pattern private, inferred: a resource policy that speaks of the VPC or its endpoint",
			front:   "denied: pattern private, inferred: a resource policy that speaks of the VPC or its endpoint"}},
		{"an endpoint", world(withEndpoint), map[string]string{
			private: "reachable: pattern private, inferred: an interface endpoint for the data plane",
			front:   "denied: pattern private, inferred: an interface endpoint for the data plane"}},
		{"no way out", world(withEndpoint, withoutInternet), map[string]string{
			private: "reachable: pattern isolated, inferred: no route of the agent's subnets leads to the internet",
			front:   "denied: pattern isolated, inferred: no route of the agent's subnets leads to the internet"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := plan.Make(config.Default(), tt.network, netpath.Vantage{Region: "us-east-1", VPC: theVPC})
			if diff := cmp.Diff(tt.want, expectations(got, netpath.KindInvoke)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheConfigurationsPatternWins(t *testing.T) {
	c := config.Default()
	c.Pattern = netpath.PatternVPC
	c.Runtimes = []config.Runtime{{ARN: arn, Pattern: netpath.PatternPrivate, Line: 7}}
	want := map[string]string{
		"invoke/support/private": "reachable: pattern private of the runtime in the configuration, line 7",
		"invoke/support/public":  "denied: pattern private of the runtime in the configuration, line 7",
	}
	for name, n := range map[string]*vpc.Network{"read": world(public), "not read": nil} {
		if diff := cmp.Diff(want, expectations(plan.Make(c, n, netpath.Vantage{}), netpath.KindInvoke)); diff != "" {
			t.Errorf("%s: plan (-want +got):\n%s", name, diff)
		}
	}
}

func TestPrivateInvokeKnowsTheEndpoint(t *testing.T) {
	p := plan.Make(config.Default(), world(withEndpoint), netpath.Vantage{VPC: theVPC, ENI: "eni-me"})
	want := netpath.Path{
		ID: "invoke/support/private", Kind: netpath.KindInvoke, Route: netpath.RoutePrivate, Expect: netpath.ExpectReachable,
		Because: "pattern private, inferred: an interface endpoint for the data plane",
		Source:  netpath.Source{ENIs: []string{"eni-me"}},
		Target: netpath.Target{
			Component: arn, Name: "bedrock-agentcore.us-east-1.amazonaws.com", Port: 443, Protocol: netpath.ProtocolHTTPS,
			Addresses: []netip.Addr{netip.MustParseAddr("10.0.3.10")}, Endpoint: "vpce-1", RuntimeARN: arn, Qualifier: "DEFAULT",
			Authorizer: netpath.AuthorizerSigV4,
		},
	}
	if diff := cmp.Diff(want, find(t, p, "invoke/support/private"), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("path (-want +got):\n%s", diff)
	}
}

func TestARuntimesAuthorizerIsKnown(t *testing.T) {
	read := world()
	if err := json.Unmarshal([]byte(`{"authorizerConfiguration":{"customJWTAuthorizer":{"discoveryUrl":"https://idp.example/.well-known/openid-configuration","allowedAudience":["agents"],"allowedClients":["probe"]}}}`), &read.Runtimes[0]); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Runtimes = []config.Runtime{{ARN: arn, Token: config.Token{Env: "TOKEN"}}}
	tests := []struct {
		name       string
		network    *vpc.Network
		authorizer netpath.Authorizer
		accepts    netpath.Claims
	}{
		{"SigV4", world(), netpath.AuthorizerSigV4, netpath.Claims{}},
		{"JWT", read, netpath.AuthorizerJWT, netpath.Claims{Issuer: "https://idp.example", Audiences: []string{"agents"}, Clients: []string{"probe"}}},
		{"not read", nil, netpath.AuthorizerJWT, netpath.Claims{}},
	}
	for _, tt := range tests {
		target := find(t, plan.Make(c, tt.network, netpath.Vantage{}), "invoke/support/public").Target
		if diff := cmp.Diff(tt.accepts, target.Accepts); diff != "" || target.Authorizer != tt.authorizer {
			t.Errorf("%s: %s, claims (-want +got):\n%s", tt.name, target.Authorizer, diff)
		}
	}
}

// A rule on either side shows that somebody meant the agent to reach it: when
// the other side's rule is gone, the path is still there to be found broken.
func TestDatabasesAreDiscoveredByRules(t *testing.T) {
	tests := []struct {
		name    string
		options []func(*vpc.Network)
		found   bool
	}{
		{"no rule", nil, false},
		{"the database's group names the agent's", []func(*vpc.Network){speaking(dbSG, agentSG, false)}, true},
		{"the agent's group names the database's", []func(*vpc.Network){speaking(agentSG, dbSG, true)}, true},
		{"another group names the database's", []func(*vpc.Network){speaking("sg-other", dbSG, true)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := plan.Make(config.Default(), world(append(tt.options, withDatabase)...), netpath.Vantage{VPC: theVPC})
			_, found := expectations(p, netpath.KindDatabase)["db/orders"]
			if found != tt.found || found == (len(p.Notes) > 0) {
				t.Errorf("found %v with notes %q, want %v and a note where it is not", found, p.Notes, tt.found)
			}
		})
	}
}

// An id names one path: a proxy may bear an instance's name, and another account
// an instance of the same name, which is noted.
func TestIDsAreDistinct(t *testing.T) {
	network := world(withDatabase, speaking(dbSG, agentSG, false))
	twin := network.DBInstances[0]
	twin.DBInstanceARN = "arn:aws:rds:us-east-1:210987654321:db:orders"
	network.DBInstances = append(network.DBInstances, twin)
	network.DBProxies = []vpc.DBProxy{{DBProxyName: "orders", DBProxyARN: "arn:aws:rds:us-east-1:123456789012:db-proxy:prx-1", VpcSecurityGroupIDs: []string{dbSG}}}
	p := plan.Make(config.Default(), network, netpath.Vantage{VPC: theVPC})
	got := map[string]string{}
	for _, path := range p.Paths {
		if path.Kind == netpath.KindDatabase {
			got[path.ID] = path.Target.Component
		}
	}
	want := map[string]string{"db/orders": "arn:aws:rds:us-east-1:123456789012:db:orders", "db/orders.proxy": "arn:aws:rds:us-east-1:123456789012:db-proxy:prx-1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("databases (-want +got):\n%s", diff)
	}
	if len(p.Notes) != 1 || !strings.HasPrefix(p.Notes[0], "arn:aws:rds:us-east-1:210987654321:db:orders is not checked: db/orders is arn:aws:rds:us-east-1:123456789012:db:orders already") {
		t.Errorf("notes %q", p.Notes)
	}
}

// Of two agents with groups of their own, a sidecar speaks of the one whose groups
// it has.
func TestASidecarSpeaksOfItsOwnAgent(t *testing.T) {
	billing := func(n *vpc.Network) {
		r := n.Runtimes[0]
		r.ARN, r.ID, r.Name = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/billing-a1b2c3d4e5", "billing-a1b2c3d4e5", "billing"
		r.NetworkConfiguration.NetworkModeConfig = &vpc.VPCConfig{Subnets: []string{inside}, SecurityGroups: []string{"sg-billing"}}
		n.Runtimes = append(n.Runtimes, r)
		for eni, group := range map[string]string{"eni-support": agentSG, "eni-billing": "sg-billing"} {
			n.NetworkInterfaces = append(n.NetworkInterfaces, vpc.NetworkInterface{
				NetworkInterfaceID: eni, InterfaceType: "agentic_ai", VpcID: theVPC, SubnetID: inside, Groups: []vpc.GroupRef{{GroupID: group}},
			})
		}
	}
	n := world(billing, withDatabase, speaking(dbSG, agentSG, false))
	for group, want := range map[string][]string{
		agentSG:      {"eni-support"},
		"sg-billing": nil, // the database is not meant for it
		"sg-other":   {"eni-billing", "eni-support"},
	} {
		from := here()
		from.SecurityGroups = []string{group}
		var got []string
		for _, path := range plan.Make(config.Default(), n, from).Paths {
			if path.ID == "db/orders" {
				got = path.Source.ENIs
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %s: sources of db/orders (-want +got):\n%s", group, diff)
		}
	}
}

func TestConfiguredDatabases(t *testing.T) {
	c := config.Default()
	c.Databases = []config.Database{
		{Name: "orders", Line: 3},
		{Name: "ledger", Host: "ledger.corp", Port: 15432, Protocol: netpath.ProtocolTCP, Line: 4},
		{Name: "byaddress", Host: "10.9.8.7", Line: 5},
		{Name: "nowhere", Line: 6},
		{Name: "carts", Host: "carts.corp", Protocol: netpath.ProtocolMySQL, Reader: true, Line: 7},
	}
	p := plan.Make(c, world(withDatabase), netpath.Vantage{})
	got := map[string]netpath.Target{}
	for _, path := range p.Paths {
		if path.Kind == netpath.KindDatabase {
			got[path.ID] = path.Target
		}
	}
	want := map[string]netpath.Target{
		"db/orders":    {Writes: true, Component: "arn:aws:rds:us-east-1:123456789012:db:orders", Name: "orders.rds", Port: 5432, Protocol: netpath.ProtocolPostgres},
		"db/ledger":    {Writes: true, Component: "ledger", Name: "ledger.corp", Port: 15432, Protocol: netpath.ProtocolTCP},
		"db/byaddress": {Writes: true, Component: "byaddress", Port: 5432, Protocol: netpath.ProtocolPostgres, Addresses: []netip.Addr{netip.MustParseAddr("10.9.8.7")}},
		"db/carts":     {Component: "carts", Name: "carts.corp", Port: 3306, Protocol: netpath.ProtocolMySQL},
		"db/nowhere":   {Writes: true, Component: "nowhere", Port: 5432, Protocol: netpath.ProtocolPostgres},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"database nowhere is not found in RDS: give its host in the configuration, line 6"}, p.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// Nothing that pauses when idle is woken up, unless somebody has asked for it.
func TestDatabasesThatPauseAreSpared(t *testing.T) {
	zero := 0.0
	pauses := func(n *vpc.Network) {
		n.DBInstances[0].DBInstanceClass, n.DBInstances[0].DBClusterIdentifier = "db.serverless", "shop"
		n.DBClusters = []vpc.DBCluster{{DBClusterIdentifier: "shop", Endpoint: "shop.cluster.rds", Engine: "aurora-mysql"}}
		n.DBClusters[0].ServerlessV2ScalingConfiguration = &struct {
			MinCapacity           *float64
			MaxCapacity           *float64
			SecondsUntilAutoPause *int
		}{MinCapacity: &zero}
	}
	c := config.Default()
	c.Databases = []config.Database{
		{Name: "orders"},
		{Name: "whole", Host: "shop.cluster.rds"},
		{Name: "asked", Host: "shop.cluster.rds", Wake: true},
	}
	p := plan.Make(c, world(withDatabase, pauses), netpath.Vantage{})
	for id, want := range map[string]string{
		"db/orders": "a connection wakes up orders, which pauses when idle",
		"db/whole":  "a connection wakes up shop, which pauses when idle",
		"db/asked":  "",
	} {
		if got := find(t, p, id).Target.Spared; got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}

func TestRuntimesElsewhereAreNotedAndNotChecked(t *testing.T) {
	p := plan.Make(config.Default(), world(), netpath.Vantage{VPC: "vpc-other"})
	want := []string{
		"runtime support has its ENIs in vpc-1 and is not checked from here: name it under runtimes to check it anyway",
		"no runtime is known: name one under runtimes in a configuration file",
	}
	if diff := cmp.Diff(want, p.Notes); diff != "" || len(p.Paths) > 0 {
		t.Errorf("%d paths, notes (-want +got):\n%s", len(p.Paths), diff)
	}
}

// A connection without a login counts against this host on MySQL and MariaDB:
// their engines must be known for what they are. Engines are those of
// CreateDBInstance (Amazon RDS API Reference).
func TestEnginesAreKnownForWhatTheySpeak(t *testing.T) {
	for engine, want := range map[string]netpath.Protocol{
		"postgres": netpath.ProtocolPostgres, "aurora-postgresql": netpath.ProtocolPostgres,
		"mysql": netpath.ProtocolMySQL, "aurora-mysql": netpath.ProtocolMySQL, "mariadb": netpath.ProtocolMySQL,
		"sqlserver-se": netpath.ProtocolTCP, "oracle-ee": netpath.ProtocolTCP,
	} {
		n := world(withDatabase, speaking(dbSG, agentSG, false))
		n.DBInstances[0].Engine = engine
		if got := plan.Make(config.Default(), n, netpath.Vantage{VPC: theVPC}).Paths[0].Target.Protocol; got != want {
			t.Errorf("%s speaks %s, want %s", engine, got, want)
		}
	}
}

// A caller's packets say nothing about the agent's: its databases are checked
// from there only where somebody asks for it.
func TestACallerChecksNoDatabases(t *testing.T) {
	meant := world(withDatabase, speaking(dbSG, agentSG, false))
	tests := []struct {
		name    string
		from    netpath.Vantage
		planned bool
	}{
		{"unknown place", netpath.Vantage{VPC: theVPC}, true},
		{"beside the agent", netpath.Vantage{VPC: theVPC, ENI: "eni-me", Subnet: inside, SecurityGroups: []string{agentSG}}, true},
		{"the agent's subnet, another group", netpath.Vantage{VPC: theVPC, ENI: "eni-me", Subnet: inside, SecurityGroups: []string{"sg-me"}}, true},
		{"another subnet, the agent's group", netpath.Vantage{VPC: theVPC, ENI: "eni-me", Subnet: "subnet-me", SecurityGroups: []string{agentSG}}, true},
		{"a caller", netpath.Vantage{VPC: theVPC, ENI: "eni-me", Subnet: "subnet-me", SecurityGroups: []string{"sg-me"}}, false},
	}
	for _, tt := range tests {
		_, planned := expectations(plan.Make(config.Default(), meant, tt.from), netpath.KindDatabase)["db/orders"]
		if planned != tt.planned {
			t.Errorf("%s: planned %v, want %v", tt.name, planned, tt.planned)
		}
	}
}
