package ec2api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// target is a kind of next hop: the parameter that gives it and the listing
// that must hold it.
type target struct{ parameter, action string }

var targets = []target{
	{"GatewayId", "DescribeInternetGateways"},
	{"NatGatewayId", "DescribeNatGateways"},
	{"NetworkInterfaceId", "DescribeNetworkInterfaces"},
	{"TransitGatewayId", "DescribeTransitGateways"},
	{"VpcPeeringConnectionId", "DescribeVpcPeeringConnections"},
	{"EgressOnlyInternetGatewayId", "DescribeEgressOnlyInternetGateways"},
	{"VpcEndpointId", "DescribeVpcEndpoints"},
}

var destinations = []string{"DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"}

func createRoute(doc tree.Object, f wire.Form) (tree.Object, error) {
	table, route, err := readRoute(doc, f)
	if err != nil {
		return nil, err
	}
	routes := tree.Objects(table, "Routes")
	if findRoute(routes, route) >= 0 {
		return nil, wire.Faultf(http.StatusBadRequest, "RouteAlreadyExists", "The route identified by %s already exists.", destination(route))
	}
	if err := aim(doc, route, f); err != nil {
		return nil, err
	}
	tree.SetObjects(table, "Routes", append(routes, route))
	return returned(), nil
}

func replaceRoute(doc tree.Object, f wire.Form) (tree.Object, error) {
	table, route, err := readRoute(doc, f)
	if err != nil {
		return nil, err
	}
	routes := tree.Objects(table, "Routes")
	i := findRoute(routes, route)
	if i < 0 {
		return nil, noRoute(f, route)
	}
	if err := aim(doc, route, f); err != nil {
		return nil, err
	}
	routes[i] = route
	tree.SetObjects(table, "Routes", routes)
	return returned(), nil
}

func deleteRoute(doc tree.Object, f wire.Form) (tree.Object, error) {
	table, route, err := readRoute(doc, f)
	if err != nil {
		return nil, err
	}
	routes := tree.Objects(table, "Routes")
	i := findRoute(routes, route)
	if i < 0 {
		return nil, noRoute(f, route)
	}
	if tree.Text(routes[i], "GatewayId") == "local" {
		return nil, invalidValue("cannot remove local route %s in route table %s", destination(route), f.Text("RouteTableId"))
	}
	tree.SetObjects(table, "Routes", slices.Delete(routes, i, i+1))
	return returned(), nil
}

func noRoute(f wire.Form, route tree.Object) *wire.Fault {
	return wire.Faultf(http.StatusBadRequest, "InvalidRoute.NotFound", "no route with destination-cidr-block %s in route table %s", destination(route), f.Text("RouteTableId"))
}

func destination(route tree.Object) string {
	for _, name := range destinations {
		if v := tree.Text(route, name); v != "" {
			return v
		}
	}
	return ""
}

func findRoute(routes []tree.Object, route tree.Object) int {
	return slices.IndexFunc(routes, func(r tree.Object) bool { return destination(r) == destination(route) })
}

// readRoute finds the table and reads the destination.
func readRoute(doc tree.Object, f wire.Form) (table, route tree.Object, err error) {
	if table, err = byID(doc, "DescribeRouteTables", f, "RouteTableId"); err != nil {
		return nil, nil, err
	}
	route = tree.Object{}
	for _, name := range destinations {
		value := f.Text(name)
		if value == "" {
			continue
		}
		if name != "DestinationPrefixListId" {
			prefix, err := netip.ParsePrefix(value)
			if err != nil {
				return nil, nil, invalidValue("Value (%s) for parameter %s is invalid. This is not a valid CIDR block.", value, wire.LowerFirst(name))
			}
			value = prefix.Masked().String()
		}
		route[name] = value
	}
	if len(route) != 1 {
		return nil, nil, missing("destinationCidrBlock")
	}
	return table, route, nil
}

// aim adds the target, which must exist, and what the API adds to a route.
func aim(doc, route tree.Object, f wire.Form) error {
	route["Origin"], route["State"] = "CreateRoute", "active"
	if f.Text("LocalTarget") == "true" {
		route["GatewayId"], route["Origin"] = "local", "CreateRouteTable"
		return nil
	}
	set := 0
	for _, t := range targets {
		id := f.Text(t.parameter)
		if id == "" {
			continue
		}
		action := t.action
		if strings.HasPrefix(id, "vgw-") {
			action = "DescribeVpnGateways"
		}
		l := listings[action]
		if _, ok := tree.Find(doc, l.key, l.id, id); !ok {
			return l.missing(id)
		}
		member := t.parameter
		if member == "VpcEndpointId" {
			member = "GatewayId"
		}
		route[member] = id
		set++
	}
	if set != 1 {
		return wire.Faultf(http.StatusBadRequest, "InvalidParameterCombination", "Exactly one target of a route must be specified")
	}
	return nil
}
