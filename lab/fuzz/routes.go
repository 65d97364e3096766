package fuzz

import (
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// routes draws the route tables of all VPCs: what is needed, some of it
// missing, and what nobody needs.
func (d *draft) routes() {
	for _, v := range d.vpcs {
		main := d.table(v, true)
		other := d.table(v, false)
		for _, s := range v.subnets {
			switch {
			case s.table == natTable:
				d.associate(d.natTable(v), s)
			case d.percent(30):
				d.associate(other, s)
			}
		}
		d.add("RouteTables", main)
		d.add("RouteTables", other)
	}
}

// natTable marks the subnets of NAT gateways.
const natTable = -1

func (d *draft) table(v *vpc, isMain bool) object {
	id := d.id("rtb")
	associations := []object{}
	if isMain {
		associations = append(associations, object{"Main": true, "RouteTableAssociationId": d.id("rtbassoc"), "RouteTableId": id})
	}
	t := object{"RouteTableId": id, "VpcId": v.id, "OwnerId": account, "Associations": associations, "Routes": []object{}, "PropagatingVgws": []object{}}
	local(t, v)
	d.waysOut(t, v, isMain)
	d.waysAcross(t, v)
	d.oddWays(t, v)
	return t
}

func (d *draft) associate(t object, s *subnet) {
	addTo(t, "Associations", object{"Main": false, "RouteTableAssociationId": d.id("rtbassoc"), "RouteTableId": t["RouteTableId"], "SubnetId": s.id})
}

func local(t object, v *vpc) {
	way(t, v.block(), "GatewayId", "local", "active")
	if v.six {
		way(t, v.block6(), "GatewayId", "local", "active")
	}
}

// way adds a route unless there is one to the destination.
func way(t object, to, member, target, state string) {
	key := "DestinationCidrBlock"
	switch {
	case to[:min(3, len(to))] == "pl-":
		key = "DestinationPrefixListId"
	case blockKey(to) == "Ipv6CidrBlock":
		key = "DestinationIpv6CidrBlock"
	}
	routes := t["Routes"].([]object)
	for _, r := range routes {
		if r[key] == to {
			return
		}
	}
	origin := "CreateRoute"
	if target == "local" {
		origin = "CreateRouteTable"
	}
	t["Routes"] = append(routes, object{key: to, member: target, "State": state, "Origin": origin})
}

func (d *draft) state() string {
	if d.percent(5) {
		return "blackhole"
	}
	return "active"
}

// waysOut leads to the internet and to S3.
func (d *draft) waysOut(t object, v *vpc, isMain bool) {
	switch {
	case v.nat != "" && (isMain || d.percent(40)) && d.percent(75):
		way(t, "0.0.0.0/0", "NatGatewayId", v.nat, d.state())
	case v.igw != "" && d.percent(75):
		way(t, "0.0.0.0/0", "GatewayId", v.igw, d.state())
	case d.attached(v) && d.percent(50):
		way(t, "0.0.0.0/0", "TransitGatewayId", d.gateway.id, d.state())
	}
	switch {
	case v.eigw != "" && d.percent(60):
		way(t, "::/0", "EgressOnlyInternetGatewayId", v.eigw, d.state())
	case v.six && v.igw != "" && d.percent(60):
		way(t, "::/0", "GatewayId", v.igw, d.state())
	}
	if v.s3 != "" && d.percent(80) {
		way(t, d.services, "GatewayId", v.s3, "active")
	}
}

func (d *draft) attached(v *vpc) bool { return len(v.transitSubnets) > 0 }

// waysAcross leads to the other VPCs, by peering or the transit gateway.
func (d *draft) waysAcross(t object, v *vpc) {
	for _, p := range d.peerings {
		other := p.b
		switch v {
		case p.b:
			other = p.a
		case p.a:
		default:
			continue
		}
		if d.attached(v) && d.attached(other) && d.percent(45) {
			continue
		}
		if d.percent(90) {
			way(t, d.narrowed(other), "VpcPeeringConnectionId", p.id, d.state())
		}
		if v.six && other.six && d.percent(90) {
			way(t, other.block6(), "VpcPeeringConnectionId", p.id, d.state())
		}
	}
	if !d.attached(v) {
		return
	}
	for _, other := range d.vpcs {
		if other == v || !d.percent(88) {
			continue
		}
		way(t, other.block(), "TransitGatewayId", d.gateway.id, d.state())
		if v.six && other.six {
			way(t, other.block6(), "TransitGatewayId", d.gateway.id, d.state())
		}
	}
	if lists := d.beyond(v); len(lists) > 0 && d.percent(25) {
		way(t, pick(d.dice, lists), "TransitGatewayId", d.gateway.id, "active")
	}
}

// narrowed is the block of a VPC, or that of one of its subnets.
func (d *draft) narrowed(v *vpc) string {
	if d.percent(12) {
		return pick(d.dice, v.subnets).block()
	}
	return v.block()
}

// oddWays leads through a private NAT gateway, past the local route, into a
// blackhole, over a peering connection that nobody answers on.
func (d *draft) oddWays(t object, v *vpc) {
	if v.private != "" && d.percent(20) {
		way(t, pick(d.dice, []string{"0.0.0.0/0", "198.51.100.0/24"}), "NatGatewayId", v.private, "active")
	}
	if s := pick(d.dice, v.subnets); d.percent(6) && !s.only && (v.nat != "" || v.private != "") {
		nat := v.private
		if nat == "" {
			nat = v.nat
		}
		way(t, s.block(), "NatGatewayId", nat, "active")
	}
	if d.percent(10) {
		way(t, "203.0.113.0/24", "NatGatewayId", d.id("nat"), "blackhole")
	}
	if len(d.peerings) > 0 && d.percent(8) {
		p := pick(d.dice, d.peerings)
		if p.a == v || p.b == v {
			way(t, "0.0.0.0/0", "VpcPeeringConnectionId", p.id, "active")
		}
	}
}

// natTable is the table of a NAT gateway's subnet: to the internet gateway or,
// for a private one, to the other VPCs.
func (d *draft) natTable(v *vpc) object {
	id := d.id("rtb")
	t := object{"RouteTableId": id, "VpcId": v.id, "OwnerId": account, "Associations": []object{}, "Routes": []object{}, "PropagatingVgws": []object{}}
	local(t, v)
	if v.igw != "" && d.percent(88) {
		way(t, "0.0.0.0/0", "GatewayId", v.igw, d.state())
	}
	d.waysAcross(t, v)
	return d.add("RouteTables", t)
}
