package watch_test

import (
	"context"
	"slices"
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

// databaseGroup admits the agent in the lab's private pattern.
const databaseGroup = "sg-0d5142ae76b380ce1"

// revoking is a world in which the database's ingress rule is revoked after a
// while: packets get no answer from then on, and whoever reads the configuration
// sees no rule.
type revoking struct {
	start    time.Time
	after    time.Duration
	readings []time.Time // when they began; there is one at a time
}

func (r *revoking) revoked() bool { return time.Since(r.start) >= r.after }

func (r *revoking) turn() watch.Turn {
	r.start = time.Now()
	a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
		if r.revoked() {
			return database(p, netpath.FailureTimeout)
		}
		return database(p, "")
	})
	a.Select = only(netpath.KindDatabase)
	collect := a.Collect
	a.Collect = func(ctx context.Context) (inventory.Snapshot, error) {
		r.readings = append(r.readings, time.Now())
		s, err := collect(ctx)
		s.CollectedAt = time.Now()
		groups := s.Network.SecurityGroups
		if i := slices.IndexFunc(groups, func(g vpc.SecurityGroup) bool { return g.GroupID == databaseGroup }); r.revoked() {
			groups[i].IPPermissions = nil
		}
		return s, err
	}
	return a
}

// codes are those of the findings that are shown.
func codes(l *watch.Loop) []string {
	var all []string
	for _, f := range l.State().Report.Findings {
		all = append(all, f.Code+" "+f.Component)
	}
	return all
}

// until lets seconds pass until a condition holds, and returns how many.
func until(t *testing.T, condition func() bool) int {
	t.Helper()
	for n := range 600 {
		synctest.Wait()
		if condition() {
			return n
		}
		time.Sleep(time.Second)
	}
	t.Fatal("not within ten minutes")
	return 0
}

// A rule is revoked long before the configuration is due to be read: a bad run
// has it read, the cause is named before the next run, and with it what changed
// and between which times.
func TestACauseSinceTheLastReading(t *testing.T) {
	world := revoking{after: 7*time.Minute + 30*time.Second}
	atOnce := func() watch.Turn {
		a := world.turn()
		a.Config.Serve.Hold = 1
		return a
	}
	loop(t, atOnce, func(l *watch.Loop, _ time.Time) {
		shown := func() watch.Path { return l.State().Paths[0] }
		until(t, func() bool { return shown().Verdict == netpath.VerdictBroken })
		run := shown().LastRun
		if got := codes(l); len(got) != 1 || got[0] == "sg/ingress-missing "+databaseGroup {
			t.Errorf("before the configuration is read: %v, want what packets show", got)
		}
		waited := until(t, func() bool { return slices.Equal(codes(l), []string{"sg/ingress-missing " + databaseGroup}) })
		if waited > 10 || !shown().LastRun.Equal(run) {
			t.Errorf("named after %d s by the run at %s, want at most 10 s and that at %s", waited, shown().LastRun, run)
		}
		for range 2 { // the next runs say the same
			if diff := cmp.Diff(revokedBetween(run.Add(-time.Minute), run), l.State().Report.Findings[0].Changed); diff != "" {
				t.Errorf("what changed (-want +got):\n%s", diff)
			}
			time.Sleep(20 * time.Minute)
			synctest.Wait()
		}
	})
}

// revokedBetween is what changed: between the last good run and the first bad one.
func revokedBetween(good, bad time.Time) netpath.Facts {
	return netpath.Facts{
		"component": databaseGroup, "kind": "SecurityGroups", "field": "IpPermissions", "from": "tcp 5432 sg-0e551e80c868ab8d0",
		"after": good.UTC().Format(time.RFC3339), "before": bad.UTC().Format(time.RFC3339),
	}
}

// Where a verdict has to hold for two runs, the first bad one has the
// configuration read: the verdict comes with its cause.
func TestAVerdictThatHeldComesWithItsCause(t *testing.T) {
	world := revoking{after: 7*time.Minute + 30*time.Second}
	loop(t, world.turn, func(l *watch.Loop, _ time.Time) {
		until(t, func() bool { return l.State().Paths[0].Verdict == netpath.VerdictBroken })
		if diff := cmp.Diff([]string{"sg/ingress-missing " + databaseGroup}, codes(l)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		run := l.State().Paths[0].LastRun
		if within := 2 * time.Minute; run.Sub(world.start.Add(world.after)) > within {
			t.Errorf("named %s after the rule was revoked, want two intervals, %s, at most", run.Sub(world.start.Add(world.after)), within)
		}
		if diff := cmp.Diff(revokedBetween(run.Add(-2*time.Minute), run.Add(-time.Minute)), l.State().Report.Findings[0].Changed); diff != "" {
			t.Errorf("what changed (-want +got):\n%s", diff)
		}
	})
}

// What is wrong from the start has no good run before it, and nothing changed.
func TestWhatWasAlwaysWrongHasNotChanged(t *testing.T) {
	world := revoking{}
	loop(t, world.turn, func(l *watch.Loop, _ time.Time) {
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if got := l.State().Report.Findings; len(got) != 1 || got[0].Code != "sg/ingress-missing" || got[0].Changed != nil {
			t.Errorf("%+v, want sg/ingress-missing and no change", got)
		}
		if len(world.readings) != 7 {
			t.Errorf("%d readings in half an hour, want one each five minutes", len(world.readings))
		}
	})
}

// A path that flaps has the configuration read once a minute at most, and
// regular readings go on.
func TestReadingsThatVerdictsAskForAreBounded(t *testing.T) {
	var runs atomic.Int64
	var readings []time.Time
	loop(t, func() watch.Turn {
		a := turn(func(_ context.Context, p netpath.Path) netpath.Observation {
			if runs.Add(1)%2 == 0 {
				return database(p, netpath.FailureTimeout)
			}
			return database(p, "")
		})
		a.Select = only(netpath.KindDatabase)
		a.Config.Serve.Intervals.Database = 5 * time.Second
		collect := a.Collect
		a.Collect = func(ctx context.Context) (inventory.Snapshot, error) {
			readings = append(readings, time.Now())
			s, err := collect(ctx)
			s.CollectedAt = time.Now()
			return s, err
		}
		return a
	}, func(*watch.Loop, time.Time) {
		time.Sleep(time.Hour)
		synctest.Wait()
		for i := 1; i < len(readings); i++ {
			if gap := readings[i].Sub(readings[i-1]); gap < time.Minute || gap > 80*time.Second {
				t.Errorf("reading %d came %s after the one before", i, gap)
			}
		}
		if n := len(readings); n < 50 || n > 60 {
			t.Errorf("%d readings in an hour of flapping", n)
		}
	})
}
