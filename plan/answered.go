package plan

import (
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// AsAnswered is a planned path as it is taken once its name was answered. Where
// an endpoint stands in another VPC, only the answer tells that a service is
// reached privately; and of a configured name, that it does not lead to the
// internet.
func AsAnswered(p netpath.Path, o netpath.Observation) netpath.Path {
	if p.Route != netpath.RoutePublic || !inside(o.Answers, p.Target.Inside) {
		return p
	}
	switch p.Kind {
	case netpath.KindService:
		p.Route = netpath.RoutePrivate
		p.Because += "; the name answers private addresses, so an endpoint in another VPC serves it"
	case netpath.KindEgress:
		p.Route = netpath.RouteVPC
	}
	return p
}

// inside reports whether there are addresses and none of them is the internet's.
func inside(addresses []netip.Addr, blocks []netip.Prefix) bool {
	return len(addresses) > 0 && !slices.ContainsFunc(addresses, func(a netip.Addr) bool { return !vpc.IsInside(a, blocks) })
}
