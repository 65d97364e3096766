package reachability

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// landing is where packets come out of a transit gateway, and how they go on.
type landing struct {
	subnet *subnet          // that of the gateway's interface
	route  *route           // by its route table; nil within the subnet or by the local route
	stop   netpath.Evidence // where they go no further, or it is not known how
}

// goesOn tells how packets go on apart from how others do.
func (l landing) goesOn() string {
	if l.route != nil {
		return l.route.TargetID()
	}
	return string(l.stop.Status) + l.stop.Cause
}

// landing looks up the route table of the subnet where packets come out of the
// gateway, which is the one that counts for them ("Appliance in a shared services
// VPC", "Centralized outbound routing to the internet", AWS Transit Gateway). No
// table is asked about an address of that subnet itself.
func (x transit) landing(a *vpc.TransitAttachment, from *subnet, to netip.Addr, own *subnet) landing {
	if a == nil {
		return landing{} // of another account: what is there is not known either
	}
	var first landing
	for i, s := range x.attachmentSubnets(a, from) {
		l := x.landingIn(s, a, to, own)
		if i == 0 {
			first = l
			continue
		}
		if l.goesOn() != first.goesOn() {
			return landing{stop: unknown(a.TransitGatewayAttachmentID, "the subnets of "+a.TransitGatewayAttachmentID+" route "+to.String()+" differently, and which one the transit gateway takes is not known")}
		}
	}
	return first
}

func (x transit) landingIn(s *subnet, a *vpc.TransitAttachment, to netip.Addr, own *subnet) landing {
	if s == nil {
		return landing{stop: unknown(a.TransitGatewayAttachmentID, "a subnet of "+a.TransitGatewayAttachmentID+" was not read")}
	}
	if s == own {
		return landing{subnet: s}
	}
	r, e, done := x.routeOf(s, s.id, to)
	switch {
	case done:
		return landing{subnet: s, stop: e}
	case r.local:
		return landing{subnet: s}
	}
	return landing{subnet: s, route: r}
}

func (x transit) notModelled(l landing) netpath.Evidence {
	r := l.route
	return unknown(r.TargetID(), fmt.Sprintf("%s of the transit gateway's subnet %s leads to %s through %s, which is not modelled", l.subnet.table.id, l.subnet.id, r.Destination(), r.TargetID()))
}

// onward follows packets through a gateway of the VPC where they come out. Its
// NAT gateways serve them, its internet gateway has no public address for them,
// and its gateway endpoints are for that VPC only ("Centralized outbound routing
// to the internet", AWS Transit Gateway; "Gateway endpoints", AWS PrivateLink
// Guide). The replies go by the table of the NAT gateway's subnet.
func (x transit) onward(p passage, near, far *vpc.TransitAttachment, l landing, turn int, packet func(egress bool) check) passage {
	o := p.from
	come := origin{l.subnet, l.subnet.id, l.subnet.vpc, o.address, nil}
	before := p.there
	switch {
	case l.route.NatGatewayID != "":
		p = x.throughNAT(come, l.route, turn+1)
	case strings.HasPrefix(l.route.GatewayID, "igw-"):
		p = x.throughInternetGateway(come, l.route)
	default:
		p = stop(x.notModelled(l))
	}
	g := x.network.NATGateway(l.route.NatGatewayID)
	if g == nil || p.back == nil {
		p.there = append(before, p.there...)
		return p
	}
	home := x.natHome(g)
	before = append(before, x.borders(near, far, o.subnet, home, packet, false)...)
	p.there = append(before, p.there...)
	p.returned = o.eni != nil && onlyIn(x.attachmentSubnets(near, home), o.subnet)
	inner := p.back
	p.back = func() []Hop {
		hops := inner()
		if home == l.subnet { // the replies leave it towards the gateway's interface
			out := x.reply(true)
			out.peer = o.address
			hops = x.unlessPass(hops, home, out, true)
		}
		return append(hops, x.back(o, near, far, home)...)
	}
	return p
}
