package probes_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes"
	"github.com/agentcore-probe/probe/probes/mysql"
)

const letIn = "tcp pass, tls pass, signature pass, identity-policy pass, endpoint-policy pass, resource-policy pass, runtime unknown"

func TestPrivateInvocation(t *testing.T) {
	_, port, roots := front(t)
	p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), roots)
	got := p.Observe(t.Context(), invocation(netpath.RoutePrivate, port, "127.0.0.1"))
	if got.Resolver.Status != netpath.StatusPass || len(got.Addresses) != 1 || ladder(got.Addresses[0]) != letIn {
		t.Fatalf("%+v", got)
	}
	a := got.Addresses[0]
	if a.Local != netip.MustParseAddr("127.0.0.1") || a.Hops[netpath.HopResourcePolicy].Facts["source_ip"] != "127.0.0.1" {
		t.Errorf("source: %v %v", a.Local, a.Hops[netpath.HopResourcePolicy].Facts)
	}
	var operations []netpath.Operation
	sum := time.Duration(0)
	for _, step := range append(got.Resolve, a.Steps...) {
		operations = append(operations, step.Operation)
		sum += step.Duration
		if step.Failure != "" {
			t.Errorf("step %+v", step)
		}
	}
	want := []netpath.Operation{netpath.OpResolve, netpath.OpResolve, netpath.OpConnect, netpath.OpHandshake, netpath.OpRequest, netpath.OpRequest}
	if diff := cmp.Diff(want, operations); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if sum > got.Duration || got.Duration-sum > 50*time.Millisecond {
		t.Errorf("steps add up to %v of %v", sum, got.Duration)
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, secret) || strings.Contains(text, "FwoG") || strings.Contains(text, "ASIA") {
		t.Errorf("a secret in %s", text)
	}
}

// Every address is dialled with the name's SNI; one that is down does not hide
// behind the other. 127.0.0.2 is loopback too, and nothing listens there.
func TestEveryAddressIsDialled(t *testing.T) {
	_, port, roots := front(t)
	p := prober(names(t, map[string][]string{name: {"127.0.0.2", "127.0.0.1"}}), roots)
	got := p.Observe(t.Context(), invocation(netpath.RoutePrivate, port, "127.0.0.1", "127.0.0.2"))
	if len(got.Addresses) != 2 || ladder(got.Addresses[0]) != "tcp fail connection_refused" || ladder(got.Addresses[1]) != letIn {
		t.Errorf("%+v", got.Addresses)
	}
}

func TestAnswersOfAPrivateRoute(t *testing.T) {
	for _, test := range []struct {
		label   string
		answers []string
		due     []string
		want    netpath.Failure
		dialled []string
	}{
		{"as due", []string{"127.0.0.1"}, []string{"127.0.0.1"}, "", []string{"127.0.0.1"}},
		{"public", []string{"198.51.100.10"}, []string{"127.0.0.1"}, netpath.FailureDNSPublic, nil},
		{"public, nothing known", []string{"198.51.100.10"}, nil, netpath.FailureDNSPublic, nil},
		{"one public among them", []string{"198.51.100.10", "127.0.0.1"}, []string{"127.0.0.1"}, netpath.FailureDNSPublic, []string{"127.0.0.1"}},
		{"other private ones", []string{"10.255.255.9"}, []string{"127.0.0.1"}, netpath.FailureDNSOther, []string{"10.255.255.9"}},
		{"private, nothing known", []string{"10.255.255.9"}, nil, "", []string{"10.255.255.9"}},
		{"partial", []string{"127.0.0.1"}, []string{"127.0.0.1", "127.0.0.2"}, netpath.FailureDNSPartial, []string{"127.0.0.1"}},
		{"of both families, one is asked for", []string{"127.0.0.1"}, []string{"127.0.0.1", "::1"}, "", []string{"127.0.0.1"}},
		{"shared address space (RFC 6598)", []string{"100.64.255.9"}, nil, "", []string{"100.64.255.9"}},
	} {
		t.Run(test.label, func(t *testing.T) {
			p := prober(names(t, map[string][]string{name: test.answers}), nil)
			p.Timeouts.Connect = 20 * time.Millisecond
			got := p.Observe(t.Context(), invocation(netpath.RoutePrivate, 1, test.due...))
			if got.Resolver.Failure != test.want {
				t.Errorf("%+v", got.Resolver)
			}
			var dialled []string
			for _, a := range got.Addresses {
				dialled = append(dialled, a.Address.Addr().String())
			}
			if diff := cmp.Diff(test.dialled, dialled, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("dialled: -want +got:\n%s", diff)
			}
		})
	}
}

func TestResolverFailures(t *testing.T) {
	for label, test := range map[string]struct {
		answers map[string][]string
		want    netpath.Failure
	}{
		"silent":   {nil, netpath.FailureDNSTimeout},
		"nxdomain": {map[string][]string{}, netpath.FailureDNSNXDomain},
		"nodata":   {map[string][]string{name: {}}, netpath.FailureDNSNoAnswer},
	} {
		t.Run(label, func(t *testing.T) {
			got := prober(names(t, test.answers), nil).Observe(t.Context(), invocation(netpath.RoutePublic, 443))
			if got.Resolver.Failure != test.want || got.Resolver.Facts["server"] != "127.0.0.1" || got.Addresses != nil {
				t.Errorf("%+v", got)
			}
			if got.Duration > 300*time.Millisecond {
				t.Errorf("took %v", got.Duration)
			}
		})
	}
}

func TestPublicRouteAsksOutside(t *testing.T) {
	_, port, roots := front(t)
	inside := names(t, map[string][]string{name: {"10.0.2.10"}})
	p := prober(inside, roots)
	p.PublicResolvers = []netip.AddrPort{names(t, map[string][]string{name: {"127.0.0.1"}})}
	got := p.Observe(t.Context(), invocation(netpath.RoutePublic, port))
	const want = "tcp pass, tls pass, signature pass, identity-policy pass, resource-policy pass, runtime unknown"
	if got.Resolver.Status != netpath.StatusPass || len(got.Addresses) != 1 || ladder(got.Addresses[0]) != want {
		t.Errorf("%+v", got)
	}
}

func TestPublicRouteWithoutAWayOutsideIsUnknown(t *testing.T) {
	inside := names(t, map[string][]string{name: {"10.0.2.10"}})
	for label, outside := range map[string][]netip.AddrPort{
		"no authoritative server": nil,
		"silent resolver":         {names(t, nil)},
		"private answer outside":  {inside},
	} {
		t.Run(label, func(t *testing.T) {
			p := prober(inside, nil)
			p.PublicResolvers = outside
			got := p.Observe(t.Context(), invocation(netpath.RoutePublic, 443))
			if got.Resolver.Status != netpath.StatusUnknown || got.Resolver.Failure != "" || got.Addresses != nil {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestCredentialAddressIsNeverDialled(t *testing.T) {
	p := prober(names(t, map[string][]string{name: {"169.254.169.254"}}), nil)
	got := p.Observe(t.Context(), invocation(netpath.RoutePublic, 80))
	if len(got.Addresses) != 1 || ladder(got.Addresses[0]) != "tcp fail address_refused" {
		t.Errorf("%+v", got)
	}
}

func TestTLSFailureEndsTheLadder(t *testing.T) {
	_, port, _ := front(t)
	p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), nil)
	got := p.Observe(t.Context(), invocation(netpath.RoutePublic, port))
	if ladder(got.Addresses[0]) != "tcp pass, tls fail tls_untrusted" || got.Addresses[0].Hops[netpath.HopTLS].Facts["issuer"] != "O=Acme Co" {
		t.Errorf("%+v", got.Addresses[0])
	}
}

// Without credentials an unsigned request still proves that the service is
// reached; that there are none says nothing about the path, and why is named.
func TestNoCredentials(t *testing.T) {
	_, port, roots := front(t)
	resolver := names(t, map[string][]string{name: {"127.0.0.1"}})
	hop := &credentials.Error{Failure: netpath.FailureMetadata, Text: "one hop too far", Facts: netpath.Facts{"cause": "hop-limit"}}
	for label, test := range map[string]struct {
		provider aws.CredentialsProvider
		want     netpath.Evidence
	}{
		"none configured": {nil, netpath.Evidence{Status: netpath.StatusUnknown, Failure: netpath.FailureNoCredentials, Detail: "not signed: no credentials are configured", Facts: netpath.Facts{}}},
		"provider fails":  {static{errors.New("no role")}, netpath.Evidence{Status: netpath.StatusUnknown, Failure: netpath.FailureNoCredentials, Detail: "not signed: no credentials: no role", Facts: netpath.Facts{}}},
		"source is named": {static{hop}, netpath.Evidence{Status: netpath.StatusUnknown, Failure: netpath.FailureMetadata, Detail: "not signed: no credentials: one hop too far", Facts: netpath.Facts{"cause": "hop-limit"}}},
	} {
		t.Run(label, func(t *testing.T) {
			p := prober(resolver, roots)
			p.Credentials = test.provider
			got := p.Observe(t.Context(), invocation(netpath.RoutePublic, port)).Addresses[0]
			if d := cmp.Diff(test.want, got.Hops[netpath.HopSignature]); d != "" {
				t.Error(d)
			}
			if last := got.Steps[len(got.Steps)-1]; last.Operation != netpath.OpRequest {
				t.Errorf("nothing was asked: %+v", got.Steps)
			}
		})
	}
}

func TestService(t *testing.T) {
	_, port, roots := front(t)
	p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), roots)
	path := netpath.Path{ID: "service/ecr.api", Kind: netpath.KindService, Route: netpath.RoutePublic, Target: netpath.Target{Name: name, Port: port, Protocol: netpath.ProtocolHTTPS}}
	if got := p.Observe(t.Context(), path); ladder(got.Addresses[0]) != "tcp pass, tls pass, service pass" {
		t.Errorf("%+v", got.Addresses[0])
	}
}

// accepts counts connections to a listener that says nothing.
func accepts(t *testing.T, greeting string) (uint16, func() int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	count := make(chan int, 1)
	go func() {
		n := 0
		for {
			conn, err := l.Accept()
			if err != nil {
				count <- n
				return
			}
			n++
			io.WriteString(conn, greeting)
			defer conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close() })
	return netip.MustParseAddrPort(l.Addr().String()).Port(), func() int { l.Close(); return <-count }
}

func TestDatabases(t *testing.T) {
	for _, test := range []struct {
		protocol netpath.Protocol
		spared   string
		greeting string
		want     string
		conns    int
	}{
		{netpath.ProtocolTCP, "", "", "tcp pass", 1},
		{netpath.ProtocolPostgres, "", "N", "tcp pass, tls fail tls_not_offered", 1},
		{netpath.ProtocolPostgres, "", "HTTP/1.1 400", "tcp pass, database fail not_this_engine", 1},
		{netpath.ProtocolMySQL, "", "", "tcp unknown", 0},
		{netpath.ProtocolPostgres, "it pauses", "N", "tcp skipped", 0},
	} {
		t.Run(string(test.protocol)+" "+test.greeting+test.spared, func(t *testing.T) {
			port, conns := accepts(t, test.greeting)
			path := netpath.Path{ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{
				Port: port, Protocol: test.protocol, Spared: test.spared, Addresses: parse("127.0.0.1"),
			}}
			got := prober(netip.AddrPort{}, nil).Observe(t.Context(), path)
			if got.Resolver.Status != netpath.StatusSkipped || ladder(got.Addresses[0]) != test.want {
				t.Errorf("%+v", got)
			}
			if n := conns(); n != test.conns {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// A connection without a login is counted against this host: it is made once
// in a run, or where the configuration says so.
func TestMySQLIsDialledWhereItIsAllowed(t *testing.T) {
	const blocked = "\x0a\x00\x00\x00\xff\x69\x04blocked"
	for name, change := range map[string]func(*probes.Prober){
		"once":          func(p *probes.Prober) { p.Once = true },
		"without login": func(p *probes.Prober) { p.Accounts = map[string]probes.Account{"db/orders": {WithoutLogin: true}} },
		"with a login": func(p *probes.Prober) {
			p.Accounts = map[string]probes.Account{"db/orders": {Login: mysql.Login{User: "probe"}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			port, conns := accepts(t, blocked)
			p := prober(netip.AddrPort{}, nil)
			change(&p)
			got := p.Observe(t.Context(), netpath.Path{ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{
				Port: port, Protocol: netpath.ProtocolMySQL, Addresses: parse("127.0.0.1"),
			}})
			if want := "tcp pass, database fail host_blocked"; ladder(got.Addresses[0]) != want || conns() != 1 {
				t.Errorf("%d connections, %s, want one, %s", conns(), ladder(got.Addresses[0]), want)
			}
		})
	}
}

func TestTimeLimits(t *testing.T) {
	port, _ := accepts(t, "")
	p := prober(netip.AddrPort{}, nil)
	p.Timeouts.Handshake = 200 * time.Millisecond
	path := invocation(netpath.RoutePrivate, port, "127.0.0.1")
	path.Target.Name = ""
	got := p.Observe(t.Context(), path)
	if ladder(got.Addresses[0]) != "tcp pass, tls fail timeout" || got.Duration > 220*time.Millisecond+100*time.Millisecond {
		t.Errorf("%v %+v", got.Duration, got.Addresses)
	}
}

func TestEndOfTheRunIsUnknown(t *testing.T) {
	port, _ := accepts(t, "")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	p := prober(names(t, nil), nil)
	if got := p.Observe(ctx, invocation(netpath.RoutePrivate, port)); got.Resolver.Status != netpath.StatusUnknown || got.Resolver.Failure != "" {
		t.Errorf("%+v", got.Resolver)
	}
	path := invocation(netpath.RoutePrivate, port, "127.0.0.1")
	path.Target.Name = ""
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := p.Observe(ctx, path); ladder(got.Addresses[0]) != "tcp pass, tls unknown" {
		t.Errorf("%+v", got.Addresses)
	}
}

func TestAddressesAreBounded(t *testing.T) {
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf("127.0.1.%d", i+1))
	}
	p := prober(names(t, map[string][]string{name: many}), nil)
	if got := p.Observe(t.Context(), invocation(netpath.RoutePublic, 1)); len(got.Addresses) != 16 {
		t.Errorf("%d addresses dialled", len(got.Addresses))
	}
}
