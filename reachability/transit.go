package reachability

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// throughTransitGateway: the source's VPC needs an attachment with a subnet in
// the source's Availability Zone, the attachment an association with a route
// table, that table a route to the destination's attachment, and the replies the
// same the other way ("How AWS Transit Gateway works").
func (t *tracer) throughTransitGateway(o origin, r *route, turn int) passage {
	x := transit{t, r.TransitGatewayID, t.routeFacts(o.subnet, r, t.flow.To)}
	x.facts["transit_gateway"] = r.TransitGatewayID
	near, e, ok := x.enter(o.vpc, o.subnet)
	if !ok {
		return stop(e)
	}
	far, e, ok := x.route(near.TransitGatewayAttachmentID, t.flow.To)
	if !ok {
		return stop(e)
	}
	if far.ResourceType != "vpc" {
		return x.elsewhere(far)
	}
	led := pass(r.TransitGatewayID, fmt.Sprintf("the route of %s to %s by %s, whose %s leads to %s", o.subnet.table.id, r.Destination(), r.TransitGatewayID, x.facts["tgw_table"], far.ResourceID))
	led.Facts = t.routeFacts(o.subnet, r, t.flow.To)
	p := stop(led)
	p.from = o
	p.outward = kept{kleene.No, "references across a transit gateway count for inbound rules only"}
	p.inward = x.references(near, far.TransitGatewayAttachmentID, o)
	arrival := t.network.TransitAttachment(far.TransitGatewayAttachmentID)
	target := t.subnetOf(t.find(t.flow.To, far.ResourceID), far.ResourceID)
	packet := func(egress bool) check {
		c := t.request(egress)
		if !egress {
			c.peer = o.address
		}
		return c
	}
	l := x.landing(arrival, o.subnet, t.flow.To, target)
	switch {
	case l.stop.Status != "":
		p.there = append(p.there, Hop{Name: netpath.HopRoute, Evidence: l.stop})
		return p
	case l.route != nil:
		return x.onward(p, near, arrival, l, turn, packet)
	}
	p.arrives = far.ResourceID
	p.there = append(p.there, x.borders(near, arrival, o.subnet, target, packet, false)...)
	p.entered = arrival != nil && onlyIn(x.attachmentSubnets(arrival, o.subnet), target)
	p.returned = o.eni != nil && onlyIn(x.attachmentSubnets(near, target), o.subnet)
	p.back = func() []Hop { return x.back(o, near, arrival, target) }
	return p
}

// transit is a transit gateway on the way.
type transit struct {
	*tracer
	id    string
	facts netpath.Facts
}

func (x transit) down(component, why string) netpath.Evidence {
	x.facts["why"], x.facts["attachment"] = why, component
	return fail("route/tgw-down", component, component+" "+why, x.facts)
}

// enter finds the attachment by which packets of a subnet enter the gateway.
func (x transit) enter(vpcID string, s *subnet) (*vpc.TransitAttachment, netpath.Evidence, bool) {
	if g := x.network.TransitGateway(x.id); g != nil && g.State != "" && g.State != "available" && g.State != "modifying" {
		return nil, x.down(x.id, "is "+g.State), false
	}
	a := x.network.TransitAttachmentOf(x.id, vpcID)
	switch {
	case a == nil && !x.network.Has("TransitGatewayVpcAttachments"):
		return nil, unknown(x.id, "the attachments of transit gateways were not read"), false
	case a == nil:
		return nil, x.down(x.id, "has no attachment of "+vpcID), false
	case x.unfit(a) != "":
		return nil, x.down(a.TransitGatewayAttachmentID, x.unfit(a)), false
	case s == nil:
		return nil, unknown(a.TransitGatewayAttachmentID, "the subnet of one end was not read"), false
	}
	if e, ok := x.zoneServed(a, s); !ok {
		return nil, e, false
	}
	return a, netpath.Evidence{}, true
}

// unfit says why an attachment takes none of the flow's packets; "" where it does.
// IPv6 support is disabled by default
// ("CreateTransitGatewayVpcAttachmentRequestOptions", Amazon EC2 API Reference).
func (x transit) unfit(a *vpc.TransitAttachment) string {
	switch {
	case a.State != "available" && a.State != "modifying":
		return "is " + a.State
	case x.flow.To.Is6() && a.Options != nil && a.Options.Ipv6Support == "disable":
		return "has IPv6 support disabled"
	}
	return ""
}

// zoneServed: packets of a zone in which the attachment has no subnet get
// nowhere ("Amazon VPC attachments in Amazon VPC Transit Gateways").
func (x transit) zoneServed(a *vpc.TransitAttachment, s *subnet) (netpath.Evidence, bool) {
	if s.zone == "" {
		return unknown(a.TransitGatewayAttachmentID, "the Availability Zone of "+s.id+" was not read"), false
	}
	unread := false
	for _, id := range a.SubnetIDs {
		other := x.subnets[id]
		if other != nil && other.zone == s.zone {
			return netpath.Evidence{}, true
		}
		unread = unread || other == nil || other.zone == ""
	}
	if unread {
		return unknown(a.TransitGatewayAttachmentID, "a subnet of "+a.TransitGatewayAttachmentID+" was not read"), false
	}
	return x.down(a.TransitGatewayAttachmentID, "has no subnet in "+s.zone+", the zone of "+s.id), false
}

// destination is an attachment that a transit gateway's route leads to.
type destination struct{ TransitGatewayAttachmentID, ResourceID, ResourceType string }

// route looks the way up in the table that the attachment is associated with.
func (x transit) route(attachment string, to netip.Addr) (destination, netpath.Evidence, bool) {
	table, state, known := x.network.TransitTableOf(attachment)
	switch {
	case !known:
		return destination{}, unknown(attachment, "the route table of "+attachment+" was not read"), false
	case table == "" || state != "" && state != "associated":
		return destination{}, x.down(attachment, "is not associated with a route table"), false
	}
	x.facts["tgw_table"] = table
	routes, all := x.network.TransitRoutes(table)
	if !all {
		return destination{}, unknown(table, "the routes of "+table+" were not read, or not all of them"), false
	}
	best := bestTransitRoute(routes, to)
	x.facts["route_table"], x.facts["destination"] = table, to.String()
	switch {
	case best == nil:
		return destination{}, fail("route/none", table, fmt.Sprintf("%s of %s has no route to %s", table, x.id, to), x.facts), false
	case best.State == "blackhole":
		x.facts["route_destination"], x.facts["target"] = best.DestinationCidrBlock, cmp.Or(best.Target(), "nothing")
		return destination{}, fail("route/blackhole", table, fmt.Sprintf("the route of %s to %s is a blackhole", table, best.DestinationCidrBlock), x.facts), false
	case len(best.TransitGatewayAttachments) != 1:
		return destination{}, unknown(table, "the route of "+table+" to "+best.DestinationCidrBlock+" leads to several attachments, or to none that was read"), false
	}
	d := best.TransitGatewayAttachments[0]
	far := destination{d.TransitGatewayAttachmentID, d.ResourceID, d.ResourceType}
	if a := x.network.TransitAttachment(far.TransitGatewayAttachmentID); a != nil && x.unfit(a) != "" {
		return destination{}, x.down(a.TransitGatewayAttachmentID, x.unfit(a)), false
	}
	return far, netpath.Evidence{}, true
}

// bestTransitRoute: the longest prefix; between equals static before propagated
// ("Transit gateway route tables", section "Route evaluation order").
func bestTransitRoute(routes []vpc.TransitRoute, to netip.Addr) *vpc.TransitRoute {
	var best *vpc.TransitRoute
	bits := -1
	for i := range routes {
		r := &routes[i]
		block, err := netip.ParsePrefix(r.DestinationCidrBlock)
		if err != nil || !block.Contains(to) {
			continue
		}
		if block.Bits() > bits || block.Bits() == bits && best.Type == "propagated" && r.Type == "static" {
			best, bits = r, block.Bits()
		}
	}
	return best
}

// references: a transit gateway keeps references of inbound rules where the
// gateway and both attachments support it ("Security group referencing", AWS
// Transit Gateway).
func (x transit) references(near *vpc.TransitAttachment, far string, o origin) kept {
	if o.eni == nil {
		return kept{kleene.No, "the packets come from a NAT gateway"}
	}
	result := kept{kleene.Yes, ""}
	say := func(setting, owner string) {
		switch setting {
		case "enable":
		case "":
			result.truth = min(result.truth, kleene.Maybe)
		default:
			result = kept{kleene.No, owner + " does not support references to security groups"}
		}
	}
	if g := x.network.TransitGateway(x.id); g != nil && g.Options != nil {
		say(g.Options.SecurityGroupReferencingSupport, x.id)
	} else {
		say("", x.id)
	}
	for _, a := range []*vpc.TransitAttachment{near, x.network.TransitAttachment(far)} {
		if a != nil && a.Options != nil {
			say(a.Options.SecurityGroupReferencingSupport, a.TransitGatewayAttachmentID)
		} else {
			say("", x.id)
		}
	}
	return result
}

// elsewhere is an attachment that leads out of AWS's VPCs.
func (x transit) elsewhere(far destination) passage {
	e := unknown(far.TransitGatewayAttachmentID, far.TransitGatewayAttachmentID+" leads to a "+cmp.Or(far.ResourceType, "resource")+", which is not modelled")
	switch far.ResourceType {
	case "vpn":
		var all []*vpc.VPNConnection
		if c := x.network.VPNConnection(far.ResourceID); c != nil {
			all = append(all, c)
		}
		e = x.vpns(all, far.TransitGatewayAttachmentID, x.facts)
	case "direct-connect-gateway":
		e = pass(far.TransitGatewayAttachmentID, x.id+" leads to the Direct Connect gateway "+far.ResourceID)
	}
	p := stop(e)
	p.outward = kept{kleene.No, "the packets leave for on-premises"}
	p.beyond = onPremises(e.Component, cmp.Or(far.ResourceID, far.TransitGatewayAttachmentID))
	if far.ResourceType != "vpn" && far.ResourceType != "direct-connect-gateway" {
		p.beyond.Facts = nil
	}
	return p
}

// borders are the ACLs of the attachments' subnets: packets enter the near one,
// even from an interface within it, and leave the far one, unless they are for an
// interface within it; the other directions are not checked ("How network ACLs
// work with transit gateways").
func (x transit) borders(near, far *vpc.TransitAttachment, from, to *subnet, packet func(egress bool) check, isReturn bool) []Hop {
	hops := x.border(nil, x.attachmentSubnets(near, from), nil, packet(false), isReturn)
	if far == nil {
		return hops
	}
	return x.border(hops, x.attachmentSubnets(far, from), to, packet(true), isReturn)
}

// attachmentSubnets are those that packets of a zone pass: the one in that zone
// where there is one, else any.
func (x transit) attachmentSubnets(a *vpc.TransitAttachment, of *subnet) []*subnet {
	var all []*subnet
	for _, id := range a.SubnetIDs {
		s := x.subnets[id]
		if s != nil && of != nil && s.zone == of.zone {
			return []*subnet{s}
		}
		all = append(all, s)
	}
	return all
}

// border adds what the ACLs say, unless they pass: of several subnets that may
// be meant they must agree.
func (x transit) border(hops []Hop, through []*subnet, own *subnet, c check, isReturn bool) []Hop {
	var worst, best *netpath.Evidence
	for _, s := range through {
		if s != nil && s == own {
			continue
		}
		e := x.judgeACL(s, c)
		if worst == nil || gravity(e.Status) > gravity(worst.Status) {
			worst = &e
		}
		if best == nil || gravity(e.Status) < gravity(best.Status) {
			best = &e
		}
	}
	if worst == nil || worst.Status == netpath.StatusPass {
		return hops
	}
	e := *worst
	if best.Status != worst.Status {
		e = unknown(worst.Component, "depends on the Availability Zone that the transit gateway chooses: "+worst.Detail)
	}
	return append(hops, Hop{Name: netpath.HopRoute, Return: isReturn, Evidence: e})
}

func onlyIn(through []*subnet, own *subnet) bool {
	return own != nil && !slices.ContainsFunc(through, func(s *subnet) bool { return s != own })
}

// back are the checks of the replies' way from a subnet: its table, the gateway
// the other way round, the attachments' ACLs, and the table of the subnet where
// they come out.
func (x transit) back(o origin, near, far *vpc.TransitAttachment, from *subnet) []Hop {
	hop := func(e netpath.Evidence) []Hop { return []Hop{{Name: netpath.HopRoute, Return: true, Evidence: e}} }
	e := x.returnRoute(o, from, "the transit gateway", x.id, func(r *route) bool { return r.TransitGatewayID == x.id })
	if e.Status != netpath.StatusPass {
		return hop(e)
	}
	if far == nil {
		return hop(unknown(x.id, "the attachment of the other VPC was not read"))
	}
	if _, e, ok := x.enter(far.VpcID, from); !ok {
		return hop(e)
	}
	home, e, ok := x.route(far.TransitGatewayAttachmentID, o.address)
	switch {
	case !ok && e.Cause == "route/none":
		return hop(x.noReturn(e, "the transit gateway "+x.id))
	case !ok:
		return hop(e)
	case home.TransitGatewayAttachmentID == far.TransitGatewayAttachmentID && far != near:
		detail := fmt.Sprintf("%s of %s sends what is for %s back to %s", x.facts["tgw_table"], x.id, o.address, far.VpcID)
		return hop(x.noReturn(fail("route/none", x.facts["tgw_table"], detail, x.facts), "the transit gateway "+x.id))
	case home.TransitGatewayAttachmentID != near.TransitGatewayAttachmentID:
		return hop(unknown(x.id, "the replies go to "+strings.TrimSpace(home.ResourceType+" "+home.ResourceID)+", not back to "+o.vpc))
	}
	l := x.landing(near, from, o.address, o.subnet)
	switch {
	case l.stop.Status != "":
		return hop(l.stop)
	case l.route != nil:
		return hop(x.notModelled(l))
	}
	hops := hop(pass(from.table.id, "the replies go back by "+x.id))
	reply := func(egress bool) check {
		c := x.reply(egress)
		c.peer = x.flow.To
		if egress {
			c.peer = o.address
		}
		if o.eni == nil {
			c.ports, c.replies = x.replyPorts(anyEphemeral())
		}
		return c
	}
	return append(hops, x.borders(far, near, from, o.subnet, reply, true)...)
}
