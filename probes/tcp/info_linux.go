package tcp

import (
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ReadInfo asks the kernel about a connection (TCP_INFO, tcp(7)). ok is false
// where conn is not a kernel TCP connection.
func ReadInfo(conn net.Conn) (info Info, ok bool) {
	c, isSyscall := conn.(syscall.Conn)
	if !isSyscall {
		return Info{}, false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return Info{}, false
	}
	var t *unix.TCPInfo
	controlErr := raw.Control(func(fd uintptr) {
		t, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	})
	if controlErr != nil || err != nil {
		return Info{}, false
	}
	return Info{
		RTT:         time.Duration(t.Rtt) * time.Microsecond,
		Retransmits: int(t.Total_retrans),
		Needless:    int(t.Dsack_dups),
		Segment:     int(t.Snd_mss),
	}, true
}

// control limits the size of segments before the connection is made: the limit
// is announced to the peer too.
func (d Dialer) control(network string) func(string, string, syscall.RawConn) error {
	if d.Segment == 0 || network != "tcp" {
		return nil
	}
	return func(_, _ string, raw syscall.RawConn) error {
		var err error
		controlErr := raw.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, d.Segment)
		})
		return errors.Join(controlErr, err)
	}
}
