package diagnosis

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// judgePath gives a path its verdict.
func judgePath(c Case) Path {
	path := Path{Path: c.Path, Start: c.Live.Start, Duration: c.Live.Duration, Ladders: ladders(c)}
	judge := reachable
	switch {
	case c.Path.Expect == netpath.ExpectDenied:
		judge = denied
	case c.Path.Expect == netpath.ExpectUnreachable:
		judge = unreachable
	case c.Path.Target.Spared != "":
		judge = func(l Ladder) judgement { return spared(l, c.Path.Target.Spared) }
	}
	var judgements []judgement
	for _, l := range path.Ladders {
		judgements = append(judgements, judge(l))
	}
	path.Verdict, path.Shown = combine(judgements)
	path.Outcome = judgements[path.Shown].outcome
	path.Basis = judgements[path.Shown].basis
	return path
}

// judgement is the verdict of one ladder.
type judgement struct {
	verdict netpath.Verdict
	outcome string
	basis   netpath.Basis
}

// combine judges a path by its ladders, and says which of them shows it best:
// one open door exposes, one broken way out of several degrades.
func combine(all []judgement) (netpath.Verdict, int) {
	find := func(v netpath.Verdict) int {
		return slices.IndexFunc(all, func(j judgement) bool { return j.verdict == v })
	}
	exposed, broken, degraded := find(netpath.VerdictExposed), find(netpath.VerdictBroken), find(netpath.VerdictDegraded)
	unknown, ok := find(netpath.VerdictUnknown), find(netpath.VerdictOK)
	switch {
	case exposed >= 0:
		return netpath.VerdictExposed, exposed
	case broken >= 0 && (ok >= 0 || degraded >= 0):
		return netpath.VerdictDegraded, broken
	case broken >= 0:
		return netpath.VerdictBroken, broken
	case degraded >= 0:
		return netpath.VerdictDegraded, degraded
	case unknown >= 0:
		return netpath.VerdictUnknown, unknown
	}
	return netpath.VerdictOK, ok
}

// reachable judges a ladder whose destination must answer.
func reachable(l Ladder) judgement {
	result, at := l.outcome()
	switch result {
	case outcomeOpen:
		return judgement{netpath.VerdictOK, "reachable", l.basis()}
	case outcomeImpaired:
		return judgement{netpath.VerdictDegraded, "reachable in part", l.basis()}
	case outcomeStopped:
		return judgement{netpath.VerdictBroken, "stopped at " + string(at), l.basis()}
	}
	return judgement{netpath.VerdictUnknown, undecided(l, "whether it answers"), l.basis()}
}

// spared judges a ladder whose destination is not dialled, and says why it is not.
func spared(l Ladder, why string) judgement {
	j := reachable(l)
	if j.verdict == netpath.VerdictOK {
		j.outcome = "reachable by its routes and rules; not dialled: " + why
		j.basis = netpath.BasisConfig
	}
	return j
}

// denied judges a ladder that a resource policy must shut. Only an explicit
// denial by that policy that is about everyone shuts callers out as such: a
// timeout, another layer's denial, a rejected signature, or a denial of this
// principal alone says nothing about other callers.
func denied(l Ladder) judgement {
	gate, _ := l.hop(netpath.HopResourcePolicy)
	switch {
	case gate.fails() && gate.shutsEveryone():
		return judgement{netpath.VerdictOK, "denied by the resource policy" + gate.about(), gate.Basis}
	case gate.fails() && gate.Config.Facts["elsewhere"] == "admitted":
		return judgement{netpath.VerdictExposed, "denied to us, and admitted from elsewhere" + gate.about(), netpath.BasisConfig}
	case gate.listed():
		return judgement{netpath.VerdictOK, "admitted because our own address is on the policy's list; others are denied" + gate.about(), gate.Basis}
	case gate.Status == netpath.StatusPass:
		return judgement{netpath.VerdictExposed, "admitted by the resource policy" + gate.about(), gate.Basis}
	}
	return judgement{netpath.VerdictUnknown, undecided(l, "whether others than we are denied"), gate.Basis}
}

// undecided says what could not be told, and why.
func undecided(l Ladder, question string) string {
	for _, h := range l.Hops {
		if h.Status == netpath.StatusUnknown && h.Name != netpath.HopIdentityPolicy {
			return fmt.Sprintf("unknown at %s", h.Name)
		}
	}
	return "unknown: " + question
}

// listed reports whether a policy that shuts others out lets our own source
// address in.
func (h Hop) listed() bool {
	return h.Status == netpath.StatusPass && h.Config.Facts["allow_listed"] != ""
}

// about names whom a policy judged, and from which address: the one that AWS
// sees, which a NAT gateway makes another than ours.
func (h Hop) about() string {
	words := ""
	if principal := cmp.Or(h.Live.Facts["principal"], h.Config.Facts["principal"]); principal != "" {
		words += ": " + principal
	}
	if source := cmp.Or(h.Config.Facts["source_ip"], h.Live.Facts["source_ip"]); source != "" {
		words += " from " + source
	}
	return words
}

// shutsEveryone reports whether a denial is about everyone. The words of a
// measured denial do not say whom it is about; only the policy does. An implicit
// denial shuts out those whom nothing else could let in, which is for the policy
// to say, too: callers with tokens have no policy of their own.
func (h Hop) shutsEveryone() bool {
	if h.Config.Facts["scope"] != "everyone" {
		return false
	}
	configured := h.Config.Facts["effect"]
	effect := configured
	if h.Live.Status == netpath.StatusFail {
		effect = h.Live.Facts["effect"]
	}
	return effect == "explicit" || effect == "implicit" && configured == "implicit"
}

// unreachable judges a ladder that must have no network path: it is met by a
// network hop that stops it, and exposed by whatever comes back, a refusal too,
// or by a configuration that lets through what could not be measured.
func unreachable(l Ladder) judgement {
	result, at := l.outcome()
	tcp, _ := l.hop(netpath.HopTCP)
	switch {
	case tcp.Status == netpath.StatusPass, arrived(tcp.Live):
		return judgement{netpath.VerdictExposed, "reachable", l.basis()}
	case result == outcomeStopped && isNetwork(at) && tcp.Live.Status == netpath.StatusFail:
		return judgement{netpath.VerdictOK, "stopped at " + string(at), netpath.BasisBoth}
	case result == outcomeStopped && isNetwork(at):
		return judgement{netpath.VerdictOK, "stopped at " + string(at), l.basis()}
	case l.opens():
		return judgement{netpath.VerdictExposed, "reachable by its routes and rules", netpath.BasisConfig}
	}
	return judgement{netpath.VerdictUnknown, undecided(l, "whether it answers"), l.basis()}
}
