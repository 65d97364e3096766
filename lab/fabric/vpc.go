package fabric

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/world"
)

// Tables of the kernel: one a subnet, and one for what enters the VPC by its
// gateways and for the resolver's answers.
const (
	entryTable  = 1000
	subnetTable = 1001
)

// followVPC applies routes and filters of a VPC.
func (r *router) followVPC(w *world.World, places []place) error {
	places = in(places, r.vpc)
	wanted, tables := vpcRoutes(w.Network(), r.vpc, places)
	if err := r.applyRoutes(wanted); err != nil {
		return err
	}
	if err := r.applyRules(tables); err != nil {
		return err
	}
	for _, f := range r.families() {
		if err := r.applyFilter(w, f, places); err != nil {
			return err
		}
	}
	return nil
}

// vpcRoutes returns the routes of a VPC, and the table of each interface. What
// enters by a gateway or a peering connection finds the VPC's interfaces and
// nothing else; what enters by a transit gateway looks into the table of the
// subnet in which that has its interface.
func vpcRoutes(n *world.Network, vpc string, places []place) (routes []route, tables map[string]int) {
	tables = map[string]int{uplink: entryTable, servicesLink: entryTable}
	for _, p := range places {
		if p.amazon() || p.crossing.peering != "" || p.crossing.vpn != "" {
			tables[p.link] = entryTable
		}
		for _, a := range p.addresses {
			routes = append(routes, route{table: entryTable, to: host(a), link: p.link})
		}
	}
	routes = append(routes, route{table: entryTable, to: ipv4.any}, route{table: entryTable, to: ipv6.any})
	for i, s := range n.Subnets {
		if s.VpcID != vpc {
			continue
		}
		table := subnetTable + i
		for _, p := range places {
			if p.subnet == s.SubnetID {
				tables[p.link] = table
			}
		}
		for _, f := range []family{ipv4, ipv6} {
			for _, one := range subnetRoutes(n, s, f, places) {
				one.table = table
				routes = append(routes, one)
			}
		}
	}
	return routes, tables
}

// subnetRoutes compiles the route table of a subnet: routes to single addresses
// for what is in the subnet, which no route table is asked about ("Gateway route
// tables", VPC User Guide: to the MAC address of another interface in the
// subnet), and for what the local route leads to, the other routes as they stand,
// and silence for the rest ("Route priority": the longest prefix wins).
func subnetRoutes(n *world.Network, s world.Subnet, f family, places []place) []route {
	table, _ := n.TableOf(s)
	listed := listedRoutes(n, table, f)
	var routes []route
	for _, p := range places {
		for _, a := range p.of(f) {
			if p.amazon() || p.subnet == s.SubnetID || leadsLocal(listed, a) {
				routes = append(routes, route{to: host(a), link: p.link})
			}
		}
	}
	for _, l := range listed {
		one := route{to: l.to}
		if l.GatewayID != "local" {
			one.link, one.via = target(n, s, l, f, places)
		}
		routes = append(routes, one)
	}
	return append(routes, route{to: f.any})
}

type listedRoute struct {
	world.Route
	to netip.Prefix
}

// listedRoutes returns the routes of a table for a family, the longest prefix
// first, and of equals those to a prefix list last. A route to a prefix list is
// one for each of its blocks.
func listedRoutes(n *world.Network, table world.RouteTable, f family) []listedRoute {
	var listed []listedRoute
	for _, r := range table.Routes {
		list, _ := n.PrefixList(r.DestinationPrefixListID)
		for _, cidr := range append([]string{r.DestinationCIDRBlock, r.DestinationIPv6CIDRBlock}, list.CIDRs...) {
			if to, err := netip.ParsePrefix(cidr); err == nil && f.has(to.Addr()) {
				listed = append(listed, listedRoute{r, to.Masked()})
			}
		}
	}
	slices.SortStableFunc(listed, func(a, b listedRoute) int {
		return cmp.Or(cmp.Compare(b.to.Bits(), a.to.Bits()), strings.Compare(a.DestinationPrefixListID, b.DestinationPrefixListID))
	})
	return listed
}

func leadsLocal(listed []listedRoute, a netip.Addr) bool {
	i := slices.IndexFunc(listed, func(l listedRoute) bool { return l.to.Contains(a) })
	return i >= 0 && listed[i].GatewayID == "local"
}

// target returns where a route leads: nowhere when its target is gone or does
// not work.
func target(n *world.Network, s world.Subnet, r listedRoute, f family, places []place) (link string, via netip.Addr) {
	if r.State == "blackhole" {
		return "", netip.Addr{}
	}
	if link, ok := gatewayLink(n, s, r, f, places); ok {
		return link, f.via
	}
	eni := r.NetworkInterfaceID
	if r.NATGatewayID != "" {
		eni = natInterface(n, r.NATGatewayID)
	}
	for _, p := range places {
		if addresses := p.of(f); eni != "" && p.eni == eni && len(addresses) > 0 {
			return p.link, addresses[0]
		}
	}
	return "", netip.Addr{}
}

// gatewayLink returns the link of a gateway that works.
func gatewayLink(n *world.Network, s world.Subnet, r listedRoute, f family, places []place) (string, bool) {
	switch {
	case r.PeeringID != "":
		return peeringEnd(n, r.PeeringID, places)
	case r.TransitGatewayID != "":
		return transitEnd(n, r.TransitGatewayID, s, f, places)
	case strings.HasPrefix(r.GatewayID, "vgw-"):
		return vpnEnd(n, s.VpcID, r, places)
	case r.EgressOnlyGatewayID != "":
		return uplink, f.six && attachedEgressOnly(n, r.EgressOnlyGatewayID, s.VpcID)
	case attached(n, r.GatewayID, s.VpcID):
		return uplink, !f.six || n.BlockMode(s) == "off"
	}
	return servicesLink, serves(n, r.Route, s.VpcID)
}

func natInterface(n *world.Network, id string) string {
	for _, g := range n.NATGateways {
		if g.NATGatewayID == id && g.State == "available" && len(g.NATGatewayAddresses) > 0 {
			return g.NATGatewayAddresses[0].NetworkInterfaceID
		}
	}
	return ""
}

func attached(n *world.Network, gateway, vpc string) bool {
	for _, g := range n.InternetGateways {
		for _, a := range g.Attachments {
			if g.InternetGatewayID == gateway && a.VpcID == vpc && (a.State == "available" || a.State == "attached") {
				return true
			}
		}
	}
	return false
}

func attachedEgressOnly(n *world.Network, gateway, vpc string) bool {
	for _, g := range n.EgressOnlyGateways {
		for _, a := range g.Attachments {
			if g.EgressOnlyInternetGatewayID == gateway && a.VpcID == vpc && a.State == "attached" {
				return true
			}
		}
	}
	return false
}
