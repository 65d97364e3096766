package diagnosis_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

const (
	endpointID = "vpce-1"
	runtimeARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1b2c3d4e5"
	databaseID = "arn:aws:rds:us-east-1:123456789012:db:orders"
)

var (
	one = netip.MustParseAddr("10.0.1.10")
	two = netip.MustParseAddr("10.0.2.10")
)

// evidence is shorthand for what one kind of evidence says of some hops.
type evidence map[netpath.HopName]netpath.Evidence

func pass(hops ...netpath.HopName) evidence {
	e := evidence{}
	for _, h := range hops {
		e[h] = netpath.Evidence{Status: netpath.StatusPass}
	}
	return e
}

func (e evidence) but(hop netpath.HopName, ev netpath.Evidence) evidence {
	out := evidence{hop: ev}
	for k, v := range e {
		if k != hop {
			out[k] = v
		}
	}
	return out
}

func live(f netpath.Failure, facts ...string) netpath.Evidence {
	e := netpath.Evidence{Status: netpath.StatusFail, Failure: f, Facts: netpath.Facts{}}
	for i := 0; i+1 < len(facts); i += 2 {
		e.Facts[facts[i]] = facts[i+1]
	}
	return e
}

// flawed is live evidence that passes with a reservation.
func flawed(f netpath.Failure, facts ...string) netpath.Evidence {
	e := live("", facts...)
	e.Status, e.Flaws = netpath.StatusPass, []netpath.Failure{f}
	return e
}

func config(cause, component string, facts ...string) netpath.Evidence {
	e := live("", facts...)
	e.Cause, e.Component = cause, component
	return e
}

func privateInvoke() netpath.Path {
	return netpath.Path{
		ID: "invoke/support/private", Kind: netpath.KindInvoke, Route: netpath.RoutePrivate, Expect: netpath.ExpectReachable,
		Target: netpath.Target{Name: "bedrock-agentcore.us-east-1.amazonaws.com", Port: 443, Component: runtimeARN, RuntimeARN: runtimeARN, Endpoint: endpointID},
	}
}

func publicInvoke() netpath.Path {
	p := privateInvoke()
	p.ID, p.Route, p.Expect = "invoke/support/public", netpath.RoutePublic, netpath.ExpectDenied
	p.Target.Endpoint = ""
	return p
}

func database() netpath.Path {
	return netpath.Path{
		ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable,
		Target: netpath.Target{Name: "orders.rds", Port: 5432, Component: databaseID},
	}
}

// at builds a case: resolver evidence, and the same live and config evidence at
// each address.
func at(p netpath.Path, resolver netpath.Evidence, seen, configured evidence, addresses ...netip.Addr) diagnosis.Case {
	c := diagnosis.Case{Path: p, Live: netpath.Observation{Path: p.ID, Resolver: resolver}}
	for _, a := range addresses {
		if seen != nil {
			c.Live.Addresses = append(c.Live.Addresses, netpath.AddressObservation{Address: netip.AddrPortFrom(a, p.Target.Port), Hops: seen})
		}
		c.Config = append(c.Config, diagnosis.Config{Source: "eni-1", Address: a, SameSubnet: true, SameGroups: true, Hops: configured})
	}
	return c
}

var (
	found         = netpath.Evidence{Status: netpath.StatusPass}
	networkPasses = pass(netpath.HopResolver, netpath.HopSourceSG, netpath.HopSourceNACL, netpath.HopRoute, netpath.HopEndpoint, netpath.HopDestNACL, netpath.HopDestSG)
	invokePasses  = pass(netpath.HopTCP, netpath.HopTLS, netpath.HopSignature, netpath.HopIdentityPolicy, netpath.HopEndpointPolicy, netpath.HopResourcePolicy).but(netpath.HopRuntime, netpath.Evidence{Status: netpath.StatusUnknown})
	configPasses  = networkPasses.but(netpath.HopRuntime, found).but(netpath.HopResourcePolicy, found).but(netpath.HopEndpointPolicy, found)
	dbPasses      = pass(netpath.HopTCP, netpath.HopTLS, netpath.HopDatabase)
	timesOut      = evidence{netpath.HopTCP: live(netpath.FailureTimeout)}
	deniedLive    = pass(netpath.HopTCP, netpath.HopTLS, netpath.HopSignature).but(netpath.HopResourcePolicy, live(netpath.FailureDenied, "effect", "explicit", "layer", "resource-based"))
)

// wanted is a complete judgement: each path's verdict and basis, and every
// finding as "code component".
type wanted struct {
	Verdicts map[string]netpath.Verdict
	Basis    map[string]netpath.Basis
	Findings []string
}

func judged(cases []diagnosis.Case, unread ...diagnosis.Unread) wanted {
	vantage := netpath.Vantage{ENI: "eni-1", AccessKey: "ASIAEXAMPLE", Principal: "arn:aws:iam::123456789012:role/probe", Region: "us-east-1"}
	result := diagnosis.Judge(diagnosis.Input{Vantage: vantage, Cases: cases, Unread: unread})
	got := wanted{Verdicts: map[string]netpath.Verdict{}, Basis: map[string]netpath.Basis{}}
	for _, p := range result.Paths {
		got.Verdicts[p.ID], got.Basis[p.ID] = p.Verdict, p.Basis
	}
	for _, f := range result.Findings {
		got.Findings = append(got.Findings, f.Code+" "+f.Component)
	}
	return got
}

func verdicts(id string, v netpath.Verdict, b netpath.Basis, findings ...string) wanted {
	return wanted{map[string]netpath.Verdict{id: v}, map[string]netpath.Basis{id: b}, findings}
}

// The rows follow DESIGN's truth table and its rules for expectations.
func TestJudge(t *testing.T) {
	sgMissing := config("sg/ingress-missing", "sg-db", "group", "sg-db", "source", "sg-agent", "source_group", "sg-agent", "protocol", "tcp", "port", "5432")
	now := netpath.Evidence{Status: netpath.StatusUnknown, Cause: "nacl/partial-ephemeral", Component: "acl-1"}
	covering := netpath.Evidence{Status: netpath.StatusPass, Facts: netpath.Facts{"covers": runtimeARN}}
	listed := netpath.Evidence{Status: netpath.StatusPass, Component: runtimeARN, Facts: netpath.Facts{"allow_listed": "192.0.2.10"}}
	throughNAT := netpath.Evidence{Status: netpath.StatusPass, Facts: netpath.Facts{"nat_gateway": "nat-1"}}
	dhcp := netpath.Evidence{Status: netpath.StatusUnknown, Facts: netpath.Facts{"private_dns": "on", "dhcp_options": "dopt-1", "dhcp_servers": "203.0.113.1"}}
	denies := config("policy/resource-denies", runtimeARN, "effect", "explicit", "scope", "everyone")
	tests := []struct {
		name string
		c    diagnosis.Case
		want wanted
	}{
		{"all measured, runtime from configuration", at(privateInvoke(), found, invokePasses, configPasses, one),
			verdicts("invoke/support/private", netpath.VerdictOK, netpath.BasisBoth)},
		{"measured, nothing read", at(database(), found, dbPasses, nil, one),
			verdicts("db/orders", netpath.VerdictOK, netpath.BasisLive)},
		{"nothing measured, nothing read", at(database(), netpath.Evidence{Status: netpath.StatusUnknown}, nil, nil, one),
			verdicts("db/orders", netpath.VerdictUnknown, netpath.BasisNone)},
		{"a timeout that the configuration explains", at(database(), found, timesOut, networkPasses.but(netpath.HopDestSG, sgMissing), one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisBoth, "sg/ingress-missing sg-db")},
		{"a timeout that nothing explains", at(database(), found, timesOut, networkPasses, one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisBoth, "tcp/dropped-unexplained "+databaseID)},
		{"a timeout that the database's state explains", at(database(), found, timesOut, networkPasses.but(netpath.HopDatabase, config("db/not-available", databaseID)), one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisBoth, "db/not-available "+databaseID)},
		{"it works although the configuration says no", at(database(), found, dbPasses, networkPasses.but(netpath.HopDestSG, sgMissing), one),
			verdicts("db/orders", netpath.VerdictOK, netpath.BasisLive, "tcp/passes-unexplained sg-db")},
		{"two causes on one path", at(database(), live(netpath.FailureDNSNXDomain), nil, networkPasses.but(netpath.HopDestSG, sgMissing), one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisLive, "dns/database-unresolvable orders.rds", "sg/ingress-missing sg-db")},
		{"an answer that leaves addresses out", at(privateInvoke(), live(netpath.FailureDNSPartial), invokePasses, configPasses, one),
			verdicts("invoke/support/private", netpath.VerdictDegraded, netpath.BasisBoth, "dns/partial bedrock-agentcore.us-east-1.amazonaws.com")},
		{"a rule that strikes now and then, not today", at(database(), found, dbPasses, networkPasses.but(netpath.HopDestNACL, now), one),
			verdicts("db/orders", netpath.VerdictDegraded, netpath.BasisLive, "nacl/partial-ephemeral acl-1")},
		{"a rule that strikes now and then, today", at(database(), found, timesOut, networkPasses.but(netpath.HopDestNACL, now), one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisBoth, "nacl/partial-ephemeral acl-1")},
		{"a policy does not explain a timeout", at(privateInvoke(), found, timesOut, configPasses.but(netpath.HopEndpointPolicy, config("endpoint/policy-denies", endpointID)), one),
			verdicts("invoke/support/private", netpath.VerdictBroken, netpath.BasisBoth, "endpoint/policy-denies "+endpointID, "tcp/dropped-unexplained "+endpointID)},
		{"a refusal proves the network", at(database(), found, evidence{netpath.HopTCP: live(netpath.FailureRefused)}, networkPasses, one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisLive, "tcp/refused "+databaseID)},

		{"losses at a hop that passes", at(database(), found, dbPasses.but(netpath.HopTCP, flawed(netpath.FailureLoss, "loses", "packets")), networkPasses, one),
			verdicts("db/orders", netpath.VerdictDegraded, netpath.BasisLive, "tcp/loss "+databaseID)},
		{"losses explain a handshake that times out", at(database(), found, evidence{netpath.HopTCP: flawed(netpath.FailureLoss), netpath.HopTLS: live(netpath.FailureTimeout)}, networkPasses, one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisLive, "tcp/loss "+databaseID)},
		{"losses do not explain a certificate", at(database(), found, dbPasses.but(netpath.HopTCP, flawed(netpath.FailureLoss)).but(netpath.HopTLS, live(netpath.FailureTLSExpired)), networkPasses, one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisLive, "tls/expired "+databaseID, "tcp/loss "+databaseID)},
		{"connections that fail behind a NAT gateway", at(database(), found, dbPasses.but(netpath.HopTCP, flawed(netpath.FailureLoss, "loses", "connections")), networkPasses.but(netpath.HopRoute, throughNAT), one),
			verdicts("db/orders", netpath.VerdictDegraded, netpath.BasisLive, "route/nat-ports-exhausted nat-1")},
		{"packets that get lost behind a NAT gateway", at(database(), found, dbPasses.but(netpath.HopTCP, flawed(netpath.FailureLoss, "loses", "packets")), networkPasses.but(netpath.HopRoute, throughNAT), one),
			verdicts("db/orders", netpath.VerdictDegraded, netpath.BasisLive, "tcp/loss "+databaseID)},
		{"a rule that strikes now and then explains losses", at(database(), found, dbPasses.but(netpath.HopTCP, flawed(netpath.FailureLoss, "loses", "connections")), networkPasses.but(netpath.HopDestNACL, now), one),
			verdicts("db/orders", netpath.VerdictDegraded, netpath.BasisLive, "nacl/partial-ephemeral acl-1")},
		{"large packets vanish", at(database(), found, dbPasses.but(netpath.HopTCP, live(netpath.FailureMTU)), networkPasses, one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisLive, "tcp/mtu "+databaseID)},
		{"two flaws of a resolver", at(database(), netpath.Evidence{Status: netpath.StatusPass, Flaws: []netpath.Failure{netpath.FailureDNSUnanswered, netpath.FailureDNSSlow}, Facts: netpath.Facts{"server": "10.0.0.2"}}, dbPasses, networkPasses, one),
			verdicts("db/orders", netpath.VerdictDegraded, netpath.BasisLive, "dns/slow 10.0.0.2", "dns/throttled 10.0.0.2")},
		{"a certificate that ends soon works until then", at(database(), found, dbPasses.but(netpath.HopTLS, flawed(netpath.FailureTLSExpiring)), networkPasses, one),
			verdicts("db/orders", netpath.VerdictOK, netpath.BasisBoth, "tls/expiring "+databaseID)},
		{"a denial without a zone behind it", at(database(), live(netpath.FailureDNSNXDomain, "zone", "none"), nil, networkPasses, one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisLive, "dns/blocked orders.rds")},
		{"public answers, and no endpoint was read", at(privateInvoke(), live(netpath.FailureDNSPublic, "server", "10.0.0.2"), nil, nil, one),
			verdicts("invoke/support/private", netpath.VerdictBroken, netpath.BasisLive, "dns/public-answers 10.0.0.2")},
		{"a resolver that the DHCP options name", at(privateInvoke(), live(netpath.FailureDNSPublic, "server", "203.0.113.1"), nil, configPasses.but(netpath.HopResolver, dhcp), one),
			verdicts("invoke/support/private", netpath.VerdictBroken, netpath.BasisLive, "dns/custom-resolver dopt-1")},
		{"a resolver that only this host names", at(privateInvoke(), live(netpath.FailureDNSPublic, "server", "203.0.113.2"), nil, configPasses.but(netpath.HopResolver, dhcp), one),
			verdicts("invoke/support/private", netpath.VerdictBroken, netpath.BasisLive, "dns/custom-resolver 203.0.113.2")},
		{"flaws of a path that must be shut are not its business", at(publicInvoke(), found, deniedLive.but(netpath.HopTCP, flawed(netpath.FailureLoss)), networkPasses.but(netpath.HopResourcePolicy, denies), one),
			verdicts("invoke/support/public", netpath.VerdictOK, netpath.BasisBoth)},

		{"shut by the resource policy", at(publicInvoke(), found, deniedLive, networkPasses.but(netpath.HopResourcePolicy, denies), one),
			verdicts("invoke/support/public", netpath.VerdictOK, netpath.BasisBoth)},
		{"a timeout does not shut the public front; the policy does", at(publicInvoke(), found, timesOut, networkPasses.but(netpath.HopResourcePolicy, denies), one),
			verdicts("invoke/support/public", netpath.VerdictOK, netpath.BasisConfig)},
		{"a timeout proves nothing where no policy was read", at(publicInvoke(), found, timesOut, nil, one),
			verdicts("invoke/support/public", netpath.VerdictUnknown, netpath.BasisNone)},
		{"another layer's denial shuts nobody else out", at(publicInvoke(), found, pass(netpath.HopTCP, netpath.HopTLS, netpath.HopSignature).but(netpath.HopIdentityPolicy, live(netpath.FailureDenied, "layer", "identity-based")), nil, one),
			verdicts("invoke/support/public", netpath.VerdictUnknown, netpath.BasisNone)},
		{"a denial of us that does not shut others out", at(publicInvoke(), found, deniedLive, networkPasses.but(netpath.HopResourcePolicy, config("policy/resource-denies", runtimeARN, "effect", "explicit", "scope", "principal", "elsewhere", "admitted")), one),
			verdicts("invoke/support/public", netpath.VerdictExposed, netpath.BasisConfig, "policy/public-exposed "+runtimeARN)},
		{"a measured denial without the policy says nothing of others", at(publicInvoke(), found, deniedLive, nil, one),
			verdicts("invoke/support/public", netpath.VerdictUnknown, netpath.BasisLive)},
		{"a pass that covers the runtime's policy alone", at(privateInvoke(), found, invokePasses.but(netpath.HopResourcePolicy, covering), configPasses.but(netpath.HopResourcePolicy, config("policy/endpoint-id-stale", runtimeARN+"/runtime-endpoint/DEFAULT")), one),
			verdicts("invoke/support/private", netpath.VerdictBroken, netpath.BasisConfig, "policy/endpoint-id-stale "+runtimeARN+"/runtime-endpoint/DEFAULT")},
		{"a timeout, and the rules were not read", at(database(), found, timesOut, nil, one),
			verdicts("db/orders", netpath.VerdictBroken, netpath.BasisLive, "tcp/no-answer "+databaseID)},
		{"one of two answered addresses is foreign", at(privateInvoke(), live(netpath.FailureDNSOther, "right", "in part"), invokePasses, configPasses, one),
			verdicts("invoke/support/private", netpath.VerdictDegraded, netpath.BasisBoth, "dns/not-the-endpoint bedrock-agentcore.us-east-1.amazonaws.com")},
		{"an implicit denial shuts nobody else out", at(publicInvoke(), found, deniedLive.but(netpath.HopResourcePolicy, live(netpath.FailureDenied, "effect", "implicit")), nil, one),
			verdicts("invoke/support/public", netpath.VerdictUnknown, netpath.BasisLive)},
		{"a denial of this principal alone shuts nobody else out", at(publicInvoke(), found, deniedLive, networkPasses.but(netpath.HopResourcePolicy, config("policy/resource-denies", runtimeARN, "effect", "explicit", "scope", "principal")), one),
			verdicts("invoke/support/public", netpath.VerdictUnknown, netpath.BasisBoth)},
		{"open for our own address alone", at(publicInvoke(), found, invokePasses, configPasses.but(netpath.HopResourcePolicy, listed), one),
			verdicts("invoke/support/public", netpath.VerdictOK, netpath.BasisBoth, "policy/allow-list-hit "+runtimeARN)},
		{"open", at(publicInvoke(), found, invokePasses, configPasses, one),
			verdicts("invoke/support/public", netpath.VerdictExposed, netpath.BasisBoth, "policy/public-exposed "+runtimeARN)},
		{"open by configuration, not measured", at(publicInvoke(), found, timesOut, configPasses, one),
			verdicts("invoke/support/public", netpath.VerdictExposed, netpath.BasisConfig, "policy/public-exposed "+runtimeARN)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, judged([]diagnosis.Case{tt.c})); diff != "" {
				t.Errorf("judgement (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneAddressOfTwoDegrades(t *testing.T) {
	c := at(privateInvoke(), found, invokePasses, configPasses, one, two)
	c.Live.Addresses[1].Hops = timesOut
	got := judged([]diagnosis.Case{c})
	want := verdicts("invoke/support/private", netpath.VerdictDegraded, netpath.BasisBoth, "endpoint/address-down "+endpointID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("judgement (-want +got):\n%s", diff)
	}
}

// Another source of the agent, in a subnet that the vantage is not in, is judged
// by its configuration, with what was measured beyond the network.
func TestUnmeasuredSourceIsJudgedByConfiguration(t *testing.T) {
	nacl := config("nacl/egress-denied", "acl-2")
	c := at(database(), found, dbPasses, networkPasses, one)
	c.Config = append(c.Config, diagnosis.Config{Source: "eni-2", Address: one, Hops: networkPasses.but(netpath.HopSourceNACL, nacl)})
	want := verdicts("db/orders", netpath.VerdictDegraded, netpath.BasisConfig, "nacl/egress-denied acl-2")
	if diff := cmp.Diff(want, judged([]diagnosis.Case{c})); diff != "" {
		t.Errorf("judgement (-want +got):\n%s", diff)
	}
}

func TestUnreadIsOneFindingForEachKindOfFailure(t *testing.T) {
	got := judged(nil,
		diagnosis.Unread{Action: "ec2:DescribeVpcs", Failure: netpath.FailureDenied, Reason: "not authorized"},
		diagnosis.Unread{Action: "ec2:DescribeSubnets", Failure: netpath.FailureDenied, Reason: "not authorized"},
		diagnosis.Unread{Action: "rds:DescribeDBInstances", Failure: netpath.FailureTimeout, Reason: "no answer"},
		diagnosis.Unread{Action: "sts:AssumeRole", Failure: netpath.FailureDenied, Reason: "not authorized", Facts: netpath.Facts{"account_role": "arn:aws:iam::210987654321:role/reader"}},
	)
	want := wanted{
		Verdicts: map[string]netpath.Verdict{}, Basis: map[string]netpath.Basis{},
		Findings: []string{"probe/cannot-read arn:aws:iam::123456789012:role/probe", "probe/cannot-read arn:aws:iam::210987654321:role/reader", "probe/cannot-read rds"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("judgement (-want +got):\n%s", diff)
	}
}

// One group may lack two rules: each is a finding with a command of its own.
func TestTwoMissingRulesOfOneGroup(t *testing.T) {
	lacks := func(port string) netpath.Evidence {
		return config("sg/egress-missing", "sg-agent", "group", "sg-agent", "protocol", "tcp", "port", port, "destination", "sg-x", "destination_group", "sg-x")
	}
	got := judged([]diagnosis.Case{
		at(database(), found, timesOut, networkPasses.but(netpath.HopSourceSG, lacks("5432")), one),
		at(privateInvoke(), found, timesOut, configPasses.but(netpath.HopSourceSG, lacks("443")), one),
	})
	if diff := cmp.Diff([]string{"sg/egress-missing sg-agent", "sg/egress-missing sg-agent"}, got.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestAResolverThatFailsForEveryNameIsOneFinding(t *testing.T) {
	fails := live(netpath.FailureDNSServfail, "server", "10.0.0.2")
	both := []diagnosis.Case{at(database(), fails, nil, nil, one), at(privateInvoke(), fails, nil, nil, one)}
	unread := diagnosis.Unread{Action: "ec2:DescribeVpcs", Failure: netpath.FailureDNSServfail, Reason: "no name"}
	if diff := cmp.Diff([]string{"dns/servfail 10.0.0.2"}, judged(both, unread).Findings); diff != "" {
		t.Errorf("every name (-want +got):\n%s", diff)
	}
	names := []string{"dns/servfail orders.rds", "dns/servfail bedrock-agentcore.us-east-1.amazonaws.com"}
	if diff := cmp.Diff(names, judged(both).Findings); diff != "" {
		t.Errorf("two names (-want +got):\n%s", diff)
	}
}

// That the configuration could not be read is a symptom of a resolver's failure
// only if that is how reading failed.
func TestCannotReadIsExplainedByTheSameFailure(t *testing.T) {
	silent := at(database(), live(netpath.FailureDNSTimeout, "server", "10.0.0.2"), nil, nil, one)
	for failure, want := range map[netpath.Failure][]string{
		netpath.FailureDNSTimeout: {"dns/resolver-unreachable 10.0.0.2"},
		netpath.FailureDenied:     {"dns/resolver-unreachable 10.0.0.2", "probe/cannot-read arn:aws:iam::123456789012:role/probe"},
	} {
		got := judged([]diagnosis.Case{silent}, diagnosis.Unread{Action: "ec2:DescribeVpcs", Failure: failure, Reason: "x"})
		if diff := cmp.Diff(want, got.Findings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", failure, diff)
		}
	}
}

func TestFixIsRenderedFromTheEvidence(t *testing.T) {
	c := at(database(), found, timesOut, networkPasses.but(netpath.HopDestSG,
		config("sg/ingress-missing", "sg-db", "group", "sg-db", "source", "sg-agent", "source_group", "sg-agent", "protocol", "tcp", "port", "5432")), one)
	result := diagnosis.Judge(diagnosis.Input{Vantage: netpath.Vantage{Region: "us-east-1"}, Cases: []diagnosis.Case{c}})
	f := result.Findings[0]
	got := []string{f.Summary, f.Fix[0], f.Undo[0]}
	want := []string{
		"sg-db admits nothing from sg-agent on tcp port 5432",
		"aws ec2 authorize-security-group-ingress --region us-east-1 --group-id sg-db --protocol tcp --port 5432 --source-group sg-agent",
		"aws ec2 revoke-security-group-ingress --region us-east-1 --group-id sg-db --protocol tcp --port 5432 --source-group sg-agent",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("finding (-want +got):\n%s", diff)
	}
}

// A vantage that shares subnet or groups with the agent was meant to stand
// beside it; one that shares neither is a caller, on purpose.
func TestVantageThatIsNotTheAgents(t *testing.T) {
	tests := []struct {
		name           string
		subnet, groups bool
		want           []string
	}{
		{"beside the agent", true, true, nil},
		{"another group", true, false, []string{"probe/not-the-agents-vantage eni-1"}},
		{"another subnet", false, true, []string{"probe/not-the-agents-vantage eni-1"}},
		{"a caller", false, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := at(database(), found, dbPasses, networkPasses, one)
			c.Config[0].SameSubnet, c.Config[0].SameGroups = tt.subnet, tt.groups
			if diff := cmp.Diff(tt.want, judged([]diagnosis.Case{c}).Findings); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// A resolver that leaves questions unanswered explains a name that got no answer
// at all from it, and not one that another resolver owed.
func TestAThrottledResolverExplainsItsOwnSilence(t *testing.T) {
	throttled := netpath.Evidence{Status: netpath.StatusPass, Flaws: []netpath.Failure{netpath.FailureDNSUnanswered}, Facts: netpath.Facts{"server": "10.0.0.2"}}
	for server, want := range map[string][]string{
		"10.0.0.2": {"dns/throttled 10.0.0.2"},
		"10.0.0.9": {"dns/resolver-unreachable 10.0.0.9", "dns/throttled 10.0.0.2"},
	} {
		got := judged([]diagnosis.Case{
			at(database(), throttled, dbPasses, networkPasses, one),
			at(privateInvoke(), live(netpath.FailureDNSTimeout, "server", server), nil, configPasses, two),
		})
		if diff := cmp.Diff(want, got.Findings); diff != "" {
			t.Errorf("%s (-want +got):\n%s", server, diff)
		}
	}
}

// Where no name resolves, nothing can be read either, whatever the SDK's clock
// said first.
func TestADeafHostReadsNothing(t *testing.T) {
	silent := live(netpath.FailureDNSTimeout, "server", "10.0.0.2")
	unread := diagnosis.Unread{Action: "ec2:DescribeVpcs", Failure: netpath.FailureTimeout}
	all := []diagnosis.Case{at(database(), silent, nil, nil, one), at(privateInvoke(), silent, nil, nil, two)}
	if diff := cmp.Diff([]string{"dns/resolver-unreachable 10.0.0.2"}, judged(all, unread).Findings); diff != "" {
		t.Errorf("no name resolves (-want +got):\n%s", diff)
	}
	all[0] = at(database(), found, dbPasses, nil, one)
	if diff := cmp.Diff([]string{"dns/resolver-unreachable 10.0.0.2", "probe/cannot-read ec2"}, judged(all, unread).Findings); diff != "" {
		t.Errorf("one name resolves (-want +got):\n%s", diff)
	}
}
