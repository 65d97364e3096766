package fuzz

// transit is the transit gateway of a world.
type transit struct {
	id          string
	attachments []attachment
}

type attachment struct {
	id string
	of *vpc
}

func (d *draft) peer(a, b *vpc) {
	p := peering{id: d.id("pcx"), a: a, b: b}
	code, other := "active", region
	if d.percent(8) {
		code = pick(d.dice, []string{"pending-acceptance", "deleted", "expired"})
	}
	if d.percent(8) {
		other = "eu-west-1"
	}
	side := func(v *vpc, region string) object {
		return object{"VpcId": v.id, "OwnerId": account, "Region": region, "CidrBlock": v.block(), "CidrBlockSet": []object{{"CidrBlock": v.block()}}}
	}
	d.peerings = append(d.peerings, p)
	d.add("VpcPeeringConnections", object{
		"VpcPeeringConnectionId": p.id, "Status": object{"Code": code, "Message": code},
		"RequesterVpcInfo": side(a, region), "AccepterVpcInfo": side(b, other),
	})
}

func (d *draft) support() string {
	if d.percent(75) {
		return "enable"
	}
	return "disable"
}

// transit draws a transit gateway, its attachments and one or two route tables.
func (d *draft) transit() {
	g := &transit{id: d.id("tgw")}
	d.gateway = g
	d.add("TransitGateways", object{
		"TransitGatewayId": g.id, "OwnerId": account, "State": "available", "Options": object{"SecurityGroupReferencingSupport": d.support()},
	})
	for _, v := range d.vpcs {
		if d.percent(85) {
			d.attach(g, v)
		}
	}
	if len(g.attachments) == 0 {
		return
	}
	tables := []string{d.id("tgw-rtb"), d.id("tgw-rtb")}[:d.between(1, 2)]
	associations := make([][]object, len(tables))
	for _, a := range g.attachments {
		if !d.percent(94) {
			continue
		}
		i := d.IntN(len(tables))
		associations[i] = append(associations[i], object{
			"TransitGatewayAttachmentId": a.id, "ResourceId": a.of.id, "ResourceType": "vpc", "State": "associated",
		})
	}
	for i, id := range tables {
		d.add("TransitGatewayRouteTables", object{"TransitGatewayRouteTableId": id, "TransitGatewayId": g.id, "State": "available"})
		d.add("TransitGatewayRouteTableAssociations", object{"TransitGatewayRouteTableId": id, "Associations": append([]object{}, associations[i]...)})
		d.add("TransitGatewayRoutes", object{"TransitGatewayRouteTableId": id, "Routes": d.transitRoutes(g)})
	}
}

// attach draws an attachment: in subnets of its own, or in those of hosts.
func (d *draft) attach(g *transit, v *vpc) {
	a := attachment{id: d.id("tgw-attach"), of: v}
	if d.percent(50) {
		for range d.between(1, 2) {
			v.transitSubnets = append(v.transitSubnets, d.subnet(v, true))
		}
	} else {
		v.transitSubnets = append(v.transitSubnets, v.subnets[0], v.subnets[1])
	}
	if len(v.transitSubnets) == 2 && v.transitSubnets[0].zone == v.transitSubnets[1].zone {
		v.transitSubnets = v.transitSubnets[:1] // one a zone
	}
	var ids []string
	for _, s := range v.transitSubnets {
		ids = append(ids, s.id)
	}
	state := "available"
	if d.percent(5) {
		state = "pendingAcceptance"
	}
	six := "disable"
	if v.six && d.percent(70) {
		six = "enable"
	}
	g.attachments = append(g.attachments, a)
	d.add("TransitGatewayVpcAttachments", object{
		"TransitGatewayAttachmentId": a.id, "TransitGatewayId": g.id, "VpcId": v.id, "VpcOwnerId": account, "State": state, "SubnetIds": ids,
		"Options": object{"DnsSupport": "enable", "SecurityGroupReferencingSupport": d.support(), "Ipv6Support": six, "ApplianceModeSupport": "disable"},
	})
}

func (d *draft) transitRoutes(g *transit) []object {
	routes := []object{}
	add := func(to, kind, state string, a attachment) {
		r := object{"DestinationCidrBlock": to, "Type": kind, "State": state}
		if state == "active" {
			r["TransitGatewayAttachments"] = []object{{"TransitGatewayAttachmentId": a.id, "ResourceId": a.of.id, "ResourceType": "vpc"}}
		}
		routes = append(routes, r)
	}
	for _, a := range g.attachments {
		if d.percent(90) {
			add(a.of.block(), "propagated", "active", a)
		}
		if a.of.six && d.percent(85) {
			add(a.of.block6(), "propagated", "active", a)
		}
		if d.percent(10) {
			add(pick(d.dice, a.of.subnets).block(), "static", "blackhole", a)
		}
	}
	if d.percent(50) {
		add("0.0.0.0/0", "static", "active", pick(d.dice, g.attachments))
	}
	return routes
}
