package fabric

import (
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"github.com/agentcore-probe/probe/lab/world"
)

// publicAccess drops what Block Public Access stops at the internet gateway:
// everything, or with block-ingress what is not a NAT gateway's ("Block public
// access to VPCs and subnets"). What IPv6 sends by the gateway itself is stopped
// by the route: an egress-only one shares its link here.
func (r *ruleset) publicAccess(forward *nftables.Chain, n *world.Network, places []place) {
	var shut [][]byte
	for _, p := range places {
		s, ok := n.Subnet(p.subnet)
		mode := n.BlockMode(s)
		if ok && (mode == "block-bidirectional" || mode == "block-ingress" && !p.forwards && !r.family.six) {
			shut = append(shut, interfaceName(p.link))
		}
	}
	set := r.set("shut", nftables.TypeIFName, shut)
	r.add(forward, leavesOn(uplink), among(expr.MetaKeyIIFNAME, set, false), drop)
	r.add(forward, arrivesOn(uplink), among(expr.MetaKeyOIFNAME, set, false), drop)
}

// egressOnly drops what comes from the internet unasked to addresses of IPv6
// whose subnets do not lead to an internet gateway ("Enable outbound IPv6
// traffic using an egress-only internet gateway").
func (r *ruleset) egressOnly(forward *nftables.Chain, n *world.Network, vpc string, places []place) {
	var open [][]byte
	for _, p := range places {
		s, ok := n.Subnet(p.subnet)
		table, _ := n.TableOf(s)
		if ok && n.BlockMode(s) == "off" && slices.ContainsFunc(table.Routes, func(one world.Route) bool {
			return one.DestinationIPv6CIDRBlock != "" && one.State != "blackhole" && attached(n, one.GatewayID, vpc)
		}) {
			open = append(open, interfaceName(p.link))
		}
	}
	r.add(forward, arrivesOn(uplink), untracked(), among(expr.MetaKeyOIFNAME, r.set("open", nftables.TypeIFName, open), true), drop)
}
