package dns_test

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	mdns "github.com/miekg/dns"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/dns"
)

// vpc is the resolver of a VPC whose private DNS hides the service's name; the
// name servers' glue is on loopback, where authority listens.
func vpc(t *testing.T, more map[string][]string) netip.AddrPort {
	answer := map[string][]string{
		name + ". A":                   {name + ". 60 IN A 10.0.2.10"},
		"us-east-1.amazonaws.com. NS":  {"us-east-1.amazonaws.com. 60 IN NS ns1.amzn.example."},
		"ns1.amzn.example. A":          {"ns1.amzn.example. 60 IN A 127.0.0.1"},
		"d123.cloudfront.example. A":   {"d123.cloudfront.example. 60 IN A 198.51.100.77"},
		"elsewhere.hidden.example. A":  {"elsewhere.hidden.example. 60 IN A 10.7.7.7"},
		"hidden.example. NS":           {"hidden.example. 60 IN NS ns1.amzn.example."},
		"private.amazonaws.example. A": {"private.amazonaws.example. 60 IN A 10.1.1.1"},
	}
	for key, value := range more {
		answer[key] = value
	}
	return records{answer: answer}.start(t)
}

func outside(vpc, authority netip.AddrPort) dns.Client {
	c := client(vpc)
	c.AuthorityPort = authority.Port()
	return c
}

func TestPublic(t *testing.T) {
	authority := records{answer: map[string][]string{
		name + ". A": {name + ". 30 IN A 198.51.100.10", name + ". 30 IN A 198.51.100.11"},
	}}.start(t)
	want := dns.Resolution{Name: name, Addresses: addrs("198.51.100.10", "198.51.100.11"), TTL: 30 * time.Second, Server: authority, Rcode: "NOERROR"}
	got := outside(vpc(t, nil), authority).Public(t.Context(), name)
	if diff := cmp.Diff(want, got, whole); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(got.Steps) != 3 {
		t.Errorf("%d steps: NS, address of the name server, the question", len(got.Steps))
	}
}

func TestPublicWalksUp(t *testing.T) {
	authority := records{answer: map[string][]string{name + ". A": {name + ". 30 IN A 198.51.100.10"}}}.start(t)
	for label, more := range map[string]map[string][]string{
		"no zone cut":           {"us-east-1.amazonaws.com. NS": nil, "amazonaws.com. NS": {"amazonaws.com. 60 IN NS ns1.amzn.example."}},
		"a private zone's apex": {"us-east-1.amazonaws.com. NS": {"us-east-1.amazonaws.com. 60 IN NS ns.inside.example."}, "ns.inside.example. A": {"ns.inside.example. 60 IN A 10.0.0.2"}, "amazonaws.com. NS": {"amazonaws.com. 60 IN NS ns1.amzn.example."}},
	} {
		t.Run(label, func(t *testing.T) {
			got := outside(vpc(t, more), authority).Public(t.Context(), name)
			if diff := cmp.Diff(addrs("198.51.100.10"), got.Addresses, whole); diff != "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// RFC 1034, 4.3.2, step 3b: a server without the zone refers to those that
// have it.
func TestPublicFollowsReferrals(t *testing.T) {
	var asked atomic.Int32
	authority := wire{udp: func(query []byte) [][]byte {
		m := new(mdns.Msg)
		m.SetReply(parse(t, query))
		if asked.Add(1) == 1 {
			m.Ns = rrs(t, []string{"us-east-1.amazonaws.com. 60 IN NS ns2.amazonaws.com."})
			m.Extra = rrs(t, []string{"ns2.amazonaws.com. 60 IN A 127.0.0.1"})
		} else {
			m.Authoritative = true
			m.Answer = rrs(t, []string{name + ". 30 IN A 198.51.100.10"})
		}
		return [][]byte{pack(t, m)}
	}}.start(t)
	up := vpc(t, map[string][]string{"us-east-1.amazonaws.com. NS": nil, "amazonaws.com. NS": {"amazonaws.com. 60 IN NS ns1.amzn.example."}})
	if got := outside(up, authority).Public(t.Context(), name); len(got.Addresses) != 1 || asked.Load() != 2 {
		t.Errorf("asked %d times: %+v", asked.Load(), got)
	}
}

func TestPublicReferralsThatLeadNowhere(t *testing.T) {
	for label, ns := range map[string]string{
		"upwards":    "com. 60 IN NS ns1.amzn.example.",
		"to itself":  "us-east-1.amazonaws.com. 60 IN NS ns1.amzn.example.",
		"sideways":   "eu-west-1.amazonaws.com. 60 IN NS ns1.amzn.example.",
		"to private": name + ". 60 IN NS private.amazonaws.example.",
	} {
		t.Run(label, func(t *testing.T) {
			authority := records{referral: true, ns: map[string][]string{name + ".": {ns}}}.start(t)
			got := outside(vpc(t, nil), authority).Public(t.Context(), name)
			if got.Failure != netpath.FailureDNSNoAnswer || len(got.Steps) > 8 {
				t.Errorf("%d steps, %+v", len(got.Steps), got)
			}
		})
	}
}

func TestPublicAliases(t *testing.T) {
	for _, test := range []struct {
		label  string
		target string
		want   []netip.Addr
	}{
		{"public target", "d123.cloudfront.example.", addrs("198.51.100.77")},
		{"hidden target", "elsewhere.hidden.example.", addrs("198.51.100.99")},
		{"loop", name + ".", nil},
	} {
		t.Run(test.label, func(t *testing.T) {
			authority := records{answer: map[string][]string{
				name + ". A":                  {name + ". 30 IN CNAME " + test.target},
				"elsewhere.hidden.example. A": {"elsewhere.hidden.example. 30 IN A 198.51.100.99"},
			}}.start(t)
			got := outside(vpc(t, nil), authority).Public(t.Context(), name)
			if diff := cmp.Diff(test.want, got.Addresses, whole); diff != "" {
				t.Errorf("%s\n%+v", diff, got)
			}
			if test.want == nil && got.Failure != netpath.FailureDNSMalformed {
				t.Errorf("%+v", got)
			}
		})
	}
}

// Two zones whose aliases point at each other for ever, under private answers.
func TestPublicIsBounded(t *testing.T) {
	authority := wire{udp: func(query []byte) [][]byte {
		q := parse(t, query)
		m := new(mdns.Msg)
		m.SetReply(q)
		m.Authoritative = true
		m.Answer = rrs(t, []string{q.Question[0].Name + " 5 IN CNAME a" + q.Question[0].Name})
		return [][]byte{pack(t, m)}
	}}.start(t)
	resolver := wire{udp: func(query []byte) [][]byte {
		q := parse(t, query)
		m := new(mdns.Msg)
		m.SetReply(q)
		owner := q.Question[0].Name
		if q.Question[0].Qtype == mdns.TypeNS {
			m.Answer = rrs(t, []string{owner + " 5 IN NS ns1.amzn.example."})
			m.Extra = rrs(t, []string{"ns1.amzn.example. 5 IN A 127.0.0.1"})
		} else {
			m.Answer = rrs(t, []string{owner + " 5 IN A 10.0.0.1"})
		}
		return [][]byte{pack(t, m)}
	}}.start(t)
	got := outside(resolver, authority).Public(t.Context(), name)
	if got.Failure != netpath.FailureDNSMalformed || len(got.Steps) > 32 {
		t.Errorf("%d steps, %+v", len(got.Steps), got)
	}
}

func TestPublicFailures(t *testing.T) {
	silent := wire{udp: func([]byte) [][]byte { return nil }}.start(t)
	none := records{rcode: map[string]int{name + ".": mdns.RcodeNameError}}.start(t)
	refuses := records{rcode: map[string]int{name + ".": mdns.RcodeRefused}}.start(t)
	resolver := vpc(t, nil)
	for _, test := range []struct {
		label               string
		resolver, authority netip.AddrPort
		want                netpath.Failure
	}{
		{"no way out", resolver, silent, netpath.FailureDNSTimeout},
		{"outside it does not exist", resolver, none, netpath.FailureDNSNXDomain},
		{"refused", resolver, refuses, netpath.FailureDNSRefused},
		{"the resolver is silent", silent, none, netpath.FailureDNSTimeout},
		{"nobody knows name servers", records{}.start(t), none, netpath.FailureDNSNoAnswer},
	} {
		t.Run(test.label, func(t *testing.T) {
			start := time.Now()
			got := outside(test.resolver, test.authority).Public(t.Context(), name)
			if got.Failure != test.want || len(got.Addresses) != 0 {
				t.Errorf("%+v", got)
			}
			if took := time.Since(start); took > 3*limit+busy {
				t.Errorf("took %v", took)
			}
		})
	}
}
