package fabric

import (
	"slices"

	"github.com/google/nftables"

	"github.com/agentcore-probe/probe/lab/world"
)

// applyFilter writes the rules of a VPC's router. A packet is looked at in the
// order of its travel: the Amazon DNS server is never filtered; an interface
// sends and gets its own addresses only; network ACLs when a subnet is left or
// entered, for each packet; security groups, for the first packet of a
// connection. What a stopped database or an endpoint that is not available gets
// vanishes, tracked or not.
func (r *router) applyFilter(w *world.World, f family, places []place) error {
	rules, err := newRuleset(r.space.Fd(), "vpc", f)
	if err != nil {
		return err
	}
	n := w.Network()
	forward := rules.base("forward", nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter, nftables.ChainPolicyDrop)
	rules.resolvers(forward, places)
	rules.ownAddresses(forward, n, places)
	rules.publicAccess(forward, n, places)
	if f.six {
		rules.egressOnly(forward, n, r.vpc, places)
	} else {
		rules.gateway(forward, n, r.vpc)
		rules.services(forward, n, r.vpc)
	}
	rules.peerings(forward, n, places)
	rules.acls(forward, n, places)
	for _, p := range places {
		if silent(w, p) {
			rules.add(forward, leavesOn(p.link), drop)
			rules.add(forward, arrivesOn(p.link), drop)
		}
	}
	rules.add(forward, tracked(), accept)
	rules.groups(forward, n, r.vpc, places)
	rules.add(forward, accept)
	if !f.six {
		rules.publicMappings(n, r.vpc)
	}
	return rules.apply()
}

// resolvers lets everything to and from the servers that Amazon runs in the VPC
// pass, and nobody outside of the VPC ("Amazon DNS server").
func (r *ruleset) resolvers(forward *nftables.Chain, places []place) {
	for _, p := range places {
		if !p.amazon() {
			continue
		}
		for _, other := range places {
			if other.eni != "" {
				r.add(forward, arrivesOn(p.link), leavesOn(other.link), accept)
				r.add(forward, arrivesOn(other.link), leavesOn(p.link), accept)
			}
		}
		r.add(forward, arrivesOn(p.link), drop)
		r.add(forward, leavesOn(p.link), drop)
	}
}

// ownAddresses drops what an interface sends with the address of another, or
// gets for one, unless its source/destination check is off.
func (r *ruleset) ownAddresses(forward *nftables.Chain, n *world.Network, places []place) {
	for _, p := range places {
		e, _ := n.NetworkInterface(p.eni)
		if p.eni == "" || e.SourceDestCheck != nil && !*e.SourceDestCheck {
			continue
		}
		var keys [][]byte
		for _, a := range p.of(r.family) {
			keys = append(keys, a.AsSlice())
		}
		own := r.set("of-"+p.link, r.family.key, keys)
		r.add(forward, arrivesOn(p.link), addressAmong(sourceAddress, own, true), drop)
		r.add(forward, leavesOn(p.link), addressAmong(destinationAddress, own, true), drop)
	}
}

// serving are the states of a database instance in which it takes connections
// ("Viewing Amazon RDS DB instance status").
var serving = []string{
	"available", "backing-up", "configuring-enhanced-monitoring", "configuring-iam-database-auth", "configuring-log-exports",
	"modifying", "storage-config-upgrade", "storage-full", "storage-optimization",
}

// silent reports whether AWS swallows packets to and from a place: a database
// that does not serve, or an endpoint that is not available.
func silent(w *world.World, p place) bool {
	if e, ok := w.Network().EndpointOf(p.eni); ok && e.State != "available" {
		return true
	}
	h, _ := w.Lab().Host(p.name)
	return slices.ContainsFunc(h.Services, func(s world.Service) bool {
		d, found := w.Network().DBInstance(s.DBInstanceIdentifier)
		return s.DBInstanceIdentifier != "" && (!found || !slices.Contains(serving, d.DBInstanceStatus))
	})
}
