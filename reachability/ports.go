package reachability

import (
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// Part is a range of destination ports, both ends included, with one fate.
type Part struct {
	From, To uint16
	Fate
}

// Fate is what becomes of a part of a flow, and what decides it. Of the hop's
// words some may be about the part's first packet only.
type Fate struct {
	Verdict Verdict
	Hop     Hop // zero where nothing stops the part and no rule of the part's own lets it in
}

// same compares what decides: the words may differ.
func (f Fate) same(g Fate) bool { return f.key() == g.key() }

type fateKey struct {
	verdict                Verdict
	name                   netpath.HopName
	isReturn               bool
	cause, component, rule string
}

func (f Fate) key() fateKey {
	return fateKey{f.Verdict, f.Hop.Name, f.Hop.Return, f.Hop.Cause, f.Hop.Component, f.Hop.Rule()}
}

// Ports says for every destination port of a flow what becomes of it: the parts
// cover 0 to 65535, in order. The flow's own port does not matter. A protocol
// without ports has no parts.
func (a *Analysis) Ports(f Flow) []Part {
	if f.Protocol != tcp && f.Protocol != udp {
		return nil
	}
	starts := a.portStarts(a.traced(f))
	var parts []Part
	for i, start := range starts {
		end := allPorts
		if i+1 < len(starts) {
			end = starts[i+1] - 1
		}
		f.Port = uint16(start)
		r := a.Trace(f)
		fate := Fate{Verdict: r.Verdict}
		fate.Hop, _ = r.Deciding()
		if n := len(parts); n > 0 && parts[n-1].same(fate) {
			parts[n-1].To = uint16(end)
			continue
		}
		parts = append(parts, Part{From: uint16(start), To: uint16(end), Fate: fate})
	}
	return parts
}

// portStarts are the ports at which the answer may change: nothing on the way
// knows ports but the rules of the groups at both ends, and ACLs.
func (a *Analysis) portStarts(t *tracer) []int {
	starts := []int{0}
	add := func(from, to int) {
		for _, start := range []int{from, to + 1} {
			if start > 0 && start <= allPorts {
				starts = append(starts, start)
			}
		}
	}
	for _, e := range []*iface{t.src, t.dst} {
		if e == nil {
			continue
		}
		for _, g := range e.groups {
			for _, r := range slices.Concat(g.ingress, g.egress) {
				add(r.from, r.to)
			}
		}
	}
	for _, s := range a.subnets {
		if s.acl == nil {
			continue
		}
		for _, e := range slices.Concat(s.acl.ingress, s.acl.egress) {
			add(e.ports.from, e.ports.to)
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}
