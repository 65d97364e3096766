package fabric

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"github.com/agentcore-probe/probe/lab/world"
)

// acls has packets that leave or enter a subnet judged by its ACL.
func (r *ruleset) acls(forward *nftables.Chain, n *world.Network, places []place) {
	written := map[string]bool{}
	for _, s := range n.Subnets {
		acl, ok := n.ACLOf(s)
		links := linksIn(places, s.SubnetID)
		if !ok || len(links) == 0 {
			continue
		}
		if !written[acl.NetworkACLID] {
			written[acl.NetworkACLID] = true
			r.acl(acl, true, "out-"+acl.NetworkACLID, destinationAddress)
			r.acl(acl, false, "in-"+acl.NetworkACLID, sourceAddress)
		}
		r.toTransit(forward, acl.NetworkACLID, s.SubnetID, places)
		set := r.set(s.SubnetID, nftables.TypeIFName, links)
		r.add(forward, among(expr.MetaKeyIIFNAME, set, false), among(expr.MetaKeyOIFNAME, set, true), jump("out-"+acl.NetworkACLID))
		r.add(forward, among(expr.MetaKeyOIFNAME, set, false), among(expr.MetaKeyIIFNAME, set, true), jump("in-"+acl.NetworkACLID))
	}
}

// toTransit has packets for a transit gateway with an interface in the sender's
// own subnet judged by both directions of its ACL; from the gateway into that
// subnet neither counts ("How network ACLs work with transit gateways").
func (r *ruleset) toTransit(forward *nftables.Chain, acl, subnet string, places []place) {
	for _, p := range places {
		if p.subnet != subnet || p.crossing.attachment == "" {
			continue
		}
		for _, sender := range places {
			if sender.subnet == subnet && sender.eni != "" {
				r.add(forward, arrivesOn(sender.link), leavesOn(p.link), jump("out-"+acl))
				r.add(forward, arrivesOn(sender.link), leavesOn(p.link), jump("in-"+acl))
			}
		}
	}
}

func linksIn(places []place, subnet string) [][]byte {
	var links [][]byte
	for _, p := range places {
		if p.subnet == subnet {
			links = append(links, interfaceName(p.link))
		}
	}
	return links
}

// acl writes one direction of an ACL: the rules by number, the first that
// matches decides, then deny.
func (r *ruleset) acl(acl world.NetworkACL, egress bool, name string, peer field) {
	chain := r.chain(name)
	entries := slices.DeleteFunc(slices.Clone(acl.Entries), func(e world.ACLEntry) bool {
		return e.Egress != egress || !r.family.has(entryBlock(e).Addr())
	})
	slices.SortFunc(entries, func(a, b world.ACLEntry) int { return a.RuleNumber - b.RuleNumber })
	for _, e := range entries {
		decision := drop
		if e.RuleAction == "allow" {
			decision = back
		}
		r.add(chain, entry(e), within(peer, entryBlock(e)), decision)
	}
	r.add(chain, drop)
}

func entryBlock(e world.ACLEntry) netip.Prefix { return block(cmp.Or(e.CIDRBlock, e.IPv6CIDRBlock)) }

// entry matches protocol and ports of an ACL's rule.
func entry(e world.ACLEntry) match {
	number, err := strconv.Atoi(e.Protocol)
	if err != nil {
		return drop // refused when the world was read
	}
	m := protocol(number)
	switch {
	case (number == 6 || number == 17) && e.PortRange != nil:
		m = append(m, ports(e.PortRange.From, e.PortRange.To)...)
	case (number == 1 || number == 58) && e.ICMPTypeCode != nil:
		m = append(m, icmp(e.ICMPTypeCode.Type, e.ICMPTypeCode.Code)...)
	}
	return m
}

// block reads a CIDR block that was checked when the world was read; anything
// else matches nothing but the unspecified address.
func block(text string) netip.Prefix {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 32)
	}
	return p
}
