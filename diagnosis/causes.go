package diagnosis

import (
	"maps"
	"slices"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

// suspect is a cause found on a ladder, before causes are folded over paths.
type suspect struct {
	code   string
	hop    Hop
	ladder Ladder
}

// suspects lists the causes that a path shows, the one that stops it first.
func suspects(p Path) []suspect {
	if p.Verdict == netpath.VerdictExposed {
		return exposures(p)
	}
	var found []suspect
	for _, l := range p.Ladders {
		if h, ok := l.hop(netpath.HopSignature); ok && h.unsigned() {
			found = append(found, suspect{liveCode(p, l, h), h, l})
		}
		if p.Expect == netpath.ExpectReachable || p.Verdict == netpath.VerdictUnknown && l.requestFails() {
			found = append(found, stoppers(p, l)...)
		}
		if p.Expect == netpath.ExpectReachable {
			found = append(found, flaws(p, l)...)
		}
		if gate, ok := l.hop(netpath.HopResourcePolicy); ok && p.Expect == netpath.ExpectDenied && gate.listed() {
			found = append(found, suspect{"policy/allow-list-hit", gate, l})
		}
		found = append(found, contradictions(l)...)
	}
	return found
}

// unsigned reports whether nothing could be signed here: the path is then unknown
// from the signature on, and that has a cause.
func (h Hop) unsigned() bool {
	return h.Live.Status == netpath.StatusUnknown && h.Live.Failure != ""
}

// stoppers are the causes on one ladder. Every hop at which the configuration
// says what is wrong is a cause of its own, unless a measurement refutes it. A
// failure that only live evidence shows is a cause where it comes first and no
// configured cause explains it.
func stoppers(p Path, l Ladder) []suspect {
	var found []suspect
	explained := false
	for _, h := range l.Hops {
		if h.namedByConfig() && !isGate(p, h.Name) {
			found = append(found, suspect{h.Config.Cause, h, l})
			explained = explained || isNetwork(h.Name) || h.Name == netpath.HopDatabase && h.stoppedByConfig()
		}
	}
	for _, h := range l.Hops {
		if !h.fails() || isGate(p, h.Name) {
			continue
		}
		symptom := explained && couldFollow(h) || l.lossy() && h.Live.Failure == netpath.FailureTimeout
		if !h.stoppedByConfig() && !symptom {
			found = append(found, measured(p, l, h.besideConfig()))
		}
		if other, ok := h.another(); ok && h.stoppedByConfig() {
			found = append(found, suspect{liveCode(p, l, other), other, l})
		}
		if h.stops() && h.Live.Failure != netpath.FailureMTU { // small packets tell what is behind it
			break
		}
	}
	return found
}

// flaws are the causes of what passes in part. Where a NAT gateway stands on the
// way, connections that fail while others lose nothing are its doing.
func flaws(p Path, l Ladder) []suspect {
	var found []suspect
	for _, h := range l.Hops {
		for _, flaw := range h.Live.Flaws {
			if flaw == netpath.FailureLoss && l.namesNetwork() {
				continue // what the configuration names now and then strikes
			}
			h.Live.Failure, h.Live.Facts = flaw, maps.Clone(h.Live.Facts)
			route, _ := l.hop(netpath.HopRoute)
			if gateway := route.Config.Facts["nat_gateway"]; gateway != "" && h.Live.Facts["loses"] == "connections" {
				h.Live.Facts["behind"], h.Live.Facts["nat_gateway"] = "nat", gateway
			}
			found = append(found, suspect{liveCode(p, l, h), h, l})
		}
	}
	return found
}

// namesNetwork reports whether the configuration names a fault of the network on
// the way.
func (l Ladder) namesNetwork() bool {
	return slices.ContainsFunc(l.Hops, func(h Hop) bool { return isNetwork(h.Name) && h.namedByConfig() })
}

// lossy reports whether packets get lost on the way: whatever times out then may
// do so for that.
func (l Ladder) lossy() bool {
	tcp, _ := l.hop(netpath.HopTCP)
	return slices.Contains(tcp.Live.Flaws, netpath.FailureLoss)
}

// isGate reports whether a failure of the hop is what the path expects.
func isGate(p Path, name netpath.HopName) bool {
	return p.Expect == netpath.ExpectDenied && name == netpath.HopResourcePolicy
}

// couldFollow reports whether a failure is what any other fault on the way
// looks like from here: packets that do not come back.
func couldFollow(h Hop) bool {
	switch h.Live.Failure {
	case netpath.FailureTimeout, netpath.FailureRefused, netpath.FailureReset, netpath.FailureRejected, netpath.FailureNetworkUnreachable:
		return h.Name == netpath.HopTCP
	}
	return false
}

// liveCode is the code that live evidence alone leads to. An address of an
// endpoint that does not answer, while others do, is that address's own fault.
func liveCode(p Path, l Ladder, h Hop) string {
	if (p.Verdict == netpath.VerdictDegraded || p.connects()) && p.Route == netpath.RoutePrivate && p.Target.Endpoint != "" && couldFollow(h) {
		return "endpoint/address-down"
	}
	if h.Name == netpath.HopTCP && h.Live.Failure == netpath.FailureTimeout && !l.rulesKnown() {
		return "tcp/no-answer"
	}
	seen := h.Live
	seen.Facts = netpath.Facts{"private_dns": h.Config.Facts["private_dns"]}
	if h.Config.Facts["zone_of"] != "" && h.Live.Facts["hosts_file"] == "" {
		seen.Facts["private_dns"] = "another VPC's"
	}
	if h.Disagree {
		seen.Facts["configuration"] = string(h.Config.Status)
	}
	maps.Copy(seen.Facts, h.Live.Facts)
	if entry, ok := catalogue.ForLive(p.Kind, h.Name, seen); ok {
		return entry.Code
	}
	return "probe/unexplained"
}

// connects reports whether one of the path's addresses was connected to.
func (p Path) connects() bool {
	return slices.ContainsFunc(p.Ladders, func(l Ladder) bool {
		tcp, _ := l.hop(netpath.HopTCP)
		return tcp.Live.Status == netpath.StatusPass || tcp.Live.Failure == netpath.FailureMTU
	})
}

// besideConfig is the hop without a cause of the configuration's that does not stop
// anything here: what was measured is not about that.
func (h Hop) besideConfig() Hop {
	if h.namedByConfig() {
		h.Config = netpath.Evidence{}
	}
	return h
}

// another is the hop as it was measured, where that is not what the cause leads to
// which the configuration names: the denial names another layer than the one whose
// policy is wrong (AWS names one of those that deny), or the resolver gives no
// answer for a name that merely stays public.
func (h Hop) another() (Hop, bool) {
	live, config := h.Live.Facts["layer"], h.Config.Facts["layer"]
	layer := h.Live.Failure == netpath.FailureDenied && live != "" && config != "" && live != config
	public := h.Config.Cause == "dns/private-dns-off" || h.Config.Facts["attribute"] == "enableDnsHostnames"
	silent := h.Live.Failure == netpath.FailureDNSTimeout || h.Live.Failure == netpath.FailureDNSServfail
	h.Config = netpath.Evidence{}
	return h, layer || public && silent
}

// rulesKnown reports whether the configuration says of every network hop that it
// lets the packets through: only then is their loss unexplained.
func (l Ladder) rulesKnown() bool {
	return !slices.ContainsFunc(l.Hops, func(h Hop) bool {
		return isNetwork(h.Name) && !decided(h.Config.Status) && h.Config.Status != netpath.StatusSkipped
	})
}

// contradictions are hops that pass although the configuration says they can't.
func contradictions(l Ladder) []suspect {
	var found []suspect
	for _, h := range l.Hops {
		if h.Disagree && h.Status == netpath.StatusPass && !slices.ContainsFunc(h.Live.Flaws, impairing) {
			found = append(found, suspect{"tcp/passes-unexplained", h, l})
		}
	}
	return found
}

// exposures are the reasons why a path that should be shut is open.
func exposures(p Path) []suspect {
	if p.Expect == netpath.ExpectUnreachable {
		return waysOut(p)
	}
	gate, _ := p.Ladders[p.Shown].hop(netpath.HopResourcePolicy)
	return []suspect{{"policy/public-exposed", gate, p.Ladders[p.Shown]}}
}

// waysOut are the routes by which a path that must lead nowhere leads out.
func waysOut(p Path) []suspect {
	var found []suspect
	for _, l := range p.Ladders {
		if unreachable(l).verdict == netpath.VerdictExposed {
			route, _ := l.hop(netpath.HopRoute)
			found = append(found, suspect{"policy/public-egress", route, l})
		}
	}
	return found
}

// requestFails reports whether a measured failure of the handshake, the
// signature or the token kept a request from the policies that were to deny it: the path
// could not be judged, and that has a cause. A network that leads nowhere has
// none here: a path that must be shut need not be open as far as the policy.
func (l Ladder) requestFails() bool {
	for _, name := range []netpath.HopName{netpath.HopTLS, netpath.HopSignature, netpath.HopToken} {
		if h, ok := l.hop(name); ok && h.Live.Status == netpath.StatusFail {
			return true
		}
	}
	return false
}
