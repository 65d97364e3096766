package fabric

import (
	"net/netip"
	"slices"

	"github.com/google/nftables"

	"github.com/agentcore-probe/probe/lab/world"
)

// peerings drops what a peering connection does not carry: it takes packets
// from addresses of the one VPC to addresses of the other, and nothing that
// only passes through either ("VPC peering basics": no transitive peering, no
// edge to edge routing).
func (r *ruleset) peerings(forward *nftables.Chain, n *world.Network, places []place) {
	for _, p := range places {
		if p.crossing.peering == "" {
			continue
		}
		here, _ := n.VPC(p.vpc)
		there, _ := n.VPC(p.crossing.to)
		own, others := r.chain("own-"+p.link), r.chain("others-"+p.link)
		for _, block := range r.ours(here.Blocks()) {
			r.add(own, within(sourceAddress, block), back)
		}
		for _, block := range r.ours(there.Blocks()) {
			r.add(others, within(sourceAddress, block), back)
		}
		r.add(own, drop)
		r.add(others, drop)
		r.add(forward, leavesOn(p.link), jump(own.Name))
		r.add(forward, arrivesOn(p.link), jump(others.Name))
	}
}

// ours keeps the blocks of the ruleset's family.
func (r *ruleset) ours(blocks []netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(blocks), func(p netip.Prefix) bool { return !r.family.has(p.Addr()) })
}
