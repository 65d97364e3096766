package reachability

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
)

// tracer is one flow on its way.
type tracer struct {
	*Analysis
	flow     Flow
	src, dst *iface  // dst is nil when the destination is no interface that is known
	target   *subnet // the destination's subnet; nil outside of every VPC, or when it was not read
	inside   bool    // the destination belongs to the source's VPC
	hops     []Hop
	appears  netip.Addr // the address that the internet sees; invalid where the packets do not get there, or it was not read

	assumed []*iface // interfaces that do not exist, and are asked about as if they did
}

// Trace follows a flow and its replies.
func (a *Analysis) Trace(f Flow) Result { return a.trace(f) }

func (a *Analysis) trace(f Flow, assumed ...*iface) Result { return a.traced(f, assumed...).result() }

// traced has followed a flow, and knows both its ends.
func (a *Analysis) traced(f Flow, assumed ...*iface) *tracer {
	t := &tracer{Analysis: a, flow: f, hops: make([]Hop, 0, 9), assumed: assumed}
	t.flow.To = f.To.Unmap()
	t.flow.From.Address = f.From.Address.Unmap()
	switch {
	case t.comesFromOutside():
		t.inbound()
	case !t.start():
	case t.isAmazonDNS():
		t.exempt()
	case t.dst == t.src:
		t.add(netpath.HopRoute, pass(t.src.id, "the interface's own address"))
	case t.inside && t.sameSubnet():
		t.withinTheSubnet()
	default:
		t.follow()
	}
	return t
}

// start finds the interfaces at both ends; it fails when the source is not
// known, as nothing can be said then.
func (t *tracer) start() bool {
	f := &t.flow
	if f.From.ENI != "" {
		t.src = t.interfaces[f.From.ENI]
		for _, e := range t.assumed {
			if e.id == f.From.ENI && slices.Contains(e.addresses, f.From.Address) {
				t.src = e
			}
		}
	} else {
		t.src = t.find(f.From.Address, "")
	}
	if t.src == nil {
		t.add(netpath.HopSourceSG, unknown(f.From.ENI, t.whyNoSource()))
		return false
	}
	if !f.From.Address.IsValid() || f.From.ENI != "" && f.From.Address.Is4() != f.To.Is4() {
		f.From.Address = t.src.primary(f.To.Is4())
	}
	f.From.ENI = t.src.id
	switch {
	case !f.To.IsValid():
		t.add(netpath.HopSourceSG, unknown(t.src.id, "the destination's address is not known"))
		return false
	case !f.From.Address.IsValid() || f.From.Address.Is4() != f.To.Is4():
		t.add(netpath.HopSourceSG, unknown(t.src.id, fmt.Sprintf("%s has no address of the family of %s", t.src.id, f.To)))
		return false
	}
	t.dst = t.find(f.To, t.src.vpc)
	t.inside = t.dst != nil || t.within(f.To)
	if t.dst != nil {
		t.target = t.dst.subnet
	} else if t.inside {
		t.target = t.subnetAt(f.To, t.src.vpc)
	}
	return true
}

// find returns the interface with an address in a VPC, the assumed ones first.
func (t *tracer) find(address netip.Addr, vpcID string) *iface {
	for _, e := range t.assumed {
		if (vpcID == "" || e.vpc == vpcID) && slices.Contains(e.addresses, address) {
			return e
		}
	}
	return t.Analysis.find(address, vpcID)
}

func (t *tracer) whyNoSource() string {
	if !t.network.Has("NetworkInterfaces") {
		return "network interfaces were not read"
	}
	if t.flow.From.ENI != "" {
		return "network interface " + t.flow.From.ENI + " is not in the inventory"
	}
	return fmt.Sprintf("no single network interface with the address %s is in the inventory", t.flow.From.Address)
}

func (e *iface) primary(v4 bool) netip.Addr {
	for _, address := range e.addresses {
		if address.Is4() == v4 {
			return address
		}
	}
	return netip.Addr{}
}

// within says whether an address belongs to the source's VPC: by its blocks, or
// by a local route of the source's table.
func (t *tracer) within(address netip.Addr) bool {
	for _, block := range t.blocks(t.src.vpc) {
		if block.IsValid() && block.Contains(address) {
			return true
		}
	}
	if t.src.subnet == nil || t.src.subnet.table == nil {
		return false
	}
	for _, r := range t.src.subnet.table.routes {
		if r.local && r.block.IsValid() && r.block.Contains(address) {
			return true
		}
	}
	return false
}

func (t *tracer) sameSubnet() bool {
	if t.dst != nil {
		return t.dst.subnetID == t.src.subnetID
	}
	return t.target != nil && t.target == t.src.subnet
}

func (t *tracer) add(name netpath.HopName, e netpath.Evidence) {
	t.hops = append(t.hops, Hop{Name: name, Evidence: e})
}

func (t *tracer) addReturn(name netpath.HopName, e netpath.Evidence) {
	t.hops = append(t.hops, Hop{Name: name, Return: true, Evidence: e})
}

func (t *tracer) result() Result {
	r := Result{Flow: t.flow, Hops: t.hops, Verdict: VerdictReachable}
	if hop, ok := r.Deciding(); ok {
		r.Verdict = VerdictUnknown
		if hop.Status == netpath.StatusFail {
			r.Verdict = VerdictBlocked
		}
	}
	return r
}

// isAmazonDNS: neither groups nor ACLs filter traffic to the Amazon DNS server,
// at the base address plus two of the VPC's primary block or at its link-local
// addresses, nor to the other link-local services ("Amazon DNS server",
// "Control traffic to your AWS resources using security groups", "Network ACL
// basics", Amazon VPC User Guide).
func (t *tracer) isAmazonDNS() bool {
	to := t.flow.To
	if to.Is4() && to.IsLinkLocalUnicast() || netip.PrefixFrom(netip.MustParseAddr("fd00:ec2::"), 32).Contains(to) {
		return true
	}
	v := t.network.VPC(t.src.vpc)
	return v != nil && v.CidrBlock.IsValid() && v.CidrBlock.Masked().Addr().Next().Next() == to
}

func (t *tracer) exempt() {
	for _, name := range []netpath.HopName{netpath.HopSourceSG, netpath.HopSourceNACL, netpath.HopRoute} {
		t.add(name, pass("", "security groups, network ACLs and routes do not apply to the Amazon DNS server and other link-local services"))
	}
}

// withinTheSubnet: ACLs are checked at a subnet's border only, and no route is
// looked up inside of it.
func (t *tracer) withinTheSubnet() {
	near := pass(t.src.subnetID, "both ends are in "+t.src.subnetID)
	t.sourceGroups(kept{kleene.Yes, ""})
	t.add(netpath.HopSourceNACL, near)
	t.add(netpath.HopRoute, near)
	t.endpoint()
	t.add(netpath.HopDestNACL, near)
	t.destinationGroups(t.seen(), kept{kleene.Yes, ""})
}

// endpoint adds the hop of an interface endpoint when the destination is one of
// its interfaces, or that of a NAT gateway, which takes no connections itself
// ("Troubleshoot NAT gateways", section "NAT gateway doesn't respond to a ping
// command").
func (t *tracer) endpoint() {
	switch {
	case t.dst == nil:
	case t.dst.kind == "nat_gateway":
		id, why := t.dst.id, "a NAT gateway answers nobody, it passes on what others begin"
		facts := netpath.Facts{"region": t.network.Region, "target": id, "why": why, "destination": t.flow.To.String()}
		t.add(netpath.HopRoute, fail("route/nat-broken", id, id+": "+why, facts))
	case t.dst.endpoint != nil:
		t.add(netpath.HopEndpoint, t.endpointState(t.dst.endpoint))
	case t.dst.kind == "vpc_endpoint":
		t.add(netpath.HopEndpoint, unknown(t.dst.id, "the endpoint that owns "+t.dst.id+" was not read"))
	}
}
