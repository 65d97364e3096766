package vpc

import "net/netip"

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

// shared is the address space of carriers, which AWS customers use inside of
// their VPCs (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// IsPrivate reports whether an address lies in a range that the internet does
// not route: RFC 1918, RFC 6598, RFC 4193 (unique local). Every other address
// counts as public.
func IsPrivate(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || shared.Contains(a)
}
