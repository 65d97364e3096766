package reachability

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// routeOf finds the route of a subnet for an address. When there is none to
// judge, done is true and the evidence says why.
func (t *tracer) routeOf(s *subnet, label string, to netip.Addr) (r *route, e netpath.Evidence, done bool) {
	switch {
	case !t.network.Has("RouteTables"):
		return nil, unknown("", "route tables were not read"), true
	case s == nil:
		return nil, unknown("", "the subnet of "+label+" was not read"), true
	case s.table == nil:
		return nil, unknown(s.id, "the route table of "+s.id+" was not read"), true
	}
	r, doubts := s.table.lookup(to)
	switch {
	case len(doubts) > 0:
		list := doubts[0].DestinationPrefixListID
		return nil, unknown(s.table.id, "the entries of prefix list "+list+" were not read, which a route of "+s.table.id+" names"), true
	case r == nil:
		return nil, fail("route/none", s.table.id, fmt.Sprintf("%s has no route to %s", s.table.id, to), t.routeFacts(s, nil, to)), true
	case r.State == "blackhole":
		detail := fmt.Sprintf("the route of %s to %s is a blackhole: %s is gone", s.table.id, r.Destination(), r.TargetID())
		return nil, fail("route/blackhole", s.table.id, detail, t.routeFacts(s, r, to)), true
	}
	return r, netpath.Evidence{}, false
}

func (t *tracer) routeFacts(s *subnet, r *route, to netip.Addr) netpath.Facts {
	f := netpath.Facts{
		"region": t.network.Region, "route_table": s.table.id, "subnet": s.id, "vpc": s.vpc,
		"destination": to.String(), "source": t.src.id,
	}
	if r != nil {
		f["route_destination"], f["target"] = r.Destination(), r.TargetID()
	}
	return f
}

// routeInside judges the way to another subnet of the VPC: by the local route,
// unless a more specific one leads through something else.
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

// routeOut judges the way out of the VPC.
func (t *tracer) routeOut() {
	s := t.src.subnet
	r, e, done := t.routeOf(s, t.src.subnetID, t.flow.To)
	switch {
	case done:
		t.add(netpath.HopRoute, e)
	case r.NatGatewayID != "":
		t.throughNAT(s, r)
	case strings.HasPrefix(r.GatewayID, "igw-"):
		t.add(netpath.HopRoute, t.throughInternetGateway(s, r))
	case r.isGatewayEndpoint():
		t.throughGatewayEndpoint(s, r)
	case r.EgressOnlyInternetGatewayID != "":
		t.add(netpath.HopRoute, t.throughEgressOnly(s, r))
	default:
		t.add(netpath.HopRoute, unknown(r.TargetID(), fmt.Sprintf("%s leads to %s through %s, which is not modelled", s.table.id, r.Destination(), r.TargetID())))
	}
}

// throughInternetGateway: it serves addresses that have a public one, and
// nothing else ("Enable internet access for a VPC using an internet gateway").
func (t *tracer) throughInternetGateway(s *subnet, r *route) netpath.Evidence {
	attached, why := t.attached(r.GatewayID, s.vpc)
	switch {
	case attached == kleene.Maybe:
		return unknown(r.GatewayID, why)
	case attached == kleene.No:
		return fail("route/blackhole", s.table.id, why, t.routeFacts(s, r, t.flow.To))
	case !t.src.public[t.flow.From.Address]:
		detail := fmt.Sprintf("%s leads to %s, and %s has no public address", s.table.id, r.GatewayID, t.src.id)
		return fail("route/igw-without-public-address", s.table.id, detail, t.routeFacts(s, r, t.flow.To))
	}
	return pass(s.table.id, fmt.Sprintf("the route of %s to %s by %s", s.table.id, r.Destination(), r.GatewayID))
}

func (t *tracer) attached(id, vpcID string) (kleene.Truth, string) {
	if !t.network.Has("InternetGateways") {
		return kleene.Maybe, "internet gateways were not read"
	}
	g := t.network.InternetGateway(id)
	if g == nil {
		return kleene.Maybe, "internet gateway " + id + " is not in the inventory"
	}
	for _, attachment := range g.Attachments {
		if attachment.VpcID == vpcID && (attachment.State == "available" || attachment.State == "attached") {
			return kleene.Yes, ""
		}
	}
	return kleene.No, "internet gateway " + id + " is not attached to " + vpcID
}

func (t *tracer) throughEgressOnly(s *subnet, r *route) netpath.Evidence {
	for _, g := range t.network.EgressOnlyGateways {
		if g.EgressOnlyInternetGatewayID != r.EgressOnlyInternetGatewayID {
			continue
		}
		for _, attachment := range g.Attachments {
			if attachment.VpcID == s.vpc && attachment.State == "attached" {
				return pass(s.table.id, "the route of "+s.table.id+" by "+g.EgressOnlyInternetGatewayID)
			}
		}
	}
	return unknown(r.EgressOnlyInternetGatewayID, "the attachment of "+r.EgressOnlyInternetGatewayID+" was not read")
}

// throughGatewayEndpoint: TCP and echo requests only ("Gateway endpoints", AWS
// PrivateLink Guide).
func (t *tracer) throughGatewayEndpoint(s *subnet, r *route) {
	t.add(netpath.HopRoute, pass(s.table.id, "the route of "+s.table.id+" to "+r.DestinationPrefixListID+" by "+r.GatewayID))
	e := t.network.Endpoint(r.GatewayID)
	switch {
	case e == nil:
		t.add(netpath.HopEndpoint, unknown(r.GatewayID, "the endpoint "+r.GatewayID+" was not read"))
	case t.flow.Protocol != tcp && !t.flow.isEcho():
		t.add(netpath.HopEndpoint, unknown(r.GatewayID, "a gateway endpoint passes TCP and echo requests only"))
	default:
		t.add(netpath.HopEndpoint, t.endpointState(e))
	}
}

// endpointState: only an endpoint that is available passes traffic. The API
// writes the state with a capital or without.
func (a *Analysis) endpointState(e *vpc.Endpoint) netpath.Evidence {
	switch {
	case strings.EqualFold(e.State, "available"):
		return pass(e.VpcEndpointID, e.VpcEndpointID+" is available")
	case e.State == "":
		return unknown(e.VpcEndpointID, "the state of "+e.VpcEndpointID+" was not read")
	}
	facts := netpath.Facts{"region": a.network.Region, "endpoint": e.VpcEndpointID, "state": e.State, "service": e.ServiceName, "vpc": e.VpcID}
	return fail("endpoint/not-available", e.VpcEndpointID, e.VpcEndpointID+" is "+e.State, facts)
}
