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
// connection.
func (r *router) applyFilter(w *world.World, places []place) error {
	rules, err := newRuleset(r.space.Fd(), "vpc")
	if err != nil {
		return err
	}
	mapped := publicAddresses(w, r.vpc)
	forward := rules.base("forward", nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter, nftables.ChainPolicyDrop)
	for _, p := range places {
		switch e, _ := w.Network().NetworkInterface(p.eni); {
		case p.resolver():
			rules.add(forward, arrivesOn(p.link), accept)
			rules.add(forward, leavesOn(p.link), accept)
		case e.SourceDestCheck == nil || *e.SourceDestCheck:
			rules.add(forward, arrivesOn(p.link), isNot(sourceAddress, p.addresses[0]), drop)
			rules.add(forward, leavesOn(p.link), isNot(destinationAddress, p.addresses[0]), drop)
		}
	}
	rules.gateway(forward, mapped)
	rules.acls(forward, w.Network(), places)
	for _, p := range places {
		if stopped(w, p.name) {
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

// stopped reports whether a host is a database whose instance is not available:
// AWS swallows packets to it.
func stopped(w *world.World, host string) bool {
	h, _ := w.Lab().Host(host)
	return slices.ContainsFunc(h.Services, func(s world.Service) bool {
		d, found := w.Network().DBInstance(s.DBInstanceIdentifier)
		return s.DBInstanceIdentifier != "" && (!found || d.DBInstanceStatus != "available")
	})
}
