package reachability

import (
	"fmt"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// throughNAT: a NAT gateway leads to the internet when it is public and
// available and its own subnet leads to an attached internet gateway; that
// subnet's ACL is crossed four times ("NAT gateways").
func (t *tracer) throughNAT(s *subnet, r *route) {
	gateway := t.network.NATGateway(r.NatGatewayID)
	switch {
	case !t.network.Has("NatGateways"):
		t.add(netpath.HopRoute, unknown(r.NatGatewayID, "NAT gateways were not read"))
		return
	case !isPublic(t.flow.To):
		t.add(netpath.HopRoute, unknown(r.NatGatewayID, "a NAT gateway on the way to a private address is not modelled"))
		return
	case gateway == nil || strings.HasPrefix(gateway.State, "delet"):
		detail := fmt.Sprintf("%s leads to %s, which does not exist", s.table.id, r.NatGatewayID)
		t.add(netpath.HopRoute, fail("route/nat-missing", s.table.id, detail, t.routeFacts(s, r, t.flow.To)))
		return
	}
	works, why := t.natWorks(gateway)
	switch works {
	case kleene.Yes:
		t.add(netpath.HopRoute, pass(gateway.NatGatewayID, "the route of "+s.table.id+" to "+r.Destination()+" by "+gateway.NatGatewayID))
	case kleene.Maybe:
		t.add(netpath.HopRoute, unknown(gateway.NatGatewayID, why))
	case kleene.No:
		facts := t.routeFacts(s, r, t.flow.To)
		facts["why"] = why
		t.add(netpath.HopRoute, fail("route/nat-broken", gateway.NatGatewayID, gateway.NatGatewayID+": "+why, facts))
	}
	if home := t.subnets[gateway.SubnetID]; home != nil && home != s {
		t.natACLs(home)
	}
}

func (t *tracer) natWorks(g *vpc.NATGateway) (kleene.Truth, string) {
	home := t.subnets[g.SubnetID]
	switch {
	case g.State == "":
		return kleene.Maybe, "its state was not read"
	case g.State != "available":
		return kleene.No, "its state is " + g.State
	case g.ConnectivityType == "private":
		return kleene.No, "it is a private NAT gateway"
	case home == nil || home.table == nil:
		return kleene.Maybe, "the subnet of " + g.NatGatewayID + " or its route table was not read"
	}
	r, doubts := home.table.lookup(t.flow.To)
	switch {
	case len(doubts) > 0:
		return kleene.Maybe, "the entries of prefix list " + doubts[0].DestinationPrefixListID + " were not read"
	case r == nil:
		return kleene.No, fmt.Sprintf("%s of its subnet %s has no route to the internet", home.table.id, home.id)
	case r.State == "blackhole":
		return kleene.No, fmt.Sprintf("the route of %s to %s is a blackhole", home.table.id, r.Destination())
	case !strings.HasPrefix(r.GatewayID, "igw-"):
		return kleene.No, fmt.Sprintf("%s of its subnet %s leads to %s, not to an internet gateway", home.table.id, home.id, r.TargetID())
	}
	return t.attached(r.GatewayID, home.vpc)
}

// natACLs are the checks at the border of the NAT gateway's subnet: the request
// in and out, the reply in (to the gateway's own ports) and out (to the
// client's).
func (t *tracer) natACLs(home *subnet) {
	in, out := t.request(false), t.request(true)
	replyIn, replyOut := t.reply(false), t.reply(true)
	replyIn.ports, replyIn.replies = t.replyPorts(anyEphemeral())
	t.addUnlessPass(home, in, false)
	t.addUnlessPass(home, out, false)
	t.addUnlessPass(home, replyIn, true)
	t.addUnlessPass(home, replyOut, true)
}

func (t *tracer) addUnlessPass(s *subnet, c check, isReturn bool) {
	e := t.judgeACL(s, c)
	if e.Status == netpath.StatusPass {
		return
	}
	t.hops = append(t.hops, Hop{Name: netpath.HopRoute, Return: isReturn, Evidence: e})
}
