package tcp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/tcp"
)

const limit = 2 * time.Second

func listen(t *testing.T) (net.Listener, netip.AddrPort) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, netip.MustParseAddrPort(l.Addr().String())
}

func TestConnect(t *testing.T) {
	_, addr := listen(t)
	conn, step := tcp.Dialer{AllowLoopback: true}.Connect(t.Context(), addr, limit)
	if conn == nil {
		t.Fatalf("%+v", step)
	}
	defer conn.Close()
	if step.Operation != netpath.OpConnect || step.Address != addr || step.Failure != "" || step.Duration <= 0 {
		t.Errorf("%+v", step)
	}
	if step.RTT <= 0 {
		t.Error("no round-trip time from the kernel (TCP_INFO)")
	}
	if got := tcp.Local(conn); got != addr.Addr() {
		t.Errorf("local address %v", got)
	}
}

func TestConnectRefused(t *testing.T) {
	l, addr := listen(t)
	l.Close()
	conn, step := tcp.Dialer{AllowLoopback: true}.Connect(t.Context(), addr, limit)
	if conn != nil || step.Failure != netpath.FailureRefused {
		t.Errorf("%v %+v", conn, step)
	}
}

func TestConnectRefusesLoopbackWithoutAPacket(t *testing.T) {
	_, addr := listen(t)
	conn, step := tcp.Dialer{}.Connect(t.Context(), addr, limit)
	if conn != nil || step.Failure != netpath.FailureNotPermitted {
		t.Errorf("%v %+v", conn, step)
	}
}

// A full accept queue drops the SYN, as a security group does.
func TestConnectTimesOutOnTime(t *testing.T) {
	addr := fullQueue(t)
	const short = 200 * time.Millisecond
	conn, step := tcp.Dialer{AllowLoopback: true}.Connect(t.Context(), addr, short)
	if conn != nil {
		conn.Close()
	}
	if step.Failure != netpath.FailureTimeout || step.Detail != "no answer within 200ms" {
		t.Errorf("%+v", step)
	}
	if step.Duration > short*11/10+50*time.Millisecond {
		t.Errorf("overran to %v", step.Duration)
	}
}

func TestConnectCancelledIsNotATimeout(t *testing.T) {
	addr := fullQueue(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	conn, step := tcp.Dialer{AllowLoopback: true}.Connect(ctx, addr, limit)
	if conn != nil {
		conn.Close()
	}
	if step.Failure != netpath.FailureCancelled {
		t.Errorf("%+v", step)
	}
}

func fullQueue(t *testing.T) netip.AddrPort {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	at := name.(*syscall.SockaddrInet4)
	addr := netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port))
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return addr
}

// errno of ICMP errors: icmp(7), tcp(7), net/ipv4/icmp.c of Linux.
func TestClassify(t *testing.T) {
	for _, test := range []struct {
		err  error
		want netpath.Failure
	}{
		{nil, ""},
		{syscall.ECONNREFUSED, netpath.FailureRefused},
		{syscall.EHOSTUNREACH, netpath.FailureRejected},
		{syscall.EACCES, netpath.FailureRejected},
		{syscall.ENETUNREACH, netpath.FailureNetworkUnreachable},
		{syscall.ECONNRESET, netpath.FailureReset},
		{syscall.EPIPE, netpath.FailureReset},
		{syscall.ETIMEDOUT, netpath.FailureTimeout},
		{os.ErrDeadlineExceeded, netpath.FailureTimeout},
		{context.DeadlineExceeded, netpath.FailureTimeout},
		{context.Canceled, netpath.FailureCancelled},
		{io.EOF, netpath.FailureClosed},
		{io.ErrUnexpectedEOF, netpath.FailureClosed},
		{syscall.EADDRNOTAVAIL, netpath.FailureOther},
		{errors.New("connection refused"), netpath.FailureOther},
	} {
		t.Run(fmt.Sprint(test.err), func(t *testing.T) {
			err := test.err
			if err != nil {
				err = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
			}
			if got := tcp.Classify(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got := tcp.Within(ctx, netpath.FailureTimeout); got != netpath.FailureTimeout {
			t.Errorf("step's own limit: %q", got)
		}
		<-ctx.Done()
		if got := tcp.Within(ctx, netpath.FailureTimeout); got != netpath.FailureCancelled {
			t.Errorf("the run's limit: %q", got)
		}
		if got := tcp.Within(ctx, netpath.FailureRefused); got != netpath.FailureRefused {
			t.Errorf("an answer just in time: %q", got)
		}
	})
}

func TestReadInfoOfSomethingElse(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if info, ok := tcp.ReadInfo(a); ok {
		t.Errorf("%+v", info)
	}
}
