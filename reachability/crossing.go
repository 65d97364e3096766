package reachability

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// check is a crossing of a subnet's border, with what a finding about it says.
type check struct {
	crossing
	cause   string       // when it is denied
	replies bool         // ports are the client's ephemeral ones
	source  netip.Prefix // the block that an entry would have to name
}

// ephemeral is the range of ports that an interface's clients use ("Custom
// network ACLs for your VPC", section "Ephemeral ports", Amazon VPC User
// Guide). AgentCore's is unpublished and taken as the whole range that AWS's
// own services use; other interfaces are taken for Linux.
func ephemeral(e *iface) span {
	if e == nil {
		return anyEphemeral()
	}
	switch e.kind {
	case vpc.AgentInterface, "nat_gateway", "lambda", "network_load_balancer", "load_balancer":
		return anyEphemeral()
	}
	return span{32768, 60999}
}

func anyEphemeral() span { return span{1024, allPorts} }

// request is the flow's packet leaving the source's subnet or entering the
// destination's.
func (t *tracer) request(egress bool) check {
	c := check{crossing: crossing{egress: egress, protocol: t.flow.Protocol, ports: span{int(t.flow.Port), int(t.flow.Port)}}}
	c.peer, c.cause = t.flow.From.Address, "nacl/ingress-denied"
	if egress {
		c.peer, c.cause = t.flow.To, "nacl/egress-denied"
	}
	c.source = t.blockOf(c.peer)
	return c
}

// reply is the answer leaving the destination's subnet or entering the
// source's.
func (t *tracer) reply(egress bool) check {
	c := check{crossing: crossing{egress: egress, protocol: t.flow.Protocol}, cause: "nacl/return-denied"}
	c.ports, c.replies = t.replyPorts(ephemeral(t.src))
	c.peer = t.flow.To
	if egress {
		c.peer = t.flow.From.Address
	}
	c.source = t.blockOf(c.peer)
	return c
}

// replyPorts are the ports of replies to clients with some ports, and whether
// they are the clients'. TCP and UDP reply to the client's port; an echo request
// (type 8, of ICMPv6 128) gets type 0 (129).
func (t *tracer) replyPorts(clients span) (ports span, ofClient bool) {
	const echoV6, replyV6 = 128 << 8, 129 << 8
	switch t.flow.Protocol {
	case tcp, udp:
		return clients, true
	case icmp:
		if t.flow.isEcho() {
			return span{0, 0}, false
		}
	case icmpv6:
		if t.flow.Port == echoV6 {
			return span{replyV6, replyV6}, false
		}
	}
	return span{int(t.flow.Port), int(t.flow.Port)}, false
}

// everywhere is the block of all addresses of a family.
func everywhere(a netip.Addr) netip.Prefix {
	if a.Is4() {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}

// blockOf is the least block that an ACL entry for a peer would sensibly name:
// its subnet, since ENIs come and go in it; the internet for a public address,
// since AWS's front changes; else the address.
func (t *tracer) blockOf(peer netip.Addr) netip.Prefix {
	if t.src != nil {
		if s := t.subnetAt(peer, t.src.vpc); s != nil {
			return s.block
		}
	}
	if t.isPublic(peer) {
		return everywhere(peer)
	}
	return netip.PrefixFrom(peer, peer.BitLen())
}

// isPublic reports whether an address is the internet's: routable, and no VPC's own.
func (a *Analysis) isPublic(address netip.Addr) bool {
	return routable(address) && (address.Is6() || !vpc.IsInside(address, a.public))
}

// routable tells an address that the internet routes: of IPv6 one of 2000::/3
// (RFC 4291, RFC 4193), of IPv4 one that is not private.
func routable(a netip.Addr) bool {
	if a.Is4() {
		return a.IsGlobalUnicast() && !vpc.IsPrivate(a)
	}
	return globalUnicast.Contains(a)
}

var globalUnicast = netip.MustParsePrefix("2000::/3")

func (t *tracer) judgeACL(s *subnet, c check) netpath.Evidence {
	switch {
	case !t.network.Has("NetworkAcls"):
		return unknown("", "network ACLs were not read")
	case s == nil:
		return unknown("", "the subnet of one end was not read")
	case s.acl == nil:
		return unknown(s.id, "the network ACL of "+s.id+" was not read")
	}
	r := s.acl.judge(c.crossing)
	facts := t.aclFacts(s, c, r)
	switch {
	case r.doubt != 0:
		return unknown(s.acl.id, fmt.Sprintf("rule %d of %s cannot be read", r.doubt, s.acl.id))
	case len(r.cuts) == 0:
		e := pass(s.acl.id, fmt.Sprintf("rule %d of %s", r.allowing, s.acl.id))
		e.Facts = netpath.Facts{"rule_number": strconv.Itoa(r.allowing)}
		return e
	case len(r.admitted) == 0:
		what := ""
		if c.replies {
			what = "the replies, "
		}
		detail := fmt.Sprintf("rule %s of %s denies %s%s %s", ruleName(r.denying), s.acl.id, what, protocolName(int(c.protocol)), c.ports)
		return fail(c.cause, s.acl.id, detail, facts)
	case c.replies && negligible(c.ports, r.admitted):
		e := pass(s.acl.id, fmt.Sprintf("rule %d of %s", r.allowing, s.acl.id))
		for _, cut := range r.cuts {
			e.Detail += "; " + cut.String()
		}
		e.Facts = netpath.Facts{"rule_number": strconv.Itoa(r.allowing)}
		return e
	}
	detail := fmt.Sprintf("%s admits replies to %s of the ports %s only", s.acl.id, spans(r.admitted), c.ports)
	for _, cut := range r.cuts {
		detail += "; " + cut.String()
	}
	e := fail("nacl/partial-ephemeral", s.acl.id, detail, facts)
	e.Status = netpath.StatusUnknown
	return e
}

// negligible reports whether so few of the clients' ports are cut off that nobody
// notices: less than one in a thousand. Those who deny remote administration, as
// "nacl-no-unrestricted-ssh-rdp" (AWS Config Developer Guide) has it, deny port
// 3389, which is one of 64,512.
func negligible(clients span, admitted []span) bool {
	cut := clients.size()
	for _, s := range admitted {
		cut -= s.size()
	}
	return cut*1000 < clients.size()
}

func ruleName(number int) string {
	if number == lastRule {
		return "*"
	}
	return strconv.Itoa(number)
}

func (t *tracer) aclFacts(s *subnet, c check, r ruling) netpath.Facts {
	if len(r.cuts) == 0 {
		return nil
	}
	f := netpath.Facts{
		"region": t.network.Region, "acl": s.acl.id, "subnet": s.id, "protocol": protocolName(int(c.protocol)),
		"port": portText(t.flow.Protocol, t.flow.Port), "rule_number": ruleName(r.denying), "cidr": c.source.String(), "direction": "ingress",
		"from_port": strconv.Itoa(c.ports.from), "to_port": strconv.Itoa(c.ports.to),
	}
	if c.egress {
		f["direction"] = "egress"
	}
	if number := s.acl.freeNumber(c.egress, r.denying); number != 0 {
		f["free_rule_number"] = strconv.Itoa(number)
	}
	if c.replies {
		f["ephemeral"], f["admitted"] = c.ports.String(), spans(r.admitted)
	}
	return f
}

func portText(protocol uint8, port uint16) string {
	if protocol == tcp || protocol == udp {
		return strconv.Itoa(int(port))
	}
	return ""
}
