package watch

import (
	"slices"
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
)

// State is what a loop knows at one time. It is a value: nothing of it changes
// later.
type State struct {
	Report    report.Report // over the last results of all paths
	Paths     []Path        // every planned path, in the order of their ids
	Inventory Inventory

	Planned []netpath.Path // the same paths, as they were planned
	Network *vpc.Index     // what the configuration that is in use says
}

// Path is how a path stands.
type Path struct {
	ID       string
	Kind     netpath.Kind
	Route    netpath.Route
	Expect   netpath.Expectation
	Tested   bool // false: no result yet, and nothing of what follows
	Verdict  netpath.Verdict
	Since    time.Time       // when the verdict changed last
	Pending  netpath.Verdict // what newer evidence says that has not held long enough; "" where it agrees
	LastRun  time.Time
	Duration time.Duration // of the last run
}

// Inventory is how reading the configuration goes.
type Inventory struct {
	Tried       bool      // at least once
	CollectedAt time.Time // of the one that is in use; zero where there is none
	Unread      int       // actions that the last reading could not read
	Failures    int       // readings that failed, so that the older inventory stayed, if there is one
	Error       string    // of the last reading: actions and reasons; "" where it is in use
}

// Ready reports whether there is nothing that the state waits for.
func (s State) Ready() bool { return s.Waits() == "" }

// Waits says for what the state waits: a reading, the result of a path, or any path
// at all where some may exist that could not be read; "" for nothing.
func (s State) Waits() string {
	switch {
	case !s.Inventory.Tried:
		return "AWS's configuration is not read yet"
	case len(s.Paths) == 0 && (s.Inventory.Unread > 0 || s.Inventory.Error != ""):
		return "no path is planned, and AWS could not be asked for all that there is"
	case slices.ContainsFunc(s.Paths, func(p Path) bool { return !p.Tested }):
		return "not every path has a result yet"
	}
	return ""
}

// state is the loop's state as a value.
func (l *Loop) state() State {
	s := State{Inventory: l.inventory, Network: l.configured.network}
	in := diagnosis.Input{Vantage: l.from, Unread: unread(l.snapshot), Remarks: l.remarks}
	started, longest := l.turn.Now(), time.Duration(0)
	for _, e := range l.entries {
		if e.tested {
			in.Cases = append(in.Cases, e.accepted)
			if e.accepted.Live.Start.Before(started) {
				started = e.accepted.Live.Start
			}
			longest = max(longest, e.accepted.Live.Duration)
		}
		s.Paths, s.Planned = append(s.Paths, e.shown()), append(s.Planned, e.path)
	}
	read := source(l.snapshot)
	read.Error = l.inventory.Error
	result := diagnosis.Judge(in)
	for i, f := range result.Findings {
		result.Findings[i].Changed = changed(l.entries, f)
	}
	s.Report = report.New(report.Run{
		StartedAt: started, Duration: longest, Vantage: l.from, Inventory: read, Notes: l.notes,
		Cases: in.Cases, Result: result, Names: l.configured.name(result),
	})
	return s
}
