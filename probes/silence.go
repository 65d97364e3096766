package probes

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/roundtrip"
)

// Keep-alives are sent ten times in the time of silence, and at least so seldom.
const (
	keepAlives   = 10
	minKeepAlive = time.Second
)

// idle leaves two connections silent for as long as is configured, one of them
// with TCP keep-alives, and then asks over both. The one without dies alone
// where something on the way forgets connections. A peer that closes what is
// idle closes both: that is no fault of the path.
func (a *attempt) idle(ctx context.Context) {
	hop := a.Hops[netpath.HopTCP]
	silence := a.prober.Silence
	if silence == 0 || a.path.Target.Protocol != netpath.ProtocolHTTPS || a.Hops[netpath.HopTLS].Status != netpath.StatusPass || hop.Status != netpath.StatusPass {
		return
	}
	kept := *a
	kept.prober.Dialer.KeepAlive = net.KeepAliveConfig{Enable: true, Idle: max(silence/keepAlives, minKeepAlive), Interval: max(silence/keepAlives, minKeepAlive), Count: keepAlives}
	start := time.Now()
	var silent, alive netpath.Failure
	var group sync.WaitGroup
	group.Go(func() { silent = lives(ctx, *a, silence) })
	group.Go(func() { alive = lives(ctx, kept, silence) })
	group.Wait()
	step := netpath.Step{Operation: netpath.OpRequest, Start: start, Duration: time.Since(start), Address: a.Address, Detail: fmt.Sprintf("after %s of silence", silence)}
	switch {
	case ctx.Err() != nil:
		return
	case alive == "" && (silent == netpath.FailureTimeout || silent == netpath.FailureReset):
		step.Failure = silent
		hop.Flaws = append(hop.Flaws, netpath.FailureIdle)
		hop.Detail += fmt.Sprintf("; a connection that was silent for %s is dead, one with keep-alives lives", silence)
		addFacts(&hop, netpath.Facts{"silence": silence.String()})
	case alive == "" && silent == "":
		hop.Detail += fmt.Sprintf("; a connection lives after %s of silence", silence)
	default:
		step.Detail += ": the peer itself ends idle connections"
	}
	a.Steps = append(a.Steps, step)
	a.Hops[netpath.HopTCP] = hop
}

// lives opens a connection, leaves it silent, and asks over it.
func lives(ctx context.Context, a attempt, silence time.Duration) netpath.Failure {
	conn, steps := a.again(ctx)
	if conn == nil {
		return steps[len(steps)-1].Failure
	}
	defer func() { _ = conn.Close() }()
	select {
	case <-ctx.Done():
		return netpath.FailureCancelled
	case <-time.After(silence):
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+a.serverName()+"/", nil)
	if err != nil {
		return netpath.FailureOther
	}
	_, step := roundtrip.Do(ctx, conn, request, a.prober.Timeouts.Handshake)
	return step.Failure
}
