package probes

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/invoke"
	"github.com/agentcore-probe/probe/probes/roundtrip"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// trial is a second conversation with one address in which every packet is
// small, both ways. It is begun while the first one is stuck behind its
// connection, and ends with it at the latest.
type trial struct {
	cancel context.CancelFunc
	done   chan *attempt // nil where it was not needed
}

// talk speaks the protocol, and where the handshake hangs, tells packets that
// are too large for the path from a peer that says nothing: then the same goes
// through in small segments. A handshake is larger than a packet of 1500 bytes
// in both directions, so one that passes needs no trial.
func (a *attempt) talk(ctx context.Context, speak func(*attempt, context.Context)) {
	size := a.segmentSize() // a handshake that hangs may close the connection
	small := a.prepare(ctx, speak)
	a.shaken = small.cancel
	speak(a, ctx)
	if a.Hops[netpath.HopTLS].Failure != netpath.FailureTimeout {
		small.cancel()
		<-small.done
		return
	}
	small.expire()
	passed := <-small.done
	if passed == nil || !shows(passed.Hops[netpath.HopTLS]) {
		return
	}
	e := a.Hops[netpath.HopTCP]
	e.Status, e.Failure = netpath.StatusFail, netpath.FailureMTU
	e.Detail = fmt.Sprintf("connected; the handshake hangs with full segments and passes with segments of %d bytes", segment(a.Address.Addr()))
	addFacts(&e, netpath.Facts{"small_segment": strconv.Itoa(segment(a.Address.Addr())), "segment": strconv.Itoa(size)})
	delete(passed.Hops, netpath.HopTCP)
	delete(a.Hops, netpath.HopTLS)
	maps.Copy(a.Hops, passed.Hops)
	a.Hops[netpath.HopTCP] = e
}

// shows reports whether the peer's certificate came through, good or not.
func shows(tls netpath.Evidence) bool {
	switch tls.Failure {
	case netpath.FailureTLSUntrusted, netpath.FailureTLSName, netpath.FailureTLSExpired, netpath.FailureTLSNotYetValid:
		return true
	}
	return tls.Status == netpath.StatusPass
}

func (a *attempt) segmentSize() int {
	info, _ := tcp.ReadInfo(a.conn)
	return info.Segment
}

// prepare waits until a handshake should long have ended, and then tries the
// same in small segments. It costs the other side nothing that a cheap
// invocation does not.
func (a *attempt) prepare(ctx context.Context, speak func(*attempt, context.Context)) trial {
	ctx, cancel := context.WithCancel(ctx)
	t := trial{cancel: cancel, done: make(chan *attempt, 1)}
	b := &attempt{prober: a.prober, path: a.path, shaken: func() {}}
	b.Address, b.Hops = a.Address, map[netpath.HopName]netpath.Evidence{}
	b.prober.Dialer.Segment = segment(a.Address.Addr())
	if b.prober.Level == invoke.LevelInvoke {
		b.prober.Level = invoke.LevelAuth
	}
	late := a.prober.Timeouts.Handshake / firstRetry
	go func() {
		defer cancel()
		select {
		case <-ctx.Done():
			t.done <- nil
			return
		case <-time.After(late):
		}
		if !a.mayRepeat() || !b.connect(ctx) {
			t.done <- nil
			return
		}
		defer func() { _ = b.conn.Close() }()
		speak(b, ctx)
		t.done <- b
	}()
	return t
}

// expire ends a trial that is still under way a moment after the conversation
// that it stands beside.
func (t trial) expire() { time.AfterFunc(grace, t.cancel) }

// grace is what a trial may take longer than the conversation beside it.
const grace = 100 * time.Millisecond

// ordinary is the largest segment of a path of 1500 bytes, jumbo that of one of
// 9001 (RFC 791, RFC 9293). A handshake fills more than one of the ordinary ones.
const ordinary, jumbo = 1460, 8961

// stretch sends a request that is larger than a segment where the handshake was
// smaller than one: on paths with jumbo frames (9001 bytes within a VPC, 8500
// through endpoints and transit gateways; "Network maximum transmission unit").
// The header is padded; whatever is answered proves that it arrived.
func (a *attempt) stretch(ctx context.Context) {
	hop := a.Hops[netpath.HopTCP]
	size := a.segmentSize()
	if size <= ordinary || size > jumbo || a.path.Target.Protocol != netpath.ProtocolHTTPS || a.Hops[netpath.HopTLS].Status != netpath.StatusPass || hop.Status != netpath.StatusPass {
		return
	}
	conn, steps := a.again(ctx)
	a.Steps = append(a.Steps, steps...)
	if conn == nil {
		return
	}
	defer func() { _ = conn.Close() }()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+a.serverName()+"/", nil)
	if err != nil {
		return
	}
	request.Header.Set("X-Padding", string(bytes.Repeat([]byte("x"), size+padding)))
	reply, step := roundtrip.Do(ctx, &whole{Conn: conn}, request, a.prober.Timeouts.Handshake)
	a.Steps = append(a.Steps, step)
	switch {
	case reply.Status != 0:
		hop.Detail += fmt.Sprintf("; a request of %d bytes passes", size+padding)
	case step.Failure == netpath.FailureTimeout:
		hop.Flaws = append(hop.Flaws, netpath.FailureMTU)
		hop.Detail += fmt.Sprintf("; small requests pass, one of %d bytes gets no answer", size+padding)
		addFacts(&hop, netpath.Facts{"segment": strconv.Itoa(size)})
	}
	a.Hops[netpath.HopTCP] = hop
}

// whole sends what is written to it in one piece, before it reads: a large
// request is then one record, and on the way full segments.
type whole struct {
	net.Conn
	pending bytes.Buffer
}

func (w *whole) Write(p []byte) (int, error) { return w.pending.Write(p) }

func (w *whole) Read(p []byte) (int, error) {
	if w.pending.Len() > 0 {
		if _, err := w.pending.WriteTo(w.Conn); err != nil {
			return 0, err
		}
	}
	return w.Conn.Read(p)
}

// padding is by how much a large request is larger than a segment.
const padding = 512
