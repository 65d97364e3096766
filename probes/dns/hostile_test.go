package dns_test

import (
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"github.com/agentcore-probe/probe/netpath"
)

func good(t *testing.T, query []byte) *mdns.Msg {
	q := parse(t, query)
	m := new(mdns.Msg)
	m.SetReply(q)
	m.Answer = rrs(t, []string{"x.example. 5 IN A 10.0.0.9"})
	return m
}

// RFC 5452, 9.1: a datagram that does not match the question is ignored, and
// what matches afterwards counts.
func TestForgedAnswersAreIgnored(t *testing.T) {
	at := wire{udp: func(query []byte) [][]byte {
		forged := good(t, query)
		forged.Id++
		forged.Answer = rrs(t, []string{"x.example. 5 IN A 10.66.66.66"})
		return [][]byte{pack(t, forged), {1}, {}, pack(t, good(t, query))}
	}}.start(t)
	got := client(at).Resolve(t.Context(), "x.example")
	if len(got.Addresses) != 1 || got.Addresses[0].String() != "10.0.0.9" {
		t.Errorf("%+v", got)
	}
}

func TestHostileAnswers(t *testing.T) {
	header := func(query []byte, rest ...byte) []byte {
		// One question, one answer; the question's name and the answer's follow.
		return append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, rest...)
	}
	for label, reply := range map[string]func(query []byte) []byte{
		"wrong id only": func(query []byte) []byte {
			m := good(t, query)
			m.Id++
			return pack(t, m)
		},
		"wrong question": func(query []byte) []byte {
			m := good(t, query)
			m.Question[0].Name = "y.example."
			return pack(t, m)
		},
		"wrong type": func(query []byte) []byte {
			m := good(t, query)
			m.Question[0].Qtype = mdns.TypeTXT
			return pack(t, m)
		},
		"a query, not a response":       func(query []byte) []byte { return append([]byte(nil), query...) },
		"compression pointer to itself": func(query []byte) []byte { return header(query, 0xc0, 12, 0, 1, 0, 1) },
		"two pointers in a circle":      func(query []byte) []byte { return header(query, 0xc0, 14, 0xc0, 12, 0, 1, 0, 1) },
		"cut in the header":             func(query []byte) []byte { return query[:5] },
		"counts without records":        func(query []byte) []byte { return header(query, 0xff, 0xff) },
		"noise":                         func(query []byte) []byte { return append(query[:2:2], "SSH-2.0-OpenSSH_9.6 garbage garbage"...) },
	} {
		t.Run(label, func(t *testing.T) {
			at := wire{udp: func(query []byte) [][]byte { return [][]byte{reply(query)} }}.start(t)
			start := time.Now()
			got := client(at).Resolve(t.Context(), "x.example")
			if got.Failure != netpath.FailureDNSMalformed || len(got.Addresses) != 0 {
				t.Errorf("%+v", got)
			}
			if took := time.Since(start); took > limit+busy {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestFloodOfStrangersEnds(t *testing.T) {
	at := wire{udp: func(query []byte) [][]byte {
		m := good(t, query)
		m.Id++
		out := make([][]byte, 200)
		for i := range out {
			out[i] = pack(t, m)
		}
		return out
	}}.start(t)
	if got := client(at).Resolve(t.Context(), "x.example"); got.Failure != netpath.FailureDNSMalformed {
		t.Errorf("%+v", got)
	}
}

// RFC 7766, 5: a truncated answer is asked for again over TCP.
func TestTruncation(t *testing.T) {
	truncated := func(query []byte) [][]byte {
		m := new(mdns.Msg)
		m.SetReply(parse(t, query))
		m.Truncated = true
		return [][]byte{pack(t, m)}
	}
	for _, test := range []struct {
		label string
		tcp   func(query []byte) []byte
		want  netpath.Failure
	}{
		{"TCP answers", func(query []byte) []byte { return framed(pack(t, good(t, query))) }, ""},
		{"TCP refused", nil, netpath.FailureDNSTCPBlocked},
		{"TCP garbage", func([]byte) []byte { return []byte{0, 4, 'x', 'x', 'x', 'x'} }, netpath.FailureDNSMalformed},
		{"TCP wrong id", func(query []byte) []byte {
			m := good(t, query)
			m.Id++
			return framed(pack(t, m))
		}, netpath.FailureDNSMalformed},
		{"TCP closes in the middle", func([]byte) []byte { return []byte{0xff, 0xff, 1} }, netpath.FailureDNSMalformed},
	} {
		t.Run(test.label, func(t *testing.T) {
			at := wire{udp: truncated, tcp: test.tcp}.start(t)
			got := client(at).Resolve(t.Context(), "x.example")
			if got.Failure != test.want {
				t.Errorf("%+v", got)
			}
			if test.want == "" && len(got.Addresses) != 1 {
				t.Errorf("addresses %v", got.Addresses)
			}
		})
	}
}

func TestTruncatedInTheMiddleOfARecord(t *testing.T) {
	at := wire{
		udp: func(query []byte) [][]byte {
			m := good(t, query)
			m.Truncated = true
			b := pack(t, m)
			return [][]byte{b[:len(b)-3]}
		},
		tcp: func(query []byte) []byte { return framed(pack(t, good(t, query))) },
	}.start(t)
	if got := client(at).Resolve(t.Context(), "x.example"); got.Failure != "" {
		t.Errorf("%+v", got)
	}
}

func TestManyAddressesAreBounded(t *testing.T) {
	at := wire{
		udp: func(query []byte) [][]byte {
			m := new(mdns.Msg)
			m.SetReply(parse(t, query))
			m.Truncated = true
			return [][]byte{pack(t, m)}
		},
		tcp: func(query []byte) []byte {
			m := new(mdns.Msg)
			m.SetReply(parse(t, query))
			for i := range 1000 {
				rr, _ := mdns.NewRR("x.example. 5 IN A 10.0.0.1")
				rr.(*mdns.A).A = []byte{10, 1, byte(i >> 8), byte(i)}
				m.Answer = append(m.Answer, rr)
			}
			m.Compress = true
			return framed(pack(t, m))
		},
	}.start(t)
	if got := client(at).Resolve(t.Context(), "x.example"); len(got.Addresses) != 64 {
		t.Errorf("%d addresses", len(got.Addresses))
	}
}

func TestAliasOfHostileNameIsPrintable(t *testing.T) {
	at := records{answer: map[string][]string{
		"x.example. A": {`x.example. 5 IN CNAME \027[31m.example.`, `\027[31m.example. 5 IN A 10.0.0.9`},
	}}.start(t)
	got := client(at).Resolve(t.Context(), "x.example")
	if len(got.Aliases) != 1 || got.Aliases[0] != `\027[31m.example` {
		t.Errorf("%q", got.Aliases)
	}
}
