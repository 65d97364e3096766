package fabric

import (
	"net/netip"

	"github.com/agentcore-probe/probe/lab/world"
)

// followInternet applies the routes of the internet: its hosts, and the public
// addresses of VPCs. The private ones lead back from the services of gateway
// endpoints; the VPC lets replies in only.
//
// They do not stand in the main table: the kernel keeps that together with the
// table of local addresses, and would take the silent default for the type of
// every gateway's address.
func (r *router) followInternet(w *world.World, places []place) error {
	n := w.Network()
	wanted := []route{{table: entryTable, to: ipv4.any}, {table: entryTable, to: ipv6.any}}
	tables := map[string]int{}
	for _, p := range in(places, "") {
		tables[p.link] = entryTable
		for _, a := range p.addresses {
			wanted = append(wanted, route{table: entryTable, to: host(a), link: p.link})
		}
	}
	for _, v := range n.VPCs {
		link := internetsLink(v.VpcID)
		tables[link], tables[servicesFarLink(v.VpcID)] = entryTable, entryTable
		wanted = append(wanted, servicesRoutes(n, v.VpcID)...)
		for _, a := range publishedAddresses(n, v.VpcID) {
			wanted = append(wanted, route{table: entryTable, to: host(a), link: link, via: familyOf(a).via})
		}
	}
	if err := r.applyRules(tables); err != nil {
		return err
	}
	return r.applyRoutes(wanted)
}

// publishedAddresses are the addresses of a VPC that the internet knows: of IPv4
// the public ones, of IPv6 those of the interfaces themselves.
func publishedAddresses(n *world.Network, vpc string) []netip.Addr {
	var all []netip.Addr
	for _, m := range publicAddresses(n, vpc) {
		all = append(all, m.public)
	}
	for _, e := range n.NetworkInterfaces {
		if e.VpcID == vpc {
			all = append(all, e.Addresses()[1:]...)
		}
	}
	return all
}
