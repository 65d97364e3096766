package names

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/lab/world"
)

// Answer returns what a service of a host answers to a question; nil is
// silence.
func Answer(w *world.World, h world.Host, s world.Service, q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Compress = true
	if len(q.Question) != 1 || q.Opcode != dns.OpcodeQuery || q.Question[0].Qclass != dns.ClassINET {
		m.Rcode = dns.RcodeNotImplemented
		return m
	}
	name, kind := fqdn(q.Question[0].Name), q.Question[0].Qtype
	m.RecursionAvailable = s.Type != world.ServiceAuthoritativeDNS
	m.Authoritative = !m.RecursionAvailable
	if o, ok := override(h.DNS, name); ok && o.Answer != "" {
		return overridden(m, o, name, kind)
	}
	switch s.Type {
	case world.ServiceVPCDNS:
		if !w.Network().Attributes(h.VpcId).EnableDNSSupport.Value {
			return nil
		}
		if z, ok := enclosing(private(w, h.VpcId), name); ok {
			return z.fill(m, name, kind)
		}
		return recursive(m, w, name, kind)
	case world.ServiceRecursiveDNS:
		return recursive(m, w, name, kind)
	}
	z, ok := enclosing(zones(w), name)
	if !ok || !slices.Contains(s.Zones, trim(z.apex)) {
		m.Rcode, m.Authoritative = dns.RcodeRefused, false
		return m
	}
	return z.fill(m, name, kind)
}

func trim(name string) string { return name[:len(name)-1] }

func enclosing(all []zone, name string) (zone, bool) {
	i := slices.IndexFunc(all, func(z zone) bool { return dns.IsSubDomain(z.apex, name) })
	if i < 0 {
		return zone{}, false
	}
	return all[i], true
}

// recursive answers from everything that is public; what is in no zone of ours
// is known by its host, or does not exist.
func recursive(m *dns.Msg, w *world.World, name string, kind uint16) *dns.Msg {
	z, ok := enclosing(zones(w), name)
	if !ok {
		z = zone{apex: ".", servers: []string{"a.root-servers.net."}, addresses: public(w)}
	}
	return z.fill(m, name, kind)
}

// fill answers from a zone (RFC 1034, RFC 2308).
func (z zone) fill(m *dns.Msg, name string, kind uint16) *dns.Msg {
	found := z.find(name)
	switch {
	case len(found) == 0 && !z.exists(name):
		m.Rcode = dns.RcodeNameError
	case kind == dns.TypeA:
		m.Answer = addresses(name, found)
	case kind == dns.TypeNS && name == z.apex:
		for _, server := range z.servers {
			m.Answer = append(m.Answer, &dns.NS{Hdr: header(name, dns.TypeNS), Ns: server})
			m.Extra = append(m.Extra, addresses(server, z.addresses[server])...)
		}
	case kind == dns.TypeSOA && name == z.apex:
		m.Answer = []dns.RR{z.soa()}
	}
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{z.soa()}
	}
	return m
}

func (z zone) soa() dns.RR {
	return &dns.SOA{Hdr: header(z.apex, dns.TypeSOA), Ns: z.servers[0], Mbox: "awsdns-hostmaster.amazon.com.", Serial: 1, Refresh: 7200, Retry: 900, Expire: 1209600, Minttl: ttl}
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}

func addresses(name string, all []netip.Addr) []dns.RR {
	records := make([]dns.RR, len(all))
	for i, a := range all {
		records[i] = &dns.A{Hdr: header(name, dns.TypeA), A: a.AsSlice()}
	}
	return records
}

func override(all []world.DNSOverride, name string) (world.DNSOverride, bool) {
	i := slices.IndexFunc(all, func(o world.DNSOverride) bool { return o.Name == "*" || fqdn(o.Name) == name })
	if i < 0 {
		return world.DNSOverride{}, false
	}
	return all[i], true
}

func overridden(m *dns.Msg, o world.DNSOverride, name string, kind uint16) *dns.Msg {
	switch o.Answer {
	case "silence":
		return nil
	case "malformed":
		m.Question = nil // an answer to nothing (RFC 5452, 9.1)
		return m
	case "nxdomain":
		m.Rcode = dns.RcodeNameError
	case "servfail":
		m.Rcode = dns.RcodeServerFailure
	case "refused":
		m.Rcode = dns.RcodeRefused
	case "addresses":
		if kind == dns.TypeA {
			m.Answer = addresses(name, o.Addresses)
		}
	}
	if denies := m.Rcode == dns.RcodeNameError || m.Rcode == dns.RcodeSuccess; denies && len(m.Answer) == 0 && !o.Forged {
		_, parent, _ := strings.Cut(name, ".")
		m.Ns = []dns.RR{zone{apex: parent, servers: []string{"ns-0.awsdns-00.com."}}.soa()} // RFC 2308: of the zone that has no such name
	}
	return m
}
