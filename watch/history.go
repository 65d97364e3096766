package watch

import (
	"slices"
	"sync"

	"github.com/agentcore-probe/probe/netpath"
)

// Remembered is how many results of a path are kept, and how many of those that
// were not ok beside them, however old.
const Remembered = 100

// History is what is remembered of a path, the newest first.
type History struct {
	Results  []Result // the last ones
	Failures []Result // the last ones that were not ok
}

// memory keeps the results of the planned paths. They are read while others come
// in.
type memory struct {
	mu sync.Mutex
	of map[string]*History // by path id; the oldest first
}

func (m *memory) add(id string, r Result) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[string]*History{}
	}
	h := m.of[id]
	if h == nil {
		h = &History{}
		m.of[id] = h
	}
	if n := len(h.Results); n > 0 { // most say the same as the one before: its words are kept once
		r = r.sharing(h.Results[n-1])
	}
	h.Results = bounded(h.Results, r)
	if r.Verdict != netpath.VerdictOK {
		h.Failures = bounded(h.Failures, r)
	}
}

func (r Result) sharing(before Result) Result {
	if r.Outcome == before.Outcome {
		r.Outcome = before.Outcome
	}
	if slices.Equal(r.Findings, before.Findings) {
		r.Findings = before.Findings
	}
	return r
}

func bounded(list []Result, r Result) []Result {
	if len(list) >= Remembered {
		list = slices.Delete(list, 0, len(list)-Remembered+1)
	}
	return append(list, r)
}

// keep forgets every path that is not among these.
func (m *memory) keep(entries []*entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	planned := map[string]bool{}
	for _, e := range entries {
		planned[e.path.ID] = true
	}
	for id := range m.of {
		if !planned[id] {
			delete(m.of, id)
		}
	}
}

// History is what is remembered of a path since the program started; nothing for
// one that is not planned.
func (l *Loop) History(id string) History {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	h := l.memory.of[id]
	if h == nil {
		return History{}
	}
	newest := History{Results: slices.Clone(h.Results), Failures: slices.Clone(h.Failures)}
	slices.Reverse(newest.Results)
	slices.Reverse(newest.Failures)
	return newest
}
