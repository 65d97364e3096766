package watch_test

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/watch"
)

// counting is a turn whose database counts connections. answer says what one of
// them shows; closed says that the database's group has lost its rules.
func counting(t *testing.T, made *starts, answer func() netpath.Failure, closed *atomic.Bool) watch.Turn {
	t.Helper()
	read, err := turn(nothing).Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shut := read
	network := *read.Network
	network.SecurityGroups = slices.Clone(network.SecurityGroups)
	for i := range network.SecurityGroups {
		if g := &network.SecurityGroups[i]; g.GroupID == "sg-0d5142ae76b380ce1" {
			g.IPPermissions = []vpc.IPPermission{}
		}
	}
	shut.Network = &network
	a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
		o := database(p, "")
		o.Addresses[0].Hops = map[netpath.HopName]netpath.Evidence{netpath.HopTCP: {Status: netpath.StatusUnknown, Detail: "not dialled"}}
		return o
	})
	a.Collect = func(context.Context) (inventory.Snapshot, error) {
		s := read
		if closed.Load() {
			s = shut
		}
		s.CollectedAt = time.Now()
		return s, nil
	}
	a.Counts = func(p netpath.Path) bool { return p.ID == "db/orders" }
	a.Counted = func(_ context.Context, p netpath.Path) netpath.Observation {
		made.add(p.ID)
		failure := answer()
		if failure == netpath.FailureTLSUntrusted {
			o := database(p, "")
			o.Addresses[0].Hops[netpath.HopTLS] = netpath.Evidence{Status: netpath.StatusFail, Failure: failure}
			return o
		}
		return database(p, failure)
	}
	a.Select = only(netpath.KindDatabase)
	return a
}

// Without a login a server of MySQL is connected to seldom, so that it shuts
// nobody out; what the connection showed stands in between.
func TestConnectionsThatCountAreSeldom(t *testing.T) {
	const day = 24 * time.Hour
	for label, test := range map[string]struct {
		shows      netpath.Failure
		takes      time.Duration
		verdict    netpath.Verdict
		from, upTo int // connections
	}{
		"a program that does not live long": {"", 4*time.Minute + 50*time.Second, netpath.VerdictUnknown, 0, 0},
		"all is well":                       {"", 15 * day, netpath.VerdictOK, 3, 3},
		"nothing answers, nothing counts":   {netpath.FailureTimeout, time.Hour, netpath.VerdictBroken, 50, 60},
		"a fault behind the connection":     {netpath.FailureTLSUntrusted, day, netpath.VerdictBroken, 24, 26},
	} {
		t.Run(label, func(t *testing.T) {
			var made starts
			loop(t, func() watch.Turn {
				a := counting(t, &made, func() netpath.Failure { return test.shows }, new(atomic.Bool))
				if test.takes > time.Hour {
					a.Config.Serve.Intervals.Database, a.Config.Serve.Intervals.Inventory = 10*time.Minute, time.Hour
				}
				return a
			}, func(l *watch.Loop, start time.Time) {
				time.Sleep(test.takes)
				synctest.Wait()
				s := l.State()
				if s.Paths[0].Verdict != test.verdict {
					t.Errorf("the path is %s, want %s", s.Paths[0].Verdict, test.verdict)
				}
				if at := made.seconds("db/orders", start); len(at) < test.from || len(at) > test.upTo {
					t.Errorf("%d connections, want %d to %d: %v", len(at), test.from, test.upTo, at)
				}
				if test.verdict != netpath.VerdictOK {
					return
				}
				if notes := strings.Join(s.Report.Notes, "; "); strings.Count(notes, "db/orders is connected to once a week") != 1 {
					t.Errorf("the notes do not say so: %s", notes)
				}
				hops := s.Report.Paths[0].Hops
				i := slices.IndexFunc(hops, func(h report.Hop) bool { return h.Name == netpath.HopTCP })
				if !strings.Contains(hops[i].Detail, ": without a login once a week") {
					t.Errorf("the report does not say when that was: %s", hops[i].Detail)
				}
			})
		})
	}
}

// A change of what the configuration says of the way is a reason to look again;
// until then the old connection proves nothing. While nothing answers each run
// looks, and so the end of the fault is seen at once.
func TestAChangeIsLookedAt(t *testing.T) {
	var made starts
	var closed atomic.Bool
	answer := func() netpath.Failure {
		if closed.Load() {
			return netpath.FailureTimeout
		}
		return ""
	}
	loop(t, func() watch.Turn { return counting(t, &made, answer, &closed) }, func(l *watch.Loop, start time.Time) {
		is := func(when string, verdict netpath.Verdict, basis netpath.Basis, connections int) {
			t.Helper()
			synctest.Wait()
			s := l.State()
			if p := s.Report.Paths[0]; p.Verdict != verdict || p.Basis != basis || len(made.seconds("db/orders", start)) != connections {
				t.Errorf("%s: %s by %s after %d connections, want %s by %s after %d", when, p.Verdict, p.Basis, len(made.seconds("db/orders", start)), verdict, basis, connections)
			}
		}
		time.Sleep(30 * time.Minute)
		is("healthy", netpath.VerdictOK, netpath.BasisBoth, 1)
		closed.Store(true)
		time.Sleep(8 * time.Minute) // a reading, and two runs
		if at := made.seconds("db/orders", start); len(at) < 3 || l.State().Report.Paths[0].Verdict != netpath.VerdictBroken {
			t.Errorf("shut: %s after the connections %v", l.State().Report.Paths[0].Verdict, at)
		}
		if f := l.State().Report.Findings; len(f) != 1 || f[0].Code != "sg/ingress-missing" {
			t.Errorf("shut: %+v", f)
		}
		closed.Store(false)
		time.Sleep(8 * time.Minute)
		before := len(made.seconds("db/orders", start))
		time.Sleep(time.Hour)
		is("mended", netpath.VerdictOK, netpath.BasisBoth, before)
	})
}

// A failover leads to an address that nobody has connected to yet.
func TestAnotherAddressIsLookedAt(t *testing.T) {
	var made starts
	var moved atomic.Bool
	there := func(o netpath.Observation) netpath.Observation {
		if moved.Load() {
			o.Addresses[0].Address = netip.MustParseAddrPort("10.0.22.10:5432")
		}
		return o
	}
	loop(t, func() watch.Turn {
		a := counting(t, &made, func() netpath.Failure { return "" }, new(atomic.Bool))
		observe, counted := a.Observe, a.Counted
		a.Observe = func(ctx context.Context, p netpath.Path) netpath.Observation { return there(observe(ctx, p)) }
		a.Counted = func(ctx context.Context, p netpath.Path) netpath.Observation { return there(counted(ctx, p)) }
		return a
	}, func(l *watch.Loop, start time.Time) {
		time.Sleep(30 * time.Minute)
		moved.Store(true)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if at := made.seconds("db/orders", start); len(at) != 2 {
			t.Errorf("connections at %v, want one to each address", at)
		}
	})
}
