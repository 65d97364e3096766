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

var everywhere = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// followVPC applies routes and filters of a VPC.
func (r *router) followVPC(w *world.World, places []place) error {
	places = in(places, r.vpc)
	wanted, tables := vpcRoutes(w, r.vpc, places)
	if err := r.applyRoutes(wanted); err != nil {
		return err
	}
	if err := r.applyRules(tables); err != nil {
		return err
	}
	return r.applyFilter(w, places)
}

// vpcRoutes returns the routes of a VPC, and the table of each interface.
func vpcRoutes(w *world.World, vpc string, places []place) (routes []route, tables map[string]int) {
	tables = map[string]int{uplink: entryTable, servicesLink: entryTable}
	for _, p := range places {
		if p.amazon() {
			tables[p.link] = entryTable
		}
		for _, a := range p.addresses {
			routes = append(routes, route{table: entryTable, to: netip.PrefixFrom(a, 32), link: p.link})
		}
	}
	routes = append(routes, route{table: entryTable, to: everywhere})
	for i, s := range w.Network().Subnets {
		if s.VpcID != vpc {
			continue
		}
		table := subnetTable + i
		for _, p := range places {
			if p.subnet == s.SubnetID {
				tables[p.link] = table
			}
		}
		for _, one := range subnetRoutes(w, s, places) {
			one.table = table
			routes = append(routes, one)
		}
	}
	return routes, tables
}

// subnetRoutes compiles the route table of a subnet: /32 routes to what the
// local route leads to, the other routes as they stand, and silence for the
// rest ("Route priority", VPC User Guide: the longest prefix wins).
func subnetRoutes(w *world.World, s world.Subnet, places []place) []route {
	table, _ := w.Network().TableOf(s)
	listed := listedRoutes(w.Network(), table)
	var routes []route
	for _, p := range places {
		for _, a := range p.addresses {
			if p.amazon() || leadsLocal(listed, a) {
				routes = append(routes, route{to: netip.PrefixFrom(a, 32), link: p.link})
			}
		}
	}
	for _, l := range listed {
		one := route{to: l.to}
		if l.GatewayID != "local" {
			one.link, one.via = target(w, s.VpcID, l.Route, places)
		}
		routes = append(routes, one)
	}
	return append(routes, route{to: everywhere})
}

type listedRoute struct {
	world.Route
	to netip.Prefix
}

// listedRoutes returns the IPv4 routes of a table, the longest prefix first, and
// of equals those to a prefix list last. A route to a prefix list is one for
// each of its blocks.
func listedRoutes(n *world.Network, table world.RouteTable) []listedRoute {
	var listed []listedRoute
	for _, r := range table.Routes {
		list, _ := n.PrefixList(r.DestinationPrefixListID)
		for _, cidr := range append([]string{r.DestinationCIDRBlock}, list.CIDRs...) {
			if to, err := netip.ParsePrefix(cidr); err == nil && to.Addr().Is4() {
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
func target(w *world.World, vpc string, r world.Route, places []place) (link string, via netip.Addr) {
	n := w.Network()
	eni := r.NetworkInterfaceID
	switch {
	case r.State == "blackhole":
		return "", netip.Addr{}
	case r.NATGatewayID != "":
		i := slices.IndexFunc(n.NATGateways, func(g world.NATGateway) bool { return g.NATGatewayID == r.NATGatewayID })
		if i < 0 || n.NATGateways[i].State != "available" || len(n.NATGateways[i].NATGatewayAddresses) == 0 {
			return "", netip.Addr{}
		}
		eni = n.NATGateways[i].NATGatewayAddresses[0].NetworkInterfaceID
	case attached(n, r.GatewayID, vpc):
		return uplink, gateway
	case serves(n, r, vpc):
		return servicesLink, gateway
	}
	if i := slices.IndexFunc(places, func(p place) bool { return eni != "" && p.eni == eni }); i >= 0 {
		return places[i].link, places[i].addresses[0]
	}
	return "", netip.Addr{}
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
