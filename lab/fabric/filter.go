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
func (r *router) applyFilter(w *world.World, places []place) error {
	rules, err := newRuleset(r.space.Fd(), "vpc")
	if err != nil {
		return err
	}
	mapped := publicAddresses(w, r.vpc)
	forward := rules.base("forward", nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter, nftables.ChainPolicyDrop)
	for _, p := range places {
		switch e, _ := w.Network().NetworkInterface(p.eni); {
		case p.amazon():
			rules.add(forward, arrivesOn(p.link), accept)
			rules.add(forward, leavesOn(p.link), accept)
		case e.SourceDestCheck == nil || *e.SourceDestCheck:
			rules.add(forward, arrivesOn(p.link), isNot(sourceAddress, p.addresses[0]), drop)
			rules.add(forward, leavesOn(p.link), isNot(destinationAddress, p.addresses[0]), drop)
		}
	}
	rules.gateway(forward, mapped)
	rules.services(forward)
	rules.acls(forward, w.Network(), places)
	for _, p := range places {
		if silent(w, p) {
			rules.add(forward, leavesOn(p.link), drop)
			rules.add(forward, arrivesOn(p.link), drop)
		}
	}
	rules.add(forward, tracked(), accept)
	rules.groups(forward, w.Network(), places)
	rules.add(forward, accept)
	rules.publicMappings(mapped)
	return rules.apply()
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
