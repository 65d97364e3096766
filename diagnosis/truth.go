package diagnosis

import (
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// join applies the truth table to a hop: what was measured wins, configuration
// names the cause, and where nothing was measured configuration decides.
func join(h netpath.Hop) Hop {
	live, config := h.Live.Status, h.Config.Status
	joined := Hop{Hop: h}
	switch {
	case aboutTheAgent(h), beyondLive(h):
		joined.Status, joined.Basis = config, netpath.BasisConfig
	case decided(live):
		joined.Status, joined.Basis = live, netpath.BasisLive
		if config == live {
			joined.Basis = netpath.BasisBoth
		}
		joined.Disagree = decided(config) && config != live && h.Config.Facts["reader"] == "" // a failover has come in between
	case decided(config):
		joined.Status, joined.Basis = config, netpath.BasisConfig
	default:
		joined.Status, joined.Basis = netpath.StatusUnknown, netpath.BasisNone
	}
	return joined
}

// beyondLive reports whether what the configuration finds wrong lies outside of
// what was measured: a pass may cover one policy of two (fact "covers"), and
// without a login (fact "user") a proxy alone and not the database behind it (fact
// "proxy"), nor whether a reader answers (fact "reader").
func beyondLive(h netpath.Hop) bool {
	if h.Live.Status != netpath.StatusPass || h.Config.Status != netpath.StatusFail {
		return false
	}
	covers := h.Live.Facts["covers"]
	deeper := h.Config.Facts["proxy"] != "" || h.Config.Facts["reader"] != ""
	return covers != "" && covers != h.Config.Component || deeper && h.Live.Facts["user"] == ""
}

// aboutTheAgent reports whether the configuration tells what becomes of the
// agent's own calls, where the probe could only measure those of its own
// principal (fact "agent_role").
func aboutTheAgent(h netpath.Hop) bool {
	return h.Config.Facts["agent_role"] != "" && decided(h.Config.Status) && h.Live.Status != h.Config.Status
}

func decided(s netpath.Status) bool {
	return s == netpath.StatusPass || s == netpath.StatusFail
}

// Component is the ARN or id of what decided the hop: configuration names it
// best.
func (h Hop) Component() string {
	if h.Config.Component != "" {
		return h.Config.Component
	}
	return h.Live.Component
}

// Detail says what was seen: the measured first, then what configuration adds.
func (h Hop) Detail() string {
	switch {
	case h.Live.Detail == "":
		return h.Config.Detail
	case h.Config.Detail == "" || h.Basis == netpath.BasisLive && !h.Disagree:
		return h.Live.Detail
	case h.Basis == netpath.BasisBoth && h.Status == netpath.StatusPass:
		return h.Live.Detail
	}
	return h.Live.Detail + "; " + h.Config.Detail
}

func (h Hop) fails() bool { return h.Status == netpath.StatusFail }

// impairs reports whether the hop lets traffic through, and not always or not
// everywhere: an answer that leaves addresses out, or a rule that the
// configuration names although it cannot say when it strikes.
func (h Hop) impairs() bool {
	return h.partly() || slices.ContainsFunc(h.Live.Flaws, impairing) || h.Config.Status == netpath.StatusUnknown && h.Config.Cause != ""
}

// impairing reports whether a flaw shows now: a certificate that ends soon does
// not.
func impairing(flaw netpath.Failure) bool { return flaw != netpath.FailureTLSExpiring }

// partly reports whether some of the answered addresses are right.
func (h Hop) partly() bool {
	return h.Live.Failure == netpath.FailureDNSPartial || h.Live.Failure == netpath.FailureDNSOther && h.Live.Facts["right"] != ""
}

// stops reports whether nothing gets past the hop.
func (h Hop) stops() bool { return h.fails() && !h.partly() }

// namedByConfig reports whether the configuration says what is wrong here, be it
// something that strikes now and then, or after the next failover.
func (h Hop) namedByConfig() bool {
	return h.stoppedByConfig() || h.Config.Cause != "" && h.Config.Status == netpath.StatusUnknown
}

// stoppedByConfig reports whether what the configuration says is why nothing gets
// past the hop.
func (h Hop) stoppedByConfig() bool {
	return h.Config.Cause != "" && h.fails() && h.Config.Status == netpath.StatusFail
}
