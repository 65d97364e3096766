package world

import (
	"net/netip"
	"slices"
	"strings"
)

// EgressOnlyGateway is an entry of EgressOnlyInternetGateways.
type EgressOnlyGateway struct {
	EgressOnlyInternetGatewayID string `json:"EgressOnlyInternetGatewayId"`
	Attachments                 []struct {
		VpcID string `json:"VpcId"`
		State string // attached; anything else carries nothing
	}
}

// Peering is an entry of VpcPeeringConnections.
type Peering struct {
	VpcPeeringConnectionID string                `json:"VpcPeeringConnectionId"`
	Status                 struct{ Code string } // only active carries packets
	RequesterVpcInfo       PeeringVPC
	AccepterVpcInfo        PeeringVPC
}

// PeeringVPC is one side of a peering connection.
type PeeringVPC struct {
	VpcID  string `json:"VpcId"`
	Region string
}

// Other returns the VPC that a peering connection leads to from another one.
func (p Peering) Other(vpc string) (string, bool) {
	switch vpc {
	case p.RequesterVpcInfo.VpcID:
		return p.AccepterVpcInfo.VpcID, true
	case p.AccepterVpcInfo.VpcID:
		return p.RequesterVpcInfo.VpcID, true
	}
	return "", false
}

// SameRegion reports whether groups may be referenced across a peering
// connection ("Update your security groups to reference peer security groups",
// VPC Peering Guide).
func (p Peering) SameRegion() bool { return p.RequesterVpcInfo.Region == p.AccepterVpcInfo.Region }

// TransitGateway is an entry of TransitGateways.
type TransitGateway struct {
	TransitGatewayID string `json:"TransitGatewayId"`
	State            string // only available carries packets
	Options          struct {
		SecurityGroupReferencingSupport string // enable, disable
	}
}

// TransitAttachment is an entry of TransitGatewayVpcAttachments.
type TransitAttachment struct {
	TransitGatewayAttachmentID string   `json:"TransitGatewayAttachmentId"`
	TransitGatewayID           string   `json:"TransitGatewayId"`
	VpcID                      string   `json:"VpcId"`
	State                      string   // only available carries packets
	SubnetIDs                  []string `json:"SubnetIds"`
	Options                    struct {
		SecurityGroupReferencingSupport string // enable, disable
		IPv6Support                     string `json:"Ipv6Support"`
	}
}

// TransitAssociations is an entry of TransitGatewayRouteTableAssociations: the
// answer of ec2 GetTransitGatewayRouteTableAssociations, which does not say of
// which table it is, and the table's id.
type TransitAssociations struct {
	TransitGatewayRouteTableID string `json:"TransitGatewayRouteTableId"`
	Associations               []struct {
		TransitGatewayAttachmentID string `json:"TransitGatewayAttachmentId"`
		State                      string // only associated counts
	}
}

// TransitRoutes is an entry of TransitGatewayRoutes: the answer of
// ec2 SearchTransitGatewayRoutes and the table's id.
type TransitRoutes struct {
	TransitGatewayRouteTableID string `json:"TransitGatewayRouteTableId"`
	Routes                     []TransitRoute
}

// TransitRoute is a route of a transit gateway's route table.
type TransitRoute struct {
	DestinationCIDRBlock      string `json:"DestinationCidrBlock"`
	TransitGatewayAttachments []struct {
		TransitGatewayAttachmentID string `json:"TransitGatewayAttachmentId"`
	}
	Type  string // static, propagated
	State string // active, blackhole
}

// PublicAccess is VpcBlockPublicAccessOptions.
type PublicAccess struct {
	InternetGatewayBlockMode string // "", off, block-bidirectional, block-ingress
}

// PublicAccessExclusion is an entry of VpcBlockPublicAccessExclusions.
type PublicAccessExclusion struct {
	ResourceARN                  string `json:"ResourceArn"`
	InternetGatewayExclusionMode string // allow-bidirectional, allow-egress
	State                        string // create-complete, update-complete, …
}

// TransitGateway returns the transit gateway of this id.
func (n *Network) TransitGateway(id string) (TransitGateway, bool) {
	return find(n.TransitGateways, func(g TransitGateway) bool { return g.TransitGatewayID == id })
}

// TransitAttachment returns the VPC attachment of this id.
func (n *Network) TransitAttachment(id string) (TransitAttachment, bool) {
	return find(n.TransitAttachments, func(a TransitAttachment) bool { return a.TransitGatewayAttachmentID == id })
}

// AttachmentOf returns the attachment of a VPC to a transit gateway.
func (n *Network) AttachmentOf(gateway, vpc string) (TransitAttachment, bool) {
	return find(n.TransitAttachments, func(a TransitAttachment) bool { return a.TransitGatewayID == gateway && a.VpcID == vpc })
}

// TransitRoutesOf returns the routes that packets from an attachment meet: those
// of the one table that it is associated with.
func (n *Network) TransitRoutesOf(attachment string) []TransitRoute {
	for _, t := range n.TransitAssociations {
		for _, a := range t.Associations {
			if a.TransitGatewayAttachmentID != attachment || a.State != "associated" {
				continue
			}
			routes, _ := find(n.TransitRoutes, func(r TransitRoutes) bool { return r.TransitGatewayRouteTableID == t.TransitGatewayRouteTableID })
			return routes.Routes
		}
	}
	return nil
}

// Blocks lists the address blocks of a VPC.
func (v VPC) Blocks() []netip.Prefix {
	blocks := []netip.Prefix{v.CIDRBlock}
	for _, b := range v.IPv4 {
		if b.CIDRBlock != v.CIDRBlock && b.State.State == "associated" {
			blocks = append(blocks, b.CIDRBlock)
		}
	}
	for _, b := range v.IPv6 {
		blocks = append(blocks, b.CIDRBlock)
	}
	return blocks
}

// Addresses lists the addresses of an interface, that of IPv4 first.
func (e NetworkInterface) Addresses() []netip.Addr {
	addresses := []netip.Addr{e.PrivateIPAddress}
	for _, a := range e.IPv6Addresses {
		addresses = append(addresses, a.Address)
	}
	return addresses
}

// BlockMode returns what Block Public Access does to a subnet: off,
// block-bidirectional or block-ingress ("Block public access to VPCs and
// subnets", VPC User Guide). An exclusion of the subnet or of its VPC lifts it;
// one for egress only leaves what block-ingress does.
func (n *Network) BlockMode(s Subnet) string {
	mode := n.PublicAccess.InternetGatewayBlockMode
	if mode == "" || mode == "off" {
		return "off"
	}
	for _, x := range n.PublicAccessExclusions {
		of := x.ResourceARN[strings.LastIndexByte(x.ResourceARN, '/')+1:]
		if !slices.Contains([]string{s.SubnetID, s.VpcID}, of) || !slices.Contains([]string{"create-complete", "update-complete"}, x.State) {
			continue
		}
		if x.InternetGatewayExclusionMode == "allow-bidirectional" {
			return "off"
		}
		mode = "block-ingress"
	}
	return mode
}
