package reachability

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
)

// comesFromOutside reports whether the source is an address of no VPC that is
// known, and the destination an interface that is.
func (t *tracer) comesFromOutside() bool {
	from := t.flow.From.Address
	if t.flow.From.ENI != "" || !from.IsValid() || !t.flow.To.IsValid() || from.Is4() != t.flow.To.Is4() {
		return false
	}
	if own := t.publicOwner[from]; own != nil && own.private != from {
		t.flow.From = Source{ENI: own.eni.id, Address: own.private}
		return false
	}
	if len(t.network.NetworkInterfaces) == 0 || t.find(from, "") != nil || t.inAnyVPC(from) {
		return false
	}
	return t.publicOwner[t.flow.To] != nil || t.find(t.flow.To, "") != nil
}

func (t *tracer) inAnyVPC(a netip.Addr) bool {
	for i := range t.network.VPCs {
		if slices.ContainsFunc(t.blocks(t.network.VPCs[i].VpcID), func(b netip.Prefix) bool { return b.IsValid() && b.Contains(a) }) {
			return true
		}
	}
	return false
}

// inbound traces a flow that begins outside of every VPC that is known: on the
// internet, or behind a gateway.
func (t *tracer) inbound() {
	from := t.flow.From.Address
	p := passage{from: origin{address: from}}
	if owner := t.publicOwner[t.flow.To]; owner != nil {
		t.dst = owner.eni
	} else {
		t.dst = t.find(t.flow.To, "")
	}
	t.target, p.arrives = t.dst.subnet, t.dst.vpc
	if t.isPublic(from) {
		p.inward = kept{kleene.No, "the packets come by the internet"}
		t.add(netpath.HopRoute, t.fromInternet())
		t.arrive(p)
		return
	}
	p.inward = kept{kleene.Maybe, "the source is not in the inventory"}
	t.add(netpath.HopSourceSG, unknown("", fmt.Sprintf("%s is no address of the inventory: its own side is not known", from)))
	t.arrive(p)
	t.addReturn(netpath.HopRoute, t.outsideReturn())
}

// fromInternet: only an address with a public one can be called from there.
func (t *tracer) fromInternet() netpath.Evidence {
	owner := t.publicOwner[t.flow.To]
	if owner == nil {
		public := t.dst.public[t.flow.To]
		owner = t.publicOwner[public]
	}
	if owner == nil {
		facts := netpath.Facts{"region": t.network.Region, "subnet": t.dst.subnetID, "source": t.dst.id, "target": "none"}
		return fail("route/igw-without-public-address", t.dst.id, t.dst.id+" has no public address: nothing on the internet can call it", facts)
	}
	e, _ := t.reachedFromInternet(owner, t.flow.From.Address)
	return e
}

// outsideReturn judges the replies' way to an address outside of every VPC that
// is known.
func (t *tracer) outsideReturn() netpath.Evidence {
	from := t.flow.From.Address
	r, e, done := t.routeOf(t.target, t.dst.subnetID, from)
	switch {
	case done && e.Cause == "route/none":
		return t.noReturn(e, "any gateway")
	case done:
		return e
	}
	return pass(t.target.table.id, fmt.Sprintf("replies leave by the route of %s to %s by %s", t.target.table.id, r.Destination(), r.TargetID()))
}
