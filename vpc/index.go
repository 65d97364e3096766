package vpc

import (
	"net/netip"
)

// Index answers questions about a Network without searching it. It points
// into the Network that it was built from, which must not change meanwhile.
// Look-ups answer nil or an empty list where nothing is known; whether the
// resource type was read at all is asked of the Network itself (Has).
type Index struct {
	*Network

	vpcs        map[string]*VPC
	attributes  map[string]*VPCAttributes
	subnets     map[string]*Subnet
	groups      map[string]*SecurityGroup
	enis        map[string]*NetworkInterface
	gateways    map[string]*InternetGateway
	nats        map[string]*NATGateway
	endpoints   map[string]*Endpoint
	peerings    map[string]*Peering
	vpnGateways map[string]*VPNGateway
	vpns        map[string]*VPNConnection
	transits    map[string]*TransitGateway
	prefixes    map[string][]string
	byAddress   map[netip.Addr][]*NetworkInterface
	byGroup     map[string][]*NetworkInterface

	vpcAttachments map[string]*TransitAttachment
	attachments    map[string]*TransitGatewayAttachment
	transitTables  map[string]*TransitRouteTable
	transitRoutes  map[string]*TransitRoutes

	subnetTable map[string]*RouteTable // by subnet; the main table by VPC
	subnetACL   map[string]*NetworkACL // by subnet; the default ACL by VPC
}

// Index builds the index of a network; a nil network has an empty one.
func (n *Network) Index() *Index {
	if n == nil {
		n = &Network{}
	}
	x := &Index{
		Network:    n,
		vpcs:       by(n.VPCs, func(v *VPC) string { return v.VpcID }),
		attributes: by(n.VPCAttributes, func(a *VPCAttributes) string { return a.VpcID }),
		subnets:    by(n.Subnets, func(s *Subnet) string { return s.SubnetID }),
		groups:     by(n.SecurityGroups, func(g *SecurityGroup) string { return g.GroupID }),
		enis:       by(n.NetworkInterfaces, func(i *NetworkInterface) string { return i.NetworkInterfaceID }),
		gateways:   by(n.InternetGateways, func(g *InternetGateway) string { return g.InternetGatewayID }),
		nats:       by(n.NATGateways, func(g *NATGateway) string { return g.NatGatewayID }),
		endpoints:  by(n.Endpoints, func(e *Endpoint) string { return e.VpcEndpointID }),
		peerings:   by(n.Peerings, func(p *Peering) string { return p.VpcPeeringConnectionID }),
		prefixes:   map[string][]string{},

		vpnGateways:    by(n.VPNGateways, func(g *VPNGateway) string { return g.VpnGatewayID }),
		vpns:           by(n.VPNConnections, func(c *VPNConnection) string { return c.VpnConnectionID }),
		transits:       by(n.TransitGateways, func(g *TransitGateway) string { return g.TransitGatewayID }),
		vpcAttachments: by(n.TransitAttachments, func(a *TransitAttachment) string { return a.TransitGatewayAttachmentID }),
		attachments:    by(n.TransitGatewayAttachments, func(a *TransitGatewayAttachment) string { return a.TransitGatewayAttachmentID }),
		transitTables:  by(n.TransitRouteTables, func(t *TransitRouteTable) string { return t.TransitGatewayRouteTableID }),
		transitRoutes:  by(n.TransitRoutes, func(r *TransitRoutes) string { return r.TransitGatewayRouteTableID }),
	}
	x.indexInterfaces()
	x.indexSubnets()
	x.indexPrefixes()
	return x
}

// by maps the entries of a list by their id.
func by[T any](all []T, id func(*T) string) map[string]*T {
	m := make(map[string]*T, len(all))
	for i := range all {
		m[id(&all[i])] = &all[i]
	}
	return m
}

func (x *Index) indexInterfaces() {
	x.byAddress = map[netip.Addr][]*NetworkInterface{}
	x.byGroup = map[string][]*NetworkInterface{}
	for i := range x.NetworkInterfaces {
		eni := &x.NetworkInterfaces[i]
		for _, a := range eni.Addresses() {
			x.byAddress[a] = append(x.byAddress[a], eni)
		}
		for _, g := range eni.Groups {
			x.byGroup[g.GroupID] = append(x.byGroup[g.GroupID], eni)
		}
	}
}

func (x *Index) indexSubnets() {
	x.subnetTable = map[string]*RouteTable{}
	x.subnetACL = map[string]*NetworkACL{}
	for i := range x.RouteTables {
		t := &x.RouteTables[i]
		for _, a := range t.Associations {
			switch {
			case a.SubnetID != "":
				x.subnetTable[a.SubnetID] = t
			case a.Main:
				x.subnetTable[t.VpcID] = t
			}
		}
	}
	for i := range x.NetworkACLs {
		acl := &x.NetworkACLs[i]
		if acl.IsDefault {
			x.subnetACL[acl.VpcID] = acl
		}
		for _, a := range acl.Associations {
			x.subnetACL[a.SubnetID] = acl
		}
	}
}

func (x *Index) indexPrefixes() {
	for _, p := range x.PrefixLists {
		x.prefixes[p.PrefixListID] = p.Cidrs
	}
	for _, p := range x.PrefixListContents {
		ranges := []string{}
		for _, e := range p.Entries {
			ranges = append(ranges, e.Cidr)
		}
		x.prefixes[p.PrefixListID] = ranges
	}
}
