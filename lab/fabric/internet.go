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
	wanted := []route{{table: entryTable, to: everywhere}}
	tables := map[string]int{}
	for _, p := range in(places, "") {
		tables[p.link] = entryTable
		for _, a := range p.addresses {
			wanted = append(wanted, route{table: entryTable, to: netip.PrefixFrom(a, 32), link: p.link})
		}
	}
	for _, v := range w.Network().VPCs {
		tables[internetsLink(v.VpcID)], tables[servicesFarLink(v.VpcID)] = entryTable, entryTable
		wanted = append(wanted, servicesRoutes(w, v.VpcID)...)
		for _, m := range publicAddresses(w, v.VpcID) {
			wanted = append(wanted, route{table: entryTable, to: netip.PrefixFrom(m.public, 32), link: internetsLink(v.VpcID), via: gateway})
		}
	}
	if err := r.applyRules(tables); err != nil {
		return err
	}
	return r.applyRoutes(wanted)
}
