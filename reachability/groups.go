package reachability

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
)

// A packet passes when any rule of any group of the interface admits it. Groups
// are stateful: replies to what was let through need no rule.
func (t *tracer) sourceGroups() {
	p := packet{protocol: t.flow.Protocol, port: t.flow.Port, peer: t.flow.To, peerENI: t.dst, inVPC: t.inside}
	admitted, decided, rule := t.src.judge(true, p)
	if admitted != kleene.No {
		t.add(netpath.HopSourceSG, t.src.evidence(admitted, decided, rule))
		return
	}
	group := t.pick(t.src, t.dst)
	facts := t.groupFacts(group)
	facts["destination"], facts["source"] = t.flow.To.String(), t.src.id
	switch {
	case t.dst != nil && len(t.dst.groups) > 0:
		facts["destination_group"] = t.pick(t.dst, t.src).id
	case isPublic(t.flow.To):
		facts["destination_cidr"] = "0.0.0.0/0" // AWS's public addresses change
	default:
		facts["destination_cidr"] = single(t.flow.To)
	}
	detail := fmt.Sprintf("no outbound rule of %s admits %s to %s", names(t.src.groups), p.service(), p.peer)
	t.add(netpath.HopSourceSG, fail("sg/egress-missing", group.id, detail, facts))
}

func (t *tracer) destinationGroups() {
	if t.dst == nil {
		t.add(netpath.HopDestSG, unknown("", t.whyNoDestination()))
		return
	}
	p := packet{protocol: t.flow.Protocol, port: t.flow.Port, peer: t.flow.From.Address, peerENI: t.src, inVPC: true}
	admitted, decided, rule := t.dst.judge(false, p)
	if admitted != kleene.No {
		t.add(netpath.HopDestSG, t.dst.evidence(admitted, decided, rule))
		return
	}
	t.add(netpath.HopDestSG, t.ingressFails(p))
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
	if g, r := t.nearMiss(p, t.missesByPort); r != nil {
		cause, group, near = "sg/wrong-port", g, r
	} else if g, r := t.nearMiss(p, missesBySource); r != nil {
		cause, group, near = "sg/wrong-source", g, r
	}
	facts := t.groupFacts(group)
	facts["destination"] = t.flow.To.String()
	if len(t.src.groups) > 0 {
		source := t.pick(t.src, t.dst)
		facts["source_group"], facts["source"] = source.id, source.id
	} else {
		facts["source_cidr"], facts["source"] = single(p.peer), p.peer.String()
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
	detail := fmt.Sprintf("no inbound rule of %s admits %s from %s", names(t.dst.groups), p.service(), p.peer)
	if near != nil {
		detail += "; the nearest is " + near.String()
	}
	return fail(cause, group.id, detail, facts)
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
func (t *tracer) missesByPort(r *rule, p packet) bool {
	if portText(p.protocol, p.port) == "" || r.protocol != int(p.protocol) || r.covers(p) != kleene.No || r.names(p) != kleene.Yes {
		return false
	}
	return r.reference != "" || t.src.subnet != nil && r.block.IsValid() && r.block.Bits() >= t.src.subnet.block.Bits()
}

// missesBySource is a rule written for this port and another source: a rule for
// all ports was not written for it.
func missesBySource(r *rule, p packet) bool {
	everything := r.from == 0 && r.to == allPorts
	return portText(p.protocol, p.port) != "" && r.protocol == int(p.protocol) && !everything && r.covers(p) == kleene.Yes && r.names(p) == kleene.No
}

// judge asks every rule of the interface's groups. What decides is a group and
// rule; for what is not known, the group or rule that would have to be.
func (e *iface) judge(egress bool, p packet) (admitted kleene.Truth, decided *group, by *rule) {
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

func single(a netip.Addr) string { return netip.PrefixFrom(a, a.BitLen()).String() }
