package main

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/watch"
)

// A run on each interval, until it is interrupted; what changed is marked, a
// run that cannot be carried out is said, and the last report decides.
func TestRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config.Default()
		c.Databases = []config.Database{{Name: "orders", Host: "10.0.5.10", Port: 5432, Protocol: "tcp"}}
		began := time.Now()
		at := func() time.Duration { return time.Since(began).Truncate(time.Minute) }
		turn := watch.Turn{
			Config: c, Region: "us-east-1", Now: time.Now,
			Collect: func(context.Context) (inventory.Snapshot, error) {
				if at() == 2*time.Minute {
					return inventory.Snapshot{}, errors.New("nothing is read")
				}
				return inventory.Snapshot{Source: "AWS us-east-1", Network: &vpc.Network{}}, nil
			},
			Observe: func(_ context.Context, p netpath.Path) netpath.Observation {
				e := netpath.Evidence{Status: netpath.StatusPass}
				if at() >= 3*time.Minute {
					e = netpath.Evidence{Status: netpath.StatusFail, Failure: netpath.FailureRefused}
				}
				return netpath.Observation{Path: p.ID, Start: time.Now(), Addresses: []netpath.AddressObservation{{
					Address: netip.MustParseAddrPort("10.0.5.10:5432"), Hops: map[netpath.HopName]netpath.Evidence{netpath.HopTCP: e},
				}}}
			},
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute+time.Second)
		defer cancel()
		var out, errs bytes.Buffer
		f := checkFlags{output: "text", watch: true, interval: time.Minute}
		err := f.repeat(ctx, streams{out: &out, err: &errs}, turn)
		if code := exit(0); !errors.As(err, &code) || code != 1 {
			t.Errorf("got %v, want the status of the last report", err)
		}
		if got := strings.Count(out.String(), ", every 1m0s\n"); got != 4 {
			t.Errorf("%d reports, want 4", got)
		}
		for text, want := range map[string]int{
			"nothing has changed since ": 2,
			"db/orders was ":             1,
			"new finding: tcp/refused":   1,
			"tcp/refused (new)":          1,
			"; was ":                     1,
		} {
			if got := strings.Count(out.String(), text); got != want {
				t.Errorf("%q stands %d times, want %d", text, got, want)
			}
		}
		if want := "probe: nothing is read\n"; errs.String() != want {
			t.Errorf("errors: got %q, want %q", errs.String(), want)
		}
		if t.Failed() {
			t.Log(out.String())
		}
	})
}

func TestRepeatThatNeverStarts(t *testing.T) {
	failure := errors.New("no Region")
	turn := watch.Turn{Config: config.Default(), Now: time.Now, Collect: func(context.Context) (inventory.Snapshot, error) { return inventory.Snapshot{}, failure }}
	err := checkFlags{interval: time.Minute}.repeat(t.Context(), streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}}, turn)
	if !errors.Is(err, failure) {
		t.Errorf("got %v, want the first run's error", err)
	}
}
