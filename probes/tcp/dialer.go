// Package tcp opens connections for every probe: one dialer with the source
// address of the vantage, which refuses the addresses of this host and of its
// credentials, and which says why a connection did not come about.
package tcp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// Dialer opens connections. The zero value dials from the address that the
// kernel chooses.
type Dialer struct {
	Source        netip.Addr // the local address; the zero value leaves it to the kernel
	AllowLoopback bool       // for tests against local listeners only
	Segment       int        // bytes of payload that a packet carries at most, both ways (TCP_MAXSEG, tcp(7)); 0: as the path's MTU has it
	KeepAlive     net.KeepAliveConfig
}

// Connect opens a TCP connection to exactly this address within limit and
// records the step. conn is nil where step.Failure is set.
func (d Dialer) Connect(ctx context.Context, addr netip.AddrPort, limit time.Duration) (net.Conn, netpath.Step) {
	step := netpath.Step{Operation: netpath.OpConnect, Start: time.Now(), Address: addr}
	conn, err := d.dial(ctx, "tcp", addr, limit, destination)
	step.Duration = time.Since(step.Start)
	if err != nil {
		step.Failure = Within(ctx, Classify(err))
		step.Detail = Describe(step.Failure, err, limit)
		return nil, step
	}
	if info, ok := ReadInfo(conn); ok {
		step.RTT = info.RTT
		if info.Retransmits > 0 {
			step.Detail = fmt.Sprintf("connected after %d retransmissions", info.Retransmits)
		}
	}
	return conn, step
}

// Dial opens a connection over network "tcp" or "udp" to a destination.
func (d Dialer) Dial(ctx context.Context, network string, addr netip.AddrPort, limit time.Duration) (net.Conn, error) {
	return d.dial(ctx, network, addr, limit, destination)
}

// DialNameServer is Dial for a configured name server, which may be link-local
// (169.254.169.253) or on loopback (a stub resolver).
func (d Dialer) DialNameServer(ctx context.Context, network string, addr netip.AddrPort, limit time.Duration) (net.Conn, error) {
	return d.dial(ctx, network, addr, limit, nameServer)
}

func (d Dialer) dial(ctx context.Context, network string, addr netip.AddrPort, limit time.Duration, use scope) (net.Conn, error) {
	if err := d.permit(addr.Addr(), use); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dialer := net.Dialer{KeepAlive: -1, KeepAliveConfig: d.KeepAlive, Control: d.control(network)}
	if d.Source.IsValid() && d.Source.IsLoopback() == addr.Addr().IsLoopback() {
		dialer.LocalAddr = local(network, d.Source)
	}
	return dialer.DialContext(ctx, network, addr.String())
}

func local(network string, source netip.Addr) net.Addr {
	if network == "udp" {
		return net.UDPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
}

// Local returns the address that conn was opened from; the zero Addr where it
// has none.
func Local(conn net.Conn) netip.Addr {
	if conn == nil {
		return netip.Addr{}
	}
	return addrPort(conn.LocalAddr()).Addr()
}

// Remote returns the address that conn leads to; the zero AddrPort where it has
// none.
func Remote(conn net.Conn) netip.AddrPort { return addrPort(conn.RemoteAddr()) }

func addrPort(addr net.Addr) netip.AddrPort {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// Within corrects a failure by what ended the run: a step that was cut short
// by the caller's context was cancelled and did not time out.
func Within(ctx context.Context, failure netpath.Failure) netpath.Failure {
	if failure == netpath.FailureTimeout && Ended(ctx) || errors.Is(ctx.Err(), context.Canceled) {
		return netpath.FailureCancelled
	}
	return failure
}

// Ended reports whether the run is over. A deadline counts from its time on: a
// connection's own timer may fire before the context's does.
func Ended(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// Interrupt ends whatever waits on conn when ctx ends. The returned function
// takes that back.
func Interrupt(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0)) // fails on a closed connection only
	})
}
