package fuzz

import (
	"fmt"
	"net/netip"
	"slices"
)

// topology draws VPCs, subnets, gateways and interfaces.
func (d *draft) topology() {
	for i := range d.between(1, 3) {
		d.vpc(1 + i)
	}
	d.listed()
	for _, v := range d.vpcs {
		d.gateways(v)
		d.interfaces(v)
	}
	for i, a := range d.vpcs {
		for _, b := range d.vpcs[i+1:] {
			if d.percent(65) {
				d.peer(a, b)
			}
		}
	}
	if len(d.vpcs) > 1 && d.percent(70) {
		d.transit()
	}
	d.publicAccess()
}

func (d *draft) vpc(number int) {
	v := &vpc{id: d.id("vpc"), number: number, six: d.percent(50)}
	d.vpcs = append(d.vpcs, v)
	entry := d.add("Vpcs", object{
		"VpcId": v.id, "OwnerId": account, "State": "available", "IsDefault": false, "InstanceTenancy": "default", "CidrBlock": v.block(),
		"CidrBlockAssociationSet": []object{{"AssociationId": d.id("vpc-cidr-assoc"), "CidrBlock": v.block(), "CidrBlockState": object{"State": "associated"}}},
	})
	if v.six {
		entry["Ipv6CidrBlockAssociationSet"] = []object{d.sixBlock("vpc-cidr-assoc", v.block6())}
	}
	d.add("VpcAttributes", object{"VpcId": v.id, "EnableDnsSupport": object{"Value": true}, "EnableDnsHostnames": object{"Value": true}})
	for range d.between(2, 3) {
		d.subnet(v, false)
	}
}

func (d *draft) sixBlock(prefix, block string) object {
	return object{"AssociationId": d.id(prefix), "Ipv6CidrBlock": block, "Ipv6CidrBlockState": object{"State": "associated"}}
}

func (d *draft) subnet(v *vpc, only bool) *subnet {
	s := &subnet{id: d.id("subnet"), zone: pick(d.dice, zones), of: v, number: 1 + len(v.subnets), only: only}
	v.subnets = append(v.subnets, s)
	entry := d.add("Subnets", object{
		"SubnetId": s.id, "VpcId": v.id, "OwnerId": account, "State": "available", "CidrBlock": s.block(),
		"AvailabilityZone": s.zone, "AvailabilityZoneId": zoneID(s.zone), "AvailableIpAddressCount": 240, "MapPublicIpOnLaunch": false,
	})
	if v.six {
		entry["Ipv6CidrBlockAssociationSet"] = []object{d.sixBlock("subnet-cidr-assoc", s.block6())}
	}
	return s
}

func zoneID(zone string) string {
	return map[string]string{zones[0]: "use1-az1", zones[1]: "use1-az2"}[zone]
}

// listed draws the prefix lists: that of S3, and some of the customer's.
func (d *draft) listed() {
	d.services = d.prefixList(s3, "AWS", []string{"198.51.100.64/28"})
	for i := range d.between(0, 2) {
		var blocks []string
		for range d.between(1, 3) {
			blocks = append(blocks, d.block())
		}
		blocks = distinct(blocks)
		d.lists = append(d.lists, prefixList{d.prefixList(fmt.Sprintf("partners-%d", i), account, blocks), blocks})
	}
}

func (d *draft) prefixList(name, owner string, blocks []string) string {
	id := d.id("pl")
	d.add("PrefixLists", object{"PrefixListId": id, "PrefixListName": name, "OwnerId": owner, "AddressFamily": "IPv4", "State": "create-complete", "Cidrs": blocks})
	return id
}

// beyond are the lists with no block of a VPC's own: a route past the local one
// leads to a NAT gateway, an interface or a Gateway Load Balancer endpoint only
// ("Subnet route tables").
func (d *draft) beyond(v *vpc) []string {
	var ids []string
	own := netip.MustParsePrefix(v.block())
	for _, l := range d.lists {
		if !slices.ContainsFunc(l.blocks, func(b string) bool { return own.Contains(netip.MustParsePrefix(b).Addr()) }) {
			ids = append(ids, l.id)
		}
	}
	return ids
}

func distinct(all []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, one := range all {
		if !seen[one] {
			seen[one] = true
			kept = append(kept, one)
		}
	}
	return kept
}

// block is one that rules may name: of IPv4, of a VPC, a subnet or the internet.
func (d *draft) block() string {
	v := pick(d.dice, d.vpcs)
	switch n := d.IntN(100); {
	case n < 35:
		return v.block()
	case n < 65:
		return pick(d.dice, v.subnets).block()
	case n < 75:
		return "10.0.0.0/8"
	case n < 80:
		return "203.0.113.0/24"
	}
	return "0.0.0.0/0"
}

func (d *draft) block6() string {
	v := pick(d.dice, d.vpcs)
	switch n := d.IntN(100); {
	case n < 30:
		return v.block6()
	case n < 55:
		return pick(d.dice, v.subnets).block6()
	}
	return "::/0"
}

// gateways draws what leads out of a VPC; some of it does not work.
func (d *draft) gateways(v *vpc) {
	if d.percent(65) {
		v.igw = d.id("igw")
		attachments := []object{{"VpcId": v.id, "State": "available"}}
		if d.percent(6) {
			attachments = []object{}
		}
		d.add("InternetGateways", object{"InternetGatewayId": v.igw, "OwnerId": account, "Attachments": attachments})
	}
	if v.six && d.percent(60) {
		v.eigw = d.id("eigw")
		d.add("EgressOnlyInternetGateways", object{"EgressOnlyInternetGatewayId": v.eigw, "Attachments": []object{{"VpcId": v.id, "State": "attached"}}})
	}
	if v.igw != "" && d.percent(65) {
		v.nat = d.natGateway(v, "public")
	}
	if d.percent(25) {
		v.private = d.natGateway(v, "private")
	}
	if d.percent(45) {
		v.s3 = d.id("vpce")
		state := "available"
		if d.percent(8) {
			state = "deleting"
		}
		d.add("VpcEndpoints", object{
			"VpcEndpointId": v.s3, "VpcEndpointType": "Gateway", "VpcId": v.id, "ServiceName": s3, "State": state, "OwnerId": account,
			"PolicyDocument": `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
			"RouteTableIds":  []string{}, "SubnetIds": []string{}, "Groups": []object{}, "NetworkInterfaceIds": []string{}, "PrivateDnsEnabled": false,
		})
	}
}

func (d *draft) natGateway(v *vpc, kind string) string {
	s := d.subnet(v, true)
	s.table = natTable
	id, state := d.id("nat"), "available"
	if d.percent(8) {
		state = pick(d.dice, []string{"failed", "pending"})
	}
	e := d.eni(s, "nat_gateway", nil)
	address := object{"NetworkInterfaceId": e.id, "PrivateIp": e.address.String(), "Status": "succeeded", "IsPrimary": true}
	if kind == "public" {
		public := netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + v.number)})
		d.publish(e.id, public)
		address["PublicIp"], address["AllocationId"] = public.String(), d.id("eipalloc")
	}
	d.add("NatGateways", object{
		"NatGatewayId": id, "VpcId": v.id, "SubnetId": s.id, "State": state, "ConnectivityType": kind, "NatGatewayAddresses": []object{address},
	})
	return id
}

// eni draws an interface of a subnet with some groups.
func (d *draft) eni(s *subnet, kind string, groups []string) *eni {
	s.used++
	e := eni{
		id: d.id("eni"), address: netip.AddrFrom4([4]byte{10, byte(s.of.number), byte(s.number), byte(9 + s.used)}),
		source: kind == "interface" || kind == "agentic_ai",
	}
	carried := []object{}
	for _, g := range groups {
		carried = append(carried, object{"GroupId": g, "GroupName": g})
	}
	entry := d.add("NetworkInterfaces", object{
		"NetworkInterfaceId": e.id, "InterfaceType": kind, "VpcId": s.of.id, "SubnetId": s.id, "AvailabilityZone": s.zone, "OwnerId": account,
		"Status": "in-use", "PrivateIpAddress": e.address.String(), "SourceDestCheck": kind != "nat_gateway", "Groups": carried,
		"RequesterManaged": kind != "interface", "Ipv6Addresses": []object{},
		"PrivateIpAddresses": []object{{"PrivateIpAddress": e.address.String(), "Primary": true}},
	})
	if s.of.six && kind == "interface" && d.percent(85) {
		e.six = netip.MustParseAddr(fmt.Sprintf("2001:db8:%x:%x::%x", s.of.number, s.number, 9+s.used))
		entry["Ipv6Addresses"] = []object{{"Ipv6Address": e.six.String()}}
	}
	s.enis = append(s.enis, e)
	return &s.enis[len(s.enis)-1]
}

// publish gives an interface a public address.
func (d *draft) publish(id string, public netip.Addr) {
	for _, e := range d.document["NetworkInterfaces"].([]object) {
		if e["NetworkInterfaceId"] == id {
			association := object{"PublicIp": public.String(), "IpOwnerId": account}
			e["Association"] = association
			e["PrivateIpAddresses"].([]object)[0]["Association"] = association
		}
	}
}

// interfaces draws groups' names and who carries them.
func (d *draft) interfaces(v *vpc) {
	for range d.between(2, 4) {
		v.groups = append(v.groups, d.id("sg"))
	}
	for _, s := range v.subnets {
		if s.only {
			continue
		}
		for range d.between(1, 2) {
			kind := "interface"
			if d.percent(10) {
				kind = "agentic_ai"
			}
			e := d.eni(s, kind, d.someGroups(v))
			if v.igw != "" && kind == "interface" && d.percent(30) {
				d.publics++
				e.public = netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + d.publics)})
				d.publish(e.id, e.public)
			}
		}
	}
	if d.percent(40) {
		d.endpoint(v)
	}
}

func (d *draft) someGroups(v *vpc) []string {
	var carried []string
	for range d.between(1, 3) {
		carried = append(carried, pick(d.dice, v.groups))
	}
	return distinct(carried)
}

// endpoint draws an interface endpoint.
func (d *draft) endpoint(v *vpc) {
	groups := d.someGroups(v)
	var enis, subnets []string
	for _, s := range v.subnets {
		if !s.only && d.percent(60) {
			enis, subnets = append(enis, d.eni(s, "vpc_endpoint", groups).id), append(subnets, s.id)
		}
	}
	state := "available"
	if d.percent(10) {
		state = pick(d.dice, []string{"pending", "rejected"})
	}
	carried := []object{}
	for _, g := range groups {
		carried = append(carried, object{"GroupId": g, "GroupName": g})
	}
	d.add("VpcEndpoints", object{
		"VpcEndpointId": d.id("vpce"), "VpcEndpointType": "Interface", "VpcId": v.id, "ServiceName": "com.amazonaws." + region + ".bedrock-agentcore", "State": state,
		"OwnerId": account, "RouteTableIds": []string{}, "SubnetIds": subnets, "Groups": carried, "NetworkInterfaceIds": enis, "PrivateDnsEnabled": true,
	})
}

// publicAccess draws what Block Public Access stops: mostly nothing.
func (d *draft) publicAccess() {
	mode := "off"
	if d.percent(12) {
		mode = pick(d.dice, []string{"block-bidirectional", "block-ingress"})
	}
	d.document["VpcBlockPublicAccessOptions"] = object{"AwsAccountId": account, "AwsRegion": region, "State": "update-complete", "InternetGatewayBlockMode": mode}
	d.document["VpcBlockPublicAccessExclusions"] = []object{}
	if mode != "off" && d.percent(50) {
		d.add("VpcBlockPublicAccessExclusions", object{
			"ExclusionId": d.id("vpcbpa-exclude"), "InternetGatewayExclusionMode": "allow-bidirectional", "State": "create-complete",
			"ResourceArn": "arn:aws:ec2:" + region + ":" + account + ":vpc/" + pick(d.dice, d.vpcs).id,
		})
	}
}
