package reachability

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// group is a security group with its rules taken apart: one rule for each
// peer of each permission, as DescribeSecurityGroupRules counts them.
type group struct {
	id              string
	read            bool
	ingress, egress []rule
	members         int // interfaces that carry it
}

// rule is one rule of a security group. Exactly one of block, reference and
// list says whom it is about.
type rule struct {
	id        string // sgr-…; "" where the rules' ids were not read
	protocol  int    // IANA number, allProtocols, or notReadable
	from, to  int    // ports; of ICMP type and code, -1 for all
	block     netip.Prefix
	garbled   bool           // the block can't be read
	reference string         // group id
	list      string         // prefix list id
	listed    []netip.Prefix // the list's blocks; nil where they were not read
}

const (
	allProtocols = -1
	notReadable  = -2
	allPorts     = 65535
)

// packet is what a rule is asked about, seen from the interface that carries
// the group.
type packet struct {
	protocol uint8
	port     uint16
	peer     netip.Addr
	peerENI  *iface       // nil when the peer is no interface that is known
	inVPC    bool         // the peer's address belongs to the VPC
	kept     kleene.Truth // whether a reference to one of the peer's groups counts
}

// service is what the packet asks for: "tcp 5432", "icmp".
func (p packet) service() string {
	return strings.TrimSpace(protocolName(int(p.protocol)) + " " + portText(p.protocol, p.port))
}

func (a *Analysis) compileRules(g *vpc.SecurityGroup, permissions []vpc.IPPermission, egress bool, ids map[string]string) []rule {
	var rules []rule
	for _, p := range permissions {
		base := rule{protocol: protocolNumber(p.IPProtocol)}
		base.from, base.to = portRange(base.protocol, p.FromPort, p.ToPort)
		add := func(r rule) {
			r.id = ids[ruleKey(g.GroupID, egress, r)]
			rules = append(rules, r)
		}
		for _, x := range p.IPRanges {
			add(base.about(x.CidrIP))
		}
		for _, x := range p.IPv6Ranges {
			add(base.about(x.CidrIPv6))
		}
		for _, x := range p.UserIDGroupPairs {
			r := base
			r.reference = x.GroupID
			add(r)
		}
		for _, x := range p.PrefixListIDs {
			r := base
			r.list, r.listed = x.PrefixListID, a.blocksOf(x.PrefixListID)
			add(r)
		}
	}
	return rules
}

// about makes a rule for an address block.
func (r rule) about(block string) rule {
	parsed, err := netip.ParsePrefix(block)
	if err != nil {
		r.garbled = true
		return r
	}
	r.block = parsed.Masked()
	return r
}

func protocolNumber(name string) int {
	switch strings.ToLower(name) {
	case "-1", "all":
		return allProtocols
	case "tcp":
		return tcp
	case "udp":
		return udp
	case "icmp":
		return icmp
	case "icmpv6":
		return icmpv6
	}
	number, err := strconv.ParseUint(name, 10, 8)
	if err != nil {
		return notReadable
	}
	return int(number)
}

// portRange reads ports that the API leaves out, or writes as -1, for "all".
func portRange(protocol int, from, to *int) (low, high int) {
	if protocol == icmp || protocol == icmpv6 {
		low, high = -1, -1
		if from != nil {
			low = *from
		}
		if to != nil {
			high = *to
		}
		return low, high
	}
	if from == nil || to == nil || *from < 0 || protocol != tcp && protocol != udp {
		return 0, allPorts
	}
	return *from, *to
}

// admits says whether a rule lets a packet pass: its protocol and port, and its
// peer.
func (r *rule) admits(p *packet) kleene.Truth {
	if r.covers(p) == kleene.No {
		return kleene.No
	}
	return min(r.covers(p), r.names(p))
}

// covers says whether protocol and port are the rule's.
func (r *rule) covers(p *packet) kleene.Truth {
	if r.protocol == notReadable {
		return kleene.Maybe
	}
	if r.protocol == allProtocols {
		return kleene.Yes
	}
	return kleene.Of(r.protocol == int(p.protocol) && r.hasPort(p))
}

func (r *rule) hasPort(p *packet) bool {
	if r.protocol == icmp || r.protocol == icmpv6 {
		kind, code := int(p.port>>8), int(p.port&0xff)
		return (r.from == -1 || r.from == kind) && (r.to == -1 || r.to == code)
	}
	return r.from <= int(p.port) && int(p.port) <= r.to
}

// names says whether the peer is the rule's. A group stands for the private
// addresses of the interfaces that carry it ("Security group rules").
func (r *rule) names(p *packet) kleene.Truth {
	switch {
	case r.reference != "":
		if p.peerENI == nil {
			return referenceUnknown(p)
		}
		return kleene.Both(kleene.Of(p.peerENI.carries(r.reference)), p.kept)
	case r.list != "" && r.listed == nil:
		return kleene.Maybe
	case r.list != "":
		return kleene.Of(slices.ContainsFunc(r.listed, func(b netip.Prefix) bool { return b.Contains(p.peer) }))
	case r.garbled:
		return kleene.Maybe
	}
	return kleene.Of(r.block.IsValid() && r.block.Contains(p.peer))
}

// referenceUnknown: an address of the VPC may belong to an interface that was
// not read; another one can't carry a group of this VPC.
func referenceUnknown(p *packet) kleene.Truth {
	if p.kept == kleene.No {
		return kleene.No
	}
	if p.inVPC || p.peer.IsPrivate() {
		return kleene.Maybe
	}
	return kleene.No
}

func (e *iface) carries(id string) bool {
	return slices.ContainsFunc(e.groups, func(g *group) bool { return g.id == id })
}

// String is the rule in words: "tcp 5432 sg-0123".
func (r *rule) String() string {
	ports := ""
	switch {
	case r.protocol == allProtocols:
		return "all " + r.peer()
	case r.protocol != tcp && r.protocol != udp:
	case r.from == r.to:
		ports = fmt.Sprintf(" %d", r.from)
	default:
		ports = fmt.Sprintf(" %d-%d", r.from, r.to)
	}
	return protocolName(r.protocol) + ports + " " + r.peer()
}

func (r *rule) peer() string {
	switch {
	case r.reference != "":
		return r.reference
	case r.list != "":
		return r.list
	}
	return r.block.String()
}

func protocolName(number int) string {
	switch number {
	case tcp:
		return "tcp"
	case udp:
		return "udp"
	case icmp:
		return "icmp"
	case icmpv6:
		return "icmpv6"
	}
	return strconv.Itoa(number)
}

// ruleIDs indexes DescribeSecurityGroupRules by what a rule says: the rules of
// DescribeSecurityGroups carry no ids.
func ruleIDs(n *vpc.Network) map[string]string {
	ids := make(map[string]string, len(n.SecurityGroupRules))
	for _, s := range n.SecurityGroupRules {
		r := rule{protocol: protocolNumber(s.IPProtocol), list: s.PrefixListID}
		r.from, r.to = portRange(r.protocol, s.FromPort, s.ToPort)
		if s.ReferencedGroupInfo != nil {
			r.reference = s.ReferencedGroupInfo.GroupID
		}
		for _, block := range []string{s.CidrIPv4, s.CidrIPv6} {
			if block != "" {
				r = r.about(block)
			}
		}
		ids[ruleKey(s.GroupID, s.IsEgress, r)] = s.SecurityGroupRuleID
	}
	return ids
}

func ruleKey(group string, egress bool, r rule) string {
	return fmt.Sprintf("%s/%t/%d/%d/%d/%s", group, egress, r.protocol, r.from, r.to, r.peer())
}
