package fabric

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/lab/world"
)

// crossing is what the end of a link in a VPC belongs to: a peering connection,
// a VPN connection, or the interface that a transit gateway has in a subnet of an
// attachment.
type crossing struct {
	peering    string
	to         string // the VPC at the other end of a peering connection
	attachment string
	vpn        string // of a VPN connection
}

// crossings lists the ends of all links between VPCs. A transit gateway's stand
// in subnets, as its interfaces do.
func crossings(n *world.Network) []place {
	var ends []place
	for _, p := range n.Peerings {
		for _, vpc := range []string{p.RequesterVpcInfo.VpcID, p.AccepterVpcInfo.VpcID} {
			to, _ := p.Other(vpc)
			_, here := n.VPC(vpc)
			if _, there := n.VPC(to); here && there {
				ends = append(ends, place{name: p.VpcPeeringConnectionID + "@" + vpc, vpc: vpc, crossing: crossing{peering: p.VpcPeeringConnectionID, to: to}})
			}
		}
	}
	for _, a := range n.TransitAttachments {
		if _, ok := n.TransitGateway(a.TransitGatewayID); !ok {
			continue // nobody's here
		}
		for _, s := range a.SubnetIDs {
			ends = append(ends, place{
				name: a.TransitGatewayAttachmentID + "@" + s, vpc: a.VpcID, subnet: s,
				crossing: crossing{attachment: a.TransitGatewayAttachmentID},
			})
		}
	}
	return ends
}

// cross makes the links between routers.
func (f *Fabric) cross(w *world.World, places []place) error {
	n := w.Network()
	for _, p := range places {
		var err error
		switch c := p.crossing; {
		case c.attachment != "":
			a, _ := n.TransitAttachment(c.attachment)
			err = f.router(p.vpc).join(f.transits[a.TransitGatewayID], p.link, p.link)
		case c.vpn != "":
			connection, _ := n.VPNConnection(c.vpn)
			site, _ := siteOf(w, connection)
			err = f.router(p.vpc).join(f.sites[site.Name], p.link, p.link)
		case c.peering != "" && p.vpc < c.to:
			err = f.router(p.vpc).join(f.router(c.to), p.link, f.links[c.peering+"@"+c.to])
		}
		if err != nil {
			return fmt.Errorf("link of %s: %w", p.name, err)
		}
	}
	return nil
}

// peeringEnd returns the link of an active peering connection.
func peeringEnd(n *world.Network, id string, places []place) (link string, ok bool) {
	active := slices.ContainsFunc(n.Peerings, func(p world.Peering) bool { return p.VpcPeeringConnectionID == id && p.Status.Code == "active" })
	i := slices.IndexFunc(places, func(p place) bool { return id != "" && p.crossing.peering == id })
	if !active || i < 0 {
		return "", false
	}
	return places[i].link, true
}

// transitEnd returns the link of a transit gateway for packets from a subnet:
// its interface in the subnet's Availability Zone ("Transit gateway VPC
// attachments": resources in a zone without one cannot reach the gateway).
func transitEnd(n *world.Network, gateway string, from world.Subnet, f family, places []place) (link string, ok bool) {
	a, attached := n.AttachmentOf(gateway, from.VpcID)
	if !attached || !carries(n, a, f) {
		return "", false
	}
	return endIn(n, a.TransitGatewayAttachmentID, from.AvailabilityZone, places)
}

func endIn(n *world.Network, attachment, zone string, places []place) (link string, ok bool) {
	for _, p := range places {
		if s, _ := n.Subnet(p.subnet); p.crossing.attachment == attachment && s.AvailabilityZone == zone {
			return p.link, true
		}
	}
	return "", false
}

// carries reports whether an attachment takes packets of a family.
func carries(n *world.Network, a world.TransitAttachment, f family) bool {
	g, _ := n.TransitGateway(a.TransitGatewayID)
	return g.State == "available" && a.State == "available" && (!f.six || a.Options.IPv6Support == "enable")
}

// followTransit applies the routes of a transit gateway. A packet looks into the
// table that the attachment is associated with by which it came, and stays in
// its Availability Zone where the next attachment has an interface there ("How
// transit gateways work").
func (r *router) followTransit(n *world.Network, gateway string, places []place) error {
	var wanted []route
	tables := map[string]int{}
	for i, p := range places {
		a, ok := n.TransitAttachment(p.crossing.attachment)
		if !ok || a.TransitGatewayID != gateway {
			continue
		}
		tables[p.link] = subnetTable + i
		from, _ := n.Subnet(p.subnet)
		for _, one := range transitRoutes(n, a, from.AvailabilityZone, places) {
			one.table = subnetTable + i
			wanted = append(wanted, one)
		}
	}
	if err := r.applyRules(tables); err != nil {
		return err
	}
	return r.applyRoutes(wanted)
}

func transitRoutes(n *world.Network, from world.TransitAttachment, zone string, places []place) []route {
	var routes []route
	listed := slices.Clone(n.TransitRoutesOf(from.TransitGatewayAttachmentID))
	slices.SortStableFunc(listed, func(a, b world.TransitRoute) int { // static before propagated ("Route evaluation order")
		return rank(a.Type == "propagated") - rank(b.Type == "propagated")
	})
	for _, l := range listed {
		to, err := netip.ParsePrefix(l.DestinationCIDRBlock)
		if err != nil {
			continue // refused when the world was read
		}
		one, f := route{to: to.Masked()}, familyOf(to.Addr())
		if l.State == "active" && len(l.TransitGatewayAttachments) > 0 && carries(n, from, f) {
			one.link = arrival(n, l.TransitGatewayAttachments[0].TransitGatewayAttachmentID, zone, f, places)
			one.via = f.via
		}
		routes = append(routes, one)
	}
	return append(routes, route{to: ipv4.any}, route{to: ipv6.any})
}

func rank(later bool) int {
	if later {
		return 1
	}
	return 0
}

// arrival returns the link by which packets enter the next attachment.
func arrival(n *world.Network, attachment, zone string, f family, places []place) string {
	a, ok := n.TransitAttachment(attachment)
	if !ok || !carries(n, a, f) {
		return ""
	}
	if link, ok := endIn(n, attachment, zone, places); ok {
		return link
	}
	for _, p := range places {
		if p.crossing.attachment == attachment {
			return p.link
		}
	}
	return ""
}
