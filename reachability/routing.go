package reachability

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// routeOf finds the route of a subnet for packets to an address.
// When there is none to judge, done is true and the evidence says why.
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
		return nil, t.noRoute(s, to), true
	case r.State == "blackhole":
		detail := fmt.Sprintf("the route of %s to %s is a blackhole: %s is gone", s.table.id, r.Destination(), r.TargetID())
		return nil, fail("route/blackhole", s.table.id, detail, t.routeFacts(s, r, to)), true
	}
	return r, netpath.Evidence{}, false
}

func (t *tracer) routeFacts(s *subnet, r *route, to netip.Addr) netpath.Facts {
	f := netpath.Facts{
		"region": t.network.Region, "route_table": s.table.id, "subnet": s.id, "vpc": s.vpc,
		"destination": to.String(), "source": t.flow.From.Address.String(),
	}
	if t.src != nil {
		f["source"] = t.src.id
	}
	if r != nil {
		f["route_destination"], f["target"] = r.Destination(), r.TargetID()
	}
	return f
}

// noRoute says that a table has no route; of the addresses of S3 or DynamoDB,
// that a gateway endpoint of the VPC would lead there and is not associated with
// the table ("Gateway endpoints", AWS PrivateLink Guide).
func (t *tracer) noRoute(s *subnet, to netip.Addr) netpath.Evidence {
	facts := t.routeFacts(s, nil, to)
	facts["missing_route"] = to.String()
	if t.isPublic(to) {
		facts["missing_route"] = "0.0.0.0/0" // one way out is wanted, not one for each address
	}
	for i := range t.network.Endpoints {
		e := &t.network.Endpoints[i]
		if !strings.EqualFold(e.VpcEndpointType, "Gateway") || e.VpcID != s.vpc || !t.serves(e, to) {
			continue
		}
		facts["endpoint"], facts["service"] = e.VpcEndpointID, e.ServiceName
		return fail("route/s3-gateway-missing", s.table.id, s.table.id+" is not associated with "+e.VpcEndpointID+", which leads to "+to.String(), facts)
	}
	return fail("route/none", s.table.id, fmt.Sprintf("%s has no route to %s", s.table.id, to), facts)
}

// serves reports whether an address is among those of a gateway endpoint's
// service.
func (a *Analysis) serves(e *vpc.Endpoint, to netip.Addr) bool {
	for _, l := range a.network.PrefixLists {
		if l.PrefixListName == e.ServiceName && slices.ContainsFunc(a.lists[l.PrefixListID], func(b netip.Prefix) bool { return b.Contains(to) }) {
			return true
		}
	}
	return false
}

// throughGatewayEndpoint: TCP and echo requests only ("Gateway endpoints", AWS
// PrivateLink Guide).
func (t *tracer) throughGatewayEndpoint(o origin, r *route) passage {
	p := passage{there: []Hop{{Name: netpath.HopRoute, Evidence: pass(o.subnet.table.id, "the route of "+o.subnet.table.id+" to "+r.DestinationPrefixListID+" by "+r.GatewayID)}}}
	e := t.network.Endpoint(r.GatewayID)
	hop := Hop{Name: netpath.HopEndpoint}
	switch {
	case e == nil:
		hop.Evidence = unknown(r.GatewayID, "the endpoint "+r.GatewayID+" was not read")
	case t.flow.Protocol != tcp && !t.flow.isEcho():
		hop.Evidence = unknown(r.GatewayID, "a gateway endpoint passes TCP and echo requests only")
	default:
		hop.Evidence = t.endpointState(e)
	}
	p.there = append(p.there, hop)
	return p
}

// endpointState: only an endpoint that is available passes traffic. The API
// writes the state with a capital or without.
func (a *Analysis) endpointState(e *vpc.Endpoint) netpath.Evidence {
	switch {
	case strings.EqualFold(e.State, "available"):
		available := pass(e.VpcEndpointID, e.VpcEndpointID+" is available")
		if e.CreationTimestamp != nil {
			available.Facts = netpath.Facts{"created": e.CreationTimestamp.Format(time.RFC3339)}
		}
		return available
	case e.State == "":
		return unknown(e.VpcEndpointID, "the state of "+e.VpcEndpointID+" was not read")
	}
	facts := netpath.Facts{"region": a.network.Region, "endpoint": e.VpcEndpointID, "state": e.State, "service": e.ServiceName, "vpc": e.VpcID}
	return fail("endpoint/not-available", e.VpcEndpointID, e.VpcEndpointID+" is "+e.State, facts)
}
