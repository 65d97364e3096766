package fabric

import (
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// mapping is a private address and the public one that the internet gateway
// shows for it.
type mapping struct{ private, public netip.Addr }

func publicAddresses(n *world.Network, vpc string) []mapping {
	var all []mapping
	for _, e := range n.NetworkInterfaces {
		if e.VpcID == vpc && e.Association != nil {
			all = append(all, mapping{e.PrivateIPAddress, e.Association.PublicIP})
		}
	}
	return all
}

// private are ranges that the internet does not route (RFC 1918, RFC 6598).
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
}

// gateway drops what leaves by the internet gateway without a public address, or
// for a private one.
func (r *ruleset) gateway(forward *nftables.Chain, n *world.Network, vpc string) {
	for _, block := range private {
		r.add(forward, leavesOn(uplink), within(destinationAddress, block), drop)
	}
	mapped := publicAddresses(n, vpc)
	keys := make([][]byte, len(mapped))
	for i, m := range mapped {
		keys[i] = m.private.AsSlice()
	}
	r.add(forward, leavesOn(uplink), addressAmong(sourceAddress, r.set("mapped", nftables.TypeIPAddr, keys), true), drop)
}

// publicMappings has the internet gateway exchange private and public
// addresses, one to one.
func (r *ruleset) publicMappings(n *world.Network, vpc string) {
	in := r.base("igw-in", nftables.ChainTypeNAT, nftables.ChainHookPrerouting, nftables.ChainPriorityNATDest, nftables.ChainPolicyAccept)
	out := r.base("igw-out", nftables.ChainTypeNAT, nftables.ChainHookPostrouting, nftables.ChainPriorityNATSource, nftables.ChainPolicyAccept)
	for _, m := range publicAddresses(n, vpc) {
		r.add(in, arrivesOn(uplink), within(destinationAddress, host(m.public)), nat(expr.NATTypeDestNAT, m.private))
		r.add(out, leavesOn(uplink), within(sourceAddress, host(m.private)), nat(expr.NATTypeSourceNAT, m.public))
	}
}

// translate makes a namespace a NAT gateway: what it forwards leaves with its
// own address, and what nobody within asked for vanishes.
func translate(space *netns.Namespace, own netip.Addr) error {
	rules, err := newRuleset(space.Fd(), "nat", ipv4)
	if err != nil {
		return err
	}
	out := rules.base("out", nftables.ChainTypeNAT, nftables.ChainHookPostrouting, nftables.ChainPriorityNATSource, nftables.ChainPolicyAccept)
	rules.add(out, isNot(sourceAddress, own), nat(expr.NATTypeSourceNAT, own))
	rules.base("input", nftables.ChainTypeFilter, nftables.ChainHookInput, nftables.ChainPriorityFilter, nftables.ChainPolicyDrop)
	return rules.apply()
}

func nat(kind expr.NATType, to netip.Addr) match {
	return match{&expr.Immediate{Register: 1, Data: to.AsSlice()}, &expr.NAT{Type: kind, Family: unix.NFPROTO_IPV4, RegAddrMin: 1}}
}
