package dns

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
)

// Bounds of a walk to the public answer.
const (
	maxQuestions = 32 // asked of anybody
	maxReferrals = 8
	maxNS        = 4 // name servers of a zone that are tried
	maxDepth     = 3 // walks for the target of an alias
)

// Public finds what name answers outside of this network. A private hosted
// zone hides a name only at and below its own apex, so the zones above it are
// asked for their name servers through the ordinary resolver, and those
// authoritative servers are then asked directly, following referrals. An
// alias's target is resolved ordinarily, and by another walk where that gives
// private addresses.
//
// A failure says that no answer from outside was had, not that there is none,
// unless it is dns_nxdomain or dns_no_answer.
func (c Client) Public(ctx context.Context, name string) Resolution {
	w := walk{client: c, left: maxQuestions, result: Resolution{Name: name}}
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		w.result.fail(netpath.FailureOther, "not a domain name")
		return w.result
	}
	w.resolve(ctx, dns.CanonicalName(name), 0)
	return w.result
}

type walk struct {
	client Client
	left   int
	result Resolution
}

// zone is a zone cut with the addresses of its servers.
type zone struct {
	apex    string
	servers []netip.AddrPort
}

func (w *walk) resolve(ctx context.Context, name string, depth int) {
	z, ok := w.enclosing(ctx, name)
	if !ok {
		if w.result.Failure == "" {
			w.result.fail(netpath.FailureDNSNoAnswer, "no public name servers found for an enclosing zone")
		}
		return
	}
	qtype := w.client.families()[0]
	for range maxReferrals {
		reply := w.authoritative(ctx, z, name, qtype)
		if reply == nil || w.result.Failure != "" {
			return
		}
		if below, ok := referral(reply, z.apex, name); ok {
			if z, ok = w.servers(ctx, below, reply); ok {
				continue
			}
			w.result.fail(netpath.FailureDNSNoAnswer, "no usable name server for "+printable(below))
			return
		}
		w.accept(ctx, reply, name, qtype, depth)
		return
	}
	w.result.fail(netpath.FailureDNSMalformed, "more than 8 referrals")
}

// enclosing walks up from the parent of name to the first zone whose name
// servers are public.
func (w *walk) enclosing(ctx context.Context, name string) (zone, bool) {
	for apex := parent(name); dns.CountLabel(apex) >= 2; apex = parent(apex) {
		reply, ok := w.ordinary(ctx, apex, dns.TypeNS)
		if !ok {
			return zone{}, false
		}
		if reply == nil {
			continue
		}
		if z, ok := w.servers(ctx, apex, reply); ok {
			w.result.Failure = ""
			return z, true
		}
	}
	return zone{}, false
}

func parent(name string) string {
	_, rest, _ := strings.Cut(name, ".")
	return rest
}

// spend takes a question out of the walk's budget; false where none is left.
func (w *walk) spend() bool {
	w.left--
	if w.left < 0 {
		w.result.fail(netpath.FailureOther, "too many questions")
	}
	return w.left >= 0
}

// ordinary asks the configured resolver; ok is false where asking it again is
// of no use. A name that does not exist has no answer and is ok.
func (w *walk) ordinary(ctx context.Context, name string, qtype uint16) (reply *dns.Msg, ok bool) {
	if !w.spend() {
		return nil, false
	}
	r := Resolution{}
	reply = w.client.query(ctx, &r, dns.Question{Name: name, Qtype: qtype, Qclass: dns.ClassINET})
	w.result.Steps = append(w.result.Steps, r.Steps...)
	w.result.decide(r)
	return reply, r.Failure == "" || r.Failure == netpath.FailureDNSNXDomain
}

// servers collects the addresses of apex's name servers: from the message's
// own records where they are below apex, else by asking. Only addresses that
// are public and may be dialled count.
func (w *walk) servers(ctx context.Context, apex string, reply *dns.Msg) (zone, bool) {
	z := zone{apex: apex}
	for _, name := range nameServers(reply, apex) {
		addrs := glue(reply, name)
		if len(addrs) == 0 {
			addrs = w.lookup(ctx, name)
		}
		for _, addr := range addrs {
			if !Private(addr) && w.client.Dialer.Permit(addr) == nil {
				z.servers = append(z.servers, netip.AddrPortFrom(addr, cmp.Or(w.client.AuthorityPort, portDNS)))
			}
		}
	}
	return z, len(z.servers) > 0
}

func (w *walk) lookup(ctx context.Context, name string) []netip.Addr {
	reply, ok := w.ordinary(ctx, name, w.client.families()[0])
	if !ok || reply == nil {
		return nil
	}
	var found Resolution
	found.take(reply, name, w.client.families()[0], map[string]bool{})
	return found.Addresses
}

func nameServers(reply *dns.Msg, apex string) []string {
	var names []string
	for _, record := range slices.Concat(reply.Answer, reply.Ns) {
		ns, ok := record.(*dns.NS)
		if ok && dns.CanonicalName(ns.Hdr.Name) == apex && len(names) < maxNS {
			names = append(names, dns.CanonicalName(ns.Ns))
		}
	}
	return names
}

func glue(reply *dns.Msg, name string) []netip.Addr {
	var addrs []netip.Addr
	for _, record := range reply.Extra {
		addr, ok := address(record)
		if ok && dns.CanonicalName(record.Header().Name) == name && len(addrs) < maxNS {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// authoritative asks the zone's servers in turn; one that answers with an
// error or not at all is followed by the next.
func (w *walk) authoritative(ctx context.Context, z zone, name string, qtype uint16) *dns.Msg {
	for _, at := range z.servers[:min(len(z.servers), maxNS)] {
		if !w.spend() {
			return nil
		}
		reply, step := w.client.ask(ctx, server{at: at}, dns.Question{Name: name, Qtype: qtype, Qclass: dns.ClassINET}, false)
		w.result.Steps = append(w.result.Steps, step)
		one := Resolution{Server: at, Failure: step.Failure, Detail: step.Detail}
		if reply != nil {
			one.Rcode = rcodeName(reply.Rcode)
		}
		w.result.decide(one)
		if step.Failure == "" || step.Failure == netpath.FailureDNSNXDomain || step.Failure == netpath.FailureCancelled {
			return reply
		}
	}
	return nil
}

// referral reports a delegation that leads closer to name (RFC 1034, 4.3.2).
func referral(reply *dns.Msg, apex, name string) (string, bool) {
	if len(reply.Answer) > 0 || reply.Authoritative {
		return "", false
	}
	for _, record := range reply.Ns {
		owner := dns.CanonicalName(record.Header().Name)
		if record.Header().Rrtype == dns.TypeNS && dns.IsSubDomain(owner, name) &&
			dns.IsSubDomain(apex, owner) && owner != apex {
			return owner, true
		}
	}
	return "", false
}

func (w *walk) accept(ctx context.Context, reply *dns.Msg, name string, qtype uint16, depth int) {
	last, ok := w.result.take(reply, name, qtype, map[string]bool{})
	switch {
	case !ok:
		w.result.fail(netpath.FailureDNSMalformed, "aliases form a loop or a chain of more than 8")
	case len(w.result.Addresses) > 0:
	case last == name:
		w.result.fail(netpath.FailureDNSNoAnswer, "no "+dns.TypeToString[qtype]+" record outside either")
	case depth >= maxDepth || len(w.result.Aliases) > maxAliases:
		w.result.fail(netpath.FailureDNSMalformed, "too long a chain of aliases")
	default:
		w.target(ctx, last, depth)
	}
}

// target resolves an alias's target as usual, and outside where that answers
// with private addresses or nothing.
func (w *walk) target(ctx context.Context, name string, depth int) {
	if !w.spend() {
		return
	}
	r := w.client.Resolve(ctx, name)
	w.result.Steps = append(w.result.Steps, r.Steps...)
	if r.Failure == "" && !slices.ContainsFunc(r.Addresses, Private) {
		w.result.Addresses, w.result.TTL = r.Addresses, r.TTL
		w.result.Aliases = append(w.result.Aliases, r.Aliases...)
		return
	}
	w.resolve(ctx, name, depth+1)
}

const maxName = 255

func printable(name string) string {
	return escape.Line(strings.TrimSuffix(name, "."), maxName)
}
