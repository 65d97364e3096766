package fabric

import (
	"slices"
	"strings"

	"github.com/google/nftables"

	"github.com/agentcore-probe/probe/lab/world"
)

// groups adds a chain for each combination of security groups that an ENI
// carries. An ENI without groups, such as a NAT gateway's, is not filtered.
func (r *ruleset) groups(forward *nftables.Chain, n *world.Network, places []place) {
	sets := map[string]*nftables.Set{}
	chains := map[string]bool{}
	var egress, ingress [][]match
	for _, p := range places {
		ids := groupsOf(n, p.eni)
		if len(ids) == 0 {
			continue
		}
		key := strings.Join(ids, "+")
		if !chains[key] {
			chains[key] = true
			r.direction(n, ids, "out-"+key, destinationAddress, sets, func(g world.SecurityGroup) []world.Permission { return g.IPPermissionsEgress })
			r.direction(n, ids, "in-"+key, sourceAddress, sets, func(g world.SecurityGroup) []world.Permission { return g.IPPermissions })
		}
		egress = append(egress, []match{arrivesOn(p.link), jump("out-" + key)})
		ingress = append(ingress, []match{leavesOn(p.link), jump("in-" + key)})
	}
	for _, parts := range append(egress, ingress...) {
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
func (r *ruleset) direction(n *world.Network, ids []string, name string, peer uint32, sets map[string]*nftables.Set, of func(world.SecurityGroup) []world.Permission) {
	chain := r.chain(name)
	for _, id := range ids {
		g, _ := n.SecurityGroup(id)
		for _, p := range of(g) {
			what := permission(p)
			for _, peerMatch := range r.peers(n, p, peer, sets) {
				r.add(chain, what, peerMatch, back)
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
	case 1:
		m = append(m, icmp(from, to)...)
	}
	return m
}

// peers matches the sources or destinations of a permission. A prefix list
// means its blocks; a reference to a group means the private addresses of the ENIs that carry it.
func (r *ruleset) peers(n *world.Network, p world.Permission, offset uint32, sets map[string]*nftables.Set) []match {
	var peers []match
	for _, r := range p.IPRanges {
		peers = append(peers, within(offset, block(r.CIDRIP)))
	}
	for _, l := range p.PrefixListIDs {
		list, _ := n.PrefixList(l.PrefixListID)
		for _, cidr := range list.CIDRs {
			peers = append(peers, within(offset, block(cidr)))
		}
	}
	for _, pair := range p.UserIDGroupPairs {
		set, ok := sets[pair.GroupID]
		if !ok {
			set = r.set(pair.GroupID, nftables.TypeIPAddr, members(n, pair.GroupID))
			sets[pair.GroupID] = set
		}
		peers = append(peers, addressAmong(offset, set, false))
	}
	return peers
}

func members(n *world.Network, group string) [][]byte {
	var keys [][]byte
	for _, e := range n.NetworkInterfaces {
		if slices.Contains(groupsOf(n, e.NetworkInterfaceID), group) {
			keys = append(keys, e.PrivateIPAddress.AsSlice())
		}
	}
	return keys
}
