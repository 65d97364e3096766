package names_test

import (
	"testing"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/lab/names"
	"github.com/agentcore-probe/probe/lab/world"
)

// Every message that can be read gets an answer that can be written.
func FuzzAnswer(f *testing.F) {
	w, err := world.Healthy("private")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{agentcore, orders, ".", "us-east-1.amazonaws.com."} {
		q, err := new(dns.Msg).SetQuestion(name, dns.TypeA).Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		q := new(dns.Msg)
		if q.Unpack(data) != nil {
			return
		}
		for _, host := range []string{"vpc-resolver", "name-servers", "public-resolver"} {
			h, _ := w.Lab().Host(host)
			m := names.Answer(w, h, h.Services[0], q)
			if m == nil {
				t.Fatalf("%s is silent", host)
			}
			if _, err := m.Pack(); err != nil {
				t.Errorf("%s: %v", host, err)
			}
		}
	})
}
