package inventory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

var (
	errNoCredentials = errors.New("no credentials")
	errPaging        = errors.New("paging does not end")
	errDocument      = errors.New("document not understood")
)

// patience is how many failures in a row of one service, before any success,
// make the rest of its actions unread without being asked: a service that
// cannot be reached, or refuses the credentials, is not hammered.
const patience = 2

// session is one collection under way: what was read so far, and which
// services have proved not to answer.
type session struct {
	limit time.Duration // of one call
	now   func() time.Time
	slots chan struct{} // bounds the calls in flight

	elsewhere *elsewhere // nil: the account of the probe's own credentials

	mu       sync.Mutex
	lists    map[string]*list // by file name
	singles  map[string]json.RawMessage
	sources  map[string]string // the action that a file's content came from
	unread   []Unread
	services map[string]*service // by IAM prefix
}

// list is a document that grows page by page.
type list struct {
	key     string
	items   []json.RawMessage
	partial bool
}

// service is what is known of one AWS service in this session.
type service struct {
	answered bool
	failures int
	last     Unread
}

// giveUp are failures that concern a service as a whole, or the caller.
var giveUp = map[netpath.Failure]bool{
	netpath.FailureNoCredentials: true, netpath.FailureUnknownKey: true, netpath.FailureExpired: true,
	netpath.FailureSignature: true, netpath.FailureClockSkew: true, netpath.FailureWrongRegion: true,
	netpath.FailureTokenInvalid: true, netpath.FailureTimeout: true, netpath.FailureRefused: true,
	netpath.FailureRejected: true, netpath.FailureNetworkUnreachable: true, netpath.FailureReset: true,
	netpath.FailureClosed: true, netpath.FailureNotPermitted: true,
	netpath.FailureDNSNXDomain: true, netpath.FailureDNSTimeout: true, netpath.FailureDNSUnreachable: true,
	netpath.FailureDNSServfail: true, netpath.FailureTLSUntrusted: true, netpath.FailureTLSName: true,
	netpath.FailureTLSExpired: true, netpath.FailureTLSNotYetValid: true, netpath.FailureTLSNotTLS: true, netpath.FailureTLSAlert: true,
}

func newSession(limit time.Duration, parallel int, now func() time.Time) *session {
	return &session{
		limit: limit, now: now, slots: make(chan struct{}, parallel),
		lists: map[string]*list{}, singles: map[string]json.RawMessage{}, sources: map[string]string{}, services: map[string]*service{},
	}
}

// call carries out one API call within its own time limit, unless the service
// has proved not to answer. An error while the clocks differ is tried again
// once: reading proves nothing about the clock, the probes do. It returns nil
// on success and the reason otherwise, which the caller records with fail or
// uses.
func (s *session) call(ctx context.Context, prefix, operation string, do func(context.Context) error) *Unread {
	action := prefix + ":" + operation
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		u := unread(action, ctx.Err(), s.limit)
		return &u
	}
	if last := s.closed(prefix); last != nil {
		return &Unread{Action: action, Reason: last.Reason, Failure: last.Failure, Facts: last.Facts}
	}
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	err := do(ctx)
	off := skew(err, s.now())
	if off.Abs() > clockTolerance {
		err = do(ctx) // the client has learned the server's time and signs with that
	}
	if err == nil {
		s.note(prefix, nil)
		return nil
	}
	u := unread(action, err, s.limit)
	if off.Abs() > clockTolerance && u.Facts != nil {
		u.Facts["skew_seconds"] = strconv.Itoa(int(off.Seconds()))
	}
	s.note(prefix, &u)
	return &u
}

// note keeps what a call showed about its service.
func (s *session) note(prefix string, u *Unread) {
	s.mu.Lock()
	defer s.mu.Unlock()
	svc := s.services[prefix]
	if svc == nil {
		svc = &service{}
		s.services[prefix] = svc
	}
	if u == nil || !giveUp[u.Failure] {
		svc.answered = true
		return
	}
	svc.failures++
	svc.last = *u
}

// closed returns the reason for which a service is no longer asked; nil where
// it is.
func (s *session) closed(prefix string) *Unread {
	s.mu.Lock()
	defer s.mu.Unlock()
	svc := s.services[prefix]
	if svc == nil || svc.answered || svc.failures < patience {
		return nil
	}
	return &svc.last
}

// fail records that an action was not read, with facts as pairs of a name and a
// value.
func (s *session) fail(u *Unread, facts ...string) {
	out := *u
	out.Facts = maps.Clone(u.Facts)
	if s.elsewhere != nil {
		facts = append(facts, "account_role", s.elsewhere.role)
	}
	if out.Facts == nil && len(facts) > 0 {
		out.Facts = netpath.Facts{}
	}
	for i := 0; i+1 < len(facts); i += 2 {
		out.Facts[facts[i]] = facts[i+1]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread = append(s.unread, out)
}

// list returns the document of an action, a new one where there is none. The
// caller holds the lock.
func (s *session) list(a action) *list {
	l := s.lists[a.file]
	if l == nil {
		l = &list{key: a.key}
		s.lists[a.file] = l
		s.sources[a.file] = a.name()
	}
	return l
}

// add puts entries into a document that holds a list.
func (s *session) add(a action, items ...json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.list(a)
	l.items = append(l.items, items...)
}

// cut marks a list that is not complete.
func (s *session) cut(a action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list(a).partial = true
}

// set puts a document that describes one resource.
func (s *session) set(file, action string, raw json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.singles[file] = raw
	s.sources[file] = action
}

const maxPages = 200

// page is one page of a paged action.
type page struct {
	items []json.RawMessage
	next  string // the token of the next page; "" on the last
}

// readPage asks for one page; the token is nil for the first.
type readPage func(ctx context.Context, token *string) (page, error)

// pages reads a paged action to its end into a document. A list that breaks
// off is kept and marked as cut: what is in it exists, what is not may exist.
// It reports whether the list is complete.
func (s *session) pages(ctx context.Context, a action, read readPage) bool {
	items, failed := s.all(ctx, a, read)
	s.add(a, items...)
	if failed != nil {
		s.cut(a)
		s.fail(failed)
	}
	return failed == nil
}

// all reads the pages of an action until one fails.
func (s *session) all(ctx context.Context, a action, read readPage) ([]json.RawMessage, *Unread) {
	var items []json.RawMessage
	var token *string
	for n := 1; ; n++ {
		var p page
		failed := s.call(ctx, a.prefix, a.operation, func(ctx context.Context) (err error) {
			p, err = read(ctx, token)
			if err == nil && p.next != "" && (n == maxPages || token != nil && p.next == *token) {
				err = fmt.Errorf("%w after %d", errPaging, n)
			}
			return err
		})
		if failed != nil {
			return items, failed
		}
		items = append(items, p.items...)
		if p.next == "" {
			return items, nil
		}
		token = &p.next
	}
}

// action is an API action that answers a list: its IAM name, the document it
// goes to, and that document's top-level key.
type action struct{ prefix, operation, file, key string }

func (a action) name() string { return a.prefix + ":" + a.operation }

// snapshot is what the sessions have read, each of an account of its own.
func snapshot(sessions ...*session) Snapshot {
	var documents []Document
	for _, s := range sessions {
		documents = append(documents, s.documents()...)
	}
	slices.SortFunc(documents, func(a, b Document) int { return cmp.Compare(a.Name, b.Name) })
	kept, n, ignored, bad := decoded(documents)
	var all []Unread
	for _, s := range sessions {
		all = append(all, s.failures(bad)...)
	}
	slices.SortStableFunc(all, func(a, b Unread) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Facts["resource"], b.Facts["resource"]), cmp.Compare(a.Reason, b.Reason))
	})
	all = slices.CompactFunc(all, func(a, b Unread) bool { // of one VPC and of the next
		return a.Action == b.Action && a.Reason == b.Reason && maps.Equal(a.Facts, b.Facts)
	})
	return Snapshot{Documents: kept, Unread: all, Ignored: ignored, Network: n}
}

// failures are what the session could not read, and those of its documents that
// are bad, by the actions that they came from.
func (s *session) failures(bad []Unread) []Unread {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.unread)
	for _, u := range bad {
		file, ours := strings.CutPrefix(u.Action, s.folder())
		if action, known := s.sources[file]; ours && known {
			u.Action = action
			all = append(all, u)
		}
	}
	return all
}

// folder is where the session's documents go.
func (s *session) folder() string {
	if s.elsewhere == nil {
		return ""
	}
	return s.elsewhere.folder
}
