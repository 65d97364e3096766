package fabric

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"github.com/agentcore-probe/probe/lab/world"
)

// groups adds a chain for each combination of security groups that an ENI
// carries. An ENI without groups, such as a NAT gateway's, is not filtered.
func (r *ruleset) groups(forward *nftables.Chain, n *world.Network, vpc string, places []place) {
	egress := direction{
		name: "out-", peer: destinationAddress, link: expr.MetaKeyOIFNAME, egress: true, vpc: vpc, places: places,
		of: func(g world.SecurityGroup) []world.Permission { return g.IPPermissionsEgress },
	}
	ingress := direction{
		name: "in-", peer: sourceAddress, link: expr.MetaKeyIIFNAME, vpc: vpc, places: places,
		of: func(g world.SecurityGroup) []world.Permission { return g.IPPermissions },
	}
	chains := map[string]bool{}
	var leaving, entering [][]match
	for _, p := range places {
		ids := groupsOf(n, p.eni)
		if len(ids) == 0 {
			continue
		}
		key := strings.Join(ids, "+")
		if !chains[key] {
			chains[key] = true
			r.direction(n, ids, key, egress)
			r.direction(n, ids, key, ingress)
		}
		leaving = append(leaving, []match{arrivesOn(p.link), jump(egress.name + key)})
		entering = append(entering, []match{leavesOn(p.link), jump(ingress.name + key)})
	}
	for _, parts := range append(leaving, entering...) {
		r.add(forward, parts...)
	}
}

func groupsOf(n *world.Network, eni string) []string {
	e, _ := n.NetworkInterface(eni)
	ids := make([]string, 0, len(e.Groups))
	for _, g := range e.Groups {
		ids = append(ids, g.GroupID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// direction writes the union of what some groups admit: a rule that matches
// returns to the caller, what no rule matches is dropped.
func (r *ruleset) direction(n *world.Network, ids []string, key string, d direction) {
	chain := r.chain(d.name + key)
	for _, id := range ids {
		g, _ := n.SecurityGroup(id)
		for _, p := range d.of(g) {
			what := permission(p)
			for _, peer := range r.peers(n, p, d) {
				r.add(chain, what, peer, back)
			}
		}
	}
	r.add(chain, drop)
}

// permission matches protocol and ports.
func permission(p world.Permission) match {
	number, err := p.Protocol()
	if err != nil {
		return drop // refused when the world was read
	}
	from, to := -1, -1
	if p.FromPort != nil {
		from = *p.FromPort
	}
	if p.ToPort != nil {
		to = *p.ToPort
	}
	m := protocol(number)
	switch number {
	case 6, 17:
		if from >= 0 {
			m = append(m, ports(from, to)...)
		}
	case 1, 58:
		m = append(m, icmp(from, to)...)
	}
	return m
}

// peers matches the sources or destinations of a permission. A prefix list
// means its blocks.
func (r *ruleset) peers(n *world.Network, p world.Permission, d direction) []match {
	var blocks []netip.Prefix
	for _, one := range p.IPRanges {
		blocks = append(blocks, block(one.CIDRIP))
	}
	for _, one := range p.IPv6Ranges {
		blocks = append(blocks, block(one.CIDRIPv6))
	}
	for _, l := range p.PrefixListIDs {
		list, _ := n.PrefixList(l.PrefixListID)
		for _, cidr := range list.CIDRs {
			blocks = append(blocks, block(cidr))
		}
	}
	var peers []match
	for _, b := range r.ours(blocks) {
		peers = append(peers, within(d.peer, b))
	}
	for _, pair := range p.UserIDGroupPairs {
		peers = append(peers, r.reference(n, pair.GroupID, d))
	}
	return peers
}
