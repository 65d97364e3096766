package reachability

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// throughPeering: an active connection leads to the other VPC's own addresses
// and no further; the replies need a route of their own ("How VPC peering
// works", "Unsupported VPC peering configurations", Amazon VPC Peering Guide).
func (t *tracer) throughPeering(o origin, r *route) passage {
	id := r.VpcPeeringConnectionID
	pcx := t.network.Peering(id)
	facts := t.routeFacts(o.subnet, r, t.flow.To)
	facts["peering"] = id
	if pcx == nil {
		return stop(unknown(id, "the peering connection "+id+" was not read"))
	}
	far, ok := otherSide(pcx, o.vpc)
	facts["state"] = pcx.Status.Code
	switch {
	case pcx.Status.Code == "":
		return stop(unknown(id, "the state of "+id+" was not read"))
	case pcx.Status.Code != "active":
		return stop(fail("route/peering-down", id, id+" is "+pcx.Status.Code, facts))
	case !ok:
		return stop(fail("route/peering-down", id, id+" does not join "+o.vpc, facts))
	}
	holds, known := t.holds(far)
	switch {
	case !known:
		return stop(unknown(id, "the address ranges of "+far.VpcID+" at the other end of "+id+" were not read"))
	case !holds:
		detail := fmt.Sprintf("%s leads to %s only, and %s is not its address: peering is not transitive", id, far.VpcID, t.flow.To)
		return stop(fail("route/none", o.subnet.table.id, detail, facts))
	}
	p := stop(pass(id, fmt.Sprintf("the route of %s to %s by %s to %s", o.subnet.table.id, r.Destination(), id, far.VpcID)))
	p.arrives, p.from = far.VpcID, o
	p.outward = t.keptByPeering(pcx)
	p.inward = p.outward
	if o.eni == nil {
		p.inward = kept{kleene.No, "the packets come from a NAT gateway"}
	}
	p.back = func() []Hop {
		return []Hop{{Name: netpath.HopRoute, Return: true, Evidence: t.returnRoute(o, t.target, "the peering connection", id, func(r *route) bool { return r.VpcPeeringConnectionID == id })}}
	}
	return p
}

// otherSide is the VPC at the other end of a peering connection.
func otherSide(p *vpc.Peering, id string) (far vpc.PeeringVPC, ok bool) {
	switch id {
	case p.RequesterVpcInfo.VpcID:
		return p.AccepterVpcInfo, true
	case p.AccepterVpcInfo.VpcID:
		return p.RequesterVpcInfo, true
	}
	return far, false
}

// holds says whether the destination is an address of a VPC: by what was read
// of the VPC, or else by what the peering connection says of it.
func (t *tracer) holds(far vpc.PeeringVPC) (holds, known bool) {
	blocks := t.blocks(far.VpcID)
	texts := []string{far.CidrBlock}
	for _, x := range far.CidrBlockSet {
		texts = append(texts, x.CidrBlock)
	}
	for _, x := range far.Ipv6CidrBlockSet {
		texts = append(texts, x.Ipv6CidrBlock)
	}
	for _, text := range texts {
		if block, err := netip.ParsePrefix(text); err == nil {
			blocks = append(blocks, block)
		}
	}
	known = slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.IsValid() && b.Addr().Is4() == t.flow.To.Is4() })
	return slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.IsValid() && b.Contains(t.flow.To) }), known
}

// keptByPeering: groups of the other VPC may be referenced while the connection
// is active and both are in one Region ("Update your security groups to
// reference peer security groups", Amazon VPC Peering Guide).
func (t *tracer) keptByPeering(p *vpc.Peering) kept {
	from, to := p.RequesterVpcInfo.Region, p.AccepterVpcInfo.Region
	switch {
	case from == "" || to == "":
		return kept{kleene.Maybe, "the Regions of " + p.VpcPeeringConnectionID + " were not read"}
	case !strings.EqualFold(from, to):
		return kept{kleene.No, p.VpcPeeringConnectionID + " leads to another Region"}
	}
	return kept{kleene.Yes, ""}
}

// returnRoute judges the replies' way from a subnet: it must lead back by what the
// packets came by.
func (t *tracer) returnRoute(o origin, from *subnet, what, id string, same func(*route) bool) netpath.Evidence {
	r, e, done := t.routeOf(from, t.flow.To.String(), o.address)
	switch {
	case done && e.Cause == "route/none":
		return t.noReturn(e, what+" "+id)
	case done:
		return e
	case strings.HasPrefix(r.GatewayID, "igw-") && !t.isPublic(o.address): // which the internet does not know
		return t.noReturn(t.noRoute(from, o.address), what+" "+id)
	case same(r):
		return pass(from.table.id, "the replies go back by "+id)
	}
	return unknown(r.TargetID(), fmt.Sprintf("replies do not go back by %s: %s leads to %s through %s", id, from.table.id, r.Destination(), r.TargetID()))
}

// noReturn makes of a missing route one that the replies miss.
func (t *tracer) noReturn(e netpath.Evidence, by string) netpath.Evidence {
	e.Cause, e.Detail = "route/return-missing", "the replies' way back by "+by+" is missing: "+e.Detail
	return e
}
