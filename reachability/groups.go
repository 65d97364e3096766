package reachability

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// kept says whether a reference to a group still means the interfaces that carry
// it at the other end of the way; where it does not, why.
type kept struct {
	truth kleene.Truth
	why   string // "a transit gateway lies between"
}

// seen is the source as the destination's groups and ACLs see it.
func (t *tracer) seen() packet {
	return packet{protocol: t.flow.Protocol, port: t.flow.Port, peer: t.flow.From.Address, peerENI: t.src, inVPC: true}
}

// A packet passes when any rule of any group of the interface admits it. Groups
// are stateful: replies to what was let through need no rule.
func (t *tracer) sourceGroups(k kept) {
	p := packet{protocol: t.flow.Protocol, port: t.flow.Port, peer: t.flow.To, peerENI: t.dst, inVPC: t.inside, kept: k.truth}
	admitted, decided, rule := t.src.judge(true, &p)
	if admitted != kleene.No {
		t.add(netpath.HopSourceSG, t.src.evidence(admitted, decided, rule))
		return
	}
	group := t.pick(t.src, t.dst)
	facts := t.groupFacts(group)
	facts["destination"], facts["source"] = t.flow.To.String(), t.src.id
	detail := fmt.Sprintf("no outbound rule of %s admits %s to %s", names(t.src.groups), p.service(), p.peer)
	if g, near := t.src.lost(true, p); near != nil {
		facts["group"], facts["why"], facts["rule"], facts["rule_id"] = g.id, k.why, near.String(), near.id
		facts["block"], facts["direction"] = t.blockOf(t.flow.To).String(), "egress"
		t.add(netpath.HopSourceSG, fail("sg/reference-not-preserved", g.id, detail+"; "+near.String()+" does not count, as "+k.why, facts))
		return
	}
	if list := t.gatewayList(); list != "" {
		facts["prefix_list"] = list
		t.add(netpath.HopSourceSG, fail("sg/prefix-list-missing", group.id, detail+", which "+list+" holds", facts))
		return
	}
	switch {
	case t.dst != nil && len(t.dst.groups) > 0 && k.truth == kleene.Yes:
		facts["destination_group"] = t.pick(t.dst, t.src).id
	case t.isPublic(t.flow.To):
		facts["destination_cidr"] = everywhere(t.flow.To).String() // AWS's public addresses change
	default:
		facts["destination_cidr"] = single(t.flow.To).String()
	}
	t.add(netpath.HopSourceSG, fail("sg/egress-missing", group.id, detail, facts))
}

// gatewayList is the prefix list by which the source's route table leads to the
// destination through a gateway endpoint: a rule that names endpoint groups only
// does not admit it ("Security groups", Gateway endpoints, AWS PrivateLink
// Guide).
func (t *tracer) gatewayList() string {
	if t.src.subnet == nil || t.src.subnet.table == nil || !t.isPublic(t.flow.To) {
		return ""
	}
	if r, _ := t.src.subnet.table.lookup(t.flow.To); r != nil && r.isGatewayEndpoint() {
		return r.DestinationPrefixListID
	}
	return ""
}

// destinationGroups judges the destination's groups for a source as they see
// it.
func (t *tracer) destinationGroups(p packet, k kept) {
	if t.dst == nil {
		t.add(netpath.HopDestSG, unknown("", t.whyNoDestination()))
		return
	}
	p.kept = k.truth
	admitted, decided, rule := t.dst.judge(false, &p)
	if admitted != kleene.No {
		t.add(netpath.HopDestSG, t.dst.evidence(admitted, decided, rule))
		return
	}
	if g, near := t.dst.lost(false, p); near != nil {
		facts := t.groupFacts(g)
		facts["source"], facts["destination"], facts["why"] = p.peer.String(), t.flow.To.String(), k.why
		facts["rule"], facts["rule_id"], facts["block"], facts["direction"] = near.String(), near.id, t.blockOf(p.peer).String(), "ingress"
		detail := fmt.Sprintf("no inbound rule of %s admits %s from %s; %s does not count, as %s", names(t.dst.groups), p.service(), p.peer, near, k.why)
		t.add(netpath.HopDestSG, fail("sg/reference-not-preserved", g.id, detail, facts))
		return
	}
	t.add(netpath.HopDestSG, t.ingressFails(p))
}

// lost finds the rule that would admit a packet if its reference counted.
func (e *iface) lost(egress bool, p packet) (*group, *rule) {
	if p.kept != kleene.No || p.peerENI == nil {
		return nil, nil
	}
	p.kept = kleene.Yes
	if admitted, g, r := e.judge(egress, &p); admitted == kleene.Yes && r != nil && r.reference != "" {
		return g, r
	}
	return nil, nil
}

func (t *tracer) whyNoDestination() string {
	if !t.network.Has("NetworkInterfaces") {
		return "network interfaces were not read"
	}
	return "no network interface with the address " + t.flow.To.String() + " is in the inventory"
}

// ingressFails tells a rule that is not there from one that misses by its port
// or by its source.
func (t *tracer) ingressFails(p packet) netpath.Evidence {
	group, near := t.pick(t.dst, t.src), (*rule)(nil)
	cause := "sg/ingress-missing"
	if g, r := t.nearMiss(p, missesByPort); r != nil {
		cause, group, near = "sg/wrong-port", g, r
	} else if g, r := t.nearMiss(p, missesBySource); r != nil {
		cause, group, near = "sg/wrong-source", g, r
	}
	facts := t.groupFacts(group)
	facts["destination"] = t.flow.To.String()
	if p.peerENI != nil && len(p.peerENI.groups) > 0 && p.kept == kleene.Yes {
		source := t.pick(p.peerENI, t.dst)
		facts["source_group"], facts["source"] = source.id, source.id
	} else {
		facts["source_cidr"], facts["source"] = t.sourceBlock(p).String(), p.peer.String()
	}
	if near != nil {
		facts["rule"], facts["rule_id"] = near.String(), near.id
	}
	if t.dst.endpoint != nil || t.dst.kind == "vpc_endpoint" {
		cause = "sg/endpoint-ingress-missing"
		if t.dst.endpoint != nil {
			facts["endpoint"] = t.dst.endpoint.VpcEndpointID
		}
	}
	if target, ok := t.mountTarget(); ok {
		cause = "fs/nfs-blocked"
		facts["file_system"], facts["mount_target"] = target.FileSystemID, target.MountTargetID
	}
	detail := fmt.Sprintf("no inbound rule of %s admits %s from %s", names(t.dst.groups), p.service(), p.peer)
	if near != nil {
		detail += "; the nearest is " + near.String()
	}
	return fail(cause, group.id, detail, facts)
}

// mountTarget is the mount target that the flow would mount a file system from.
func (t *tracer) mountTarget() (vpc.MountTarget, bool) {
	eni := t.network.Interface(t.dst.id)
	if eni == nil || t.flow.Protocol != tcp || t.flow.Port != vpc.PortNFS {
		return vpc.MountTarget{}, false
	}
	return t.network.MountTargetAt(eni)
}

// sourceBlock is what a rule for the packet's source would sensibly name: the
// subnet of an interface that comes and goes with other addresses; else the
// address.
func (t *tracer) sourceBlock(p packet) netip.Prefix {
	if t.comesAndGoes(p.peerENI) && p.peerENI.subnet != nil && p.peerENI.subnet.block.Contains(p.peer) {
		return p.peerENI.subnet.block
	}
	return single(p.peer)
}

// comesAndGoes reports whether an interface belongs to something that is replaced
// with every deployment: an agent, a function, a pod, or a task of Amazon ECS,
// whose interface is described by the ARN of its attachment ("Allocate a network
// interface for an Amazon ECS task").
func (t *tracer) comesAndGoes(e *iface) bool {
	if e == nil {
		return false
	}
	switch e.kind {
	case vpc.AgentInterface, "lambda", "branch":
		return true
	}
	eni := t.network.Interface(e.id)
	return eni != nil && strings.HasPrefix(eni.Description, "arn:aws") && strings.Contains(eni.Description, ":ecs:")
}

func (t *tracer) nearMiss(p packet, misses func(*rule, packet) bool) (*group, *rule) {
	for _, g := range t.dst.groups {
		for i := range g.ingress {
			if misses(&g.ingress[i], p) {
				return g, &g.ingress[i]
			}
		}
	}
	return nil, nil
}

// missesByPort is a rule written for this source and another port: it names a
// group of the source, or no more than the source's subnet. A rule for half the
// internet was not written for it.
func missesByPort(r *rule, p packet) bool {
	if portText(p.protocol, p.port) == "" || r.protocol != int(p.protocol) || r.covers(&p) != kleene.No || r.names(&p) != kleene.Yes {
		return false
	}
	return r.reference != "" || p.peerENI != nil && p.peerENI.subnet != nil && r.block.IsValid() && r.block.Bits() >= p.peerENI.subnet.block.Bits()
}

// missesBySource is a rule written for this port and another source: a rule for
// all ports was not written for it.
func missesBySource(r *rule, p packet) bool {
	everything := r.from == 0 && r.to == allPorts
	return portText(p.protocol, p.port) != "" && r.protocol == int(p.protocol) && !everything && r.covers(&p) == kleene.Yes && r.names(&p) == kleene.No
}

// judge asks every rule of the interface's groups. What decides is a group and
// rule; for what is not known, the group or rule that would have to be.
func (e *iface) judge(egress bool, p *packet) (admitted kleene.Truth, decided *group, by *rule) {
	admitted = kleene.No
	for _, g := range e.groups {
		if !g.read {
			admitted, decided, by = kleene.Maybe, g, nil
			continue
		}
		rules := g.ingress
		if egress {
			rules = g.egress
		}
		for i := range rules {
			switch rules[i].admits(p) {
			case kleene.Yes:
				return kleene.Yes, g, &rules[i]
			case kleene.Maybe:
				admitted, decided, by = kleene.Maybe, g, &rules[i]
			}
		}
	}
	if len(e.groups) == 0 {
		return e.withoutGroups(), nil, nil
	}
	return admitted, decided, by
}

// withoutGroups: gateways carry no groups and are not filtered by any; another
// interface without groups was read in part only.
func (e *iface) withoutGroups() kleene.Truth {
	if slices.Contains([]string{"nat_gateway", "network_load_balancer", "gateway_load_balancer", "gateway_load_balancer_endpoint", "transit_gateway"}, e.kind) {
		return kleene.Yes
	}
	return kleene.Maybe
}

func (e *iface) evidence(admitted kleene.Truth, g *group, r *rule) netpath.Evidence {
	switch {
	case admitted == kleene.Yes && g == nil:
		return pass(e.id, "an interface of type "+e.kind+" has no security groups")
	case admitted == kleene.Yes:
		ok := pass(g.id, "rule "+r.String()+" of "+g.id)
		ok.Facts = netpath.Facts{"group": g.id, "rule": r.String()}
		if r.id != "" {
			ok.Facts["rule_id"] = r.id
		}
		return ok
	case g == nil:
		return unknown(e.id, "the security groups of "+e.id+" were not read")
	case r == nil:
		return unknown(g.id, "security group "+g.id+" was not read")
	case r.list != "":
		return unknown(g.id, "the entries of prefix list "+r.list+" were not read, which a rule of "+g.id+" names")
	case r.reference != "":
		return unknown(g.id, "whether the other end carries "+r.reference+" is not known")
	}
	return unknown(g.id, "a rule of "+g.id+" cannot be read")
}

func (t *tracer) groupFacts(g *group) netpath.Facts {
	return netpath.Facts{
		"region": t.network.Region, "group": g.id, "protocol": protocolName(int(t.flow.Protocol)),
		"port": portText(t.flow.Protocol, t.flow.Port),
	}
}

// pick chooses the group to name where an interface has several: one that a
// rule of the other end already mentions was meant for this; else the one that
// the fewest interfaces carry, so that a change touches the fewest; else the
// first by id.
func (t *tracer) pick(e, peer *iface) *group {
	best, bestMentioned := e.groups[0], false
	for _, g := range e.groups {
		mentioned := peer != nil && peer.mentions(g.id)
		if mentioned && !bestMentioned || mentioned == bestMentioned && g.members < best.members {
			best, bestMentioned = g, mentioned
		}
	}
	return best
}

func (e *iface) mentions(id string) bool {
	for _, g := range e.groups {
		for _, rules := range [][]rule{g.ingress, g.egress} {
			if slices.ContainsFunc(rules, func(r rule) bool { return r.reference == id }) {
				return true
			}
		}
	}
	return false
}

func names(groups []*group) string {
	text := ""
	for i, g := range groups {
		if i > 0 {
			text += ", "
		}
		text += g.id
	}
	return text
}

func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
