package reachability

import (
	"cmp"
	"net/netip"
	"slices"

	"go4.org/netipx"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
)

// Share is a set of source addresses with one fate.
type Share struct {
	Addresses *netipx.IPSet
	Rest      bool // it holds every address that no rule, ACL entry or interface is about
	Fate           // of what passes, the rule that lets it in
}

// Sources says for every source address of the destination's family what the
// destination's own side does with it: its groups, and its subnet's ACL in both
// directions. What lies before it is not asked. The shares do not overlap and
// cover the family; those that pass come first. An address that belongs to no
// interface of the inventory carries no group. There are no shares for a
// destination that is no interface of the inventory.
func (a *Analysis) Sources(f Flow) []Share {
	dst := a.owner(f)
	if dst == nil {
		return nil
	}
	to := f.To.Unmap()
	if !slices.Contains(dst.addresses, to) { // it is a public address of the interface
		to = dst.primary(to.Is4())
	}
	all := map[fateKey]*shareBuilder{}
	for _, c := range classes(a.sourceBlocks(dst, to.Is4()), everywhere(to)) {
		from := c.Ranges()[0].From()
		fate := a.ownSide(dst, Flow{From: Source{Address: from}, To: to, Protocol: f.Protocol, Port: f.Port})
		b := all[fate.key()]
		if b == nil {
			b = &shareBuilder{fate: fate}
			all[fate.key()] = b
		}
		b.addresses.AddSet(c)
		b.rest = b.rest || from == everywhere(to).Addr()
	}
	return shares(all)
}

// owner is the interface that a flow gets to; where the flow has no source that
// is known, the only one with the address.
func (a *Analysis) owner(f Flow) *iface {
	to := f.To.Unmap()
	if t := a.traced(f); t.dst != nil {
		return t.dst
	}
	if public := a.publicOwner[to]; public != nil {
		return public.eni
	}
	return a.find(to, "")
}

type shareBuilder struct {
	addresses netipx.IPSetBuilder
	fate      Fate
	rest      bool
}

func shares(all map[fateKey]*shareBuilder) []Share {
	sorted := make([]Share, 0, len(all))
	for _, b := range all {
		set, err := b.addresses.IPSet()
		if err != nil {
			continue // blocks that were parsed are valid
		}
		sorted = append(sorted, Share{Addresses: set, Rest: b.rest, Fate: b.fate})
	}
	order := []Verdict{VerdictReachable, VerdictUnknown, VerdictBlocked}
	slices.SortFunc(sorted, func(x, y Share) int {
		return cmp.Or(slices.Index(order, x.Verdict)-slices.Index(order, y.Verdict), x.Addresses.Ranges()[0].From().Compare(y.Addresses.Ranges()[0].From()))
	})
	return sorted
}

// sourceBlocks are the blocks whose addresses an interface's own side may treat
// differently from their neighbours.
func (a *Analysis) sourceBlocks(e *iface, v4 bool) []netip.Prefix {
	var blocks []netip.Prefix
	add := func(all ...netip.Prefix) {
		for _, b := range all {
			if b.IsValid() && b.Addr().Is4() == v4 {
				blocks = append(blocks, b.Masked())
			}
		}
	}
	for _, g := range e.groups {
		for _, r := range g.ingress {
			add(r.block)
			add(r.listed...)
		}
	}
	if e.subnet != nil && e.subnet.acl != nil {
		for _, entry := range slices.Concat(e.subnet.acl.ingress, e.subnet.acl.egress) {
			add(entry.block)
		}
	}
	if s := a.network.Subnet(e.subnetID); s != nil {
		add(s.CidrBlock)
		for _, x := range s.Ipv6CidrBlockAssociationSet {
			add(x.Ipv6CidrBlock)
		}
	}
	for _, other := range a.interfaces {
		for _, address := range other.addresses {
			add(netip.PrefixFrom(address, address.BitLen()))
		}
	}
	return blocks
}

// classes splits a whole into sets that no block tells apart: blocks are nested
// or apart, so each of them without those inside of it is one.
func classes(blocks []netip.Prefix, whole netip.Prefix) []*netipx.IPSet {
	blocks = append(blocks, whole)
	slices.SortFunc(blocks, func(x, y netip.Prefix) int { return cmp.Or(x.Addr().Compare(y.Addr()), x.Bits()-y.Bits()) })
	blocks = slices.Compact(blocks)
	var all []*netipx.IPSet
	for i, outer := range blocks {
		var b netipx.IPSetBuilder
		b.AddPrefix(outer)
		for _, inner := range blocks[i+1:] {
			if !outer.Contains(inner.Addr()) {
				break
			}
			b.RemovePrefix(inner)
		}
		if set, err := b.IPSet(); err == nil && len(set.Ranges()) > 0 {
			all = append(all, set)
		}
	}
	return all
}

// ownSide is what an interface's groups and its subnet's ACL do with a flow.
func (a *Analysis) ownSide(dst *iface, f Flow) Fate {
	from := f.From.Address
	t := &tracer{Analysis: a, flow: f, dst: dst, target: dst.subnet, src: a.find(from, dst.vpc)}
	counts := kept{kleene.Yes, ""}
	switch t.src {
	case nil:
		t.src = a.find(from, "")
		counts = kept{kleene.No, "no interface of the inventory has the address"}
		if t.src != nil {
			counts = kept{kleene.Maybe, "the address is one of another VPC"}
		}
	case dst:
		return Fate{VerdictReachable, Hop{Name: netpath.HopRoute, Evidence: pass(dst.id, "the interface's own address")}}
	}
	home := a.subnetAt(from, dst.vpc)
	if home == nil || home != dst.subnet {
		t.add(netpath.HopDestNACL, t.judgeACL(dst.subnet, t.request(false)))
		t.addReturn(netpath.HopDestNACL, t.judgeACL(dst.subnet, t.reply(true)))
	}
	t.destinationGroups(packet{protocol: f.Protocol, port: f.Port, peer: from, peerENI: t.src}, counts)
	r := t.result()
	fate := Fate{Verdict: r.Verdict, Hop: t.hops[len(t.hops)-1]}
	if hop, stopped := r.Deciding(); stopped {
		fate.Hop = hop
	}
	return fate
}
