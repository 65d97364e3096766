package diagnosis

import (
	"maps"

	"github.com/agentcore-probe/probe/netpath"
)

// compareWays compares what the caller's own policies said on the ways to one
// runtime. What they deny on one way and let in through an endpoint is permitted
// under a condition on the way: the facts elsewhere and through say so.
func compareWays(paths []Path) {
	for _, p := range paths {
		if p.Kind != netpath.KindInvoke {
			continue
		}
		through := letInThrough(paths, p)
		if through == "" {
			continue
		}
		for _, l := range p.Ladders {
			for i, h := range l.Hops {
				if h.Name != netpath.HopIdentityPolicy || h.Live.Failure != netpath.FailureDenied || h.Live.Facts["layer"] != "identity-based" {
					continue
				}
				l.Hops[i].Live.Facts = maps.Clone(h.Live.Facts)
				l.Hops[i].Live.Facts["elsewhere"], l.Hops[i].Live.Facts["through"] = "let in", through
			}
		}
	}
}

// letInThrough is the endpoint by which the caller's policies were measured to
// let the same invocation in, "" where there is none.
func letInThrough(paths []Path, p Path) string {
	for _, other := range paths {
		if other.Kind != netpath.KindInvoke || other.Target.RuntimeARN != p.Target.RuntimeARN || other.Target.Endpoint == "" || other.Target.Endpoint == p.Target.Endpoint {
			continue
		}
		for _, l := range other.Ladders {
			if h, ok := l.hop(netpath.HopIdentityPolicy); ok && h.Live.Status == netpath.StatusPass {
				return other.Target.Endpoint
			}
		}
	}
	return ""
}
