package ec2api

import (
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// What a document says about a transit gateway's route tables stands beside
// their ids, which the answers leave out:
//
//	TransitGatewayRouteTableAssociations: [{"TransitGatewayRouteTableId": …, "Associations": […]}]
//	TransitGatewayRoutes:                 [{"TransitGatewayRouteTableId": …, "Routes": […]}]
const (
	associationsKey = "TransitGatewayRouteTableAssociations"
	routesKey       = "TransitGatewayRoutes"
)

// describeTransitAttachments answers with the document's attachments of every
// kind, and with those of VPCs that stand in TransitGatewayVpcAttachments only.
func describeTransitAttachments(doc tree.Object, f wire.Form) (tree.Object, error) {
	all := tree.Objects(doc, "TransitGatewayAttachments")
	for _, a := range tree.Objects(doc, "TransitGatewayVpcAttachments") {
		id := tree.Text(a, "TransitGatewayAttachmentId")
		if !slices.ContainsFunc(all, func(o tree.Object) bool { return tree.Text(o, "TransitGatewayAttachmentId") == id }) {
			all = append(all, attachmentOf(doc, a))
		}
	}
	return listing{
		result: "TransitGatewayAttachments", id: "TransitGatewayAttachmentId", param: "TransitGatewayAttachmentIds", prefix: "tgw-attach-",
		notFound: "InvalidTransitGatewayAttachmentID.NotFound", noun: "transitGatewayAttachment ID", minimum: 5,
		filters: paths("transit-gateway-attachment-id", "TransitGatewayAttachmentId", "transit-gateway-id", "TransitGatewayId", "resource-id", "ResourceId",
			"resource-type", "ResourceType", "state", "State", "association.transit-gateway-route-table-id", "Association.TransitGatewayRouteTableId", "association.state", "Association.State"),
	}.describe(all, f)
}

// attachmentOf is the attachment of a VPC as DescribeTransitGatewayAttachments
// shows it.
func attachmentOf(doc, a tree.Object) tree.Object {
	out := tree.Object{
		"TransitGatewayAttachmentId": a["TransitGatewayAttachmentId"], "TransitGatewayId": a["TransitGatewayId"],
		"ResourceType": "vpc", "ResourceId": a["VpcId"], "ResourceOwnerId": a["VpcOwnerId"], "State": a["State"],
	}
	for _, table := range tree.Objects(doc, associationsKey) {
		for _, one := range tree.Objects(table, "Associations") {
			if tree.Text(one, "TransitGatewayAttachmentId") == tree.Text(a, "TransitGatewayAttachmentId") {
				out["Association"] = tree.Object{"TransitGatewayRouteTableId": table["TransitGatewayRouteTableId"], "State": one["State"]}
			}
		}
	}
	return out
}

func transitAssociations(doc tree.Object, f wire.Form) (tree.Object, error) {
	table, err := byID(doc, "DescribeTransitGatewayRouteTables", f, "TransitGatewayRouteTableId")
	if err != nil {
		return nil, err
	}
	found, _ := tree.Find(doc, associationsKey, "TransitGatewayRouteTableId", tree.Text(table, "TransitGatewayRouteTableId"))
	return listing{
		result: "Associations", id: "TransitGatewayAttachmentId", minimum: 5,
		filters: paths("resource-id", "ResourceId", "resource-type", "ResourceType", "transit-gateway-attachment-id", "TransitGatewayAttachmentId"),
	}.describe(tree.Objects(found, "Associations"), f)
}

// searchTransitRoutes wants a filter ("SearchTransitGatewayRoutes"). Those of
// route-search compare ranges, the others text.
func searchTransitRoutes(doc tree.Object, f wire.Form) (tree.Object, error) {
	table, err := byID(doc, "DescribeTransitGatewayRouteTables", f, "TransitGatewayRouteTableId")
	if err != nil {
		return nil, err
	}
	if len(f.Indices("Filter")) == 0 {
		return nil, missing("Filters")
	}
	found, _ := tree.Find(doc, routesKey, "TransitGatewayRouteTableId", tree.Text(table, "TransitGatewayRouteTableId"))
	routes := tree.Objects(found, "Routes")
	for i, r := range routes {
		routes[i] = searchable(r, f)
	}
	result, err := listing{
		result: "Routes", id: "DestinationCidrBlock", minimum: 5,
		filters: paths("state", "State", "type", "Type", "prefix-list-id", "PrefixListId", "attachment.transit-gateway-attachment-id", "TransitGatewayAttachments.TransitGatewayAttachmentId",
			"attachment.resource-id", "TransitGatewayAttachments.ResourceId", "attachment.resource-type", "TransitGatewayAttachments.ResourceType",
			"route-search.exact-match", "DestinationCidrBlock", "route-search.subnet-of-match", "within", "route-search.supernet-of-match", "around"),
	}.describe(routes, f)
	if err != nil {
		return nil, err
	}
	for _, r := range tree.Objects(result, "Routes") {
		delete(r, "within")
		delete(r, "around")
	}
	result["AdditionalRoutesAvailable"] = false
	return result, nil
}

// searchable copies a route and puts beside it those of the searched ranges that
// hold it, and those that it holds.
func searchable(route tree.Object, f wire.Form) tree.Object {
	out := tree.Object{"within": nil, "around": nil}
	for key, v := range route {
		out[key] = v
	}
	mine, err := netip.ParsePrefix(tree.Text(route, "DestinationCidrBlock"))
	if err != nil {
		return out
	}
	var within, around []string
	for _, n := range f.Indices("Filter") {
		for _, value := range f.List(wire.Join("Filter", n, "Value")) {
			p, err := netip.ParsePrefix(value)
			if err != nil || !p.Overlaps(mine) {
				continue
			}
			if p.Bits() <= mine.Bits() {
				within = append(within, value)
			}
			if p.Bits() >= mine.Bits() {
				around = append(around, value)
			}
		}
	}
	tree.SetStrings(out, "within", within)
	tree.SetStrings(out, "around", around)
	return out
}
