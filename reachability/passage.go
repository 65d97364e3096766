package reachability

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
)

// origin is where a packet meets a route table: the source's own subnet, or
// that of a NAT gateway which it left with another address.
type origin struct {
	subnet  *subnet
	label   string // what the subnet is called where it was not read
	vpc     string
	address netip.Addr
	eni     *iface // nil behind a NAT gateway: no group of anybody comes with the packet
}

// passage is the way of a flow from its origin to where it arrives.
type passage struct {
	there    []Hop            // checks of the way, and of the way out of NAT gateways
	back     func() []Hop     // checks of the replies' way, in their order; nil when nothing arrives
	arrives  string           // the VPC; "" when the packets leave every VPC that is known, or stop
	from     origin           // as the far end sees the source
	outward  kept             // whether references of the source's rules count
	inward   kept             // ditto, of the destination's
	entered  bool             // the packets get into the destination's subnet without crossing its border
	returned bool             // ditto, the replies into the source's
	beyond   netpath.Evidence // what is behind the way, where that is not known
}

func stop(e netpath.Evidence) passage {
	return passage{there: []Hop{{Name: netpath.HopRoute, Evidence: e}}}
}

// maxTurns bounds how often a packet is routed anew: by more than a NAT gateway
// in front of another one nothing real is built.
const maxTurns = 3

// follow traces a flow that leaves its subnet.
func (t *tracer) follow() {
	own := origin{t.src.subnet, t.src.subnetID, t.src.vpc, t.flow.From.Address, t.src}
	p := t.leave(own, 0)
	if p.arrives != "" && p.arrives != t.src.vpc {
		t.dst = t.find(t.flow.To, p.arrives)
	}
	if p.arrives != "" && t.target == nil {
		t.target = t.subnetOf(t.dst, p.arrives)
	}
	if p.arrives == "" && t.inside { // stopped on its way: both ends are judged nevertheless
		p.from, p.outward, p.inward = own, kept{kleene.Yes, ""}, kept{kleene.Yes, ""}
	}
	far := t.cutOff(own, p)
	if far != nil { // ditto, by addresses: whether references would count on a way that is broken is not known
		t.dst, t.target = far, far.subnet
		p.from, p.outward, p.inward = own, kept{truth: kleene.Maybe}, kept{truth: kleene.Maybe}
	}
	t.sourceGroups(p.outward)
	t.add(netpath.HopSourceNACL, t.judgeACL(t.src.subnet, t.request(true)))
	t.hops = append(t.hops, p.there...)
	switch {
	case p.arrives != "" || t.inside || far != nil:
		t.arrive(p)
	case p.beyond.Status != "":
		t.add(netpath.HopDestSG, p.beyond)
	}
	if p.back != nil {
		t.hops = append(t.hops, p.back()...)
	}
	if p.returned {
		t.addReturn(netpath.HopSourceNACL, pass(t.src.subnetID, "a transit gateway hands the replies over in "+t.src.subnetID))
		return
	}
	t.addReturn(netpath.HopSourceNACL, t.judgeACL(t.src.subnet, t.reply(false)))
}

// cutOff is the interface in another VPC that a broken peering connection or
// transit gateway would have led to; nil where it is not known.
func (t *tracer) cutOff(o origin, p passage) *iface {
	if p.arrives != "" || t.inside || t.isPublic(t.flow.To) || p.there[len(p.there)-1].Status != netpath.StatusFail {
		return nil
	}
	if r, _, done := t.routeOf(o.subnet, o.label, t.flow.To); done || r.VpcPeeringConnectionID == "" && r.TransitGatewayID == "" {
		return nil
	}
	return t.find(t.flow.To, "")
}

// subnetOf is the destination's subnet in the VPC where the packets arrive.
func (t *tracer) subnetOf(dst *iface, vpcID string) *subnet {
	if dst != nil {
		return dst.subnet
	}
	return t.subnetAt(t.flow.To, vpcID)
}

// arrive is the destination's own side: its endpoint, its subnet's ACL in both
// directions and its groups.
func (t *tracer) arrive(p passage) {
	t.endpoint()
	near := t.target != nil && p.from.subnet == t.target || p.entered
	in, out := t.request(false), t.reply(true)
	in.peer, out.peer = p.from.address, p.from.address
	in.source, out.source = t.blockOf(in.peer), t.blockOf(out.peer)
	if p.from.eni == nil {
		out.ports, out.replies = t.replyPorts(anyEphemeral())
	}
	if near {
		t.add(netpath.HopDestNACL, pass(t.target.idOr(""), "the packets enter no other subnet on their last stretch"))
	} else {
		t.add(netpath.HopDestNACL, t.judgeACL(t.target, in))
	}
	seen := t.seen()
	seen.peer, seen.inVPC = p.from.address, p.arrives == p.from.vpc
	t.destinationGroups(seen, p.inward)
	if !near || p.entered {
		t.addReturn(netpath.HopDestNACL, t.judgeACL(t.target, out))
	}
}

func (s *subnet) idOr(other string) string {
	if s == nil {
		return other
	}
	return s.id
}

// leave looks the way up in the origin's route table and follows it.
func (t *tracer) leave(o origin, turn int) passage {
	r, e, done := t.routeOf(o.subnet, o.label, t.flow.To)
	switch {
	case done:
		return stop(e)
	case turn > maxTurns:
		return stop(unknown(r.TargetID(), "the packets are routed in a circle"))
	case r.local:
		return t.withinVPC(o)
	case r.NatGatewayID != "":
		return t.throughNAT(o, r, turn)
	case strings.HasPrefix(r.GatewayID, "igw-"):
		return t.throughInternetGateway(o, r)
	case r.isGatewayEndpoint():
		return t.throughGatewayEndpoint(o, r)
	case r.EgressOnlyInternetGatewayID != "":
		return t.throughEgressOnly(o, r)
	case r.VpcPeeringConnectionID != "":
		return t.throughPeering(o, r)
	case r.TransitGatewayID != "":
		return t.throughTransitGateway(o, r, turn)
	case strings.HasPrefix(r.GatewayID, "vgw-"):
		return t.throughVirtualGateway(o, r)
	case r.NetworkInterfaceID != "" || r.InstanceID != "":
		return t.throughAppliance(o, r)
	}
	return stop(unknown(r.TargetID(), fmt.Sprintf("%s leads to %s through %s, which is not modelled", o.subnet.table.id, r.Destination(), r.TargetID())))
}

// withinVPC is the way by the local route. The replies need a route of their
// own: a more specific one may lead them through an appliance.
func (t *tracer) withinVPC(o origin) passage {
	p := passage{
		there:   []Hop{{Name: netpath.HopRoute, Evidence: pass(o.subnet.table.id, "the local route of "+o.subnet.table.id)}},
		arrives: o.vpc, from: o, outward: kept{kleene.Yes, ""}, inward: kept{kleene.Yes, ""},
	}
	if o.eni == nil { // of outbound rules only those to a middlebox appliance are documented ("Security group rules")
		p.outward = kept{kleene.Maybe, "the packets go through a NAT gateway"}
		p.inward = kept{kleene.No, "the packets come from a NAT gateway"}
	}
	p.back = func() []Hop {
		if t.target == o.subnet {
			return nil
		}
		return []Hop{{Name: netpath.HopRoute, Return: true, Evidence: t.routeInside(t.target, t.flow.To.String(), o.address)}}
	}
	return p
}

// routeInside judges the replies' way to another subnet of the VPC: by the local
// route, unless a more specific one leads through something else.
func (t *tracer) routeInside(s *subnet, label string, to netip.Addr) netpath.Evidence {
	r, e, done := t.routeOf(s, label, to)
	switch {
	case done:
		return e
	case r.local:
		return pass(s.table.id, "the local route of "+s.table.id)
	}
	return unknown(r.TargetID(), fmt.Sprintf("%s leads to %s through %s, which is not modelled", s.table.id, r.Destination(), r.TargetID()))
}

// throughAppliance: what an instance does with packets for others is its own
// affair; but one that checks source and destination gets none of them ("NAT
// instances: disable source/destination checks").
func (t *tracer) throughAppliance(o origin, r *route) passage {
	id := r.TargetID()
	eni := t.network.Interface(r.NetworkInterfaceID)
	if eni != nil && eni.SourceDestCheck != nil && *eni.SourceDestCheck && !slices.Contains(eni.Addresses(), t.flow.To) {
		detail := fmt.Sprintf("%s leads to %s by %s, whose source/destination check drops what is not its own", o.subnet.table.id, r.Destination(), id)
		return stop(fail("route/source-dest-check", id, detail, t.routeFacts(o.subnet, r, t.flow.To)))
	}
	return stop(unknown(id, fmt.Sprintf("%s leads to %s through the interface %s: what it does with the packets is not known to AWS", o.subnet.table.id, r.Destination(), id)))
}
