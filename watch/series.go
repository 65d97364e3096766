package watch

import (
	"context"
	"sync"
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
)

// Series carries out a Turn again and again, each time as Turn.Run does. From the
// second time on its reports say what changed when a finding came up, and by whom.
type Series struct {
	turn Turn

	read      bool // at least once
	snapshot  inventory.Snapshot
	changelog changelog
	entries   []*entry
	authors   authors
}

// NewSeries makes a series of turns that nobody has begun.
func NewSeries(t Turn) *Series { return &Series{turn: t} }

// What is asked of CloudTrail at each turn: the report waits for it.
const (
	hastyLimit = 2 * time.Second
	atATurn    = 2 // questions: an account has two a second
)

// Run carries out the next turn.
func (s *Series) Run(ctx context.Context) (report.Report, error) {
	l, err := s.turn.learn(ctx)
	if err != nil {
		return report.Report{}, err
	}
	r := s.turn.report(l)
	s.compare(l)
	for i, f := range r.Findings {
		r.Findings[i].Changed = changed(s.entries, f)
	}
	now := s.turn.Now()
	s.authors.name(r.Findings, now)
	s.inquire(ctx, l, now)
	s.authors.name(r.Findings, now)
	return r, ctx.Err()
}

// compare notes since when each path shows what it shows, and what changed in the
// configuration. A reading that lacks for now what was read before is compared with
// nothing.
func (s *Series) compare(l learned) {
	switch {
	case !s.read:
		s.read, s.snapshot = true, l.snapshot
	case !passing(lost(l.snapshot.Unread, s.snapshot.Unread)):
		ended := l.snapshot.CollectedAt.Add(l.snapshot.Duration)
		s.changelog = s.changelog.add(between{s.snapshot.CollectedAt, ended, vpc.Diff(s.snapshot.Network, l.snapshot.Network)})
		s.snapshot = l.snapshot
	}
	known := map[string]*entry{}
	for _, e := range s.entries {
		known[e.path.ID] = e
	}
	s.entries = nil
	for _, c := range l.cases {
		e := known[c.Path.ID]
		if e == nil {
			e = &entry{}
		}
		e.path = c.Path
		s.entries = append(s.entries, e)
		judged := diagnosis.Judge(diagnosis.Input{Vantage: l.from, Cases: []diagnosis.Case{c}})
		e.ran(c.Live.Start, c.Live.Start.Add(c.Live.Duration))
		e.shows(judged, s.changelog)
	}
}

// inquire asks who made the changes, all at once.
func (s *Series) inquire(ctx context.Context, l learned, now time.Time) {
	if s.turn.Who == nil {
		return
	}
	due := s.authors.due(now)
	due = due[:min(len(due), atATurn)]
	answers := make([]netpath.Author, len(due))
	network := l.snapshot.Network.Index()
	var asking sync.WaitGroup
	for i, c := range due {
		if answers[i] = foreign(network.Owner(c.component).Account, l.from.Account); answers[i].Unread == "" {
			asking.Go(func() { answers[i] = s.turn.Who(ctx, s.authors.of[c].facts, hastyLimit) })
		}
	}
	asking.Wait()
	for i, c := range due {
		s.authors.take(c, answers[i], 0)
	}
}
