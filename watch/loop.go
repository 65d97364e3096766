package watch

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
	"github.com/agentcore-probe/probe/vpc"
)

// Loop carries out a Turn for ever: every path on its own interval and never
// twice at a time, the inventory in the background.
type Loop struct {
	log      *slog.Logger
	observed func(Run)
	memory   memory

	asks    chan ask
	reloads chan Turn
	results chan result
	read    chan reading
	told    chan told
	ended   chan struct{} // closed when Run takes nothing any more
	current atomic.Pointer[State]
	workers sync.WaitGroup

	// What follows belongs to Run's goroutine.
	turn       Turn
	slots      chan struct{} // bounds how many paths are probed at once
	entries    []*entry      // in the plan's order
	notes      []string
	remarks    []diagnosis.Remark
	snapshot   inventory.Snapshot // Network is never nil
	from       netpath.Vantage
	configured evidence
	inventory  Inventory
	changelog  changelog // of the inventories
	authors    authors   // of what changed
	inquiring  bool      // somebody is asked for them
	inquiry    time.Time // when somebody may be asked again
	reading    bool
	began      time.Time          // the last reading
	missed     int                // readings in a row that left the older one in use
	never      []inventory.Unread // what no reading could read
	lacking    bool               // the snapshot lacks what an earlier one had
	started    time.Time
	refresh    time.Time // when the inventory is due
	stale      bool      // something has changed since the state was published
	publishing time.Time // when it may be published again
}

// means are how a path is probed.
type means int

const (
	ordinary means = iota
	billed         // invoked for real
	counted        // by a connection that the server counts against this host
)

// result is an observation of a path.
type result struct {
	path netpath.Path
	by   means
	seen netpath.Observation
}

// NewLoop makes a loop that is started by Run. observed is called with every
// finished run of a planned path, one at a time; it may be nil.
func NewLoop(t Turn, log *slog.Logger, observed func(Run)) *Loop {
	if observed == nil {
		observed = func(Run) {}
	}
	l := &Loop{
		log: log, observed: observed,
		asks: make(chan ask), reloads: make(chan Turn), results: make(chan result), read: make(chan reading), told: make(chan told), ended: make(chan struct{}),
		snapshot: inventory.Snapshot{Network: &vpc.Network{}},
	}
	l.use(t)
	l.started = t.Now()
	l.from = l.turn.vantage(l.snapshot)
	l.configured = newEvidence(l.snapshot, l.from)
	l.publish()
	return l
}

// State is what the loop knows now.
func (l *Loop) State() State { return *l.current.Load() }

// errEnded is Reload's where nobody is left to take the turn.
var errEnded = errors.New("the program is ending")

// Reload replaces the turn: paths that are still planned keep their results. It
// waits until the loop has taken it, or has ended, or ctx ends.
func (l *Loop) Reload(ctx context.Context, t Turn) error {
	select {
	case l.reloads <- t:
		return nil
	case <-l.ended:
		return errEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run loops until ctx ends, and returns when everything that it started has
// ended. It is called once.
func (l *Loop) Run(ctx context.Context) {
	defer l.workers.Wait()
	defer close(l.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case t := <-l.reloads:
			l.use(t)
			l.plan()
			l.stale = true
		case a := <-l.asks:
			l.measure(ctx, a)
		case r := <-l.read:
			l.keep(r)
			l.stale = true
		case r := <-l.results:
			l.take(r)
			l.stale = true
		case t := <-l.told:
			l.answered(t)
			l.stale = true
		}
		l.start(ctx)
		if l.stale && !l.publishing.After(l.turn.Now()) {
			l.publish()
		}
		l.inquire(ctx)
		timer.Reset(l.wait())
	}
}

// use takes a turn over. What it reads is due at once, unless it was just read:
// whoever reloads again and again makes no more readings than a verdict may ask for.
// A path that the new turn does not plan goes, whatever the inventory lacks.
func (l *Loop) use(t Turn) {
	l.turn, l.lacking, l.refresh = t, false, latest(t.Now(), l.began.Add(rereadGap))
	l.slots = make(chan struct{}, t.Config.Concurrency)
}

// start starts whatever is due.
func (l *Loop) start(ctx context.Context) {
	now := l.turn.Now()
	if !l.reading && !l.refresh.After(now) {
		l.reading, l.began, l.refresh = true, now, now.Add(l.turn.Config.Serve.Intervals.Inventory)
		collect := l.turn.Collect
		l.workers.Go(func() {
			s, err := collect(ctx)
			deliver(ctx, l.read, reading{s, err})
		})
	}
	for _, e := range l.entries {
		if t := e.due(now); t != nil {
			t.next(now)
			e.running = true
			l.probe(ctx, e.path, l.means(e, t, now))
		}
	}
}

// means says by which means a task probes.
func (l *Loop) means(e *entry, t *task, now time.Time) means {
	switch {
	case t.billed:
		return billed
	case l.counts(e.path) && now.Sub(l.started) >= settling && e.contact.due(now, l.turn.Config.Serve.Hold):
		return counted
	}
	return ordinary
}

// counts reports whether the server at the end of a path counts connections
// against this host.
func (l *Loop) counts(p netpath.Path) bool { return l.turn.Counts != nil && l.turn.Counts(p) }

// probe observes a path as soon as there is a slot.
func (l *Loop) probe(ctx context.Context, p netpath.Path, by means) {
	slots := l.slots
	observe := map[means]func(context.Context, netpath.Path) netpath.Observation{
		ordinary: l.turn.Observe, billed: l.turn.Billed, counted: l.turn.Counted,
	}[by]
	l.workers.Go(func() {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		seen := observe(ctx, p)
		<-slots
		deliver(ctx, l.results, result{p, by, seen})
	})
}

// deliver hands a value to the loop, unless that has ended: what was cut short
// then says nothing.
func deliver[T any](ctx context.Context, to chan<- T, value T) {
	select {
	case to <- value:
	case <-ctx.Done():
	}
}

// wait is the time until something is due.
func (l *Loop) wait() time.Duration {
	now := l.turn.Now()
	next := now.Add(time.Hour) // with nothing to do at all
	if !l.reading {
		next = l.refresh
	}
	if l.stale && l.publishing.Before(next) {
		next = l.publishing
	}
	if t := l.nextInquiry(); !t.IsZero() {
		next = earliest(next, t)
	}
	for _, e := range l.entries {
		for _, t := range e.tasks {
			if !e.running && t.due.Before(next) {
				next = t.due
			}
		}
	}
	return max(0, next.Sub(now))
}

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

// take takes in the result of a path.
func (l *Loop) take(r result) {
	for _, e := range l.entries {
		if e.path.ID != r.path.ID {
			continue
		}
		e.running = false
		seen := e.add(r.seen, r.by == billed)
		if l.counts(e.path) {
			seen = e.contact.add(seen, r.by == counted, says(l.configured.with(diagnosis.Case{Path: plan.AsAnswered(e.path, seen), Live: seen})))
		}
		c, judged := l.judge(e.path, seen)
		if r.by == counted {
			e.contact.judged(judged.Paths[0].Verdict)
		}
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
		came := newResult(r.seen, judged.Paths[0])
		l.memory.add(e.path.ID, came)
		l.observed(Run{Path: e.path, Seen: r.seen, Result: came, Now: e.shown(), From: l.from})
		e.tell(answer{path: e.shown()})
	}
}

// judge joins what was seen on a path with the configuration.
func (l *Loop) judge(p netpath.Path, seen netpath.Observation) (diagnosis.Case, diagnosis.Result) {
	c := l.configured.with(diagnosis.Case{Path: plan.AsAnswered(p, seen), Live: seen})
	return c, diagnosis.Judge(diagnosis.Input{Vantage: l.from, Cases: []diagnosis.Case{c}})
}

// Readings that a verdict asks for.
const (
	rereadGap    = time.Minute      // at least, from one beginning to the next: EC2's API throttles by account
	rereadSpread = 10 * time.Second // over which sidecars that see the same fault spread
)

// ask brings the next reading forward: what made a path bad may have been done
// since the last one.
func (l *Loop) ask(now time.Time) {
	soon := latest(now, l.began.Add(rereadGap)).Add(l.share(rereadSpread))
	l.refresh = earliest(l.refresh, soon)
}

// share is the part of a time over which the sidecars that see the same spread:
// this one's.
func (l *Loop) share(of time.Duration) time.Duration {
	return spread(l.from.ENI+l.from.Address.String(), of)
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
		if c, judged := l.judge(e.path, e.accepted.Live); judged.Paths[0].Verdict == e.verdict {
			e.accepted = c
			e.shows(judged, l.changelog)
		}
	}
}

// rest is how many times as long as judging all paths took nothing is judged as
// a whole: with a thousand paths a result comes in every few milliseconds, and
// each would be followed by a judgement of them all.
const rest = 19 // one part in twenty of a core

func (l *Loop) publish() {
	began := l.turn.Now()
	s := l.state()
	l.authors.name(s.Report.Findings, began)
	l.current.Store(&s)
	now := l.turn.Now()
	l.stale, l.publishing = false, now.Add(rest*now.Sub(began))
}
