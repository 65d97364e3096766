package reachability

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/vpc"
)

// acl is a network ACL with the entries of each direction in the order in which
// they are tried.
type acl struct {
	id              string
	ingress, egress []entry
}

// entry is one numbered rule of an ACL.
type entry struct {
	number   int
	allow    bool
	protocol int
	block    netip.Prefix
	ports    span
	kind     int // of ICMP, -1 for all
	code     int // ditto
}

// span is a range of ports, both ends included; it is empty when from > to.
type span struct{ from, to int }

func (s span) String() string {
	if s.from == s.to {
		return fmt.Sprint(s.from)
	}
	return fmt.Sprintf("%d-%d", s.from, s.to)
}

func (s span) size() int { return s.to - s.from + 1 }

func spans(all []span) string {
	var texts []string
	for _, s := range all {
		texts = append(texts, s.String())
	}
	return strings.Join(texts, ",")
}

const lastRule = 32767 // the "*" rule that denies what nothing else decided

func newACL(n *vpc.NetworkACL) *acl {
	a := &acl{id: n.NetworkACLID}
	for _, x := range n.Entries {
		e := entry{number: x.RuleNumber, allow: x.RuleAction == "allow", protocol: protocolNumber(x.Protocol), ports: span{0, allPorts}, kind: -1, code: -1}
		block := x.CidrBlock
		if block == "" {
			block = x.Ipv6CidrBlock
		}
		parsed, err := netip.ParsePrefix(block)
		if err != nil {
			e.protocol = notReadable
		}
		e.block = parsed.Masked()
		if x.PortRange != nil && (e.protocol == tcp || e.protocol == udp) {
			e.ports = span{x.PortRange.From, x.PortRange.To}
		}
		if x.IcmpTypeCode != nil {
			e.kind, e.code = x.IcmpTypeCode.Type, x.IcmpTypeCode.Code
		}
		if x.Egress {
			a.egress = append(a.egress, e)
		} else {
			a.ingress = append(a.ingress, e)
		}
	}
	for _, entries := range [][]entry{a.ingress, a.egress} {
		slices.SortStableFunc(entries, func(x, y entry) int { return cmp.Compare(x.number, y.number) })
	}
	return a
}

// crossing is a packet, or all packets to a range of ports, that enters or
// leaves a subnet.
type crossing struct {
	egress   bool
	protocol uint8
	ports    span       // destination ports; of ICMP type<<8|code
	peer     netip.Addr // the other end, outside of the subnet
}

// ruling is what an ACL does with the ports of a crossing.
type ruling struct {
	admitted []span
	cuts     []cut // what is denied, in the order of the entries
	denying  int   // number of the first entry that denies a port; 0 when none does
	allowing int   // of the first that admits one
	doubt    int   // number of an entry that can't be read and comes before a decision; 0 when none
}

// cut is the ports that an entry denies.
type cut struct {
	ports  []span
	number int
}

func (c cut) String() string { return "rule " + ruleName(c.number) + " cuts " + spans(c.ports) }

// judge tries the entries in their order: the first that matches a port decides
// for it, and what is left at the end is denied.
func (a *acl) judge(c crossing) ruling {
	entries := a.ingress
	if c.egress {
		entries = a.egress
	}
	var r ruling
	rest := []span{c.ports}
	for _, e := range entries {
		if len(rest) == 0 {
			break
		}
		if e.protocol == notReadable {
			r.doubt = e.number
			return r
		}
		if !e.matches(c) {
			continue
		}
		var taken []span
		taken, rest = part(rest, e.span(c))
		if len(taken) == 0 {
			continue
		}
		if e.allow {
			r.admitted = append(r.admitted, taken...)
			r.allowing = first(r.allowing, e.number)
		} else {
			r.deny(taken, e.number)
		}
	}
	if len(rest) > 0 {
		r.deny(rest, lastRule)
	}
	r.admitted = join(r.admitted)
	return r
}

func (r *ruling) deny(ports []span, number int) {
	r.cuts = append(r.cuts, cut{join(ports), number})
	r.denying = first(r.denying, number)
}

func first(old, number int) int {
	if old != 0 {
		return old
	}
	return number
}

func (e *entry) matches(c crossing) bool {
	if !e.block.IsValid() || !e.block.Contains(c.peer) {
		return false
	}
	if e.protocol == allProtocols {
		return true
	}
	if e.protocol != int(c.protocol) {
		return false
	}
	if e.protocol == icmp || e.protocol == icmpv6 {
		kind, code := c.ports.from>>8, c.ports.from&0xff
		return (e.kind == -1 || e.kind == kind) && (e.code == -1 || e.code == code)
	}
	return true
}

// span is the ports that an entry is about; entries for all protocols or for
// one without ports are about all.
func (e *entry) span(c crossing) span {
	if e.protocol != int(c.protocol) || e.protocol != tcp && e.protocol != udp {
		return span{0, allPorts}
	}
	return e.ports
}

// part splits ranges by one: what lies within it, and what is left.
func part(all []span, by span) (within, rest []span) {
	for _, s := range all {
		middle := span{max(s.from, by.from), min(s.to, by.to)}
		if middle.from > middle.to {
			rest = append(rest, s)
			continue
		}
		within = append(within, middle)
		for _, left := range []span{{s.from, middle.from - 1}, {middle.to + 1, s.to}} {
			if left.from <= left.to {
				rest = append(rest, left)
			}
		}
	}
	return within, rest
}

// join sorts ranges and puts neighbours together.
func join(all []span) []span {
	slices.SortFunc(all, func(x, y span) int { return cmp.Compare(x.from, y.from) })
	var joined []span
	for _, s := range all {
		if n := len(joined); n > 0 && joined[n-1].to+1 == s.from {
			joined[n-1].to = s.to
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// freeNumber is the number for an entry that is to come just before another.
func (a *acl) freeNumber(egress bool, before int) int {
	entries := a.ingress
	if egress {
		entries = a.egress
	}
	highest := 0
	for _, e := range entries {
		if e.number < before {
			highest = max(highest, e.number)
		}
	}
	const step = 10 // leaves room for others
	if highest+step < before {
		return highest + step
	}
	if highest+1 < before {
		return highest + 1
	}
	return 0
}
