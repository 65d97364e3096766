package vpc

import "cmp"

// RouteTable is an entry of DescribeRouteTables.
type RouteTable struct {
	RouteTableID string `json:"RouteTableId"`
	VpcID        string `json:"VpcId"`
	OwnerID      string `json:"OwnerId"`
	Associations []RouteTableAssociation
	Routes       []Route
	// PropagatingVgws are the gateways whose routes the table takes over.
	PropagatingVgws []struct {
		GatewayID string `json:"GatewayId"`
	}
	Tags []Tag
}

// RouteTableAssociation ties a table to a subnet or makes it the VPC's main one.
type RouteTableAssociation struct {
	Main      bool
	SubnetID  string `json:"SubnetId"`
	GatewayID string `json:"GatewayId"` // an edge association: traffic that enters by this gateway
}

// Route is a route of a route table. Exactly one target is set.
type Route struct {
	DestinationCidrBlock        string
	DestinationIpv6CidrBlock    string
	DestinationPrefixListID     string `json:"DestinationPrefixListId"`
	GatewayID                   string `json:"GatewayId"` // local, igw-, vgw- or vpce- (gateway endpoint)
	NatGatewayID                string `json:"NatGatewayId"`
	NetworkInterfaceID          string `json:"NetworkInterfaceId"`
	InstanceID                  string `json:"InstanceId"`
	TransitGatewayID            string `json:"TransitGatewayId"`
	VpcPeeringConnectionID      string `json:"VpcPeeringConnectionId"`
	EgressOnlyInternetGatewayID string `json:"EgressOnlyInternetGatewayId"`
	CarrierGatewayID            string `json:"CarrierGatewayId"`
	LocalGatewayID              string `json:"LocalGatewayId"`
	CoreNetworkARN              string `json:"CoreNetworkArn"`
	Origin                      string // CreateRouteTable, CreateRoute, EnableVgwRoutePropagation
	State                       string // active, blackhole
}

// Destination is the range or prefix list that a route leads to.
func (r Route) Destination() string {
	return cmp.Or(r.DestinationCidrBlock, r.DestinationIpv6CidrBlock, r.DestinationPrefixListID)
}

// TargetID is the id of what a route leads to; "local" within the VPC. Of an
// instance the interface counts, as for the packets.
func (r Route) TargetID() string {
	return cmp.Or(r.GatewayID, r.NatGatewayID, r.TransitGatewayID, r.VpcPeeringConnectionID, r.EgressOnlyInternetGatewayID,
		r.NetworkInterfaceID, r.InstanceID, r.CarrierGatewayID, r.LocalGatewayID, r.CoreNetworkARN)
}

// Target is the target with the state where that is not active.
func (r Route) Target() string {
	if r.State != "" && r.State != "active" {
		return r.TargetID() + " (" + r.State + ")"
	}
	return r.TargetID()
}

// InternetGateway is an entry of DescribeInternetGateways.
type InternetGateway struct {
	InternetGatewayID string `json:"InternetGatewayId"`
	Attachments       []GatewayAttachment
	Tags              []Tag
}

// GatewayAttachment ties a gateway to a VPC.
type GatewayAttachment struct {
	VpcID string `json:"VpcId"`
	State string // attaching, attached, detaching, detached; "available" of an internet gateway
}

// NATGateway is an entry of DescribeNatGateways.
type NATGateway struct {
	NatGatewayID        string `json:"NatGatewayId"`
	VpcID               string `json:"VpcId"`
	SubnetID            string `json:"SubnetId"`
	State               string // pending, failed, available, deleting, deleted
	ConnectivityType    string // public, private
	AvailabilityMode    string // zonal, regional; a regional one stands in no subnet
	RouteTableID        string `json:"RouteTableId"` // of a regional one
	NatGatewayAddresses []struct {
		NetworkInterfaceID string `json:"NetworkInterfaceId"`
		PrivateIP          string `json:"PrivateIp"`
		PublicIP           string `json:"PublicIp"`
		Status             string
	}
	Tags []Tag
}

// EgressOnlyGateway is an entry of DescribeEgressOnlyInternetGateways.
type EgressOnlyGateway struct {
	EgressOnlyInternetGatewayID string `json:"EgressOnlyInternetGatewayId"`
	Attachments                 []GatewayAttachment
	Tags                        []Tag
}

// Peering is an entry of DescribeVpcPeeringConnections.
type Peering struct {
	VpcPeeringConnectionID string `json:"VpcPeeringConnectionId"`
	Status                 struct{ Code, Message string }
	RequesterVpcInfo       PeeringVPC
	AccepterVpcInfo        PeeringVPC
	Tags                   []Tag
}

// PeeringVPC is one side of a peering connection.
type PeeringVPC struct {
	VpcID            string `json:"VpcId"`
	OwnerID          string `json:"OwnerId"`
	Region           string
	CidrBlock        string
	CidrBlockSet     []struct{ CidrBlock string }     // all of its ranges
	Ipv6CidrBlockSet []struct{ Ipv6CidrBlock string } // ditto
}

// EgressOnlyGateway finds an egress-only internet gateway by id.
func (x *Index) EgressOnlyGateway(id string) *EgressOnlyGateway {
	for i := range x.EgressOnlyGateways {
		if g := &x.EgressOnlyGateways[i]; g.EgressOnlyInternetGatewayID == id {
			return g
		}
	}
	return nil
}

// Peering finds a peering connection by id.
func (x *Index) Peering(id string) *Peering { return x.peerings[id] }
