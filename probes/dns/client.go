// Package dns resolves names as the host's own resolver would, and says how
// each server answered; and it finds what a name answers outside of the VPC,
// although private DNS hides it inside.
package dns

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// Bounds of one resolution.
const (
	maxAliases   = 8  // CNAMEs followed
	maxAddresses = 64 // addresses kept
)

// Client asks name servers. It holds no state: every resolution is made anew,
// nothing is cached.
type Client struct {
	Dialer        tcp.Dialer
	Servers       []netip.AddrPort // asked in order, as glibc does
	Limit         time.Duration    // of one attempt at one server
	Attempts      int              // rounds over the servers; 0 means 2
	AuthorityPort uint16           // of the servers that Public finds; 0 means 53
	Hosts         Hosts            // asked before the servers
	ThenTCP       bool             // a server that is silent over UDP is asked over TCP too
}

// Resolution is what a name answered, or why it did not.
type Resolution struct {
	Name      string
	Addresses []netip.Addr    // in the order of the answer
	Aliases   []string        // the CNAMEs on the way
	TTL       time.Duration   // the smallest on the way
	Server    netip.AddrPort  // that decided
	Failure   netpath.Failure // "" where there are addresses
	Detail    string          // of the deciding step
	Rcode     string          // the deciding answer's; "" where none came
	Zone      string          // that denied the name: the owner of the SOA record; "" where none stands there
	Steps     []netpath.Step  // one for each question and server
}

// Facts lists for a finding's use who answered (server: the resolver, or the hosts
// file), rcode and the last alias.
func (r Resolution) Facts() netpath.Facts {
	facts := netpath.Facts{"name": r.Name}
	if r.Server.IsValid() {
		facts["resolver"] = r.Server.Addr().String()
		facts["server"] = facts["resolver"]
	} else if r.Failure == "" && len(r.Steps) == 0 {
		facts["hosts_file"] = HostsFile
		facts["server"] = HostsFile
	}
	if r.Failure == netpath.FailureDNSNXDomain {
		facts["zone"] = cmp.Or(r.Zone, "none")
	}
	if r.Rcode != "" {
		facts["rcode"] = r.Rcode
	}
	if len(r.Aliases) > 0 {
		facts["alias"] = r.Aliases[len(r.Aliases)-1]
	}
	if len(r.Addresses) > 0 {
		facts["ttl_seconds"] = strconv.Itoa(int(r.TTL.Seconds()))
	}
	return facts
}

// Resolve asks for the addresses of an absolute name: IPv4 first, and IPv6
// where there are none, unless the dialer's source address says which family
// can be dialled. NXDOMAIN and an empty answer are final; a server that does
// not answer, or with SERVFAIL or REFUSED, is followed by the next one.
func (c Client) Resolve(ctx context.Context, name string) Resolution {
	if addr, err := netip.ParseAddr(name); err == nil {
		return Resolution{Name: name, Addresses: []netip.Addr{addr}, Detail: "an address, not a name"}
	}
	r := Resolution{Name: name}
	if r.Addresses = c.Hosts.find(name, c.families()); len(r.Addresses) > 0 {
		r.Detail = "a line of " + HostsFile
		return r
	}
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		r.Failure, r.Detail = netpath.FailureOther, "not a domain name"
		return r
	}
	for _, qtype := range c.families() {
		r.Aliases = nil
		c.chase(ctx, &r, dns.Fqdn(name), qtype)
		if r.Failure != netpath.FailureDNSNoAnswer {
			break
		}
	}
	return r
}

func (c Client) families() []uint16 {
	switch source := c.Dialer.Source; {
	case !source.IsValid():
		return []uint16{dns.TypeA, dns.TypeAAAA}
	case source.Unmap().Is4():
		return []uint16{dns.TypeA}
	default:
		return []uint16{dns.TypeAAAA}
	}
}

// chase asks for name and, where an answer ends in an alias without its
// addresses, for that alias.
func (c Client) chase(ctx context.Context, r *Resolution, name string, qtype uint16) {
	seen := map[string]bool{}
	for {
		reply := c.query(ctx, r, dns.Question{Name: name, Qtype: qtype, Qclass: dns.ClassINET})
		if reply == nil || r.Failure != "" {
			return
		}
		last, ok := r.take(reply, name, qtype, seen)
		switch {
		case !ok:
			r.fail(netpath.FailureDNSMalformed, "aliases form a loop or a chain of more than 8")
			return
		case len(r.Addresses) > 0:
			return
		case last == dns.CanonicalName(name):
			r.fail(netpath.FailureDNSNoAnswer, "no "+dns.TypeToString[qtype]+" record")
			return
		}
		name = last
	}
}

func (r *Resolution) fail(failure netpath.Failure, detail string) {
	r.Failure, r.Detail = failure, detail
}

// query goes over the servers, round by round, until one decides; where none
// does, the most telling failure stands.
func (c Client) query(ctx context.Context, r *Resolution, question dns.Question) *dns.Msg {
	var failures []Resolution
	for range cmp.Or(c.Attempts, 2) {
		for _, at := range c.Servers {
			reply, step := c.ask(ctx, server{at, true}, question, true)
			r.Steps = append(r.Steps, step)
			one := Resolution{Server: at, Failure: step.Failure, Detail: step.Detail}
			if reply != nil {
				one.Rcode, one.Zone = rcodeName(reply.Rcode), authority(reply)
			}
			if step.Failure == "" || step.Failure == netpath.FailureDNSNXDomain || step.Failure == netpath.FailureCancelled {
				r.decide(one)
				return reply
			}
			failures = append(failures, one)
		}
	}
	if len(failures) == 0 {
		r.fail(netpath.FailureDNSUnreachable, "no name server is configured")
		return nil
	}
	r.decide(slices.MinFunc(failures, func(a, b Resolution) int {
		return cmp.Compare(telling(a.Failure), telling(b.Failure))
	}))
	return nil
}

func (r *Resolution) decide(one Resolution) {
	r.Server, r.Failure, r.Detail, r.Rcode, r.Zone = one.Server, one.Failure, one.Detail, one.Rcode, one.Zone
}

// authority is the zone in whose name a denial speaks (RFC 2308, 3).
func authority(reply *dns.Msg) string {
	for _, record := range reply.Ns {
		if soa, ok := record.(*dns.SOA); ok {
			return printable(dns.CanonicalName(soa.Hdr.Name))
		}
	}
	return ""
}

// telling ranks failures: what a server said comes before its silence.
func telling(failure netpath.Failure) int {
	order := []netpath.Failure{
		netpath.FailureDNSServfail, netpath.FailureDNSRefused, netpath.FailureOther, netpath.FailureDNSTCPBlocked,
		netpath.FailureDNSMalformed, netpath.FailureDNSUnreachable, netpath.FailureDNSTimeout,
	}
	if i := slices.Index(order, failure); i >= 0 {
		return i
	}
	return len(order)
}

// take follows the aliases of one answer from name on and keeps the addresses
// at their end. It returns the last name, and false for a loop.
func (r *Resolution) take(reply *dns.Msg, name string, qtype uint16, seen map[string]bool) (string, bool) {
	name = dns.CanonicalName(name)
	for {
		if seen[name] || len(seen) > maxAliases {
			return name, false
		}
		next := alias(reply, name)
		if next == "" {
			break
		}
		seen[name] = true
		r.Aliases = append(r.Aliases, printable(next))
		name = next
	}
	for _, record := range reply.Answer {
		if dns.CanonicalName(record.Header().Name) != name || record.Header().Rrtype != qtype {
			continue
		}
		addr, ok := address(record)
		if ok && len(r.Addresses) < maxAddresses && !slices.Contains(r.Addresses, addr) {
			r.lower(record, len(r.Addresses) == 0)
			r.Addresses = append(r.Addresses, addr)
		}
	}
	return name, true
}

func (r *Resolution) lower(record dns.RR, first bool) {
	ttl := time.Duration(record.Header().Ttl) * time.Second
	if first || ttl < r.TTL {
		r.TTL = ttl
	}
}

func alias(reply *dns.Msg, name string) string {
	for _, record := range reply.Answer {
		if c, ok := record.(*dns.CNAME); ok && dns.CanonicalName(c.Hdr.Name) == name {
			return dns.CanonicalName(c.Target)
		}
	}
	return ""
}

func address(record dns.RR) (netip.Addr, bool) {
	switch r := record.(type) {
	case *dns.A:
		return netip.AddrFromSlice(r.A.To4())
	case *dns.AAAA:
		return netip.AddrFromSlice(r.AAAA)
	}
	return netip.Addr{}, false
}
