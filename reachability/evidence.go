package reachability

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// Evidence is New(n).Evidence(from, p, to), for a single question.
func Evidence(n *vpc.Network, from Source, p netpath.Path, to netip.Addr) map[netpath.HopName]netpath.Evidence {
	return New(n).Evidence(from, p, to)
}

// Evidence is what the configuration says about the network hops of a path,
// from source-sg to dest-sg, for packets from one source to one address that
// the path's name answered (or would); and about resolver on a private route,
// which does not depend on the address. A failing hop names the cause and, as
// component, what would have to change; its facts are those that the
// catalogue's commands need.
func (a *Analysis) Evidence(from Source, p netpath.Path, to netip.Addr) map[netpath.HopName]netpath.Evidence {
	r := a.Trace(Flow{From: from, To: to, Protocol: protocolOf(p), Port: p.Target.Port})
	hops := map[netpath.HopName]netpath.Evidence{}
	for _, name := range p.Hops() {
		switch name {
		case netpath.HopSourceSG, netpath.HopSourceNACL, netpath.HopDestNACL, netpath.HopDestSG:
			hops[name] = r.hop(name)
		case netpath.HopRoute:
			hops[name] = r.hop(name)
			if p.Route == netpath.RouteGateway {
				hops[name] = a.gatewayRoute(p, r)
			}
		case netpath.HopEndpoint:
			hops[name] = a.pathEndpoint(p, r)
		case netpath.HopDatabase:
			hops[name] = a.database(p, r)
		case netpath.HopResolver:
			if e, shadowed := a.shadowed(p, r); shadowed {
				hops[name] = e
			} else if p.Route == netpath.RoutePrivate {
				hops[name] = a.resolver(p, r)
			}
		}
	}
	return hops
}

// hop joins the checks of a hop, of the way there and of the way back: the
// first that fails, else the first that is unknown, else the first.
func (r Result) hop(name netpath.HopName) netpath.Evidence {
	best := netpath.Evidence{}
	for _, h := range r.Hops {
		if h.Name == name && (best.Status == "" || gravity(h.Status) > gravity(best.Status)) {
			best = h.Evidence
		}
	}
	if best.Status != "" {
		return best
	}
	if first := r.Hops[0]; len(r.Hops) == 1 && first.Status == netpath.StatusUnknown {
		return unknown(first.Component, first.Detail)
	}
	if routable(r.Flow.To) {
		return netpath.Evidence{Status: netpath.StatusSkipped, Detail: r.Flow.To.String() + " is not in the VPC"}
	}
	return unknown("", "what lies outside of the VPC is not modelled")
}

func gravity(s netpath.Status) int {
	return slices.Index([]netpath.Status{netpath.StatusPass, netpath.StatusUnknown, netpath.StatusFail}, s)
}

// pathEndpoint is the state of the path's own endpoint, whatever the name
// answered.
func (a *Analysis) pathEndpoint(p netpath.Path, r Result) netpath.Evidence {
	id := p.Target.Endpoint
	switch e := a.network.Endpoint(id); {
	case e != nil:
		state := a.endpointState(e)
		if crossing, ok := a.uncovered(e, p, r); ok && state.Status == netpath.StatusPass {
			return crossing
		}
		return state
	case !a.network.Has("VpcEndpoints"):
		return unknown(id, "VPC endpoints were not read")
	case r.Flow.To.IsValid() && !a.isPublic(r.Flow.To):
		// The private answer is somebody's: an endpoint in a hub VPC is not
		// in this inventory.
		return a.answeringEndpoint(r)
	}
	return a.missing(p, r)
}

func (a *Analysis) answeringEndpoint(r Result) netpath.Evidence {
	for _, h := range r.Hops {
		if h.Name == netpath.HopEndpoint {
			return h.Evidence
		}
	}
	return unknown("", r.Flow.To.String()+" belongs to no endpoint of the inventory")
}

func serviceName(p netpath.Path, region string) string {
	short := "bedrock-agentcore"
	if p.Target.Service != "" {
		short = p.Target.Service
	}
	return "com.amazonaws." + region + "." + short
}

// resolver says whether the VPC's resolver answers the service's name with the
// endpoint's addresses: private DNS must be on, and both DNS attributes of the
// VPC ("View and update DNS attributes for your VPC").
func (a *Analysis) resolver(p netpath.Path, r Result) netpath.Evidence {
	e := a.network.Endpoint(p.Target.Endpoint)
	if e == nil {
		return unknown(p.Target.Endpoint, "the path's endpoint was not read")
	}
	if strings.HasSuffix(strings.TrimSuffix(p.Target.Name, "."), ".vpce.amazonaws.com") {
		return pass(e.VpcEndpointID, "the endpoint's own name is in public DNS")
	}
	facts := netpath.Facts{"region": a.network.Region, "endpoint": e.VpcEndpointID, "name": p.Target.Name, "vpc": e.VpcID}
	src := a.interfaces[r.Flow.From.ENI]
	switch {
	case src != nil && src.vpc != e.VpcID:
		found := unknown(e.VpcEndpointID, "the endpoint is in "+e.VpcID+", the source in "+src.vpc+": zones shared between VPCs are not modelled")
		if servers, _ := a.nameServers(src.vpc); len(servers) == 0 {
			found.Facts = netpath.Facts{"zone_of": e.VpcID, "vpc": src.vpc, "endpoint": e.VpcEndpointID}
		}
		return found
	case !e.AnswersInside():
		return fail("dns/private-dns-off", e.VpcEndpointID, "private DNS of "+e.VpcEndpointID+" is off", facts)
	}
	return a.dnsAttributes(e, facts)
}

func (a *Analysis) dnsAttributes(e *vpc.Endpoint, facts netpath.Facts) netpath.Evidence {
	read := a.network.Attributes(e.VpcID)
	if read == nil {
		read = &vpc.VPCAttributes{}
	}
	for _, attribute := range []struct {
		name, flag string
		value      *vpc.AttributeValue
	}{
		{"enableDnsSupport", "enable-dns-support", read.EnableDNSSupport},
		{"enableDnsHostnames", "enable-dns-hostnames", read.EnableDNSHostnames},
	} {
		if attribute.value != nil && !attribute.value.Value {
			facts["attribute"], facts["attribute_flag"] = attribute.name, attribute.flag
			return fail("dns/vpc-attributes-off", e.VpcID, attribute.name+" of "+e.VpcID+" is off", facts)
		}
	}
	if read.EnableDNSSupport == nil || read.EnableDNSHostnames == nil {
		return unknown(e.VpcID, "the DNS attributes of "+e.VpcID+" were not read")
	}
	return a.dhcp(e)
}
