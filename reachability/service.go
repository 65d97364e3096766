package reachability

import (
	"encoding/json"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// protocolOf is the IANA number of what a path speaks.
func protocolOf(p netpath.Path) uint8 {
	if p.Target.Protocol == netpath.ProtocolDNS {
		return udp
	}
	return tcp
}

// gatewayRoute is the route to a service behind a gateway endpoint. Where there
// is no such endpoint, the table cannot have its route.
func (a *Analysis) gatewayRoute(p netpath.Path, r Result) netpath.Evidence {
	e := r.hop(netpath.HopRoute)
	if e.Cause == "route/none" && a.network.Endpoint(p.Target.Endpoint) == nil {
		return unknown(e.Component, e.Component+" leads there by a gateway endpoint only, and there is none")
	}
	return e
}

// missing says that the VPC lacks an endpoint for the path's service, with what
// is needed to create one like its other endpoints.
func (a *Analysis) missing(p netpath.Path, r Result) netpath.Evidence {
	home := ""
	if src := a.interfaces[r.Flow.From.ENI]; src != nil {
		home = src.vpc
	}
	if a.network.Sharer(home) != "" {
		return unknown("", a.hidden("VPC endpoints", home))
	}
	service := serviceName(p, a.network.Region)
	facts := netpath.Facts{"region": a.network.Region, "vpc": home, "service": service, "endpoint": p.Target.Endpoint}
	if p.Route == netpath.RouteGateway {
		facts["route_tables"] = list(a.tablesOf(p.Source.ENIs))
	} else if model := a.interfaceEndpoint(home); model != nil {
		facts["subnets"], facts["groups"] = list(model.SubnetIDs), list(model.GroupIDs())
	}
	return fail("endpoint/missing", home, home+" has no endpoint for "+service, facts)
}

// interfaceEndpoint is an interface endpoint of a VPC, nil where it has none.
func (a *Analysis) interfaceEndpoint(home string) *vpc.Endpoint {
	for i := range a.network.Endpoints {
		if e := &a.network.Endpoints[i]; e.VpcID == home && e.VpcEndpointType == "Interface" {
			return e
		}
	}
	return nil
}

// tablesOf are the route tables of some interfaces' subnets.
func (a *Analysis) tablesOf(enis []string) []string {
	var ids []string
	for _, id := range enis {
		if eni := a.interfaces[id]; eni != nil && eni.subnet != nil && eni.subnet.table != nil {
			ids = append(ids, eni.subnet.table.id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// list writes ids as the AWS CLI takes a list in one word; "" where there are
// none.
func list(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	text, _ := json.Marshal(ids) // strings always marshal
	return string(text)
}
