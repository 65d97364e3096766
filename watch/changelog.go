package watch

import (
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// changelog is what changed between readings of the configuration, oldest first.
type changelog []between

// between is the time between two readings, and what changed in it.
type between struct {
	after, before time.Time // when the older reading began, and when the newer one had ended
	changes       []vpc.Change
}

// remembered is how many readings with changes are kept: a fault and the change
// behind it are at most two readings apart, unless reading fails.
const remembered = 32

// add takes in what changed between two readings.
func (h changelog) add(i between) changelog {
	if len(i.changes) == 0 {
		return h
	}
	h = append(h, i)
	return h[max(0, len(h)-remembered):]
}

// cause is what tells the findings of a path apart.
type cause struct{ code, component string }

func causeOf(f netpath.Finding) cause { return cause{f.Code, f.Component} }

// onset is when a finding came up on a path.
type onset struct {
	good    time.Time     // when the last run without it began; zero where there is none
	bad     time.Time     // when the first run with it had ended
	live    bool          // packets show the fault: the good run proves that it was not there
	changed netpath.Facts // what changed between the two; nil where nothing is known
}

// explain finds the change behind a finding: the latest to its component that
// can have been made between the good and the bad run, else to something that
// its evidence names.
func (h changelog) explain(f netpath.Finding, o onset) netpath.Facts {
	for _, about := range []func(vpc.Change) bool{
		func(c vpc.Change) bool { return c.Component == f.Component },
		func(c vpc.Change) bool { return mentions(f, c.Component) },
	} {
		for _, i := range slices.Backward(h) {
			if !i.after.Before(o.bad) || !i.before.After(o.good) {
				continue
			}
			if k := slices.IndexFunc(i.changes, about); k >= 0 {
				return i.facts(i.changes[k].Component, o)
			}
		}
	}
	return nil
}

func mentions(f netpath.Finding, component string) bool {
	for _, value := range f.Evidence {
		if value == component {
			return true
		}
	}
	return false
}

// facts tell what changed on a component: field, from, to, and after and before,
// the times between which it was done.
func (i between) facts(component string, o onset) netpath.Facts {
	var fields, from, to []string
	kind := ""
	for _, c := range i.changes {
		if c.Component != component {
			continue
		}
		kind = c.Kind
		fields, from, to = append(fields, c.Field), append(from, c.From), append(to, c.To)
	}
	after, before := i.after, i.before
	if o.live {
		after, before = latest(after, o.good), earliest(before, o.bad)
	}
	facts := netpath.Facts{
		"component": component, "kind": kind, "field": list(fields), "from": list(from), "to": list(to),
		"after": after.UTC().Format(time.RFC3339), "before": before.UTC().Format(time.RFC3339),
	}
	for name, value := range facts {
		if value == "" {
			delete(facts, name)
		}
	}
	return facts
}

// list joins texts, each once, those that say something.
func list(all []string) string {
	var said []string
	for _, s := range all {
		if s != "" && !slices.Contains(said, s) {
			said = append(said, s)
		}
	}
	return strings.Join(said, "; ")
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
