package watch_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/watch"
)

// desk answers who changed something. It knows from a time on.
type desk struct {
	late  time.Duration // after the change
	knows time.Time

	mu    sync.Mutex
	asked []time.Time
	about []netpath.Facts
}

var (
	operator = netpath.Author{Principal: "arn:aws:iam::123456789012:user/operator", Event: "RevokeSecurityGroupIngress"}
	nobody   = netpath.Author{Unread: "no call is in the event history yet"}
)

func (d *desk) who(_ context.Context, changed netpath.Facts, _ time.Duration) netpath.Author {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked, d.about = append(d.asked, time.Now()), append(d.about, changed)
	if time.Now().Before(d.knows) {
		return nobody
	}
	return operator
}

// minutes are when the desk was asked, counted from the first time.
func (d *desk) minutes() []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []int
	for _, at := range d.asked {
		all = append(all, int(at.Sub(d.asked[0]).Minutes()))
	}
	return all
}

// revokedFor is a turn in whose world the database's rule is revoked after a
// while.
func revokedFor(world *revoking, d *desk) func() watch.Turn {
	return func() watch.Turn {
		a := world.turn()
		a.Who, a.Config.Serve.Hold = d.who, 1
		d.knows = world.start.Add(world.after + d.late)
		return a
	}
}

// Events come late ("Getting and viewing your CloudTrail log files", CloudTrail
// User Guide: within an average of about 5 minutes). It is asked at once, again
// after 5 and after 15 minutes, and never more often, however many runs show the
// finding; once somebody is named late enough, no more.
func TestWhoChangedIsAskedSeldom(t *testing.T) {
	for name, tt := range map[string]struct {
		knows  time.Duration // after the change
		asked  []int         // minutes
		author netpath.Author
	}{
		"at once":           {0, []int{0, 5}, operator},
		"after six minutes": {6 * time.Minute, []int{0, 5, 15}, operator},
		"never":             {24 * time.Hour, []int{0, 5, 15}, nobody},
	} {
		t.Run(name, func(t *testing.T) {
			world, d := &revoking{after: 7*time.Minute + 30*time.Second}, &desk{late: tt.knows}
			loop(t, revokedFor(world, d), func(l *watch.Loop, _ time.Time) {
				until(t, func() bool { return slices.Equal(codes(l), []string{"sg/ingress-missing " + databaseGroup}) })
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				late := d.minutes()
				for i := range late { // less the part of a minute by which sidecars spread
					late[i] -= late[i] % 5
				}
				if !slices.Equal(late, tt.asked) {
					t.Errorf("asked after %v minutes, want about %v", d.minutes(), tt.asked)
				}
				found := l.State().Report.Findings[0]
				if diff := cmp.Diff(tt.author, found.ChangedBy); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(found.Changed, d.about[0]); diff != "" {
					t.Errorf("not asked about what changed (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// An answer that takes long holds nothing up, and one about a finding that is gone
// is of no use.
func TestNothingWaitsForTheAuthor(t *testing.T) {
	world := &revoking{after: 7*time.Minute + 30*time.Second}
	var asked int
	loop(t, func() watch.Turn {
		a := world.turn()
		a.Config.Serve.Hold = 1
		a.Who = func(ctx context.Context, _ netpath.Facts, limit time.Duration) netpath.Author {
			asked++
			if limit > 10*time.Second {
				t.Errorf("may take %s", limit)
			}
			<-ctx.Done() // until the loop ends
			return nobody
		}
		return a
	}, func(l *watch.Loop, _ time.Time) {
		until(t, func() bool { return slices.Equal(codes(l), []string{"sg/ingress-missing " + databaseGroup}) })
		before := l.State().Paths[0].LastRun
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := l.State().Paths[0].LastRun.Sub(before); got != 10*time.Minute || asked != 1 {
			t.Errorf("runs went on for %s with %d asked, want ten minutes with one", got, asked)
		}
	})
}

// What was always so has no author, and is asked of nobody.
func TestNobodyIsAskedAboutWhatDidNotChange(t *testing.T) {
	world, d := &revoking{}, &desk{}
	loop(t, revokedFor(world, d), func(l *watch.Loop, _ time.Time) {
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(codes(l)) != 1 || len(d.asked) != 0 {
			t.Errorf("%v with %d asked", codes(l), len(d.asked))
		}
	})
}

// Of a component of another account nobody is asked: its events are not ours.
func TestAnotherAccountsChangesAreNotAskedFor(t *testing.T) {
	world, d := &revoking{after: 7*time.Minute + 30*time.Second}, &desk{}
	loop(t, func() watch.Turn {
		a := revokedFor(world, d)()
		collect := a.Collect
		a.Collect = ofAccount(collect, "210987654321")
		return a
	}, func(l *watch.Loop, _ time.Time) {
		until(t, func() bool {
			f := l.State().Report.Findings
			return len(f) == 1 && f[0].ChangedBy.Unread != ""
		})
		want := netpath.Author{Unread: "it belongs to account 210987654321, whose events only that account is told"}
		if diff := cmp.Diff(want, l.State().Report.Findings[0].ChangedBy); diff != "" || len(d.asked) != 0 {
			t.Errorf("%d asked (-want +got):\n%s", len(d.asked), diff)
		}
	})
}

// ofAccount has the security groups belong to an account.
func ofAccount(collect func(context.Context) (inventory.Snapshot, error), id string) func(context.Context) (inventory.Snapshot, error) {
	return func(ctx context.Context) (inventory.Snapshot, error) {
		s, err := collect(ctx)
		for i := range s.Network.SecurityGroups {
			s.Network.SecurityGroups[i].OwnerID = id
		}
		return s, err
	}
}

// A series of single turns says the same as a loop, from the second turn on.
func TestASeriesSaysSinceWhenAndByWhom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, d := &revoking{after: 45 * time.Second}, &desk{}
		series := watch.NewSeries(revokedFor(world, d)())
		var starts []time.Time
		for turn := range 4 {
			starts = append(starts, time.Now())
			r, err := series.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case turn < 2:
				if len(r.Findings) != 0 {
					t.Errorf("turn %d: %+v", turn, r.Findings)
				}
			case len(r.Findings) != 1:
				t.Fatalf("turn %d: %+v", turn, r.Findings)
			default:
				want := revokedBetween(starts[1], starts[2])
				if diff := cmp.Diff(want, r.Findings[0].Changed); diff != "" {
					t.Errorf("turn %d (-want +got):\n%s", turn, diff)
				}
				if diff := cmp.Diff(operator, r.Findings[0].ChangedBy); diff != "" {
					t.Errorf("turn %d (-want +got):\n%s", turn, diff)
				}
			}
			time.Sleep(30 * time.Second)
		}
		if len(d.asked) != 1 {
			t.Errorf("asked %d times in four turns within two minutes, want once", len(d.asked))
		}
	})
}
