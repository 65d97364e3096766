package watch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// reading is what one reading of the configuration came to.
type reading struct {
	snapshot inventory.Snapshot
	err      error
}

// patience is how many readings in a row may lack what the older one has, until one
// is taken over as it is.
const patience = 3

// keep takes in a reading of the configuration. One that failed leaves the older one
// in use; where there is none, it says at least what could not be read.
func (l *Loop) keep(r reading) {
	none := l.inventory.CollectedAt.IsZero()
	l.reading, l.inventory.Tried, l.inventory.Error = false, true, l.failure(r)
	if r.err == nil {
		l.inventory.Unread = len(r.snapshot.Unread)
	}
	if l.inventory.Error != "" {
		l.missed++
		l.inventory.Failures++
		older := "the older one stays in use"
		if none {
			older = "there is no older one"
		}
		l.log.Warn("configuration of AWS not read, "+older, "error", l.inventory.Error)
	}
	if l.inventory.Error == "" || none && r.err == nil {
		l.adopt(r.snapshot)
		return
	}
	l.plan()
}

// failure says why a reading does not take the older one's place, "" where it does.
// What AWS denies is unknown from then on; what is lost otherwise may come back.
func (l *Loop) failure(r reading) string {
	gone := lost(r.snapshot.Unread, l.snapshot.Unread)
	switch {
	case r.err != nil:
		return r.err.Error()
	case len(r.snapshot.Documents) == 0 && len(r.snapshot.Unread) > 0:
		return because(r.snapshot.Unread)
	case !l.inventory.CollectedAt.IsZero() && passing(gone) && l.missed+1 < patience:
		return because(gone)
	}
	return ""
}

// adopt puts an inventory into use.
func (l *Loop) adopt(s inventory.Snapshot) {
	if l.inventory.CollectedAt.IsZero() {
		l.never = s.Unread
	} else {
		l.compare(s)
	}
	l.missed, l.lacking = 0, len(lost(s.Unread, l.never)) > 0
	l.snapshot, l.inventory.CollectedAt = s, s.CollectedAt
	l.from = l.turn.vantage(s)
	l.configured = newEvidence(s, l.from)
	l.plan()
	l.reconsider()
}

// compare notes what is otherwise than in the inventory in use.
func (l *Loop) compare(s inventory.Snapshot) {
	if gone := lost(s.Unread, l.snapshot.Unread); len(gone) > 0 {
		l.log.Warn("a part of AWS's configuration is not read any more", "error", because(gone))
	}
	l.changelog = l.changelog.add(between{l.snapshot.CollectedAt, l.turn.Now(), vpc.Diff(l.snapshot.Network, s.Network)})
	l.never = slices.DeleteFunc(slices.Clone(l.never), func(u inventory.Unread) bool { return !has(s.Unread, u.Action) })
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

// lost is what could not be read now and could before.
func lost(now, before []inventory.Unread) []inventory.Unread {
	return slices.DeleteFunc(slices.Clone(now), func(u inventory.Unread) bool { return has(before, u.Action) })
}

func has(unread []inventory.Unread, action string) bool {
	return slices.ContainsFunc(unread, func(u inventory.Unread) bool { return u.Action == action })
}

// passing reports whether something may be read again without anybody's doing. A
// denial stays, and so does a limit on how much is read.
func passing(unread []inventory.Unread) bool {
	return slices.ContainsFunc(unread, func(u inventory.Unread) bool {
		return u.Failure != netpath.FailureDenied && u.Failure != netpath.FailureQuota
	})
}

// maxReasons is how many reasons because gives: AWS words each denial otherwise.
const maxReasons = 5

// because says which actions could not be read, by reason.
func because(unread []inventory.Unread) string {
	var reasons []string
	actions := map[string][]string{}
	for _, u := range unread {
		if actions[u.Reason] == nil {
			reasons = append(reasons, u.Reason)
		}
		actions[u.Reason] = append(actions[u.Reason], u.Action)
	}
	var parts []string
	for _, reason := range reasons[:min(len(reasons), maxReasons)] {
		parts = append(parts, strings.Join(slices.Compact(actions[reason]), ", ")+": "+reason)
	}
	if more := len(reasons) - maxReasons; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}
