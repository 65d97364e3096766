package reachability

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/vpc"
)

// table is a route table with its destinations parsed.
type table struct {
	id, vpc string
	routes  []route
}

type route struct {
	*vpc.Route
	block      netip.Prefix   // invalid for a prefix list
	list       []netip.Prefix // of a prefix list; nil when it was not read
	propagated bool
	local      bool
}

func newTable(t *vpc.RouteTable, blocksOf func(list string) []netip.Prefix) *table {
	compiled := &table{id: t.RouteTableID, vpc: t.VpcID}
	for i := range t.Routes {
		r := &t.Routes[i]
		destination := r.DestinationCidrBlock
		if destination == "" {
			destination = r.DestinationIpv6CidrBlock
		}
		block, _ := netip.ParsePrefix(destination)
		parsed := route{Route: r, block: block.Masked(), propagated: r.Origin == "EnableVgwRoutePropagation", local: r.GatewayID == "local"}
		if r.DestinationPrefixListID != "" {
			parsed.list = blocksOf(r.DestinationPrefixListID)
		}
		compiled.routes = append(compiled.routes, parsed)
	}
	return compiled
}

// bits is the length of the longest of the route's prefixes that cover an
// address, -1 when none does; doubt says that the route is to a prefix list
// that was not read.
func (r *route) bits(to netip.Addr) (bits int, doubt bool) {
	switch {
	case r.block.IsValid() && r.block.Contains(to):
		return r.block.Bits(), false
	case r.DestinationPrefixListID == "":
		return -1, false
	case r.list == nil:
		return -1, true
	}
	bits = -1
	for _, block := range r.list {
		if block.Contains(to) {
			bits = max(bits, block.Bits())
		}
	}
	return bits, false
}

// lookup finds the route for an address: the longest prefix; between equals
// static before prefix list before propagated; and the local route before any
// propagated one ("Route priority"). Prefix lists that were not read are
// returned as doubts.
func (t *table) lookup(to netip.Addr) (best *route, doubts []*route) {
	bestBits := -1
	local := slices.ContainsFunc(t.routes, func(r route) bool { return r.local && r.block.IsValid() && r.block.Contains(to) })
	for i := range t.routes {
		r := &t.routes[i]
		bits, doubt := r.bits(to)
		// The lists of gateway endpoints hold public addresses only.
		if doubt && (routable(to) || !r.isGatewayEndpoint()) {
			doubts = append(doubts, r)
		}
		if r.propagated && local {
			continue
		}
		if bits > bestBits || bits == bestBits && best != nil && r.rank() < best.rank() {
			best, bestBits = r, bits
		}
	}
	return best, doubts
}

func (r *route) rank() int {
	switch {
	case r.propagated:
		return 2
	case r.DestinationPrefixListID != "":
		return 1
	}
	return 0
}

// isGatewayEndpoint: a route to a prefix list by a VPC endpoint; one to an
// address block leads to a Gateway Load Balancer's endpoint.
func (r *route) isGatewayEndpoint() bool {
	return r.DestinationPrefixListID != "" && strings.HasPrefix(r.GatewayID, "vpce-")
}
