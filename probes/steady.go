package probes

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// firstRetry is the part of the connect limit after which a connection that has
// heard nothing is joined by others: with the default limit the second after
// which TCP repeats its first packet (RFC 6298, 2.1).
const firstRetry = 3

// tally counts connections to one address, the path's own and those that were
// only opened to measure a rate.
type tally struct {
	tried    int
	failed   int // no answer at all
	repeated int // the first packet, or the last, had to be sent again
	resent   int // segments that the path's own connection sent again later on
	sampled  bool
}

func (t *tally) add(conn net.Conn, failure netpath.Failure) {
	t.tried++
	switch {
	case conn == nil && failure == netpath.FailureTimeout:
		t.failed++
	case conn != nil:
		t.repeated += min(1, resent(conn))
	}
}

// resent counts the segments that a connection had to send again, without those
// that had arrived all the same.
func resent(conn net.Conn) int {
	info, _ := tcp.ReadInfo(conn)
	return max(0, info.Retransmits-info.Needless)
}

func (t *tally) lost() int { return t.failed + t.repeated + t.resent }

// flaw is packet_loss where more than one packet got lost and others arrived.
func (t *tally) flaw() netpath.Failure {
	if t.lost() < 2 || t.failed == t.tried {
		return ""
	}
	return netpath.FailureLoss
}

// words say which kind of loss it is: a single packet that gets lost is repeated
// a second later and passes; a connection that is refused silently, as by a NAT
// gateway without a free port, fails whatever is repeated.
func (t *tally) words() (kind, detail string) {
	if t.repeated+t.resent == 0 {
		return "connections", fmt.Sprintf("%d of %d connections got no answer, the others stood at once", t.failed, t.tried)
	}
	detail = fmt.Sprintf("%d of %d connections lost a packet at their beginning or end", t.failed+t.repeated, t.tried)
	if t.resent > 0 {
		detail += fmt.Sprintf(", and %d more segments had to be sent again", t.resent)
	}
	return "packets", detail
}

// opened is a connection that was tried.
type opened struct {
	conn net.Conn
	step netpath.Step
}

// open connects to the address. While the first packet stays unanswered others
// are sent along, so that at the end of the time limit it is known whether
// nothing passes or only this did not. The first connection that stands is
// returned, the others are closed.
func (a *attempt) open(ctx context.Context) (net.Conn, netpath.Step) {
	limit := a.prober.Timeouts.Connect
	start := time.Now()
	first := make(chan opened, 1)
	go func() {
		conn, step := a.prober.Dialer.Connect(ctx, a.Address, limit)
		first <- opened{conn, step}
	}()
	retry := time.NewTimer(limit / firstRetry)
	defer retry.Stop()
	select {
	case own := <-first:
		a.tally.add(own.conn, own.step.Failure)
		return own.conn, own.step
	case <-retry.C:
	}
	var others []opened
	if a.mayRepeat() {
		others = a.more(ctx, limit-limit/firstRetry)
	}
	own := <-first
	a.tally.add(own.conn, own.step.Failure)
	for i, other := range others {
		if own.conn == nil && other.conn != nil {
			a.tally.add(other.conn, "")
			others = slices.Delete(others, i, i+1)
			own = other
			break
		}
	}
	a.count(others)
	if a.tally.lost() == 1 && len(others) > 0 {
		a.count(a.more(ctx, limit-limit/firstRetry)) // one packet is no rate
	}
	own.step.Start, own.step.Duration = start, time.Since(start)
	return own.conn, own.step
}

// more opens as many connections at once as a rate is measured by.
func (a *attempt) more(ctx context.Context, limit time.Duration) []opened {
	others := make([]opened, a.prober.Samples)
	var group sync.WaitGroup
	for i := range others {
		group.Go(func() { others[i].conn, others[i].step = a.prober.Dialer.Connect(ctx, a.Address, limit) })
	}
	group.Wait()
	return others
}

// count ends connections, and counts them. Each is closed from our end first and
// waits for the other's: so a packet that gets lost at the end shows as well.
func (a *attempt) count(all []opened) {
	var group sync.WaitGroup
	for _, one := range all {
		if one.conn != nil {
			group.Go(func() { finish(one.conn) })
		}
	}
	group.Wait()
	for _, one := range all {
		a.tally.add(one.conn, one.step.Failure)
		if one.conn != nil {
			_ = one.conn.Close()
		}
	}
	a.tally.sampled = a.tally.sampled || len(all) > 0
}

// farewell is how long the other side is waited for: longer than it takes until
// a lost packet is sent again (200 ms at least, as Linux has it).
const farewell = 300 * time.Millisecond

func finish(conn net.Conn) {
	if half, ok := conn.(*net.TCPConn); ok {
		_ = half.CloseWrite()
		_ = half.SetReadDeadline(time.Now().Add(farewell))
		_, _ = half.Read(make([]byte, 1)) // whatever comes, or nothing
	}
}

// mayRepeat reports whether connections that say nothing do the other side no
// harm: MySQL counts them against this host.
func (a *attempt) mayRepeat() bool { return a.path.Target.Protocol != netpath.ProtocolMySQL }

// steady looks back at a conversation: if segments were lost on the way, or a
// later connection got no answer, the rate is measured with some more
// connections.
func (a *attempt) steady(ctx context.Context) {
	hop, stood := a.Hops[netpath.HopTCP]
	if !stood || hop.Status != netpath.StatusPass || ctx.Err() != nil {
		return
	}
	if (resent(a.conn) > 0 || a.tally.lost() > 0) && !a.tally.sampled && a.mayRepeat() {
		start := time.Now()
		a.count(a.more(ctx, a.prober.Timeouts.Connect-a.prober.Timeouts.Connect/firstRetry))
		a.Steps = append(a.Steps, netpath.Step{
			Operation: netpath.OpConnect, Start: start, Duration: time.Since(start), Address: a.Address,
			Detail: strconv.Itoa(a.prober.Samples) + " connections to measure the rate of losses",
		})
	}
	a.tally.resent = max(0, resent(a.conn)-a.began)
	if flaw := a.tally.flaw(); flaw != "" && ctx.Err() == nil {
		kind, detail := a.tally.words()
		hop.Flaws = append(hop.Flaws, flaw)
		hop.Detail += "; " + detail
		addFacts(&hop, netpath.Facts{"lost": strconv.Itoa(a.tally.lost()), "samples": strconv.Itoa(a.tally.tried), "loses": kind, "losses": detail})
		a.Hops[netpath.HopTCP] = hop
	}
}

// segment is the least that every host takes: 536 bytes of payload, 1220 over
// IPv6 (RFC 9293, 3.7.1).
func segment(to netip.Addr) int {
	if to.Unmap().Is4() {
		return 536
	}
	return 1220
}
