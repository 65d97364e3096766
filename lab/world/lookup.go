package world

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// VPC returns the VPC of this id.
func (n *Network) VPC(id string) (VPC, bool) {
	return find(n.VPCs, func(v VPC) bool { return v.VpcID == id })
}

// NameServers are the domain-name-servers of a VPC's DHCP options; the zero
// address is AmazonProvidedDNS ("DHCP option sets in Amazon VPC").
func (n *Network) NameServers(v VPC) []netip.Addr {
	options, _ := find(n.DHCPOptions, func(o DHCPOptions) bool { return o.DHCPOptionsID == v.DHCPOptionsID })
	var servers []netip.Addr
	for _, c := range options.DHCPConfigurations {
		for _, value := range c.Values {
			if c.Key == "domain-name-servers" {
				address, _ := netip.ParseAddr(value.Value)
				servers = append(servers, address)
			}
		}
	}
	if len(servers) == 0 {
		servers = []netip.Addr{{}}
	}
	return servers
}

// Attributes returns the DNS attributes of a VPC: both off where the document
// does not say.
func (n *Network) Attributes(vpc string) VPCAttributes {
	a, _ := find(n.VPCAttributes, func(a VPCAttributes) bool { return a.VpcID == vpc })
	return a
}

// Subnet returns the subnet of this id.
func (n *Network) Subnet(id string) (Subnet, bool) {
	return find(n.Subnets, func(s Subnet) bool { return s.SubnetID == id })
}

// SecurityGroup returns the group of this id.
func (n *Network) SecurityGroup(id string) (SecurityGroup, bool) {
	return find(n.SecurityGroups, func(g SecurityGroup) bool { return g.GroupID == id })
}

// NetworkInterface returns the ENI of this id.
func (n *Network) NetworkInterface(id string) (NetworkInterface, bool) {
	return find(n.NetworkInterfaces, func(e NetworkInterface) bool { return e.NetworkInterfaceID == id })
}

// EndpointOf returns the interface endpoint that an ENI belongs to.
func (n *Network) EndpointOf(eni string) (Endpoint, bool) {
	return find(n.Endpoints, func(e Endpoint) bool { return slices.Contains(e.NetworkInterfaceIDs, eni) })
}

// NATGatewayOf returns the NAT gateway that an ENI belongs to.
func (n *Network) NATGatewayOf(eni string) (NATGateway, bool) {
	return find(n.NATGateways, func(g NATGateway) bool {
		return len(g.NATGatewayAddresses) > 0 && g.NATGatewayAddresses[0].NetworkInterfaceID == eni
	})
}

// Endpoint returns the endpoint of this id.
func (n *Network) Endpoint(id string) (Endpoint, bool) {
	return find(n.Endpoints, func(e Endpoint) bool { return e.VpcEndpointID == id })
}

// GatewayEndpoint returns the gateway endpoint of a VPC for a service such as
// com.amazonaws.us-east-1.s3.
func (n *Network) GatewayEndpoint(vpc, service string) (Endpoint, bool) {
	return find(n.Endpoints, func(e Endpoint) bool {
		return e.VpcID == vpc && e.VpcEndpointType == "Gateway" && e.ServiceName == service
	})
}

// PrefixList returns the prefix list of this id.
func (n *Network) PrefixList(id string) (PrefixList, bool) {
	return find(n.PrefixLists, func(l PrefixList) bool { return l.PrefixListID == id })
}

// DBInstance returns the database instance of this identifier.
func (n *Network) DBInstance(id string) (DBInstance, bool) {
	return find(n.DBInstances, func(d DBInstance) bool { return d.DBInstanceIdentifier == id })
}

// TableOf returns the route table of a subnet: the associated one, else the
// VPC's main table ("Subnet route tables", VPC User Guide).
func (n *Network) TableOf(subnet Subnet) (RouteTable, bool) {
	main, found := RouteTable{}, false
	for _, table := range n.RouteTables {
		for _, a := range table.Associations {
			if a.SubnetID == subnet.SubnetID {
				return table, true
			}
			if a.Main && table.VpcID == subnet.VpcID {
				main, found = table, true
			}
		}
	}
	return main, found
}

// ACLOf returns the network ACL of a subnet: the associated one, else the VPC's
// default ("Network ACL basics", VPC User Guide).
func (n *Network) ACLOf(subnet Subnet) (NetworkACL, bool) {
	fallback, found := NetworkACL{}, false
	for _, acl := range n.NetworkACLs {
		for _, a := range acl.Associations {
			if a.SubnetID == subnet.SubnetID {
				return acl, true
			}
		}
		if acl.IsDefault && acl.VpcID == subnet.VpcID {
			fallback, found = acl, true
		}
	}
	return fallback, found
}

// Protocol returns the IP protocol number of a permission, -1 for every one.
func (p Permission) Protocol() (int, error) {
	switch p.IPProtocol {
	case "tcp":
		return 6, nil
	case "udp":
		return 17, nil
	case "icmp":
		return 1, nil
	case "icmpv6":
		return 58, nil
	}
	number, err := strconv.Atoi(p.IPProtocol)
	if err != nil || number < -1 || number > 255 {
		return 0, fmt.Errorf("must be tcp, udp, icmp, icmpv6, -1 or a number, not %q", p.IPProtocol)
	}
	return number, nil
}
