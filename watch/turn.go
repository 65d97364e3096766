// Package watch carries out turns: one turn reads the configuration, plans the
// paths, probes them, and has everything judged. A Loop does so for ever, every
// path on its own interval.
package watch

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
	"github.com/agentcore-probe/probe/report"
)

// Turn is everything that one turn needs.
type Turn struct {
	Config    config.Config
	Region    string
	AccessKey func() string // id of the key that signs, "" where there is none; nil: there is none
	Source    string        // where the credentials come from, in words
	Local     []netip.Addr  // addresses of this host

	Collect func(context.Context) (inventory.Snapshot, error)       // reads the configuration
	Observe func(context.Context, netpath.Path) netpath.Observation // probes a path
	Billed  func(context.Context, netpath.Path) netpath.Observation // a Loop's real invocations, seldom; nil: none
	Counted func(context.Context, netpath.Path) netpath.Observation // a Loop's connections to servers that count them, seldom
	Counts  func(netpath.Path) bool                                 // whether Observe does not connect for that reason; nil: never
	Who     Who                                                     // made a change; nil: nobody is asked
	Select  func(netpath.Path) bool                                 // nil: every path
	Started func(paths int)                                         // called before the paths are probed; may be nil
	Now     func() time.Time
}

// Run carries out the turn. The error says that nothing could be tried;
// whatever is down or unread is in the report.
func (t Turn) Run(ctx context.Context) (report.Report, error) {
	l, err := t.learn(ctx)
	if err != nil {
		return report.Report{}, err
	}
	return t.report(l), nil
}

// learned is everything that one turn learned.
type learned struct {
	snapshot inventory.Snapshot
	from     netpath.Vantage
	planned  plan.Plan
	start    time.Time // of the live evidence
	duration time.Duration
	cases    []diagnosis.Case
}

// learn reads the configuration, probes the paths, and asks the configuration
// about what was seen.
func (t Turn) learn(ctx context.Context) (learned, error) {
	snapshot, err := t.Collect(ctx)
	if err != nil {
		return learned{}, err
	}
	l := learned{snapshot: snapshot, from: t.vantage(snapshot)}
	l.planned = plan.Make(t.Config, snapshot.Network, l.from)
	paths := t.selected(l.planned)
	if t.Started != nil {
		t.Started(len(paths))
	}
	l.start = t.Now()
	l.cases = t.observe(ctx, paths)
	l.duration = t.Now().Sub(l.start)
	if err := ctx.Err(); err != nil {
		return learned{}, err
	}
	configured := newEvidence(snapshot, l.from)
	for i := range l.cases {
		l.cases[i] = configured.with(l.cases[i])
	}
	return l, nil
}

// selected are the planned paths that are wanted.
func (t Turn) selected(p plan.Plan) []netpath.Path {
	if t.Select == nil {
		return p.Paths
	}
	return slices.DeleteFunc(slices.Clone(p.Paths), func(p netpath.Path) bool { return !t.Select(p) })
}

// report judges what was learned.
func (t Turn) report(l learned) report.Report {
	configured := newEvidence(l.snapshot, l.from)
	in := diagnosis.Input{Vantage: l.from, Cases: l.cases, Unread: unread(l.snapshot), Remarks: configured.remarks(t.Config, l.planned.Paths)}
	result := diagnosis.Judge(in)
	return report.New(report.Run{
		StartedAt: l.start, Duration: l.duration, Vantage: l.from, Inventory: source(l.snapshot),
		Notes: slices.Concat(l.planned.Notes, configured.mistakes(l.planned.Paths)), Cases: l.cases, Result: result, Names: configured.name(result),
	})
}

// vantage is where this host stands in what was read.
func (t Turn) vantage(s inventory.Snapshot) netpath.Vantage {
	from := inventory.Locate(s.Network, t.Region, s.Principal, t.Local)
	from = inventory.Complete(from, s.Network, s.Host)
	from.Credentials = t.Source
	if t.AccessKey != nil {
		from.AccessKey = t.AccessKey()
	}
	from.Account = cmp.Or(from.Account, s.Account)
	return from
}

// observe probes all paths at once, bounded.
func (t Turn) observe(ctx context.Context, paths []netpath.Path) []diagnosis.Case {
	cases := make([]diagnosis.Case, len(paths))
	var group errgroup.Group
	group.SetLimit(t.Config.Concurrency)
	for i, p := range paths {
		group.Go(func() error {
			seen := t.Observe(ctx, p)
			cases[i] = diagnosis.Case{Path: plan.AsAnswered(p, seen), Live: seen}
			return nil
		})
	}
	_ = group.Wait() // no path returns an error: a target that is down is a result
	return cases
}

func unread(s inventory.Snapshot) []diagnosis.Unread {
	var all []diagnosis.Unread
	for _, u := range s.Unread {
		all = append(all, diagnosis.Unread{Action: u.Action, Reason: u.Reason, Failure: u.Failure, Facts: u.Facts})
	}
	return all
}

func source(s inventory.Snapshot) report.Inventory {
	i := report.Inventory{Source: s.Source, CollectedAt: s.CollectedAt, Seconds: s.Duration.Seconds()}
	for _, u := range s.Unread {
		i.Unread = append(i.Unread, report.Unread{Action: u.Action, Reason: u.Reason})
	}
	return i
}
