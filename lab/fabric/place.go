package fabric

import (
	"net"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/lab/world"
)

// place is what hangs at a router: a namespace (of an ENI, a VPC's resolver, or
// a host on the internet), or the end of a link to another router.
type place struct {
	name      string // of the host, or the ENI's id
	link      string // name of the interface at the router; "" until it is built
	vpc       string // "" on the internet
	site      string // of a host on-premises
	subnet    string // of an ENI
	eni       string
	addresses []netip.Addr
	forwards  bool // a NAT gateway
	mtu       int  // 0 is the link's own
	crossing  crossing
}

// placesOf lists the places of a world: hosts in the document's order, then the
// ENIs that no host sits on.
func placesOf(w *world.World) []place {
	var places []place
	hosted := map[string]bool{}
	for _, h := range w.Lab().Hosts {
		p := place{name: h.Name, vpc: h.VpcId, site: h.Site, addresses: h.Addresses}
		if h.NetworkInterfaceId != "" {
			p = enisPlace(w, h.Name, h.NetworkInterfaceId)
			hosted[h.NetworkInterfaceId] = true
		}
		p.mtu = h.MTU
		places = append(places, p)
	}
	for _, e := range w.Network().NetworkInterfaces {
		if !hosted[e.NetworkInterfaceID] {
			places = append(places, enisPlace(w, e.NetworkInterfaceID, e.NetworkInterfaceID))
		}
	}
	return append(append(places, crossings(w.Network())...), vpns(w)...)
}

func enisPlace(w *world.World, name, id string) place {
	e, _ := w.Network().NetworkInterface(id)
	_, forwards := w.Network().NATGatewayOf(id)
	return place{name: name, vpc: e.VpcID, subnet: e.SubnetID, eni: id, addresses: e.Addresses(), forwards: forwards}
}

// amazon reports whether p is one of the servers that Amazon runs in every VPC,
// such as its DNS server.
func (p place) amazon() bool { return p.vpc != "" && p.eni == "" && p.crossing == (crossing{}) }

// of returns the addresses of a family.
func (p place) of(f family) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(p.addresses), func(a netip.Addr) bool { return !f.has(a) })
}

// hardware is the MAC address at the far end of a place's link. Both ends know
// each other's, so that nobody asks by ARP.
func (p place) hardware() net.HardwareAddr {
	a := p.addresses[0].As16() // of IPv4 the last four bytes
	return net.HardwareAddr{0x02, 0x01, a[12], a[13], a[14], a[15]}
}

// in keeps the places of a VPC, or with "" those on the internet.
func in(places []place, vpc string) []place {
	return slices.DeleteFunc(slices.Clone(places), func(p place) bool { return p.vpc != vpc || p.site != "" })
}
