package watch_test

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

// sidecar is the address of the lab's sidecar in the private pattern.
var sidecar = netip.MustParseAddr("10.0.1.20")

// turn is a turn over the lab's healthy private world, read as an inventory.
// Nothing is dialled: observe stands for the network.
func turn(observe func(context.Context, netpath.Path) netpath.Observation) watch.Turn {
	return watch.Turn{
		Config: config.Default(), Region: "us-east-1", AccessKey: func() string { return "ASIAEXAMPLE" }, Local: []netip.Addr{sidecar},
		Collect: func(context.Context) (inventory.Snapshot, error) {
			s, err := inventory.ReadFolder("../lab/world/patterns")
			s.Principal = "arn:aws:sts::123456789012:assumed-role/agentcore-probe/sidecar"
			return s, err
		},
		Observe: observe, Now: time.Now,
	}
}

// nothing measures nothing: what is judged then is the configuration alone.
func nothing(_ context.Context, p netpath.Path) netpath.Observation {
	return netpath.Observation{Path: p.ID, Resolver: netpath.Evidence{Status: netpath.StatusUnknown}}
}

func verdicts(r report.Report) map[string]string {
	got := map[string]string{}
	for _, p := range r.Paths {
		got[p.ID] = string(p.Verdict) + " by " + string(p.Basis)
	}
	return got
}

// The configuration alone shuts the public front; what only packets can show
// stays unknown.
func TestWithoutMeasurementsConfigurationDecidesWhatItCan(t *testing.T) {
	r, err := turn(nothing).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"invoke/support/private": "unknown by config",
		"invoke/support/public":  "ok by config",
		"db/orders":              "unknown by config",
		"egress/internet":        "ok by config",
		"service/ecr.api":        "unknown by config",
		"service/ecr.dkr":        "unknown by config",
		"service/logs":           "unknown by config",
		"service/s3":             "unknown by config",
	}
	if diff := cmp.Diff(want, verdicts(r)); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if len(r.Findings) != 0 || r.Vantage.Kind != netpath.VantageSidecar {
		t.Errorf("findings %v from a %s, want none from a sidecar", r.Findings, r.Vantage.Kind)
	}
}

func TestSelectLeavesTheRestOut(t *testing.T) {
	a := turn(nothing)
	a.Select = func(p netpath.Path) bool { return p.Kind == netpath.KindDatabase }
	r, err := a.Run(t.Context())
	if err != nil || len(r.Paths) != 1 || r.Paths[0].ID != "db/orders" {
		t.Errorf("%d paths, %v; want db/orders alone", len(r.Paths), err)
	}
}

// All paths run at once, as long as the bound admits it.
func TestPathsRunAtOnceWithinTheBound(t *testing.T) {
	for bound, want := range map[int]int64{1: 1, 2: 2, 16: 8} {
		synctest.Test(t, func(t *testing.T) {
			var running, most atomic.Int64
			a := turn(func(ctx context.Context, p netpath.Path) netpath.Observation {
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(time.Second)
				running.Add(-1)
				return nothing(ctx, p)
			})
			a.Config.Concurrency = bound
			start := time.Now()
			if _, err := a.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			seconds := (8 + int64(bound) - 1) / int64(bound)
			if took := time.Since(start); most.Load() != want || took != time.Duration(seconds)*time.Second {
				t.Errorf("bound %d: %d at once in %s, want %d in %ds", bound, most.Load(), took, want, seconds)
			}
		})
	}
}

func TestNothingIsProbedWithoutAnInventory(t *testing.T) {
	broken := errors.New("no such folder")
	a := turn(func(context.Context, netpath.Path) netpath.Observation {
		t.Error("a path was probed")
		return netpath.Observation{}
	})
	a.Collect = func(context.Context) (inventory.Snapshot, error) { return inventory.Snapshot{}, broken }
	if _, err := a.Run(t.Context()); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestAnInterruptedTurnReportsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a := turn(func(ctx context.Context, p netpath.Path) netpath.Observation {
		cancel()
		return nothing(ctx, p)
	})
	if _, err := a.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
