package watch

import (
	"slices"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
)

// result is an observation of a path.
type result struct {
	path netpath.Path
	by   means
	seen netpath.Observation
}

// take takes in the result of a path, unless that is not planned any more.
func (l *Loop) take(r result) {
	e := l.entry(r.path.ID)
	if e == nil {
		return
	}
	e.running = false
	c, judged := l.judge(e, r)
	now, verdict := l.turn.Now(), judged.Paths[0].Verdict
	e.ran(r.seen.Start, now)
	e.shows(judged, l.changelog)
	if e.turned(verdict) && l.inventory.CollectedAt.Before(r.seen.Start) {
		e.asked = true
		l.ask(now)
	}
	before := e.verdict
	if e.accept(c, verdict, l.turn.Config.Serve.Hold, now) {
		l.log.Info("verdict", "path", e.path.ID, "verdict", string(e.verdict), "before", string(before), "outcome", judged.Paths[0].Outcome)
	}
	l.tell(e, r.seen, judged.Paths[0])
}

// entry is what is known of a path; nil of one that is not planned.
func (l *Loop) entry(id string) *entry {
	i := slices.IndexFunc(l.entries, func(e *entry) bool { return e.path.ID == id })
	if i < 0 {
		return nil
	}
	return l.entries[i]
}

// judge adds a result to what was seen of a path, and judges that.
func (l *Loop) judge(e *entry, r result) (diagnosis.Case, diagnosis.Result) {
	seen := e.add(r.seen, r.by == billed)
	if l.counts(e.path) {
		seen = e.contact.add(seen, r.by == counted, says(l.asked(e.path, seen)))
	}
	c := l.asked(e.path, seen)
	judged := l.alone(c)
	if r.by == counted {
		e.contact.judged(judged.Paths[0].Verdict)
	}
	return c, judged
}

// asked is what was seen on a path, with what the configuration says of it.
func (l *Loop) asked(p netpath.Path, seen netpath.Observation) diagnosis.Case {
	return l.configured.with(diagnosis.Case{Path: plan.AsAnswered(p, seen), Live: seen})
}

// alone judges a case by itself.
func (l *Loop) alone(c diagnosis.Case) diagnosis.Result {
	return diagnosis.Judge(diagnosis.Input{Vantage: l.from, Cases: []diagnosis.Case{c}})
}

// tell tells of a finished run: the history, those who observe, those who wait.
func (l *Loop) tell(e *entry, seen netpath.Observation, judged diagnosis.Path) {
	came := newResult(seen, judged)
	l.memory.add(e.path.ID, came)
	l.observed(Run{Path: e.path, Seen: seen, Result: came, Now: e.shown(), From: l.from})
	e.tell(answer{path: e.shown()})
}

// reconsider judges the paths anew for which the configuration was read: the
// cause is named at once, and not with the next run. A verdict changes only by
// a run.
func (l *Loop) reconsider() {
	for _, e := range l.entries {
		if !e.asked {
			continue
		}
		e.asked = false
		if !bad(e.verdict) || e.judged != e.verdict {
			continue // the next run says
		}
		c := l.asked(e.path, e.accepted.Live)
		if judged := l.alone(c); judged.Paths[0].Verdict == e.verdict {
			e.accepted = c
			e.shows(judged, l.changelog)
		}
	}
}
