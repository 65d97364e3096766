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

// throughNAT: a NAT gateway leads to the internet when it is public and
// available and its own subnet leads to an attached internet gateway; that
// subnet's ACL is crossed four times ("NAT gateways").
func (t *tracer) throughNAT(o origin, r *route, turn int) passage {
	gateway := t.network.NATGateway(r.NatGatewayID)
	switch {
	case !t.network.Has("NatGateways"):
		return stop(unknown(r.NatGatewayID, "NAT gateways were not read"))
	case gateway == nil && t.network.Sharer(o.vpc) != "":
		return stop(unknown(r.NatGatewayID, t.hidden("NAT gateways", o.vpc)))
	case gateway == nil || strings.HasPrefix(gateway.State, "delet"):
		detail := fmt.Sprintf("%s leads to %s, which does not exist", o.subnet.table.id, r.NatGatewayID)
		return stop(fail("route/nat-missing", o.subnet.table.id, detail, t.routeFacts(o.subnet, r, t.flow.To)))
	case !t.flow.To.Is4():
		return stop(unknown(r.NatGatewayID, "NAT64 is not modelled"))
	}
	there, back := t.natACLs(o, gateway)
	p := t.beyondNAT(o, r, gateway, turn)
	p.there = slices.Concat(p.there[:1], there, p.there[1:])
	inner := p.back
	p.back = func() []Hop {
		if inner != nil {
			return append(inner(), back...)
		}
		return back
	}
	if p.outward.truth != kleene.Yes {
		p.outward = kept{kleene.No, "a NAT gateway lies between"}
	}
	return p
}

// hidden says what the owner of a shared VPC does not show, and how it is read.
func (a *Analysis) hidden(what, vpcID string) string {
	account := a.network.Sharer(vpcID)
	return fmt.Sprintf("%s of account %s, which shares %s, were not read: name a role there under accounts", what, account, vpcID)
}

// beyondNAT is the way on from a NAT gateway. Its first hop is about the route
// to the gateway.
func (t *tracer) beyondNAT(o origin, r *route, g *vpc.NATGateway, turn int) passage {
	broken := func(why string) passage {
		facts := t.routeFacts(o.subnet, r, t.flow.To)
		facts["why"] = why
		return stop(fail("route/nat-broken", g.NatGatewayID, g.NatGatewayID+": "+why, facts))
	}
	way := t.leadsOut(g.NatGatewayID, o.subnet, r)
	switch {
	case g.State == "":
		return stop(unknown(g.NatGatewayID, "its state was not read"))
	case g.State != "available":
		return broken("its state is " + g.State)
	case t.isPublic(t.flow.To):
		works, why := t.natWorks(g)
		switch works {
		case kleene.No:
			return broken(why)
		case kleene.Maybe:
			return stop(unknown(g.NatGatewayID, why))
		}
		home := t.natHome(g)
		if route, _ := home.table.lookup(t.flow.To); route != nil {
			if e, barred := t.barred(home, route.GatewayID, throughNATOrEgressOnly); barred {
				return stop(e)
			}
			if e, diverted := t.diverted(route.GatewayID, natPrivate(g)); diverted {
				return stop(e)
			}
		}
		p := stop(way)
		p.outward = kept{kleene.No, "a NAT gateway lies between"}
		return t.intoPublic(p, natPublic(g))
	}
	home := t.subnets[g.SubnetID]
	own := natPrivate(g)
	if home == nil || !own.IsValid() {
		return stop(unknown(g.NatGatewayID, "the subnet or the private address of "+g.NatGatewayID+" was not read"))
	}
	p := t.leave(origin{home, home.id, home.vpc, own, nil}, turn+1)
	if p.there[len(p.there)-1].Cause == "route/none" { // it is missing here: nobody means the gateway
		e := t.noRoute(o.subnet, t.flow.To)
		e.Detail = fmt.Sprintf("%s leads to %s by %s, which leads to the internet and not to %s", o.subnet.table.id, r.Destination(), g.NatGatewayID, t.flow.To)
		return stop(e)
	}
	p.there = append([]Hop{{Name: netpath.HopRoute, Evidence: way}}, p.there...)
	return p
}

func natPrivate(g *vpc.NATGateway) netip.Addr {
	for _, a := range g.NatGatewayAddresses {
		if address, err := netip.ParseAddr(a.PrivateIP); err == nil {
			return address
		}
	}
	return netip.Addr{}
}

func natPublic(g *vpc.NATGateway) netip.Addr {
	for _, a := range g.NatGatewayAddresses {
		if address, err := netip.ParseAddr(a.PublicIP); err == nil {
			return address
		}
	}
	return netip.Addr{}
}

// natHome is the subnet that a NAT gateway stands in. A regional one stands in
// none and has a route table of its own ("Regional NAT gateways").
func (t *tracer) natHome(g *vpc.NATGateway) *subnet {
	if g.AvailabilityMode == "regional" {
		return &subnet{id: g.NatGatewayID, vpc: g.VpcID, table: t.tables[g.RouteTableID]}
	}
	return t.subnets[g.SubnetID]
}

func (t *tracer) natWorks(g *vpc.NATGateway) (kleene.Truth, string) {
	home := t.natHome(g)
	switch {
	case g.ConnectivityType == "private":
		return kleene.No, "it is a private NAT gateway"
	case home == nil || home.table == nil:
		return kleene.Maybe, "the subnet of " + g.NatGatewayID + " or its route table was not read"
	}
	r, doubts := home.table.lookup(t.flow.To)
	switch {
	case len(doubts) > 0:
		return kleene.Maybe, "the entries of prefix list " + doubts[0].DestinationPrefixListID + " were not read"
	case r == nil:
		return kleene.No, fmt.Sprintf("%s of its subnet %s has no route to the internet", home.table.id, home.id)
	case r.State == "blackhole":
		return kleene.No, fmt.Sprintf("the route of %s to %s is a blackhole", home.table.id, r.Destination())
	case r.isGatewayEndpoint():
		return kleene.Maybe, "a gateway endpoint behind a NAT gateway is not modelled"
	case r.NetworkInterfaceID != "" || r.InstanceID != "" || r.TransitGatewayID != "" || strings.HasPrefix(r.GatewayID, "vpce-"):
		return kleene.Maybe, fmt.Sprintf("%s of its subnet %s leads to %s, and what that does with the packets is not modelled", home.table.id, home.id, r.TargetID())
	case !strings.HasPrefix(r.GatewayID, "igw-"):
		return kleene.No, fmt.Sprintf("%s of its subnet %s leads to %s, not to an internet gateway", home.table.id, home.id, r.TargetID())
	}
	return t.attached(r.GatewayID, home.vpc)
}

// natACLs are the checks at the border of the NAT gateway's subnet: the request
// in and out, the reply in (to the gateway's own ports) and out (to the
// client's). Only what does not pass is told.
func (t *tracer) natACLs(o origin, g *vpc.NATGateway) (there, back []Hop) {
	home := t.subnets[g.SubnetID]
	if home == nil {
		return nil, nil
	}
	in, out := t.request(false), t.request(true)
	replyIn, replyOut := t.reply(false), t.reply(true)
	in.peer, replyOut.peer = o.address, o.address
	replyIn.ports, replyIn.replies = t.replyPorts(anyEphemeral())
	if home != o.subnet {
		there = t.unlessPass(there, home, in, false)
		back = t.unlessPass(back, home, replyOut, true)
	}
	if home != t.target {
		there = t.unlessPass(there, home, out, false)
		back = t.unlessPass(back, home, replyIn, true)
	}
	return there, back
}

func (t *tracer) unlessPass(hops []Hop, s *subnet, c check, isReturn bool) []Hop {
	e := t.judgeACL(s, c)
	if e.Status == netpath.StatusPass {
		return hops
	}
	return append(hops, Hop{Name: netpath.HopRoute, Return: isReturn, Evidence: e})
}
