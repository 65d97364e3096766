package watch

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
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
	turn    Turn
	slots   chan struct{} // bounds how many paths are probed at once
	started time.Time
	entries []*entry // of the paths, by id
	notes   []string
	remarks []diagnosis.Remark

	// The configuration, and how reading it goes.
	snapshot   inventory.Snapshot // Network is never nil
	from       netpath.Vantage
	configured evidence
	inventory  Inventory
	reading    bool
	began      time.Time          // the last reading
	refresh    time.Time          // when the next one is due
	missed     int                // readings in a row that left the older one in use
	never      []inventory.Unread // what no reading could read
	lacking    bool               // the snapshot lacks what an earlier one had

	// What changed, and by whom.
	changelog changelog
	authors   authors
	inquiring bool      // somebody is asked
	inquiry   time.Time // when somebody may be asked again

	// What is shown.
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
