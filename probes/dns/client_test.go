package dns_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	mdns "github.com/miekg/dns"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/dns"
	"github.com/agentcore-probe/probe/probes/tcp"
)

const name = "bedrock-agentcore.us-east-1.amazonaws.com"

func addrComparer(a, b netip.Addr) bool         { return a == b }
func addrPortComparer(a, b netip.AddrPort) bool { return a == b }

var whole = cmp.Options{
	cmp.Comparer(addrComparer), cmp.Comparer(addrPortComparer),
	cmpopts.IgnoreFields(dns.Resolution{}, "Steps", "Detail"),
}

func TestResolve(t *testing.T) {
	at := records{answer: map[string][]string{
		name + ". A": {name + ". 60 IN A 10.0.2.10", name + ". 30 IN A 10.0.3.10", name + ". 60 IN A 10.0.2.10"},
	}}.start(t)
	want := dns.Resolution{Name: name, Addresses: addrs("10.0.2.10", "10.0.3.10"), TTL: 30 * time.Second, Server: at, Rcode: "NOERROR"}
	got := client(at).Resolve(t.Context(), name)
	if diff := cmp.Diff(want, got, whole); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(got.Steps) != 1 || got.Steps[0].Operation != netpath.OpResolve || got.Steps[0].Address.IsValid() {
		t.Errorf("steps %+v", got.Steps)
	}
}

func TestResolveFollowsAliases(t *testing.T) {
	at := records{answer: map[string][]string{
		"db.example. A":   {"db.example. 5 IN CNAME mid.example.", "mid.example. 60 IN CNAME far.example."},
		"far.example. A":  {"far.example. 60 IN A 10.0.4.5"},
		"other.example A": {"other.example. 60 IN A 10.9.9.9"},
	}}.start(t)
	want := dns.Resolution{
		Name: "db.example", Addresses: addrs("10.0.4.5"), Aliases: []string{"mid.example", "far.example"},
		TTL: time.Minute, Server: at, Rcode: "NOERROR",
	}
	if diff := cmp.Diff(want, client(at).Resolve(t.Context(), "db.example"), whole); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// RFC 1034, 3.6.2: a resolver must detect loops of aliases.
func TestResolveAliasLoop(t *testing.T) {
	for label, answer := range map[string]map[string][]string{
		"in one answer": {"a.example. A": {"a.example. 5 IN CNAME b.example.", "b.example. 5 IN CNAME a.example."}},
		"over answers":  {"a.example. A": {"a.example. 5 IN CNAME b.example."}, "b.example. A": {"b.example. 5 IN CNAME a.example."}},
	} {
		t.Run(label, func(t *testing.T) {
			got := client(records{answer: answer}.start(t)).Resolve(t.Context(), "a.example")
			if got.Failure != netpath.FailureDNSMalformed {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestResolveFamilies(t *testing.T) {
	both := records{answer: map[string][]string{
		"six.example. AAAA": {"six.example. 5 IN AAAA 2001:db8::7"},
	}}.start(t)
	for _, test := range []struct {
		source string
		want   []netip.Addr
	}{
		{"", addrs("2001:db8::7")},
		{"2001:db8::1", addrs("2001:db8::7")},
		{"10.0.0.5", nil},
	} {
		c := client(both)
		if test.source != "" {
			c.Dialer.Source = netip.MustParseAddr(test.source)
		}
		got := c.Resolve(t.Context(), "six.example")
		if diff := cmp.Diff(test.want, got.Addresses, whole); diff != "" {
			t.Errorf("source %q: -want +got:\n%s", test.source, diff)
		}
		if test.want == nil && got.Failure != netpath.FailureDNSNoAnswer {
			t.Errorf("source %q: %q", test.source, got.Failure)
		}
	}
}

// RCODEs: RFC 1035, 4.1.1.
func TestResolveRcodes(t *testing.T) {
	for rcode, want := range map[int]netpath.Failure{
		mdns.RcodeSuccess:        netpath.FailureDNSNoAnswer,
		mdns.RcodeNameError:      netpath.FailureDNSNXDomain,
		mdns.RcodeServerFailure:  netpath.FailureDNSServfail,
		mdns.RcodeRefused:        netpath.FailureDNSRefused,
		mdns.RcodeFormatError:    netpath.FailureOther,
		mdns.RcodeNotImplemented: netpath.FailureOther,
	} {
		t.Run(mdns.RcodeToString[rcode], func(t *testing.T) {
			at := records{rcode: map[string]int{"x.example.": rcode}}.start(t)
			got := client(at).Resolve(t.Context(), "x.example")
			if got.Failure != want || got.Facts()["rcode"] != mdns.RcodeToString[rcode] || got.Facts()["server"] != "127.0.0.1" {
				t.Errorf("%q, facts %v", got.Failure, got.Facts())
			}
		})
	}
}

func TestResolveAsksTheNextServer(t *testing.T) {
	good := records{answer: map[string][]string{"x.example. A": {"x.example. 5 IN A 10.0.0.9"}}}.start(t)
	silent := wire{udp: func([]byte) [][]byte { return nil }}.start(t)
	broken := records{rcode: map[string]int{"x.example.": mdns.RcodeServerFailure}}.start(t)
	got := client(silent, broken, closed(t), good).Resolve(t.Context(), "x.example")
	if diff := cmp.Diff(addrs("10.0.0.9"), got.Addresses, whole); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := []netpath.Failure{netpath.FailureDNSTimeout, netpath.FailureDNSServfail, netpath.FailureDNSUnreachable, ""}
	if diff := cmp.Diff(want, failures(got.Steps)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestResolveTheMostTellingFailureStands(t *testing.T) {
	silent := wire{udp: func([]byte) [][]byte { return nil }}.start(t)
	broken := records{rcode: map[string]int{"x.example.": mdns.RcodeRefused}}.start(t)
	got := client(silent, broken).Resolve(t.Context(), "x.example")
	if got.Failure != netpath.FailureDNSRefused || got.Server != broken {
		t.Errorf("%+v", got)
	}
}

func TestResolveNXDomainIsFinal(t *testing.T) {
	none := records{rcode: map[string]int{"x.example.": mdns.RcodeNameError}}.start(t)
	asked := make(chan string, 8)
	second := records{asked: asked}.start(t)
	if got := client(none, second).Resolve(t.Context(), "x.example"); got.Failure != netpath.FailureDNSNXDomain {
		t.Errorf("%+v", got)
	}
	if len(asked) != 0 {
		t.Error("the second server was asked")
	}
}

func closed(t *testing.T) netip.AddrPort {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return netip.MustParseAddrPort(c.LocalAddr().String())
}

func TestResolveUnreachable(t *testing.T) {
	for label, test := range map[string]struct {
		server netip.AddrPort
		want   netpath.Failure
	}{
		"port unreachable (ICMP)": {closed(t), netpath.FailureDNSUnreachable},
		"metadata address":        {netip.MustParseAddrPort("169.254.169.254:53"), netpath.FailureNotPermitted},
	} {
		t.Run(label, func(t *testing.T) {
			if got := client(test.server).Resolve(t.Context(), "x.example"); got.Failure != test.want {
				t.Errorf("%+v", got)
			}
		})
	}
	if got := client().Resolve(t.Context(), "x.example"); got.Failure != netpath.FailureDNSUnreachable {
		t.Errorf("without servers: %+v", got)
	}
}

func TestResolveKeepsItsTime(t *testing.T) {
	silent := wire{udp: func([]byte) [][]byte { return nil }}.start(t)
	c := client(silent)
	c.Attempts = 2
	start := time.Now()
	got := c.Resolve(t.Context(), "x.example")
	if took := time.Since(start); got.Failure != netpath.FailureDNSTimeout || len(got.Steps) != 2 || took > 2*limit+busy {
		t.Errorf("%v, %d steps, %q", took, len(got.Steps), got.Failure)
	}
}

func TestResolveCancelled(t *testing.T) {
	silent := wire{udp: func([]byte) [][]byte { return nil }}.start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if got := client(silent).Resolve(ctx, "x.example"); got.Failure != netpath.FailureCancelled || len(got.Steps) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestResolveWithoutAQuestion(t *testing.T) {
	if got := client().Resolve(t.Context(), "10.1.2.3"); got.Failure != "" || len(got.Addresses) != 1 || len(got.Steps) != 0 {
		t.Errorf("address: %+v", got)
	}
	if got := client().Resolve(t.Context(), "a..b"); got.Failure != netpath.FailureOther {
		t.Errorf("no name: %+v", got)
	}
}

func TestSourceAddressIsUsed(t *testing.T) {
	at := records{answer: map[string][]string{"x.example. A": {"x.example. 5 IN A 10.0.0.9"}}}.start(t)
	c := client(at)
	c.Dialer = tcp.Dialer{AllowLoopback: true, Source: netip.MustParseAddr("127.0.0.1")}
	if got := c.Resolve(t.Context(), "x.example"); got.Failure != "" {
		t.Errorf("%+v", got)
	}
}
