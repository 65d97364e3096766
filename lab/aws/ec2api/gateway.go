package ec2api

import (
	"net/http"
	"slices"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// setRouteTables associates a gateway endpoint with route tables: each has a
// route to the service's prefix list by the endpoint as long ("Gateway
// endpoints", AWS PrivateLink).
func setRouteTables(doc, endpoint tree.Object, f wire.Form) error {
	add, remove := f.List("AddRouteTableId"), f.List("RemoveRouteTableId")
	if len(add)+len(remove) == 0 {
		return nil
	}
	id := tree.Text(endpoint, "VpcEndpointId")
	list, ok := tree.Find(doc, "PrefixLists", "PrefixListName", tree.Text(endpoint, "ServiceName"))
	if tree.Text(endpoint, "VpcEndpointType") != "Gateway" || !ok {
		return wire.Faultf(http.StatusBadRequest, "InvalidParameter", "Route tables can be modified only for endpoints of type Gateway, which %s is not", id)
	}
	tables := tree.Strings(endpoint, "RouteTableIds")
	for _, table := range slices.Concat(add, remove) {
		found, ok := tree.Find(doc, "RouteTables", "RouteTableId", table)
		if !ok {
			return listings["DescribeRouteTables"].missing(table)
		}
		byEndpoint := func(r tree.Object) bool { return tree.Text(r, "GatewayId") == id }
		routes := slices.DeleteFunc(tree.Objects(found, "Routes"), byEndpoint)
		tables = slices.DeleteFunc(tables, func(t string) bool { return t == table })
		if slices.Contains(add, table) {
			tables = append(tables, table)
			routes = append(routes, tree.Object{"DestinationPrefixListId": tree.Text(list, "PrefixListId"), "GatewayId": id, "Origin": "CreateRoute", "State": "active"})
		}
		tree.SetObjects(found, "Routes", routes)
	}
	tree.SetStrings(endpoint, "RouteTableIds", tables)
	return nil
}
