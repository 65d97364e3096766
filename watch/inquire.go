package watch

import (
	"context"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// patientLimit is how long a Loop waits for an answer: nothing else waits for it.
// LookupEvents has been seen to take several seconds in large accounts.
const patientLimit = 10 * time.Second

// told is an answer about a change.
type told struct {
	of     change
	author netpath.Author
}

// inquire asks about one change, if one is due: never two at a time, and not more
// than one a second.
func (l *Loop) inquire(ctx context.Context) {
	now := l.turn.Now()
	if l.turn.Who == nil || l.inquiring || now.Before(l.inquiry) {
		return
	}
	due := l.authors.due(now)
	if len(due) == 0 {
		return
	}
	l.inquiring, l.inquiry = true, now.Add(askGap)
	c, who := due[0], l.asker(due[0])
	l.workers.Go(func() { deliver(ctx, l.told, told{c, who(ctx)}) })
}

// asker asks about a change. Nobody is asked about a component of another
// account.
func (l *Loop) asker(c change) func(context.Context) netpath.Author {
	if other := foreign(l.configured.network.Owner(c.component).Account, l.from.Account); other.Unread != "" {
		return func(context.Context) netpath.Author { return other }
	}
	who, facts := l.turn.Who, l.authors.of[c].facts
	return func(ctx context.Context) netpath.Author { return who(ctx, facts, patientLimit) }
}

// answered takes in what was told.
func (l *Loop) answered(t told) {
	l.inquiring = false
	if l.authors.take(t.of, t.author, l.share(inquirySpread)) {
		l.log.Info("changed", "component", t.of.component, "by", t.author.Principal, "event", t.author.Event, "at", t.author.At)
	}
}

// nextInquiry is when somebody is to be asked; zero where that is never.
func (l *Loop) nextInquiry() time.Time {
	next := l.authors.next()
	if l.turn.Who == nil || l.inquiring || next.IsZero() {
		return time.Time{}
	}
	return latest(next, l.inquiry)
}
