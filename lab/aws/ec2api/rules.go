package ec2api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// rule is one source or destination of a security group's permissions: what
// EC2 calls a security group rule.
type rule struct {
	protocol string // -1, tcp, udp, icmp, icmpv6 or a number
	from, to string // "" where the protocol has none
	peer     peer
	value    string      // CIDR or id
	entry    tree.Object // as it stands in the permission
}

// peer is a kind of source: where it stands in a permission, and in a rule.
type peer struct{ list, field, rule string }

var peers = []peer{
	{"IpRanges", "CidrIp", "CidrIpv4"},
	{"Ipv6Ranges", "CidrIpv6", "CidrIpv6"},
	{"PrefixListIds", "PrefixListId", "PrefixListId"},
	{"UserIdGroupPairs", "GroupId", ""},
}

func (r rule) same(o rule) bool {
	return r.protocol == o.protocol && r.from == o.from && r.to == o.to && r.peer == o.peer && r.value == o.value
}

// id derives a stable id: the document has none.
func (r rule) id(group, direction string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{group, direction, r.protocol, r.from, r.to, r.peer.list, r.value}, "|")))
	return "sgr-0" + hex.EncodeToString(sum[:])[:16]
}

// describe returns the rule as DescribeSecurityGroupRules prints it.
func (r rule) describe(group tree.Object, direction string) tree.Object {
	id := tree.Text(group, "GroupId")
	out := tree.Object{
		"SecurityGroupRuleId": r.id(id, direction), "GroupId": id, "GroupOwnerId": tree.Text(group, "OwnerId"),
		"IsEgress": direction == "IpPermissionsEgress", "IpProtocol": r.protocol, "Tags": []any{},
		"FromPort": json.Number("-1"), "ToPort": json.Number("-1"),
	}
	if r.from != "" {
		out["FromPort"], out["ToPort"] = json.Number(r.from), json.Number(r.to)
	}
	if d := tree.Text(r.entry, "Description"); d != "" {
		out["Description"] = d
	}
	if r.peer.rule != "" {
		out[r.peer.rule] = r.value
		return out
	}
	referenced := tree.Object{"GroupId": r.value}
	for _, member := range []string{"UserId", "VpcId", "VpcPeeringConnectionId", "PeeringStatus"} {
		if v := tree.Text(r.entry, member); v != "" {
			referenced[member] = v
		}
	}
	out["ReferencedGroupInfo"] = referenced
	return out
}

func rulesOf(group tree.Object, direction string) []rule {
	var out []rule
	for _, permission := range tree.Objects(group, direction) {
		for _, p := range peers {
			for _, entry := range tree.Objects(permission, p.list) {
				out = append(out, rule{
					protocol: tree.Text(permission, "IpProtocol"), from: tree.Text(permission, "FromPort"), to: tree.Text(permission, "ToPort"),
					peer: p, value: tree.Text(entry, p.field), entry: entry,
				})
			}
		}
	}
	return out
}

// setRules writes rules back as permissions, one for each protocol and range of
// ports, as EC2 groups them.
func setRules(group tree.Object, direction string, rules []rule) {
	permissions := []tree.Object{}
	for _, r := range rules {
		i := slices.IndexFunc(permissions, func(p tree.Object) bool {
			return tree.Text(p, "IpProtocol") == r.protocol && tree.Text(p, "FromPort") == r.from && tree.Text(p, "ToPort") == r.to
		})
		if i < 0 {
			i = len(permissions)
			permissions = append(permissions, emptyPermission(r))
		}
		tree.SetObjects(permissions[i], r.peer.list, append(tree.Objects(permissions[i], r.peer.list), r.entry))
	}
	tree.SetObjects(group, direction, permissions)
}

func emptyPermission(r rule) tree.Object {
	permission := tree.Object{"IpProtocol": r.protocol}
	if r.from != "" {
		permission["FromPort"], permission["ToPort"] = json.Number(r.from), json.Number(r.to)
	}
	for _, p := range peers {
		permission[p.list] = []any{}
	}
	return permission
}

// readRules takes the rules of an authorize or revoke request: either a list of
// permissions or a single one spelt out in the request itself.
func readRules(doc tree.Object, f wire.Form) ([]rule, error) {
	var out []rule
	for _, n := range f.Indices("IpPermissions") {
		rules, err := readPermission(doc, f, wire.Join("IpPermissions", n)+".")
		if err != nil {
			return nil, err
		}
		out = append(out, rules...)
	}
	if f.Has("CidrIp") {
		base, err := readPorts(f, "")
		if err != nil {
			return nil, err
		}
		r, err := base.withPeer(doc, peers[0], f.Text("CidrIp"), "")
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func readPermission(doc tree.Object, f wire.Form, prefix string) ([]rule, error) {
	base, err := readPorts(f, prefix)
	if err != nil {
		return nil, err
	}
	var out []rule
	for _, p := range peers {
		name := prefix + p.list
		if p.list == "UserIdGroupPairs" {
			name = prefix + "Groups"
		}
		for _, n := range f.Indices(name) {
			r, err := base.withPeer(doc, p, f.Text(wire.Join(name, n, p.field)), f.Text(wire.Join(name, n, "Description")))
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, invalidValue("Invalid value '' for %sIpRanges. A permission needs a source or destination.", prefix)
	}
	return out, nil
}

var protocolNames = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}

func readPorts(f wire.Form, prefix string) (rule, error) {
	r := rule{protocol: strings.ToLower(f.Text(prefix + "IpProtocol"))}
	if r.protocol == "" {
		return r, missing(prefix + "IpProtocol")
	}
	if name, ok := protocolNames[r.protocol]; ok {
		r.protocol = name
	}
	if !slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6"}, r.protocol) {
		if n := json.Number(r.protocol); r.protocol != "-1" && !within(n, 0, 255) {
			return r, invalidValue("Invalid value '%s' for IP protocol. Unknown protocol.", r.protocol)
		}
		return r, nil
	}
	low := -1
	if r.protocol == "tcp" || r.protocol == "udp" {
		low = 0
	}
	from, err := number(f, prefix+"FromPort", low, 65535)
	if err != nil {
		return r, err
	}
	to, err := number(f, prefix+"ToPort", low, 65535)
	if err != nil {
		return r, err
	}
	r.from, r.to = from.String(), to.String()
	if low == 0 && !within(to, integer(from), 65535) {
		return r, invalidValue("Invalid TCP/UDP port range (%s:%s)", r.from, r.to)
	}
	return r, nil
}

func integer(n json.Number) int { v, _ := n.Int64(); return int(v) }

func within(n json.Number, low, high int) bool {
	v, err := n.Int64()
	return err == nil && int(v) >= low && int(v) <= high
}

// withPeer checks a source or destination and adds it.
func (r rule) withPeer(doc tree.Object, p peer, value, description string) (rule, error) {
	r.peer, r.value = p, value
	r.entry = tree.Object{}
	switch p.field {
	case "CidrIp", "CidrIpv6":
		prefix, err := netip.ParsePrefix(value)
		if err != nil || prefix.Addr().Is4() != (p.field == "CidrIp") {
			return r, invalidValue("CIDR block %s is malformed", value)
		}
		r.value = prefix.Masked().String()
	case "PrefixListId":
		if _, ok := tree.Find(doc, prefixLists.key, "PrefixListId", value); !ok {
			return r, prefixLists.missing(value)
		}
	case "GroupId":
		group, ok := tree.Find(doc, "SecurityGroups", "GroupId", value)
		if !ok {
			return r, listings["DescribeSecurityGroups"].missing(value)
		}
		r.entry["UserId"] = tree.Text(group, "OwnerId")
	}
	r.entry[p.field] = r.value
	if description != "" {
		r.entry["Description"] = description
	}
	return r, nil
}

// clone keeps a rule's entry from being shared between two answers.
func (r rule) clone() rule {
	r.entry = maps.Clone(r.entry)
	return r
}
