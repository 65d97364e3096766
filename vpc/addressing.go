package vpc

import (
	"net/netip"
	"slices"
)

// VPC is an entry of DescribeVpcs.
type VPC struct {
	VpcID                   string `json:"VpcId"`
	OwnerID                 string `json:"OwnerId"`
	CidrBlock               netip.Prefix
	CidrBlockAssociationSet []struct {
		CidrBlock      netip.Prefix
		CidrBlockState struct{ State string }
	}
	Ipv6CidrBlockAssociationSet []Ipv6Association
	DhcpOptionsID               string `json:"DhcpOptionsId"`
	State                       string
	Tags                        []Tag
}

// Blocks lists the address ranges of a VPC.
func (v *VPC) Blocks() []netip.Prefix {
	all := []netip.Prefix{v.CidrBlock}
	for _, association := range v.CidrBlockAssociationSet {
		all = append(all, association.CidrBlock)
	}
	for _, association := range v.Ipv6CidrBlockAssociationSet {
		all = append(all, association.Ipv6CidrBlock)
	}
	return all
}

// Ipv6Association is an IPv6 range of a VPC or of a subnet.
type Ipv6Association struct {
	Ipv6CidrBlock      netip.Prefix
	Ipv6CidrBlockState struct{ State string }
}

// VPCAttributes joins the answers of DescribeVpcAttribute for one VPC. A nil
// attribute was not read.
type VPCAttributes struct {
	VpcID              string          `json:"VpcId"`
	EnableDNSSupport   *AttributeValue `json:"EnableDnsSupport"`
	EnableDNSHostnames *AttributeValue `json:"EnableDnsHostnames"`
}

// AttributeValue is the API's wrapper around a boolean.
type AttributeValue struct{ Value bool }

// Subnet is an entry of DescribeSubnets.
type Subnet struct {
	SubnetID                    string `json:"SubnetId"`
	VpcID                       string `json:"VpcId"`
	OwnerID                     string `json:"OwnerId"`
	CidrBlock                   netip.Prefix
	Ipv6CidrBlockAssociationSet []Ipv6Association
	AvailabilityZone            string
	AvailabilityZoneID          string `json:"AvailabilityZoneId"`
	AvailableIPAddressCount     *int   `json:"AvailableIpAddressCount"`
	State                       string
	Tags                        []Tag
}

// DHCPOptions is an entry of DescribeDhcpOptions. The interesting keys are
// domain-name-servers (AmazonProvidedDNS is the VPC resolver) and domain-name.
type DHCPOptions struct {
	DhcpOptionsID      string `json:"DhcpOptionsId"`
	OwnerID            string `json:"OwnerId"`
	DhcpConfigurations []struct {
		Key    string
		Values []struct{ Value string }
	}
	Tags []Tag
}

// Ranges beside RFC 1918 that the internet does not route, and that AWS customers use
// inside of their VPCs: of carriers (RFC 6598) and of benchmarks (RFC 2544).
var (
	shared     = netip.MustParsePrefix("100.64.0.0/10")
	benchmarks = netip.MustParsePrefix("198.18.0.0/15")
)

// IsPrivate reports whether an address lies in a range that the internet does
// not route: RFC 1918, RFC 2544, RFC 6598, RFC 4193 (unique local). Every other
// address counts as public, unless a VPC uses it (see IsInside).
func IsPrivate(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || shared.Contains(a) || benchmarks.Contains(a)
}

// IsInside reports whether an address is private, or in one of the blocks that VPCs
// use: those may be publicly routable, and of IPv6 are ("VPC CIDR blocks", Amazon VPC
// User Guide).
func IsInside(a netip.Addr, blocks []netip.Prefix) bool {
	return IsPrivate(a) || slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.Contains(a.Unmap()) })
}

// PublicBlocks lists the blocks of the VPCs that are not private ranges; of VPCs that
// were not read, the addresses of their interfaces.
func (n *Network) PublicBlocks() []netip.Prefix {
	var all []netip.Prefix
	for i := range n.VPCs {
		for _, b := range n.VPCs[i].Blocks() {
			if b.IsValid() && !IsPrivate(b.Addr()) {
				all = append(all, b)
			}
		}
	}
	for i := range n.NetworkInterfaces {
		if a := n.NetworkInterfaces[i].PrivateIPAddress; a.IsValid() && !IsInside(a, all) {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return all
}
