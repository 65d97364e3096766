package watch

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

// entry is what a loop knows about a path.
type entry struct {
	path    netpath.Path
	tasks   []task
	running bool            // never twice at a time
	waiting []chan<- answer // for it to end
	tested  bool            // at least one result

	last, billed netpath.Observation
	contact      contact         // where connections are counted
	accepted     diagnosis.Case  // what is reported
	verdict      netpath.Verdict // of accepted
	since        time.Time       // verdict
	pending      netpath.Verdict // of newer evidence that has not held yet; "" where there is none
	held         int             // runs that pending held

	judged netpath.Verdict // of the last run, accepted or not; "" before the first
	asked  bool            // the configuration is to be read for it
	begun  [2]time.Time    // of the run before the last and of the last
	ended  time.Time       // of the last run
	onsets map[cause]onset // of what the last run shows
}

// due is the task that is to be started, or nil.
func (e *entry) due(now time.Time) *task {
	for i := range e.tasks {
		if !e.running && !e.tasks[i].due.After(now) {
			return &e.tasks[i]
		}
	}
	return nil
}

// shown is how the path stands.
func (e *entry) shown() Path {
	p := Path{ID: e.path.ID, Kind: e.path.Kind, Route: e.path.Route, Expect: e.path.Expect, Tested: e.tested}
	if e.tested {
		p.Verdict, p.Since, p.Pending = e.verdict, e.since, e.pending
		p.LastRun, p.Duration = e.last.Start, e.last.Duration
	}
	return p
}

// add takes in a new observation and returns the evidence as it stands then.
func (e *entry) add(o netpath.Observation, billed bool) netpath.Observation {
	if billed {
		e.billed = o
	} else {
		e.last = o
	}
	return joined(e.last, e.billed)
}

// joined is an observation together with what the last real invocation showed of
// the runtime, which the cheaper levels cannot show.
func joined(o, billed netpath.Observation) netpath.Observation {
	if o.Path == "" {
		return billed // the other has not run yet
	}
	o.Addresses = slices.Clone(o.Addresses)
	for i, a := range o.Addresses {
		before, known := seenAt(billed, a.Address)
		if !known || fails(a) {
			continue
		}
		if runtime, ok := before.Hops[netpath.HopRuntime]; ok {
			o.Addresses[i].Hops = maps.Clone(a.Hops)
			o.Addresses[i].Hops[netpath.HopRuntime] = runtime
		}
	}
	return o
}

// seenAt finds what was observed at an address.
func seenAt(o netpath.Observation, address netip.AddrPort) (netpath.AddressObservation, bool) {
	i := slices.IndexFunc(o.Addresses, func(a netpath.AddressObservation) bool { return a.Address == address })
	if i < 0 {
		return netpath.AddressObservation{}, false
	}
	return o.Addresses[i], true
}

func fails(a netpath.AddressObservation) bool {
	for _, evidence := range a.Hops {
		if evidence.Status == netpath.StatusFail {
			return true
		}
	}
	return false
}

// accept takes evidence over into what is reported when it agrees with the
// verdict that is shown, or when its verdict held for so many runs; the first at
// once. It reports whether the verdict changed.
func (e *entry) accept(c diagnosis.Case, v netpath.Verdict, hold int, now time.Time) bool {
	if e.tested && v != e.verdict {
		if v != e.pending {
			e.pending, e.held = v, 0
		}
		if e.held++; e.held < hold {
			return false
		}
	}
	changed := !e.tested || v != e.verdict
	e.accepted, e.verdict, e.tested = c, v, true
	e.pending, e.held = "", 0
	if changed {
		e.since = now
	}
	return changed
}

// turned takes in the verdict of a run and reports whether the path got worse, or
// bad in another way, than in the run before.
func (e *entry) turned(v netpath.Verdict) bool {
	before := e.judged
	e.judged = v
	return before != "" && before != v && bad(v)
}

func bad(v netpath.Verdict) bool {
	return v == netpath.VerdictBroken || v == netpath.VerdictExposed || v == netpath.VerdictDegraded
}

// ran notes when a run was.
func (e *entry) ran(begun, ended time.Time) {
	e.begun[0], e.begun[1], e.ended = e.begun[1], begun, ended
}

// shows notes since when the path shows what it shows, and what changed then.
func (e *entry) shows(judged diagnosis.Result, h changelog) {
	e.note(judged.Findings, judged.Paths[0].Basis)
	e.explain(judged.Findings, h)
}

// note takes in what the last run shows, and since when. A finding that takes
// the place of another came up with that: first there are only symptoms.
func (e *entry) note(found []netpath.Finding, basis netpath.Basis) {
	fresh := onset{good: e.begun[0], bad: e.ended, live: basis != netpath.BasisConfig}
	for c, o := range e.onsets {
		if !slices.ContainsFunc(found, func(f netpath.Finding) bool { return causeOf(f) == c }) && o.bad.Before(fresh.bad) {
			fresh.good, fresh.bad = o.good, o.bad
		}
	}
	now := map[cause]onset{}
	for _, f := range found {
		o, known := e.onsets[causeOf(f)]
		if !known {
			o = fresh
		}
		now[causeOf(f)] = o
	}
	e.onsets = now
}

// explain looks for the changes behind what the last run shows.
func (e *entry) explain(found []netpath.Finding, h changelog) {
	for _, f := range found {
		if o := e.onsets[causeOf(f)]; o.changed == nil {
			o.changed = h.explain(f, o)
			e.onsets[causeOf(f)] = o
		}
	}
}

// changed is what changed when a finding came up: on the path that shows it,
// else on another. A remark comes up on no path: nothing is known of it.
func changed(entries []*entry, f netpath.Finding) netpath.Facts {
	var facts netpath.Facts
	for _, e := range entries {
		if found := e.onsets[causeOf(f)].changed; found != nil && (facts == nil || e.path.ID == f.Path) {
			facts = found
		}
	}
	return facts
}
