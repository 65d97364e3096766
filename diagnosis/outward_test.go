package diagnosis_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

func egress() netpath.Path {
	return netpath.Path{
		ID: "egress/internet", Kind: netpath.KindEgress, Route: netpath.RoutePublic, Expect: netpath.ExpectUnreachable,
		Target: netpath.Target{Component: "internet", Port: 443, Protocol: netpath.ProtocolTCP, Ways: []netpath.Way{{Name: "checkip.amazonaws.com", Port: 443}}},
	}
}

func serviceLogs() netpath.Path {
	return netpath.Path{
		ID: "service/logs", Kind: netpath.KindService, Route: netpath.RoutePrivate, Expect: netpath.ExpectReachable,
		Target: netpath.Target{Name: "logs.us-east-1.amazonaws.com", Port: 443, Protocol: netpath.ProtocolHTTPS, Component: "com.amazonaws.us-east-1.logs", Endpoint: endpointID, Service: "logs", Read: "logs"},
	}
}

var outside = netip.MustParseAddr("198.51.100.30")

// DESIGN: an expectation "unreachable" is met when no network path is there; a
// timeout alone proves nothing.
func TestNothingMustLeadOut(t *testing.T) {
	way := pass(netpath.HopSourceSG, netpath.HopSourceNACL)
	route := netpath.Evidence{Status: netpath.StatusPass, Component: "nat-1", Facts: netpath.Facts{"route_table": "rtb-1", "route_destination": "0.0.0.0/0", "target": "nat-1", "source": "eni-1"}}
	open := way.but(netpath.HopRoute, route)
	none := way.but(netpath.HopRoute, config("route/none", "rtb-1"))
	refused := evidence{netpath.HopTCP: live(netpath.FailureRefused)}
	skipped := netpath.Evidence{Status: netpath.StatusSkipped}
	const id = "egress/internet"
	for _, tt := range []struct {
		name       string
		seen       evidence
		configured evidence
		elsewhere  bool // the vantage shares nothing with the source
		want       wanted
	}{
		{"no route, and nothing comes back", timesOut, none, false, verdicts(id, netpath.VerdictOK, netpath.BasisBoth)},
		{"no route, nothing was tried", nil, none, false, verdicts(id, netpath.VerdictOK, netpath.BasisConfig)},
		{"something answers", pass(netpath.HopTCP), open, false, verdicts(id, netpath.VerdictExposed, netpath.BasisBoth, "policy/public-egress rtb-1")},
		{"something refuses", refused, open, false, verdicts(id, netpath.VerdictExposed, netpath.BasisLive, "policy/public-egress rtb-1")},
		{"something answers, nothing was read", pass(netpath.HopTCP), nil, false, verdicts(id, netpath.VerdictExposed, netpath.BasisLive, "policy/public-egress internet")},
		{"nothing comes back, nothing was read", timesOut, nil, false, verdicts(id, netpath.VerdictUnknown, netpath.BasisLive)},
		{"nothing comes back although everything leads out", timesOut, open, false, verdicts(id, netpath.VerdictUnknown, netpath.BasisBoth)},
		{"open for an interface that was not measured", timesOut, open, true, verdicts(id, netpath.VerdictExposed, netpath.BasisConfig, "policy/public-egress rtb-1")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := at(egress(), skipped, tt.seen, tt.configured, outside)
			for i := range c.Config {
				c.Config[i].SameSubnet, c.Config[i].SameGroups = !tt.elsewhere, !tt.elsewhere
			}
			if diff := cmp.Diff(tt.want, judged([]diagnosis.Case{c})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Ways out differ by port and protocol at one address; one that is open exposes.
func TestOneWayOutOfSeveral(t *testing.T) {
	c := diagnosis.Case{Path: egress(), Live: netpath.Observation{Path: "egress/internet", Addresses: []netpath.AddressObservation{
		{Address: netip.AddrPortFrom(outside, 53), Hops: timesOut},
		{Address: netip.AddrPortFrom(outside, 53), UDP: true, Hops: pass(netpath.HopTCP)},
	}}}
	none := evidence{netpath.HopRoute: config("route/none", "rtb-1")}
	for _, udp := range []bool{false, true} {
		c.Config = append(c.Config, diagnosis.Config{Source: "eni-1", Address: outside, Port: 53, UDP: udp, SameSubnet: true, SameGroups: true, Hops: none})
	}
	if diff := cmp.Diff(verdicts("egress/internet", netpath.VerdictExposed, netpath.BasisLive, "policy/public-egress rtb-1"), judged([]diagnosis.Case{c})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What the probe's own principal may do says nothing about the agent's role.
func TestTheAgentsOwnCallsDecide(t *testing.T) {
	const id = "service/logs"
	answered := pass(netpath.HopTCP, netpath.HopTLS, netpath.HopSignature, netpath.HopService)
	agents := netpath.Evidence{Status: netpath.StatusPass, Component: endpointID, Facts: netpath.Facts{"agent_role": "arn:aws:iam::123456789012:role/agent"}}
	stopped := config("endpoint/policy-denies", endpointID, "agent_role", "arn:aws:iam::123456789012:role/agent", "endpoint", endpointID)
	denied := answered.but(netpath.HopEndpointPolicy, live(netpath.FailureDenied, "layer", "vpc-endpoint"))
	admitted := answered.but(netpath.HopEndpointPolicy, found)
	gate := func(e netpath.Evidence) evidence { return networkPasses.but(netpath.HopEndpointPolicy, e) }
	for _, tt := range []struct {
		name             string
		seen, configured evidence
		want             wanted
	}{
		{"both get through", admitted, gate(agents), verdicts(id, netpath.VerdictOK, netpath.BasisBoth)},
		{"our own principal is denied, the agent's role is not", denied, gate(agents), verdicts(id, netpath.VerdictOK, netpath.BasisBoth)},
		{"our own principal gets through, the agent's role does not", admitted, gate(stopped), verdicts(id, netpath.VerdictBroken, netpath.BasisConfig, "endpoint/policy-denies "+endpointID)},
		{"our own principal is denied, nothing is known of the agent's role", denied, networkPasses, verdicts(id, netpath.VerdictBroken, netpath.BasisLive, "endpoint/policy-denies "+endpointID)},
		{"our own principal may not read, nothing is known of the endpoint's policy", answered, networkPasses, verdicts(id, netpath.VerdictUnknown, netpath.BasisLive)},
		{"the service fails", pass(netpath.HopTCP, netpath.HopTLS).but(netpath.HopService, live(netpath.FailureServer)), gate(agents), verdicts(id, netpath.VerdictBroken, netpath.BasisBoth, "service/error com.amazonaws.us-east-1.logs")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, judged([]diagnosis.Case{at(serviceLogs(), found, tt.seen, tt.configured, one)})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Where nothing out there answers, the way to the internet is what is lacking,
// and not each server behind it; what has a way of its own keeps its finding.
func TestOneWayToTheInternetIsOneCause(t *testing.T) {
	over := func(id string, route netpath.Route, component string) netpath.Path {
		p := egress()
		p.ID, p.Route, p.Expect, p.Target.Ways, p.Target.Component = id, route, netpath.ExpectReachable, nil, component
		return p
	}
	internet := over("egress/internet", netpath.RoutePublic, "checkip.amazonaws.com")
	cases := func(internet netpath.Path, seen evidence) []diagnosis.Case {
		return []diagnosis.Case{
			at(internet, found, seen, nil, outside),
			at(over("service/s3", netpath.RoutePublic, "s3"), found, timesOut, nil, outside),
			at(over("onprem/warehouse", netpath.RouteOnPremises, "warehouse"), found, timesOut, nil, outside),
		}
	}
	for _, tt := range []struct {
		name  string
		cases []diagnosis.Case
		want  []string
	}{
		{"nothing answers", cases(internet, timesOut), []string{"tcp/no-answer internet", "tcp/no-answer warehouse"}},
		{"one server does not", cases(internet, pass(netpath.HopTCP)), []string{"tcp/no-answer warehouse", "tcp/no-answer s3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, judged(tt.cases).Findings); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A session starts with an image from Amazon ECR and S3, with logs, and with the
// file systems that it mounts: what breaks the way there explains a start that fails, and nothing else does.
func TestAStartThatFailsFollowsFromWhatItNeeds(t *testing.T) {
	starts := invokePasses.but(netpath.HopRuntime, live(netpath.FailureStart, "message", "Runtime initialization time exceeded."))
	down := config("endpoint/not-available", endpointID, "endpoint", endpointID, "state", "rejected")
	answered := pass(netpath.HopTCP, netpath.HopTLS, netpath.HopSignature, netpath.HopEndpointPolicy, netpath.HopService)
	expiring := netpath.Evidence{Status: netpath.StatusPass, Flaws: []netpath.Failure{netpath.FailureTLSExpiring}}
	orders := at(database(), found, timesOut, networkPasses.but(netpath.HopDestSG, config("sg/ingress-missing", "sg-db", "group", "sg-db")), one)
	tools := netpath.Path{ID: "fs/fs-1", Kind: netpath.KindFile, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable, Target: netpath.Target{Component: "fs-1", Port: 2049, Protocol: netpath.ProtocolTCP}}
	unmounted := at(tools, netpath.Evidence{Status: netpath.StatusSkipped}, timesOut, networkPasses.but(netpath.HopDestSG, config("fs/nfs-blocked", "sg-files", "group", "sg-files")), one)
	logs := func(seen, configured evidence) diagnosis.Case { return at(serviceLogs(), found, seen, configured, one) }
	for _, tt := range []struct {
		name     string
		other    diagnosis.Case
		findings []string
		shown    []string // with the invocation
	}{
		{"logs cannot be reached", logs(timesOut, networkPasses.but(netpath.HopEndpoint, down)), []string{"endpoint/not-available"}, []string{"endpoint/not-available"}},
		{"logs answer", logs(answered, networkPasses), []string{"runtime/start-failed"}, []string{"runtime/start-failed"}},
		{"logs answer, and something is about to go wrong", logs(answered.but(netpath.HopTLS, expiring), networkPasses), []string{"runtime/start-failed", "tls/expiring"}, []string{"runtime/start-failed"}},
		{"a file system cannot be reached", unmounted, []string{"fs/nfs-blocked"}, []string{"fs/nfs-blocked"}},
		{"the database cannot be reached", orders, []string{"sg/ingress-missing", "runtime/start-failed"}, []string{"runtime/start-failed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result := diagnosis.Judge(diagnosis.Input{Cases: []diagnosis.Case{tt.other, at(privateInvoke(), found, starts, configPasses, one)}})
			var codes []string
			for _, f := range result.Findings {
				codes = append(codes, f.Code)
			}
			if diff := cmp.Diff(tt.findings, codes); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.shown, result.Paths[1].Findings); diff != "" {
				t.Errorf("of the invocation (-want +got):\n%s", diff)
			}
		})
	}
}
