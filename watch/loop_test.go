package watch_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/watch"
)

// loop runs a loop in a bubble of its own time while f looks on, and ends it. A
// goroutine that stays makes the bubble fail.
func loop(t *testing.T, of func() watch.Turn, f func(l *watch.Loop, start time.Time)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := watch.NewLoop(of(), slog.New(slog.DiscardHandler), nil)
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx) })
		synctest.Wait()
		f(l, time.Now())
		cancel()
		running.Wait()
	})
}

// starts records when paths were started.
type starts struct {
	mu sync.Mutex
	of map[string][]time.Time
}

func (s *starts) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[string][]time.Time{}
	}
	s.of[id] = append(s.of[id], time.Now())
}

// seconds are the starts of a path, counted from a time.
func (s *starts) seconds(id string, from time.Time) []float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []float64
	for _, at := range s.of[id] {
		all = append(all, at.Sub(from).Truncate(time.Second).Seconds())
	}
	return all
}

// database is an observation of db/orders; failure "" means that it answers.
func database(p netpath.Path, failure netpath.Failure) netpath.Observation {
	hops := map[netpath.HopName]netpath.Evidence{netpath.HopTCP: {Status: netpath.StatusFail, Failure: failure}}
	if failure == "" {
		pass := netpath.Evidence{Status: netpath.StatusPass}
		hops = map[netpath.HopName]netpath.Evidence{netpath.HopTCP: pass, netpath.HopTLS: pass, netpath.HopDatabase: pass}
	}
	return netpath.Observation{
		Path: p.ID, Start: time.Now(), Duration: time.Second, Resolver: netpath.Evidence{Status: netpath.StatusPass},
		Addresses: []netpath.AddressObservation{{Address: netip.MustParseAddrPort("10.0.21.10:5432"), Hops: hops}},
	}
}

func only(kind netpath.Kind) func(netpath.Path) bool {
	return func(p netpath.Path) bool { return p.Kind == kind }
}

// The first start lies within the interval, at the same place for the same id;
// then the interval decides, whatever a run takes.
func TestPathsStartSpreadAndOnTheirIntervals(t *testing.T) {
	first := map[string]float64{}
	for range 2 {
		var seen starts
		loop(t, func() watch.Turn {
			a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
				seen.add(p.ID)
				time.Sleep(2 * time.Second)
				return netpath.Observation{Path: p.ID, Start: time.Now()}
			})
			a.Config.Serve.Intervals.Database = 20 * time.Second
			return a
		}, func(l *watch.Loop, start time.Time) {
			time.Sleep(5 * time.Minute)
			for _, p := range l.State().Paths {
				at := seen.seconds(p.ID, start)
				interval := 60.0
				if p.Kind == netpath.KindDatabase {
					interval = 20
				}
				if before, ok := first[p.ID]; at[0] >= interval || ok && before != at[0] {
					t.Errorf("%s: first start after %vs, want less than %vs, and the same each time", p.ID, at[0], interval)
				}
				first[p.ID] = at[0]
				for i := range at {
					if want := at[0] + float64(i)*interval; at[i] != want {
						t.Errorf("%s: start %d at %vs, want %vs", p.ID, i, at[i], want)
					}
				}
				if want := int((300 - at[0]) / interval); len(at) < want {
					t.Errorf("%s: %d starts in five minutes, want %d", p.ID, len(at), want)
				}
			}
		})
	}
	if len(first) < 3 || first["invoke/support/private"] == first["invoke/support/public"] {
		t.Errorf("first starts %v: want them spread", first)
	}
}

// A run that takes longer than the interval is not overtaken; its missed starts
// are left out.
func TestAPathNeverOverlapsItself(t *testing.T) {
	var running, most atomic.Int64
	var seen starts
	loop(t, func() watch.Turn {
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
			seen.add(p.ID)
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(90 * time.Second)
			running.Add(-1)
			return database(p, "")
		})
		a.Select = only(netpath.KindDatabase)
		return a
	}, func(_ *watch.Loop, start time.Time) {
		time.Sleep(10 * time.Minute)
		at := seen.seconds("db/orders", start)
		for i := 1; i < len(at); i++ {
			if gap := at[i] - at[i-1]; gap < 90 || gap > 120 {
				t.Errorf("starts %vs apart, want the first possible after the run", gap)
			}
		}
		if most.Load() != 1 || len(at) < 5 {
			t.Errorf("%d at a time in %d runs, want 1 in at least 5", most.Load(), len(at))
		}
	})
}

func TestTheLoopKeepsTheBound(t *testing.T) {
	var running, most atomic.Int64
	loop(t, func() watch.Turn {
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Minute)
			running.Add(-1)
			return netpath.Observation{Path: p.ID}
		})
		a.Config.Concurrency = 1
		return a
	}, func(*watch.Loop, time.Time) {
		time.Sleep(10 * time.Minute)
		if most.Load() != 1 {
			t.Errorf("%d at once, want 1", most.Load())
		}
	})
}

// The first verdict shows at once, another one after its evidence held; evidence
// that did not hold leaves no trace.
func TestAVerdictChangesAfterItsEvidenceHeld(t *testing.T) {
	runs := []netpath.Failure{"", "timeout", "", "timeout", "timeout", "", ""}
	type shown struct{ Verdict, Pending netpath.Verdict }
	want := []shown{{"ok", ""}, {"ok", "broken"}, {"ok", ""}, {"ok", "broken"}, {"broken", ""}, {"broken", "ok"}, {"ok", ""}}
	var run atomic.Int64
	loop(t, func() watch.Turn {
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
			return database(p, runs[run.Add(1)-1])
		})
		a.Select = only(netpath.KindDatabase)
		return a
	}, func(l *watch.Loop, _ time.Time) {
		if l.State().Ready() {
			t.Error("ready before the first result")
		}
		var got []shown
		for range runs {
			time.Sleep(time.Minute)
			synctest.Wait()
			s := l.State()
			got = append(got, shown{s.Paths[0].Verdict, s.Paths[0].Pending})
			if verdict := s.Report.Paths[0].Verdict; verdict != s.Paths[0].Verdict || (verdict == "broken") != (len(s.Report.Findings) > 0) {
				t.Errorf("the report says %s with %d findings, the path %s", verdict, len(s.Report.Findings), s.Paths[0].Verdict)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("run by run (-want +got):\n%s", diff)
		}
		if !l.State().Ready() {
			t.Error("not ready with every result there")
		}
	})
}

// A reading that fails, or that lacks for now what was read before, leaves the older
// inventory in use: its time stays, until the third in a row lacks it.
func TestAFailedRefreshKeepsTheInventory(t *testing.T) {
	throttled := inventory.Unread{Action: "ec2:DescribeVpcs", Reason: "throttled", Failure: netpath.FailureThrottled}
	nothing := []inventory.Unread{{Action: "ec2:DescribeSubnets", Reason: "timeout", Failure: netpath.FailureTimeout}, {Action: "ec2:DescribeVpcs", Reason: "timeout", Failure: netpath.FailureTimeout}}
	got, start := inventories(t, []func(*inventory.Snapshot) error{
		func(*inventory.Snapshot) error { return nil },
		func(*inventory.Snapshot) error { return errors.New("no way to AWS") },
		func(s *inventory.Snapshot) error { s.Unread = []inventory.Unread{throttled}; return nil },
		func(*inventory.Snapshot) error { return nil },
		func(s *inventory.Snapshot) error { s.Unread = []inventory.Unread{throttled}; return nil },
		func(s *inventory.Snapshot) error { s.Unread = []inventory.Unread{throttled}; return nil },
		func(s *inventory.Snapshot) error { s.Unread = []inventory.Unread{throttled}; return nil },
		func(s *inventory.Snapshot) error { s.Unread, s.Documents = nothing, nil; return nil },
	})
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	want := []watch.Inventory{
		{Tried: true, CollectedAt: at(0)},
		{Tried: true, CollectedAt: at(0), Failures: 1, Error: "no way to AWS"},
		{Tried: true, CollectedAt: at(0), Failures: 2, Unread: 1, Error: "ec2:DescribeVpcs: throttled"},
		{Tried: true, CollectedAt: at(15), Failures: 2},
		{Tried: true, CollectedAt: at(15), Failures: 3, Unread: 1, Error: "ec2:DescribeVpcs: throttled"},
		{Tried: true, CollectedAt: at(15), Failures: 4, Unread: 1, Error: "ec2:DescribeVpcs: throttled"},
		{Tried: true, CollectedAt: at(30), Failures: 4, Unread: 1},
		{Tried: true, CollectedAt: at(30), Failures: 5, Unread: 2, Error: "ec2:DescribeSubnets, ec2:DescribeVpcs: timeout"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inventories (-want +got):\n%s", diff)
	}
}

// What AWS denies from now on is unknown from now on, and freezes nothing.
func TestADeniedActionLeavesTheRestFresh(t *testing.T) {
	denied := func(s *inventory.Snapshot) error {
		s.Unread = []inventory.Unread{{Action: "ec2:DescribeVpcs", Reason: "AccessDenied", Failure: netpath.FailureDenied}}
		return nil
	}
	got, start := inventories(t, []func(*inventory.Snapshot) error{func(*inventory.Snapshot) error { return nil }, denied, denied})
	want := []watch.Inventory{
		{Tried: true, CollectedAt: start},
		{Tried: true, CollectedAt: start.Add(5 * time.Minute), Unread: 1},
		{Tried: true, CollectedAt: start.Add(10 * time.Minute), Unread: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inventories (-want +got):\n%s", diff)
	}
}

// inventories are what a loop says of its inventory after each of some readings, five
// minutes apart, and when the first one was.
func inventories(t *testing.T, readings []func(*inventory.Snapshot) error) (all []watch.Inventory, start time.Time) {
	t.Helper()
	var reading atomic.Int64
	loop(t, func() watch.Turn {
		a := turn(nothing)
		collect := a.Collect
		a.Collect = func(ctx context.Context) (inventory.Snapshot, error) {
			s, err := collect(ctx)
			if err != nil {
				return s, err
			}
			s.CollectedAt = time.Now()
			err = readings[reading.Add(1)-1](&s)
			return s, err
		}
		return a
	}, func(l *watch.Loop, at time.Time) {
		start = at
		for range readings {
			all = append(all, l.State().Inventory)
			if s := l.State(); len(s.Paths) < 3 || s.Report.Inventory.Error != s.Inventory.Error {
				t.Errorf("%d paths, want those that were known; the report says %q", len(s.Paths), s.Report.Inventory.Error)
			}
			if len(all) < len(readings) {
				time.Sleep(5 * time.Minute)
				synctest.Wait()
			}
		}
	})
	return all, start
}

// A path that cannot be found any more, as the action that found it is denied, is
// measured as it was found, with no word of the configuration. It goes when the
// action is allowed again and does not find it.
func TestAPathIsNotLostWithAPermission(t *testing.T) {
	var denied, deleted atomic.Bool
	of := func() watch.Turn {
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation { return database(p, "") })
		a.Select = only(netpath.KindDatabase)
		collect := a.Collect
		a.Collect = func(ctx context.Context) (inventory.Snapshot, error) {
			s, err := collect(ctx)
			s.CollectedAt = time.Now()
			if denied.Load() {
				s.Unread = []inventory.Unread{{Action: "rds:DescribeDBInstances", Reason: "AccessDenied", Failure: netpath.FailureDenied}}
			}
			if denied.Load() || deleted.Load() {
				s.Network.DBInstances, s.Network.Read["DBInstances"] = nil, !denied.Load()
			}
			return s, err
		}
		return a
	}
	watched := func(l *watch.Loop) int {
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		return len(l.State().Paths)
	}
	loop(t, of, func(l *watch.Loop, _ time.Time) {
		if n := watched(l); n != 1 {
			t.Fatalf("%d databases, want db/orders", n)
		}
		denied.Store(true)
		for range 4 {
			if n := watched(l); n != 1 {
				t.Errorf("%d paths while nobody may read databases, want db/orders", n)
			}
		}
		s := l.State()
		if !s.Paths[0].Tested || s.Paths[0].Verdict != netpath.VerdictOK || !slices.ContainsFunc(s.Report.Notes, func(n string) bool { return strings.HasPrefix(n, "db/orders is measured as it was found before") }) {
			t.Errorf("%+v with the notes %q", s.Paths[0], s.Report.Notes)
		}
		denied.Store(false)
		deleted.Store(true)
		if n := watched(l); n != 0 {
			t.Errorf("%d paths once the database is known to be gone", n)
		}
	})
}

// A sidecar that could read nothing at all knows of no path. It is not ready, and
// uses no configuration of any age, until a reading says what there is.
func TestNotReadyWhileNothingCouldBeRead(t *testing.T) {
	var readings atomic.Int64
	loop(t, func() watch.Turn {
		a := turn(nothing)
		collect := a.Collect
		a.Collect = func(ctx context.Context) (inventory.Snapshot, error) {
			if readings.Add(1) == 1 {
				return inventory.Snapshot{
					Network: &vpc.Network{}, Unread: []inventory.Unread{{Action: "ec2:DescribeVpcs", Reason: "no credentials", Failure: netpath.FailureNoCredentials}},
				}, nil
			}
			s, err := collect(ctx)
			s.CollectedAt = time.Now()
			return s, err
		}
		return a
	}, func(l *watch.Loop, _ time.Time) {
		s := l.State()
		if s.Ready() || len(s.Paths) != 0 || !s.Inventory.CollectedAt.IsZero() || s.Inventory.Unread != 1 || len(s.Report.Findings) != 1 {
			t.Errorf("with nothing read: ready %v, %d paths, %+v, findings %v", s.Ready(), len(s.Paths), s.Inventory, s.Report.Findings)
		}
		time.Sleep(7 * time.Minute)
		synctest.Wait()
		if s := l.State(); !s.Ready() || len(s.Paths) == 0 || s.Inventory.CollectedAt.IsZero() {
			t.Errorf("after another reading: waits for %q, %d paths, %+v", s.Waits(), len(s.Paths), s.Inventory)
		}
	})
}

// A slow reading is not started twice, and stops no path.
func TestReadingIsNotRepeatedWhileItRuns(t *testing.T) {
	var readings, runs atomic.Int64
	loop(t, func() watch.Turn {
		a := turn(func(ctx context.Context, p netpath.Path) netpath.Observation {
			runs.Add(1)
			return nothing(ctx, p)
		})
		a.Select = only(netpath.KindDatabase)
		collect := a.Collect
		a.Collect = func(ctx context.Context) (inventory.Snapshot, error) {
			if readings.Add(1) > 1 {
				time.Sleep(time.Hour)
			}
			return collect(ctx)
		}
		return a
	}, func(*watch.Loop, time.Time) {
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		if readings.Load() != 2 || runs.Load() != 50 {
			t.Errorf("%d readings and %d runs, want 2 and 50", readings.Load(), runs.Load())
		}
	})
}

// A reload keeps the results of paths that are still there.
func TestReload(t *testing.T) {
	loop(t, func() watch.Turn { return turn(nothing) }, func(l *watch.Loop, _ time.Time) {
		time.Sleep(time.Minute)
		synctest.Wait()
		next := turn(nothing)
		next.Select = only(netpath.KindDatabase)
		if err := l.Reload(context.Background(), next); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s := l.State()
		if len(s.Paths) != 1 || s.Paths[0].ID != "db/orders" || !s.Paths[0].Tested || !s.Ready() {
			t.Errorf("after a reload: %+v, want db/orders with its result", s.Paths)
		}
	})
}

// Reloading reads AWS's configuration anew, and not more than once a minute.
func TestReloadsReadSeldom(t *testing.T) {
	var readings atomic.Int64
	of := func() watch.Turn {
		a := turn(nothing)
		collect := a.Collect
		a.Collect = func(ctx context.Context) (inventory.Snapshot, error) {
			readings.Add(1)
			return collect(ctx)
		}
		return a
	}
	loop(t, of, func(l *watch.Loop, _ time.Time) {
		time.Sleep(time.Second)
		for range 58 {
			if err := l.Reload(context.Background(), of()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if n := readings.Load(); n != 1 {
			t.Errorf("%d readings in the first minute", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := readings.Load(); n != 2 {
			t.Errorf("%d readings, want another after a minute", n)
		}
	})
}

// At level invoke the real invocation is rare; what it showed of the runtime
// stays until the next one, unless something before it fails.
func TestRealInvocationsAreRare(t *testing.T) {
	var billed atomic.Int64
	address := netip.MustParseAddrPort("10.0.11.10:443")
	seen := func(p netpath.Path, hop netpath.HopName, e netpath.Evidence) netpath.Observation {
		return netpath.Observation{Path: p.ID, Start: time.Now(), Resolver: netpath.Evidence{Status: netpath.StatusPass},
			Addresses: []netpath.AddressObservation{{Address: address, Hops: map[netpath.HopName]netpath.Evidence{netpath.HopTCP: {Status: netpath.StatusPass}, hop: e}}}}
	}
	loop(t, func() watch.Turn {
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
			return seen(p, netpath.HopRuntime, netpath.Evidence{Status: netpath.StatusUnknown})
		})
		a.Billed = func(_ context.Context, p netpath.Path) netpath.Observation {
			billed.Add(1)
			return seen(p, netpath.HopRuntime, netpath.Evidence{Status: netpath.StatusFail, Failure: netpath.FailureContainer, Detail: "the container failed"})
		}
		a.Select = func(p netpath.Path) bool { return p.ID == "invoke/support/private" }
		return a
	}, func(l *watch.Loop, _ time.Time) {
		time.Sleep(3*time.Hour + time.Minute)
		synctest.Wait()
		hops := l.State().Report.Paths[0].Hops
		if last := hops[len(hops)-1]; last.Name != netpath.HopRuntime || last.Live != netpath.StatusFail {
			t.Errorf("the runtime is %+v, want what the invocation showed", last)
		}
		if n := billed.Load(); n < 3 || n > 4 {
			t.Errorf("%d invocations in three hours", n)
		}
	})
}
