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

// throughVirtualGateway leads on-premises: by the VPN connections of the
// gateway, at least one of which must have a tunnel that is up, or by Direct
// Connect, of which EC2 says nothing. What is behind either AWS does not know.
func (t *tracer) throughVirtualGateway(o origin, r *route) passage {
	id, table := r.GatewayID, o.subnet.table.id
	facts := t.routeFacts(o.subnet, r, t.flow.To)
	facts["gateway"] = id
	g := t.network.VPNGateway(id)
	switch {
	case g == nil:
		return stop(unknown(id, "the virtual private gateway "+id+" was not read"))
	case g.State != "" && g.State != "available":
		facts["why"], facts["component"] = id+" is "+g.State, id
		return stop(fail("route/vpn-down", id, id+" is "+g.State, facts))
	case !slices.ContainsFunc(g.VpcAttachments, func(a vpc.GatewayAttachment) bool { return a.VpcID == o.vpc && a.State == "attached" }):
		facts["why"] = id + " is not attached to " + o.vpc
		return stop(fail("route/vpn-down", id, id+" is not attached to "+o.vpc, facts))
	}
	e := t.vpns(t.network.VPNConnectionsOf(id), id, facts)
	if e.Status == netpath.StatusPass {
		e.Detail = fmt.Sprintf("the route of %s to %s by %s: %s", table, r.Destination(), id, e.Detail)
	}
	p := stop(e)
	p.outward = kept{kleene.No, "the packets leave for on-premises"}
	p.beyond = onPremises(e.Component, e.Component)
	return p
}

// onPremises is what AWS knows of a network behind a VPN or Direct Connect: nothing.
// The fact tells it from what was not read.
func onPremises(component, behind string) netpath.Evidence {
	e := unknown(component, "what lies behind "+behind+" is not known to AWS")
	e.Facts = netpath.Facts{"beyond": "on-premises"}
	return e
}

// vpns judges the VPN connections by which a gateway may pass the packets on.
func (t *tracer) vpns(all []*vpc.VPNConnection, gateway string, facts netpath.Facts) netpath.Evidence {
	all = slices.DeleteFunc(all, func(c *vpc.VPNConnection) bool { return strings.HasPrefix(c.State, "delet") })
	if !t.network.Has("VpnConnections") {
		return unknown(gateway, "VPN connections were not read")
	}
	if len(all) == 0 {
		return unknown(gateway, gateway+" has no VPN connection; the virtual interfaces of Direct Connect are not read")
	}
	best := kleene.No
	var worst netpath.Evidence
	for _, c := range all {
		works, why := vpnLeads(c, t.flow.To)
		if works == kleene.Yes {
			return pass(c.VpnConnectionID, c.VpnConnectionID+" "+why)
		}
		if worst.Status == "" || works > best {
			facts["vpn"], facts["why"] = c.VpnConnectionID, why
			worst = fail("route/vpn-down", c.VpnConnectionID, c.VpnConnectionID+" "+why, facts)
			if works == kleene.Maybe {
				worst = unknown(c.VpnConnectionID, c.VpnConnectionID+" "+why)
			}
		}
		best = max(best, works)
	}
	return worst
}

// vpnLeads says whether a VPN connection takes packets to an address: it is
// available, a tunnel is up, and of static routes one covers the address. The
// routes that BGP announces are in the route table ("Site-to-Site VPN routing
// options", AWS Site-to-Site VPN User Guide).
func vpnLeads(c *vpc.VPNConnection, to netip.Addr) (kleene.Truth, string) {
	up, known := c.Up()
	switch {
	case c.State != "" && c.State != "available":
		return kleene.No, "is " + c.State
	case known && !up:
		return kleene.No, "has no tunnel that is up"
	case c.Options != nil && c.Options.StaticRoutesOnly && !staticallyRouted(c, to):
		return kleene.No, "has no static route to " + to.String()
	case !known:
		return kleene.Maybe, "does not say whether its tunnels are up"
	}
	return kleene.Yes, "has a tunnel that is up"
}

func staticallyRouted(c *vpc.VPNConnection, to netip.Addr) bool {
	return slices.ContainsFunc(c.Routes, func(r vpc.VPNRoute) bool {
		block, err := netip.ParsePrefix(r.DestinationCidrBlock)
		return err == nil && block.Contains(to) && (r.State == "available" || r.State == "")
	})
}
