package watch

import (
	"context"
	"errors"
)

// ErrNotPlanned says that no path has the id that was given.
var ErrNotPlanned = errors.New("no path has this id")

// spacing is which part of a path's interval lies at least between two runs that
// somebody asks for: whoever asks without end makes a path run three times as
// often as planned at most.
const spacing = 2

// ask is somebody who waits for a path to be measured.
type ask struct {
	id     string
	answer chan<- answer // never blocks
}

type answer struct {
	path Path
	err  error
}

// Measure has a path measured now, as on its schedule, and returns how it stands
// then. A run that is under way is waited for; within half of the path's interval
// after the start of the last one nothing is measured, and the path is returned
// as it stands. When ctx ends the run goes on.
func (l *Loop) Measure(ctx context.Context, id string) (Path, error) {
	reply := make(chan answer, 1)
	select {
	case l.asks <- ask{id, reply}:
	case <-l.ended:
		return Path{}, errEnded
	case <-ctx.Done():
		return Path{}, ctx.Err()
	}
	select {
	case a := <-reply:
		return a.path, a.err
	case <-l.ended:
		return Path{}, errEnded
	case <-ctx.Done():
		return Path{}, ctx.Err()
	}
}

// measure starts what is asked for, unless it runs or has just run.
func (l *Loop) measure(ctx context.Context, a ask) {
	e, now := l.entry(a.id), l.turn.Now()
	if e == nil {
		a.answer <- answer{err: ErrNotPlanned}
		return
	}
	every := interval(l.turn.Config.Serve.Intervals, e.path.Kind)
	if !e.running && e.tested && now.Sub(e.last.Start) < every/spacing {
		a.answer <- answer{path: e.shown()}
		return
	}
	e.waiting = append(e.waiting, a.answer)
	if !e.running {
		e.running = true
		l.probe(ctx, e.path, ordinary)
	}
}

// tell answers those who wait for a path.
func (e *entry) tell(a answer) {
	for _, w := range e.waiting {
		w <- a
	}
	e.waiting = nil
}
