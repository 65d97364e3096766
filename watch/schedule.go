package watch

import (
	"hash/fnv"
	"time"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
)

// task is one thing to do with a path again and again.
type task struct {
	billed   bool
	interval time.Duration
	due      time.Time
}

// tasks are what is to be done with a path from now on, none of it at once: the
// first start is spread over the interval.
func (t Turn) tasks(p netpath.Path, now time.Time) []task {
	all := []task{newTask(p.ID, false, interval(t.Config.Serve.Intervals, p.Kind), now)}
	if p.Kind == netpath.KindInvoke && t.Billed != nil {
		all = append(all, newTask(p.ID, true, t.Config.Serve.Intervals.Billed, now))
	}
	return all
}

func newTask(id string, billed bool, every time.Duration, now time.Time) task {
	return task{billed: billed, interval: every, due: now.Add(spread(id, every))}
}

// spread is the part of an interval that a path waits before its first start:
// the same for the same id, so that a restart moves nothing.
func spread(id string, interval time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	return time.Duration(h.Sum64() % uint64(interval))
}

// next moves the task to its first start after now; starts that were missed are
// left out.
func (t *task) next(now time.Time) {
	t.due = t.due.Add(t.interval)
	if late := now.Sub(t.due); late >= 0 {
		t.due = t.due.Add(late.Truncate(t.interval) + t.interval)
	}
}

func interval(i config.Intervals, k netpath.Kind) time.Duration {
	switch k {
	case netpath.KindInvoke:
		return i.Invoke
	case netpath.KindDatabase:
		return i.Database
	case netpath.KindFile:
		return i.File
	case netpath.KindEgress:
		return i.Egress
	case netpath.KindOnPrem:
		return i.OnPrem
	}
	return i.Service
}

// kept are tasks that go on at the times they had, as far as their interval is
// still the same.
func kept(old, planned []task) []task {
	for i, p := range planned {
		for _, o := range old {
			if o.billed == p.billed && o.interval == p.interval {
				planned[i].due = o.due
			}
		}
	}
	return planned
}
