package vpc

import (
	"slices"
	"strings"
)

// TransitGateway is an entry of DescribeTransitGateways. Only its owner sees all
// of its attachments, and its route tables at all ("Work with shared transit
// gateways", AWS Transit Gateway): where OwnerID is another account, an empty
// list of either proves nothing.
type TransitGateway struct {
	TransitGatewayID string `json:"TransitGatewayId"`
	OwnerID          string `json:"OwnerId"`
	State            string // pending, available, modifying, deleting, deleted
	Options          *TransitGatewayOptions
	Tags             []Tag
}

// TransitGatewayOptions are settings of a transit gateway: enable or disable.
type TransitGatewayOptions struct {
	AssociationDefaultRouteTableID  string `json:"AssociationDefaultRouteTableId"`
	PropagationDefaultRouteTableID  string `json:"PropagationDefaultRouteTableId"`
	DefaultRouteTableAssociation    string
	DefaultRouteTablePropagation    string
	SecurityGroupReferencingSupport string
	DNSSupport                      string `json:"DnsSupport"`
}

// TransitAttachment is an entry of DescribeTransitGatewayVpcAttachments.
type TransitAttachment struct {
	TransitGatewayAttachmentID string `json:"TransitGatewayAttachmentId"`
	TransitGatewayID           string `json:"TransitGatewayId"`
	VpcID                      string `json:"VpcId"`
	VpcOwnerID                 string `json:"VpcOwnerId"`
	State                      string
	SubnetIDs                  []string `json:"SubnetIds"` // at most one a zone; traffic of other zones is dropped
	Options                    *struct {
		SecurityGroupReferencingSupport string // enable, disable
		ApplianceModeSupport            string // ditto
		Ipv6Support                     string // ditto
	}
	Tags []Tag
}

// TransitGatewayAttachment is an entry of DescribeTransitGatewayAttachments: of
// a VPC, a VPN connection, a Direct Connect gateway, a peering or a Connect
// attachment. Only this answer says which route table a packet from there meets.
type TransitGatewayAttachment struct {
	TransitGatewayAttachmentID string `json:"TransitGatewayAttachmentId"`
	TransitGatewayID           string `json:"TransitGatewayId"`
	TransitGatewayOwnerID      string `json:"TransitGatewayOwnerId"`
	ResourceID                 string `json:"ResourceId"`
	ResourceOwnerID            string `json:"ResourceOwnerId"`
	ResourceType               string // vpc, vpn, direct-connect-gateway, peering, connect
	State                      string
	Association                *struct {
		TransitGatewayRouteTableID string `json:"TransitGatewayRouteTableId"`
		State                      string // associating, associated, disassociating, disassociated
	}
	Tags []Tag
}

// TransitRouteTable is an entry of DescribeTransitGatewayRouteTables, which
// leaves out associations and routes.
type TransitRouteTable struct {
	TransitGatewayRouteTableID   string `json:"TransitGatewayRouteTableId"`
	TransitGatewayID             string `json:"TransitGatewayId"`
	State                        string
	DefaultAssociationRouteTable bool
	DefaultPropagationRouteTable bool
	Tags                         []Tag
}

// TransitAssociations is the answer of GetTransitGatewayRouteTableAssociations
// together with the id that was asked for, which the answer leaves out. A
// document of its own has "TransitGatewayRouteTableId" beside "Associations";
// many in one read {"TransitGatewayRouteTableAssociations": [{…}, …]}.
type TransitAssociations struct {
	TransitGatewayRouteTableID string `json:"TransitGatewayRouteTableId"`
	Associations               []TransitAssociation
}

// TransitAssociation is an attachment whose packets are routed by the table.
type TransitAssociation struct {
	TransitGatewayAttachmentID string `json:"TransitGatewayAttachmentId"`
	ResourceID                 string `json:"ResourceId"`
	ResourceType               string
	State                      string
}

// TransitRoutes is the answer of SearchTransitGatewayRoutes together with the
// id that was asked for, which the answer leaves out. A document of its own has
// "TransitGatewayRouteTableId" beside "Routes"; many in one read
// {"TransitGatewayRoutes": [{…}, …]}.
type TransitRoutes struct {
	TransitGatewayRouteTableID string `json:"TransitGatewayRouteTableId"`
	Routes                     []TransitRoute
	AdditionalRoutesAvailable  bool // there are more routes than these
}

// TransitRoute is a route of a transit gateway's table. A blackhole has no
// attachment; several attachments share the traffic (ECMP).
type TransitRoute struct {
	DestinationCidrBlock      string
	PrefixListID              string `json:"PrefixListId"` // of a static route that came with a prefix list
	State                     string // active, blackhole
	Type                      string // static, propagated
	TransitGatewayAttachments []struct {
		TransitGatewayAttachmentID string `json:"TransitGatewayAttachmentId"`
		ResourceID                 string `json:"ResourceId"`
		ResourceType               string
	}
}

// Target lists what the route leads to, with the state where that is not
// active.
func (r TransitRoute) Target() string {
	var targets []string
	for _, a := range r.TransitGatewayAttachments {
		targets = append(targets, a.TransitGatewayAttachmentID)
	}
	if r.State != "" && r.State != "active" {
		targets = append(targets, "("+r.State+")")
	}
	return strings.Join(targets, " ")
}

// TransitGateway finds a transit gateway by id.
func (x *Index) TransitGateway(id string) *TransitGateway { return x.transits[id] }

// TransitAttachment finds the attachment of a VPC by the attachment's id.
func (x *Index) TransitAttachment(id string) *TransitAttachment { return x.vpcAttachments[id] }

// TransitAttachmentOf finds the attachment of a VPC to a transit gateway.
func (x *Index) TransitAttachmentOf(gateway, vpc string) *TransitAttachment {
	for i := range x.TransitAttachments {
		if a := &x.TransitAttachments[i]; a.TransitGatewayID == gateway && a.VpcID == vpc {
			return a
		}
	}
	return nil
}

// TransitGatewayAttachment finds an attachment of whatever kind by its id.
func (x *Index) TransitGatewayAttachment(id string) *TransitGatewayAttachment {
	return x.attachments[id]
}

// TransitRouteTable finds a route table of a transit gateway by id.
func (x *Index) TransitRouteTable(id string) *TransitRouteTable { return x.transitTables[id] }

// TransitRoutes lists the routes of a transit gateway's route table. The second
// result is false where they were not read, or not all of them.
func (x *Index) TransitRoutes(table string) ([]TransitRoute, bool) {
	r := x.transitRoutes[table]
	if r == nil {
		return nil, false
	}
	return r.Routes, !r.AdditionalRoutesAvailable
}

// TransitTableOf finds the id of the route table that decides on packets from
// an attachment, and the state of the association. The third result is false
// where that is not known: "" and true is an attachment without a table, whose
// packets are dropped.
func (x *Index) TransitTableOf(attachment string) (table, state string, known bool) {
	for i := range x.TransitAssociations {
		t := &x.TransitAssociations[i]
		for _, a := range t.Associations {
			if a.TransitGatewayAttachmentID == attachment {
				return t.TransitGatewayRouteTableID, a.State, true
			}
		}
	}
	a := x.attachments[attachment]
	if a != nil && a.Association != nil {
		return a.Association.TransitGatewayRouteTableID, a.Association.State, true
	}
	gateway := ""
	if v := x.vpcAttachments[attachment]; v != nil {
		gateway = v.TransitGatewayID
	} else if a != nil {
		gateway = a.TransitGatewayID
	}
	return "", "", gateway != "" && x.allAssociations(gateway)
}

// allAssociations reports whether the associations of every route table of a
// transit gateway were read.
func (x *Index) allAssociations(gateway string) bool {
	if !x.Has("TransitGatewayRouteTables") {
		return false
	}
	tables, read := 0, 0
	for _, t := range x.TransitRouteTables {
		if t.TransitGatewayID != gateway {
			continue
		}
		tables++
		for _, a := range x.TransitAssociations {
			if a.TransitGatewayRouteTableID == t.TransitGatewayRouteTableID {
				read++
				break
			}
		}
	}
	return tables > 0 && read == tables
}

// Joined lists the VPCs that a transit gateway or a peering connection joins
// with a VPC, sorted. Whether routes lead there is not said.
func (x *Index) Joined(vpc string) []string {
	var ids []string
	for _, near := range x.TransitAttachments {
		for _, far := range x.TransitAttachments {
			if near.VpcID == vpc && far.TransitGatewayID == near.TransitGatewayID {
				ids = append(ids, far.VpcID)
			}
		}
	}
	for _, p := range x.Peerings {
		switch vpc {
		case p.RequesterVpcInfo.VpcID:
			ids = append(ids, p.AccepterVpcInfo.VpcID)
		case p.AccepterVpcInfo.VpcID:
			ids = append(ids, p.RequesterVpcInfo.VpcID)
		}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == vpc || id == "" })
	slices.Sort(ids)
	return slices.Compact(ids)
}
