package reachability

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// throughInternetGateway: it serves addresses that have a public one, and
// nothing else ("Enable internet access for a VPC using an internet gateway").
// The internet knows no private address (RFC 1918, RFC 4193).
func (t *tracer) throughInternetGateway(o origin, r *route) passage {
	table := o.subnet.table.id
	attached, why := t.attached(r.GatewayID, o.vpc)
	switch {
	case !t.isPublic(t.flow.To):
		detail := fmt.Sprintf("%s leads to %s by %s, and the internet has no way to the private address %s", table, r.Destination(), r.GatewayID, t.flow.To)
		return stop(fail("route/none", table, detail, t.noRoute(o.subnet, t.flow.To).Facts))
	case attached == kleene.Maybe:
		return stop(unknown(r.GatewayID, why))
	case attached == kleene.No:
		return stop(fail("route/blackhole", table, why, t.routeFacts(o.subnet, r, t.flow.To)))
	case o.eni == nil && t.src.vpc == o.vpc && t.src.hasPublic(o.address):
		return stop(unknown(r.GatewayID, "what "+r.GatewayID+" does with packets of its VPC that come back to it by a transit gateway is not documented"))
	case o.eni == nil || !o.eni.hasPublic(o.address):
		detail := fmt.Sprintf("%s leads to %s, and %s has no public address", table, r.GatewayID, o.address)
		return stop(fail("route/igw-without-public-address", table, detail, t.routeFacts(o.subnet, r, t.flow.To)))
	}
	if e, barred := t.barred(o.subnet, r.GatewayID, throughGateway); barred {
		return stop(e)
	}
	if e, diverted := t.diverted(r.GatewayID, o.address); diverted {
		return stop(e)
	}
	p := stop(t.leadsOut(table, o.subnet, r))
	p.outward = kept{kleene.No, "the packets leave by an internet gateway"}
	return t.intoPublic(p, o.eni.public[o.address])
}

// leadsOut is the evidence of a route to the internet, with the facts that
// taking it away and back needs.
func (t *tracer) leadsOut(component string, s *subnet, r *route) netpath.Evidence {
	e := pass(component, fmt.Sprintf("the route of %s to %s by %s", s.table.id, r.Destination(), r.TargetID()))
	e.Facts = t.routeFacts(s, r, t.flow.To)
	switch {
	case r.NatGatewayID != "":
		e.Facts["nat_gateway"] = r.NatGatewayID
	case r.GatewayID != "":
		e.Facts["gateway"] = r.GatewayID
	}
	return e
}

// hasPublic reports whether the internet knows an address of the interface.
func (e *iface) hasPublic(address netip.Addr) bool { return e.public[address].IsValid() }

func (t *tracer) attached(id, vpcID string) (kleene.Truth, string) {
	if !t.network.Has("InternetGateways") {
		return kleene.Maybe, "internet gateways were not read"
	}
	g := t.network.InternetGateway(id)
	if g == nil {
		return kleene.Maybe, "internet gateway " + id + " is not in the inventory"
	}
	for _, attachment := range g.Attachments {
		if attachment.VpcID == vpcID && (attachment.State == "available" || attachment.State == "attached") {
			return kleene.Yes, ""
		}
	}
	return kleene.No, "internet gateway " + id + " is not attached to " + vpcID
}

// throughEgressOnly: IPv6 only, and only what begins within ("Enable outbound
// IPv6 traffic using an egress-only internet gateway").
func (t *tracer) throughEgressOnly(o origin, r *route) passage {
	id := r.EgressOnlyInternetGatewayID
	g := t.network.EgressOnlyGateway(id)
	if g == nil {
		return stop(unknown(id, "the attachment of "+id+" was not read"))
	}
	if e, barred := t.barred(o.subnet, id, throughNATOrEgressOnly); barred {
		return stop(e)
	}
	for _, attachment := range g.Attachments {
		if attachment.VpcID == o.vpc && attachment.State == "attached" {
			p := stop(t.leadsOut(o.subnet.table.id, o.subnet, r))
			p.outward = kept{kleene.No, "the packets leave by an egress-only internet gateway"}
			return t.intoPublic(p, o.address)
		}
	}
	return stop(fail("route/blackhole", o.subnet.table.id, id+" is not attached to "+o.vpc, t.routeFacts(o.subnet, r, t.flow.To)))
}

// intoPublic goes on where the public address belongs to an interface that is
// known: its own side decides as well.
func (t *tracer) intoPublic(p passage, as netip.Addr) passage {
	t.appears = as
	owner := t.publicOwner[t.flow.To]
	if owner == nil {
		return p
	}
	t.dst, t.target = owner.eni, owner.eni.subnet
	if e, ok := t.reachedFromInternet(owner, as); !ok {
		p.there = append(p.there, Hop{Name: netpath.HopRoute, Evidence: e})
	}
	p.arrives, p.entered = owner.eni.vpc, false
	p.from = origin{address: as, vpc: ""}
	if !as.IsValid() {
		p.there = append(p.there, Hop{Name: netpath.HopRoute, Evidence: unknown("", "the public address of the source was not read")})
	}
	p.inward = kept{kleene.No, "the packets come by the internet"}
	return p
}

// PublicAddress is the address under which a source appears on the internet: its
// own public one, or that of the NAT gateway by which it gets there, in its VPC or
// in another one. It is the zero address where none is known.
func (a *Analysis) PublicAddress(from Source) netip.Addr {
	return a.traced(Flow{From: from, To: Internet, Protocol: tcp, Port: 443}).appears
}

// reachedFromInternet: packets from the internet need an internet gateway that
// is attached to the VPC, no Block Public Access, and replies a route to it.
func (t *tracer) reachedFromInternet(owner *publicAddress, from netip.Addr) (netpath.Evidence, bool) {
	s := owner.eni.subnet
	if !from.IsValid() {
		from = Internet
	}
	r, e, done := t.routeOf(s, owner.eni.subnetID, from)
	switch {
	case done && e.Status == netpath.StatusFail && e.Cause == "route/none":
		e.Cause, e.Detail = "route/return-missing", "replies find no way: "+e.Detail
		return e, false
	case done:
		return e, false
	case !strings.HasPrefix(r.GatewayID, "igw-"):
		detail := fmt.Sprintf("replies do not go back to the internet gateway: %s leads to %s through %s", s.table.id, r.Destination(), r.TargetID())
		return fail("route/return-missing", s.table.id, detail, t.routeFacts(s, r, from)), false
	}
	attached, why := t.attached(r.GatewayID, owner.eni.vpc)
	switch attached {
	case kleene.Maybe:
		return unknown(r.GatewayID, why), false
	case kleene.No:
		return fail("route/blackhole", s.table.id, why, t.routeFacts(s, r, from)), false
	}
	if e, barred := t.barred(s, r.GatewayID, fromInternet); barred {
		return e, false
	}
	if e, diverted := t.diverted(r.GatewayID, owner.private); diverted {
		return e, false
	}
	return pass(s.table.id, "the internet gateway "+r.GatewayID+" brings the packets and takes the replies"), true
}

// diverted says whether the route table of a gateway sends what enters by it
// elsewhere than straight to an address ("Gateway route tables", Amazon VPC User
// Guide: to an appliance, or to a Gateway Load Balancer's endpoint).
func (t *tracer) diverted(gateway string, to netip.Addr) (netpath.Evidence, bool) {
	edge := t.edges[gateway]
	if edge == nil {
		return netpath.Evidence{}, false
	}
	r, _ := edge.lookup(to)
	if r == nil || r.local {
		return netpath.Evidence{}, false
	}
	return unknown(r.TargetID(), fmt.Sprintf("%s of %s sends what is for %s through %s, and what that does with the packets is not modelled", edge.id, gateway, r.Destination(), r.TargetID())), true
}

// traffic is what Block Public Access tells apart.
type traffic int

const (
	throughGateway         traffic = iota // from within, by an internet gateway
	throughNATOrEgressOnly                // from within, by a gateway that lets nothing in
	fromInternet
)

// barred says whether Block Public Access stops packets at an internet gateway.
// Ingress-only mode spares NAT gateways and egress-only internet gateways; an
// exclusion counts for the subnet, or its VPC, that uses the gateway ("Block
// public access to VPCs and subnets", Amazon VPC User Guide). What was not read
// is taken to be off, as it is by default.
func (t *tracer) barred(s *subnet, gateway string, kind traffic) (netpath.Evidence, bool) {
	account := ""
	if v := t.network.VPC(s.vpc); v != nil {
		account = v.OwnerID
	}
	setting := t.network.BlockPublicAccess(account)
	if setting == nil || setting.InternetGatewayBlockMode == "off" || setting.InternetGatewayBlockMode == "" {
		return netpath.Evidence{}, false
	}
	mode := setting.InternetGatewayBlockMode
	if mode == "block-ingress" && kind == throughNATOrEgressOnly {
		return netpath.Evidence{}, false
	}
	for _, id := range []string{s.id, s.vpc} {
		x := t.network.BlockPublicAccessExclusion(id)
		if x != nil && (x.InternetGatewayExclusionMode == "allow-bidirectional" || kind != fromInternet && mode == "block-bidirectional") {
			return netpath.Evidence{}, false
		}
	}
	if !t.network.Has("VpcBlockPublicAccessExclusions") {
		return unknown(s.vpc, "Block Public Access is "+mode+", and its exclusions were not read"), true
	}
	facts := netpath.Facts{
		"region": t.network.Region, "vpc": s.vpc, "subnet": s.id, "mode": mode, "gateway": gateway,
		"destination": t.flow.To.String(), "exclusion": "allow-egress",
	}
	if kind == fromInternet || mode == "block-ingress" {
		facts["exclusion"] = "allow-bidirectional"
	}
	return fail("route/block-public-access", s.vpc, "Block Public Access ("+mode+") stops what passes "+gateway, facts), true
}

// publicAddress is a public address with the interface that has it.
type publicAddress struct {
	eni     *iface
	private netip.Addr
}

// publicAddresses are the addresses under which the internet knows those of an
// interface: public IPv4 addresses by private ones, and global ones of IPv6.
func publicAddresses(n *vpc.NetworkInterface) map[netip.Addr]netip.Addr {
	public := map[netip.Addr]netip.Addr{}
	for _, p := range n.PrivateIPAddresses {
		if p.Association == nil || p.Association.PublicIP == "" {
			continue
		}
		if address, err := netip.ParseAddr(p.Association.PublicIP); err == nil {
			public[p.PrivateIPAddress] = address
		}
	}
	for _, p := range n.Ipv6Addresses {
		if routable(p.Ipv6Address) {
			public[p.Ipv6Address] = p.Ipv6Address
		}
	}
	return public
}
