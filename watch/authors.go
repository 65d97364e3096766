package watch

import (
	"context"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// Who names who made a change, by the facts of it (netpath.Finding, Changed),
// within a time limit.
type Who func(ctx context.Context, changed netpath.Facts, limit time.Duration) netpath.Author

// gaps are when it is asked who made a change, from when a finding with it comes
// up. CloudTrail delivers events "within an average of about 5 minutes of an API
// call. This time is not guaranteed" ("Getting and viewing your CloudTrail log
// files", CloudTrail User Guide); it used to promise 15.
var gaps = []time.Duration{0, 5 * time.Minute, 15 * time.Minute}

// Bounds of asking. An account has two questions a second, which all its probes
// share.
const (
	mostChanges   = 8 // that are asked about at a time; of others the report names the command
	askGap        = time.Second
	inquirySpread = time.Minute // over which sidecars spread that ask again
)

// change tells apart what is asked about: one change behind one finding.
type change struct {
	cause
	component string // that changed
}

// inquiry is what is known of who made a change.
type inquiry struct {
	facts  netpath.Facts // of the change
	author netpath.Author
	since  time.Time
	asked  int       // how often
	due    time.Time // zero: never again
}

// authors are the inquiries about the findings that stand.
type authors struct {
	of    map[change]*inquiry
	order []change // as they came up
}

// name fills in who changed what is behind the findings. New changes are to be
// asked about, those that are behind nothing any more are forgotten.
func (a *authors) name(findings []netpath.Finding, now time.Time) {
	known := a.of
	a.of, a.order = map[change]*inquiry{}, nil
	for i, f := range findings {
		if len(f.Changed) == 0 {
			continue
		}
		c := change{causeOf(f), f.Changed["component"]}
		q := known[c]
		switch {
		case q != nil:
		case len(a.of) < mostChanges:
			q = &inquiry{facts: f.Changed, since: now, due: now}
		default:
			continue
		}
		if a.of[c] == nil {
			a.order = append(a.order, c)
		}
		a.of[c] = q
		findings[i].ChangedBy = q.author
	}
}

// due are the changes to be asked about now, in the order in which they came up.
func (a *authors) due(now time.Time) []change {
	var all []change
	for _, c := range a.order {
		if q := a.of[c]; !q.due.IsZero() && !q.due.After(now) {
			all = append(all, c)
		}
	}
	return all
}

// next is when the next change is to be asked about; zero where none is.
func (a *authors) next() time.Time {
	var next time.Time
	for _, q := range a.of {
		if !q.due.IsZero() && (next.IsZero() || q.due.Before(next)) {
			next = q.due
		}
	}
	return next
}

// take takes an answer in. Where nobody is named it is asked again, and once more
// where somebody was named at once: a later call may not have been delivered yet.
// Questions that come again come later by a time that is each probe's own: others
// see the same change. It reports whether somebody is named who was not before.
func (a *authors) take(c change, said netpath.Author, later time.Duration) bool {
	q := a.of[c]
	if q == nil {
		return false // the finding is gone
	}
	q.asked++
	fresh := said.Known() && said != q.author
	if said.Known() || !q.author.Known() {
		q.author = said
	}
	q.due = time.Time{}
	if q.asked < len(gaps) && (!said.Known() || q.asked == 1) {
		q.due = q.since.Add(gaps[q.asked] + later)
	}
	return fresh
}

// foreign is the answer for a component of an account that is not the one that
// would be asked; the zero Author for others.
func foreign(component, account string) netpath.Author {
	if account == "" || component == "" || component == account {
		return netpath.Author{}
	}
	return netpath.Author{Unread: "it belongs to account " + component + ", whose events only that account is told"}
}
