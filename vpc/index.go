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
	prefixes    map[string][]string
	byAddress   map[netip.Addr][]*NetworkInterface
	byGroup     map[string][]*NetworkInterface
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
		prefixes:   map[string][]string{},
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
