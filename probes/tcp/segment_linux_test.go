package tcp_test

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/probes/tcp"
)

// The kernel at the other end says how large our segments may be: TCP_MAXSEG of
// the accepted connection, tcp(7).
func TestSegmentsAreSmallBothWays(t *testing.T) {
	l, addr := listen(t)
	for _, test := range []struct{ asked, most int }{{0, 1 << 16}, {536, 536}} {
		conn, step := tcp.Dialer{AllowLoopback: true, Segment: test.asked}.Connect(t.Context(), addr, limit)
		if conn == nil {
			t.Fatalf("%+v", step)
		}
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		theirs := maxSegment(t, accepted)
		info, ok := tcp.ReadInfo(conn)
		if !ok || theirs > test.most || info.Segment > test.most || theirs <= 0 || info.Segment <= 0 {
			t.Errorf("asked for %d: ours %d, theirs %d", test.asked, info.Segment, theirs)
		}
		_, _ = conn.Close(), accepted.Close()
	}
}

func maxSegment(t *testing.T, conn net.Conn) (size int) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { size, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return size
}
