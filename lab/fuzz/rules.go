package fuzz

// rules draws security groups and network ACLs.
func (d *draft) rules() {
	for _, v := range d.vpcs {
		for i, id := range v.groups {
			d.add("SecurityGroups", object{
				"GroupId": id, "GroupName": id, "Description": "drawn", "VpcId": v.id, "OwnerId": account,
				"IpPermissions": d.permissions(v, d.between(1, 4)), "IpPermissionsEgress": d.egress(v, i),
			})
		}
		d.acls(v)
	}
}

// egress is what a new group has, or drawn.
func (d *draft) egress(v *vpc, i int) []object {
	if i > 0 && d.percent(35) {
		return d.permissions(v, d.between(1, 4))
	}
	all := permission("-1")
	all["IpRanges"] = []object{{"CidrIp": "0.0.0.0/0"}}
	if v.six && d.percent(85) {
		all["Ipv6Ranges"] = []object{{"CidrIpv6": "::/0"}}
	}
	return []object{all}
}

func permission(protocol string) object {
	return object{"IpProtocol": protocol, "IpRanges": []object{}, "Ipv6Ranges": []object{}, "PrefixListIds": []object{}, "UserIdGroupPairs": []object{}}
}

func (d *draft) permissions(v *vpc, count int) []object {
	all := []object{}
	for range count {
		p := d.service(v)
		for range d.between(1, 2) {
			d.peerOf(v, p)
		}
		all = append(all, p)
	}
	return all
}

// service draws protocol and ports.
func (d *draft) service(v *vpc) object {
	switch n := d.IntN(100); {
	case n < 25:
		return permission("-1")
	case n < 70:
		return d.withPorts("tcp")
	case n < 82:
		return d.withPorts("udp")
	case n < 92:
		name, echo := "icmp", 8
		if v.six && d.percent(40) {
			name, echo = "icmpv6", 128
		}
		p := permission(name)
		p["FromPort"], p["ToPort"] = -1, -1
		if d.percent(40) {
			p["FromPort"] = pick(d.dice, []int{echo, echo, 3})
		}
		return p
	}
	return permission(itoa(pick(d.dice, protocols)))
}

func (d *draft) withPorts(protocol string) object {
	p := permission(protocol)
	p["FromPort"], p["ToPort"] = d.ports()
	return p
}

// ports draws one port, a range, or all.
func (d *draft) ports() (from, to int) {
	one, other := pick(d.dice, ports), pick(d.dice, ports)
	switch n := d.IntN(100); {
	case n < 45:
		return one, one
	case n < 80:
		return min(one, other), max(one, other)
	}
	return 0, 65535
}

// peerOf adds a source or destination to a permission.
func (d *draft) peerOf(v *vpc, p object) {
	switch n := d.IntN(100); {
	case n < 35:
		addTo(p, "UserIdGroupPairs", object{"GroupId": d.group(v), "UserId": account})
	case n < 47 && len(d.lists) > 0:
		addTo(p, "PrefixListIds", object{"PrefixListId": pick(d.dice, append(d.lists, prefixList{id: d.services})).id})
	case n < 60 && v.six:
		addTo(p, "Ipv6Ranges", object{"CidrIpv6": d.block6()})
	case n < 68 && len(d.enis()) > 0:
		addTo(p, "IpRanges", object{"CidrIp": pick(d.dice, d.enis()).address.String() + "/32"})
	default:
		addTo(p, "IpRanges", object{"CidrIp": d.block()})
	}
}

// group draws one that a rule of a VPC may refer to: its own, or that of a VPC
// beyond a peering connection or a transit gateway.
func (d *draft) group(v *vpc) string {
	if d.percent(30) {
		return pick(d.dice, pick(d.dice, d.vpcs).groups)
	}
	return pick(d.dice, v.groups)
}

func addTo(p object, list string, entry object) {
	all, _ := p[list].([]object)
	for _, one := range all {
		if same(one, entry) {
			return
		}
	}
	p[list] = append(all, entry)
}

func same(a, b object) bool {
	for key, value := range b {
		if a[key] != value {
			return false
		}
	}
	return true
}

// acls draws a VPC's default ACL and sometimes others.
func (d *draft) acls(v *vpc) {
	open := []object{}
	for _, egress := range []bool{true, false} {
		open = append(open, aclEntry(100, egress, "allow", "-1", "0.0.0.0/0"))
		if v.six {
			open = append(open, aclEntry(101, egress, "allow", "-1", "::/0"))
		}
		open = append(open, lastEntries(v, egress)...)
	}
	if d.percent(20) {
		open = append(open, d.denials(v, true)...)
	}
	d.add("NetworkAcls", object{"NetworkAclId": d.id("acl"), "VpcId": v.id, "OwnerId": account, "IsDefault": true, "Associations": []object{}, "Entries": open})
	for range d.IntN(3) {
		id := d.id("acl")
		var associations []object
		for _, s := range v.subnets {
			if d.percent(30) && !s.judged {
				s.judged = true
				associations = append(associations, object{"NetworkAclAssociationId": d.id("aclassoc"), "NetworkAclId": id, "SubnetId": s.id})
			}
		}
		d.add("NetworkAcls", object{
			"NetworkAclId": id, "VpcId": v.id, "OwnerId": account, "IsDefault": false,
			"Associations": append([]object{}, associations...), "Entries": d.entries(v),
		})
	}
}

func aclEntry(number int, egress bool, action, protocol, block string) object {
	e := object{"RuleNumber": number, "Egress": egress, "RuleAction": action, "Protocol": protocol}
	e[blockKey(block)] = block
	return e
}

func blockKey(block string) string {
	for _, c := range block {
		if c == ':' {
			return "Ipv6CidrBlock"
		}
	}
	return "CidrBlock"
}

// lastEntries are those that every ACL ends with.
func lastEntries(v *vpc, egress bool) []object {
	last := []object{aclEntry(32767, egress, "deny", "-1", "0.0.0.0/0")}
	if v.six {
		last = append(last, aclEntry(32768, egress, "deny", "-1", "::/0"))
	}
	return last
}

// entries draws an ACL: either open with denials before, or closed with what it
// admits and the replies.
func (d *draft) entries(v *vpc) []object {
	entries := []object{}
	if d.percent(55) {
		for _, egress := range []bool{true, false} {
			entries = append(entries, aclEntry(1000, egress, "allow", "-1", "0.0.0.0/0"))
			if v.six {
				entries = append(entries, aclEntry(1001, egress, "allow", "-1", "::/0"))
			}
			entries = append(entries, lastEntries(v, egress)...)
		}
		return append(entries, d.denials(v, false)...)
	}
	for _, egress := range []bool{true, false} {
		for i := range d.between(2, 4) {
			entries = append(entries, d.drawn(v, 100+10*i, egress, "allow"))
		}
		for i, protocol := range []string{"6", "17"} {
			back := aclEntry(200+i, egress, "allow", protocol, "0.0.0.0/0")
			back["PortRange"] = d.ephemeral()
			entries = append(entries, back)
			if v.six {
				back := aclEntry(210+i, egress, "allow", protocol, "::/0")
				back["PortRange"] = d.ephemeral()
				entries = append(entries, back)
			}
		}
		entries = append(entries, lastEntries(v, egress)...)
	}
	return entries
}

// ephemeral is a range for replies: mostly one that holds all ports of Linux
// ("Custom network ACLs for your VPC", section "Ephemeral ports").
func (d *draft) ephemeral() object {
	switch n := d.IntN(100); {
	case n < 60:
		return object{"From": 1024, "To": 65535}
	case n < 90:
		return object{"From": 32768, "To": pick(d.dice, []int{60999, 65535})}
	case n < 95:
		return object{"From": 32768, "To": pick(d.dice, []int{40000, 49151})}
	}
	return object{"From": 1024, "To": 5000}
}

// denials draws entries that come before others.
func (d *draft) denials(v *vpc, rare bool) []object {
	entries := []object{}
	for i := range d.between(1, 3) {
		if rare && i > 0 {
			break
		}
		entries = append(entries, d.drawn(v, 10+10*i, d.percent(50), pick(d.dice, []string{"deny", "deny", "allow"})))
	}
	return entries
}

// drawn is an entry about some protocol, ports and block.
func (d *draft) drawn(v *vpc, number int, egress bool, action string) object {
	block := d.block()
	six := v.six && d.percent(25)
	if six {
		block = d.block6()
	}
	switch n := d.IntN(100); {
	case n < 30:
		return aclEntry(number, egress, action, "-1", block)
	case n < 75:
		e := aclEntry(number, egress, action, pick(d.dice, []string{"6", "6", "17"}), block)
		from, to := d.ports()
		if d.percent(12) {
			from, to = 1024, 65535
		}
		e["PortRange"] = object{"From": from, "To": to}
		return e
	case n < 90:
		protocol, kinds := "1", []int{-1, 8, 0}
		if six {
			protocol, kinds = "58", []int{-1, 128, 129}
		}
		e := aclEntry(number, egress, action, protocol, block)
		e["IcmpTypeCode"] = object{"Type": pick(d.dice, kinds), "Code": -1}
		return e
	}
	return aclEntry(number, egress, action, itoa(pick(d.dice, protocols)), block)
}
