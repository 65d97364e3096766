package fabric

import (
	"slices"

	"github.com/agentcore-probe/probe/lab/world"
)

// vpns lists the VPC's ends of the links to sites: one a VPN connection whose
// virtual private gateway is attached when the world is built.
func vpns(w *world.World) []place {
	n := w.Network()
	var ends []place
	for _, c := range n.VPNConnections {
		vpc := n.AttachedVPC(c.VPNGatewayID)
		if _, ok := siteOf(w, c); ok && vpc != "" {
			ends = append(ends, place{name: c.VPNConnectionID, vpc: vpc, crossing: crossing{vpn: c.VPNConnectionID}})
		}
	}
	return ends
}

func siteOf(w *world.World, c world.VPNConnection) (world.Site, bool) {
	sites := w.Lab().Sites
	i := slices.IndexFunc(sites, func(s world.Site) bool { return s.CustomerGatewayId == c.CustomerGatewayID })
	if i < 0 {
		return world.Site{}, false
	}
	return sites[i], true
}

// vpnEnd returns the link by which a virtual private gateway reaches a block.
func vpnEnd(n *world.Network, vpc string, l listedRoute, places []place) (link string, ok bool) {
	for _, p := range places {
		c, found := n.VPNConnection(p.crossing.vpn)
		if found && c.VPNGatewayID == l.GatewayID && n.Carries(c, vpc) && c.Leads(l.to) {
			return p.link, true
		}
	}
	return "", false
}

// followSite applies the routes of a site: to its hosts, and through the VPN
// connections that work to what the site sends there.
func (r *router) followSite(w *world.World, site world.Site, places []place) error {
	wanted := []route{{table: entryTable, to: ipv4.any}, {table: entryTable, to: ipv6.any}}
	tables := map[string]int{}
	for _, p := range places {
		c, _ := w.Network().VPNConnection(p.crossing.vpn)
		switch {
		case p.site == site.Name:
			tables[p.link] = entryTable
			for _, a := range p.addresses {
				wanted = append(wanted, route{table: entryTable, to: host(a), link: p.link})
			}
		case p.crossing.vpn != "" && c.CustomerGatewayID == site.CustomerGatewayId:
			tables[p.link] = entryTable
			if !w.Network().Carries(c, p.vpc) {
				continue
			}
			for _, to := range site.Routes {
				wanted = append(wanted, route{table: entryTable, to: to.Masked(), link: p.link, via: familyOf(to.Addr()).via})
			}
		}
	}
	if err := r.applyRules(tables); err != nil {
		return err
	}
	return r.applyRoutes(wanted)
}
