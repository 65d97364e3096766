package watch

import (
	"context"
	"slices"
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
	"github.com/agentcore-probe/probe/report"
)

// Propose carries out the turn and judges it twice: as things are, and as they
// would be with what change makes of the configuration. Nothing is changed, and
// nothing more is measured: where the change decides otherwise than before, the
// configuration alone is judged.
func (t Turn) Propose(ctx context.Context, change func(inventory.Snapshot) (inventory.Snapshot, error)) (before, after report.Report, err error) {
	is, err := t.learn(ctx)
	if err != nil {
		return report.Report{}, report.Report{}, err
	}
	changed, err := change(is.snapshot)
	if err != nil {
		return report.Report{}, report.Report{}, err
	}
	return t.report(is), t.report(t.predict(is, changed)), nil
}

// predict is what the turn would learn after a change.
func (t Turn) predict(is learned, changed inventory.Snapshot) learned {
	would := learned{snapshot: changed, from: t.vantage(changed), start: is.start, duration: is.duration}
	would.planned = plan.Make(t.Config, changed.Network, would.from)
	configured := newEvidence(changed, would.from)
	for _, p := range t.selected(would.planned) {
		would.cases = append(would.cases, is.after(p, configured))
	}
	return would
}

// after is the case of a path after a change: with what was measured, where the path
// was there before and leads where it did.
func (is learned) after(p netpath.Path, configured evidence) diagnosis.Case {
	unmeasured := configured.with(unseen(p, is.start))
	i := slices.IndexFunc(is.cases, func(c diagnosis.Case) bool { return c.Path.ID == p.ID })
	if i < 0 {
		return unmeasured
	}
	was := is.cases[i]
	c := configured.with(diagnosis.Case{Path: plan.AsAnswered(p, was.Live), Live: was.Live})
	if !samePlace(was.Path, c.Path) {
		c = unmeasured
	}
	return foreseen(was, c, configured)
}

// unseen is a case of which nothing was measured.
func unseen(p netpath.Path, start time.Time) diagnosis.Case {
	return diagnosis.Case{Path: p, Live: netpath.Observation{Path: p.ID, Start: start}}
}

// samePlace reports whether a path leads where it did.
func samePlace(a, b netpath.Path) bool {
	return a.Route == b.Route && a.Target.Name == b.Target.Name && a.Target.Port == b.Target.Port &&
		a.Target.Protocol == b.Target.Protocol && a.Target.Endpoint == b.Target.Endpoint && slices.Equal(a.Target.Addresses, b.Target.Addresses)
}

// foreseen is a case after a change: what was measured still holds where the
// configuration says what it said. Where it says otherwise it decides, and what
// lies behind what it opens is taken to be well, since nobody could measure it.
func foreseen(is, would diagnosis.Case, configured evidence) diagnosis.Case {
	if len(is.Config) == 0 || len(would.Config) == 0 {
		return would
	}
	if changes(is.Config[0], would.Config[0], netpath.HopResolver) {
		would = configured.with(unseen(would.Path, is.Live.Start))
	}
	if len(would.Live.Addresses) == 0 {
		for _, c := range would.Config {
			assume(would.Path.Hops(), c)
		}
		return would
	}
	would.Live.Addresses = slices.Clone(would.Live.Addresses)
	for i := range would.Live.Addresses {
		foresee(&would.Live.Addresses[i], is, would)
	}
	return would
}

// foresee leaves of what was measured at an address what still holds.
func foresee(a *netpath.AddressObservation, is, would diagnosis.Case) {
	before, after := closest(is.Config, *a), closest(would.Config, *a)
	if before == nil || after == nil {
		return
	}
	hops := would.Path.Hops()
	kept, opened := surviving(hops, *a, *before, *after)
	a.Hops = kept
	if !opened {
		return
	}
	for _, c := range would.Config {
		if at(c, *a) {
			assumeBehind(hops, kept, c)
		}
	}
}

// changes reports whether the configuration says another thing of a hop.
func changes(before, after diagnosis.Config, name netpath.HopName) bool {
	a, b := before.Hops[name], after.Hops[name]
	return a.Status != b.Status || a.Cause != b.Cause
}

func at(c diagnosis.Config, a netpath.AddressObservation) bool {
	return c.Address == a.Address.Addr() && (c.Port == 0 || c.Port == a.Address.Port()) && c.UDP == a.UDP
}

// closest is what the configuration says of the measured packets to an address,
// else of any.
func closest(all []diagnosis.Config, a netpath.AddressObservation) *diagnosis.Config {
	ours := func(c diagnosis.Config) bool { return at(c, a) && c.SameSubnet && c.SameGroups && c.Apart == "" }
	others := func(c diagnosis.Config) bool { return at(c, a) }
	i := slices.IndexFunc(all, ours)
	if i < 0 {
		i = slices.IndexFunc(all, others)
	}
	if i < 0 {
		return nil
	}
	return &all[i]
}

// surviving is what of the measured evidence of an address still holds, and
// whether the change opens what was shut.
func surviving(hops []netpath.HopName, a netpath.AddressObservation, before, after diagnosis.Config) (kept map[netpath.HopName]netpath.Evidence, opened bool) {
	kept = map[netpath.HopName]netpath.Evidence{}
	shut := false // by the change: nothing gets further
	for _, name := range hops {
		seen, measured := a.Hops[name]
		changed := changes(before, after, name)
		switch {
		case shut:
			continue
		case changed && after.Hops[name].Status == netpath.StatusFail:
			shut = true
		case changed && before.Hops[name].Status == netpath.StatusFail:
			opened = true
		case opened && name == netpath.HopTCP && seen.Status == netpath.StatusFail:
			continue // what stopped the packets is gone
		case measured:
			kept[name] = seen
		}
	}
	return kept, opened && !shut
}

// assumeBehind takes what nothing is known of to be well.
func assumeBehind(hops []netpath.HopName, kept map[netpath.HopName]netpath.Evidence, c diagnosis.Config) {
	var open []netpath.HopName
	for _, name := range hops {
		if _, measured := kept[name]; !measured {
			open = append(open, name)
		}
	}
	assume(open, c)
}

func assume(hops []netpath.HopName, c diagnosis.Config) {
	for _, name := range hops {
		if e := c.Hops[name]; e.Status == "" || e.Status == netpath.StatusSkipped {
			c.Hops[name] = netpath.Evidence{Status: netpath.StatusPass, Detail: "not measured: taken to be well"}
		}
	}
}
