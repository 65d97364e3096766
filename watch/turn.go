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
	Select  func(netpath.Path) bool                                 // nil: every path
	Started func(paths int)                                         // called before the paths are probed; may be nil
	Now     func() time.Time
}

// Run carries out the turn. The error says that nothing could be tried;
// whatever is down or unread is in the report.
func (t Turn) Run(ctx context.Context) (report.Report, error) {
	snapshot, err := t.Collect(ctx)
	if err != nil {
		return report.Report{}, err
	}
	from := t.vantage(snapshot)
	planned := plan.Make(t.Config, snapshot.Network, from)
	paths := planned.Paths
	if t.Select != nil {
		paths = slices.DeleteFunc(paths, func(p netpath.Path) bool { return !t.Select(p) })
	}
	if t.Started != nil {
		t.Started(len(paths))
	}
	start := t.Now()
	cases := t.observe(ctx, paths)
	duration := t.Now().Sub(start)
	if err := ctx.Err(); err != nil {
		return report.Report{}, err
	}

	configured := newEvidence(snapshot, from)
	for i := range cases {
		cases[i].Config = configured.of(cases[i])
	}
	in := diagnosis.Input{Vantage: from, Cases: cases, Unread: unread(snapshot), Remarks: configured.remarks(t.Config, planned.Paths)}
	result := diagnosis.Judge(in)
	return report.New(report.Run{
		StartedAt: start, Duration: duration, Vantage: from, Inventory: source(snapshot),
		Notes: slices.Concat(planned.Notes, configured.mistakes(planned.Paths)), Cases: cases, Result: result, Names: configured.name(result),
	}), nil
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
