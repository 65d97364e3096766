package watch

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
)

// plan plans the paths anew; those that are still planned keep what is known.
func (l *Loop) plan() {
	planned := plan.Make(l.turn.Config, l.snapshot.Network, l.from)
	l.notes = slices.Concat(planned.Notes, l.configured.mistakes(planned.Paths))
	l.remarks = l.configured.remarks(l.turn.Config, planned.Paths)
	paths := l.withLost(l.turn.selected(planned))
	known := map[string]*entry{}
	for _, e := range l.entries {
		known[e.path.ID] = e
	}
	l.entries = nil
	now := l.turn.Now()
	for _, p := range paths {
		e := known[p.ID]
		if e == nil {
			e = &entry{}
		}
		if l.counts(p) {
			l.notes = append(l.notes, p.ID+seldomNote)
		}
		e.path = p
		e.tasks = kept(e.tasks, l.turn.tasks(p, now))
		l.entries = append(l.entries, e)
		delete(known, p.ID)
	}
	for _, e := range known {
		e.tell(answer{err: ErrNotPlanned})
	}
	l.memory.keep(l.entries)
}

// withLost adds the paths that are not planned any more where the inventory lacks what
// an earlier one had: they may well exist, and are measured as they were planned.
func (l *Loop) withLost(planned []netpath.Path) []netpath.Path {
	if !l.lacking {
		return planned
	}
	all := slices.Clone(planned)
	for _, e := range l.entries {
		if !slices.ContainsFunc(planned, func(p netpath.Path) bool { return p.ID == e.path.ID }) {
			all = append(all, e.path)
			l.notes = append(l.notes, e.path.ID+" is measured as it was found before: a part of AWS's configuration cannot be read any more")
		}
	}
	slices.SortFunc(all, func(a, b netpath.Path) int { return strings.Compare(a.ID, b.ID) })
	return all
}
