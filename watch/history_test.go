package watch_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/watch"
)

// databases is a turn over db/orders alone, whose runs come out as f says by
// their number.
func databases(f func(run int64) netpath.Failure) func() watch.Turn {
	return func() watch.Turn {
		var run atomic.Int64
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation { return database(p, f(run.Add(1))) })
		a.Select, a.Config.Serve.Intervals.Inventory = only(netpath.KindDatabase), 24*time.Hour
		return a
	}
}

// The last results are kept, and failures beside them, however old; neither grows
// beyond its bound.
func TestFailuresAreRememberedLonger(t *testing.T) {
	loop(t, databases(func(run int64) netpath.Failure {
		if run <= 3 {
			return netpath.FailureTimeout
		}
		return ""
	}), func(l *watch.Loop, _ time.Time) {
		time.Sleep(250 * time.Minute)
		synctest.Wait()
		h := l.History("db/orders")
		if len(h.Results) != watch.Remembered || len(h.Failures) != 3 {
			t.Fatalf("%d results and %d failures, want %d and 3", len(h.Results), len(h.Failures), watch.Remembered)
		}
		want := watch.Result{Verdict: netpath.VerdictBroken, Outcome: h.Failures[0].Outcome, Findings: []string{"tcp/dropped-unexplained"}, Seconds: 1}
		if diff := cmp.Diff(want, h.Failures[0], cmpopts.IgnoreFields(watch.Result{}, "Start")); diff != "" || h.Failures[0].Outcome == "" {
			t.Errorf("a failure (-want +got):\n%s", diff)
		}
		if newest, oldest := h.Results[0].Start, h.Results[watch.Remembered-1].Start; newest.Sub(oldest) != (watch.Remembered-1)*time.Minute {
			t.Errorf("results from %s to %s, want the newest first, one a minute", newest, oldest)
		}
	})
	loop(t, databases(func(int64) netpath.Failure { return netpath.FailureTimeout }), func(l *watch.Loop, _ time.Time) {
		time.Sleep(250 * time.Minute)
		if h := l.History("db/orders"); len(h.Results) != watch.Remembered || len(h.Failures) != watch.Remembered {
			t.Errorf("%d results and %d failures, want %d of each", len(h.Results), len(h.Failures), watch.Remembered)
		}
		if diff := cmp.Diff(watch.History{}, l.History("db/none")); diff != "" {
			t.Errorf("of a path that is not planned: %s", diff)
		}
	})
}

// Whoever asks gets a run that is no older than half of the interval, and causes
// no more than one in that time.
func TestAPathIsMeasuredOnRequest(t *testing.T) {
	var seen starts
	loop(t, func() watch.Turn {
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
			seen.add(p.ID)
			o := database(p, "")
			time.Sleep(time.Second)
			return o
		})
		a.Select = only(netpath.KindDatabase)
		return a
	}, func(l *watch.Loop, start time.Time) {
		for range 600 {
			p, err := l.Measure(context.Background(), "db/orders")
			if err != nil || p.Verdict != netpath.VerdictOK || time.Since(p.LastRun) > 31*time.Second {
				t.Fatalf("%+v, %v; want ok, by a run of the last 30 seconds", p, err)
			}
			time.Sleep(time.Second)
		}
		at := seen.seconds("db/orders", start)
		for i := 1; i < len(at); i++ {
			if gap := at[i] - at[i-1]; gap > 31 {
				t.Errorf("%v seconds without a run while somebody asks for one", gap)
			}
		}
		if most := 3 * 610 / 60; len(at) > most || at[0] != 0 {
			t.Errorf("%d runs, the first after %vs; want %d at most, the first at once", len(at), at[0], most)
		}
	})
}

// A run under way is waited for; a request that is given up leaves it alone.
func TestRequestsShareARun(t *testing.T) {
	var runs atomic.Int64
	loop(t, func() watch.Turn {
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
			runs.Add(1)
			time.Sleep(10 * time.Second)
			return database(p, "")
		})
		a.Select = only(netpath.KindDatabase)
		return a
	}, func(l *watch.Loop, _ time.Time) {
		before := runs.Load()
		impatient, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		results := make(chan error, 3)
		for _, ctx := range []context.Context{impatient, context.Background(), context.Background()} {
			go func() {
				_, err := l.Measure(ctx, "db/orders")
				results <- err
			}()
		}
		if first := <-results; first != context.DeadlineExceeded { //nolint:errorlint // the very value
			t.Errorf("the impatient one got %v", first)
		}
		if a, b := <-results, <-results; a != nil || b != nil || runs.Load() != before+1 {
			t.Errorf("%v and %v after %d runs, want one run for both", a, b, runs.Load()-before)
		}
		if _, err := l.Measure(context.Background(), "db/none"); err != watch.ErrNotPlanned { //nolint:errorlint // ditto
			t.Errorf("a path that is not planned: %v", err)
		}
	})
}

// A reload that drops a path answers those who wait for it.
func TestAPathThatIsDroppedAnswers(t *testing.T) {
	loop(t, databases(func(int64) netpath.Failure { time.Sleep(time.Minute); return "" }), func(l *watch.Loop, _ time.Time) {
		result := make(chan error, 1)
		go func() {
			_, err := l.Measure(context.Background(), "db/orders")
			result <- err
		}()
		synctest.Wait()
		other := turn(nothing)
		other.Select = only(netpath.KindInvoke)
		if err := l.Reload(context.Background(), other); err != nil {
			t.Fatal(err)
		}
		if err := <-result; err != watch.ErrNotPlanned { //nolint:errorlint // the very value
			t.Errorf("got %v", err)
		}
	})
}
