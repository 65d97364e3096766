// Package netns makes network namespaces and does things within them: opens
// sockets, starts commands, writes kernel settings.
//
// A namespace lives as long as a Namespace or a socket or process in it is
// open; nothing is mounted, so nothing is left behind.
package netns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// Namespace is a network namespace.
type Namespace struct {
	file *os.File
	once sync.Once
}

// New makes a network namespace. It needs CAP_SYS_ADMIN in the user namespace
// that the process is in.
func New() (*Namespace, error) {
	var made *os.File
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("a new network namespace: %w", err)
		}
		var err error
		made, err = current()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Namespace{file: made}, nil
}

// Fd returns the descriptor of the namespace. It is valid until Close.
func (n *Namespace) Fd() int { return int(n.file.Fd()) }

// Close lets go of the namespace.
func (n *Namespace) Close() error {
	var err error
	n.once.Do(func() { err = n.file.Close() })
	return err
}

// Do calls f on a thread that is in the namespace. Sockets that f opens and
// processes that it starts belong to the namespace; goroutines that it starts
// do not.
func (n *Namespace) Do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(n.Fd(), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter a network namespace: %w", err)
		}
		return f()
	})
}

// Listen listens on TCP.
func (n *Namespace) Listen(ctx context.Context, address netip.AddrPort) (l net.Listener, err error) {
	err = n.Do(func() error {
		l, err = (&net.ListenConfig{}).Listen(ctx, "tcp"+version(address.Addr()), address.String())
		return err
	})
	return l, err
}

// ListenPacket listens on UDP.
func (n *Namespace) ListenPacket(ctx context.Context, address netip.AddrPort) (c net.PacketConn, err error) {
	err = n.Do(func() error {
		c, err = (&net.ListenConfig{}).ListenPacket(ctx, "udp"+version(address.Addr()), address.String())
		return err
	})
	return c, err
}

// version is that of an address, as it stands in names of networks.
func version(a netip.Addr) string {
	if a.Is4() {
		return "4"
	}
	return "6"
}

// Dial dials an address, that must be an IP address and a port.
func (n *Namespace) Dial(ctx context.Context, network, address string) (c net.Conn, err error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	err = n.Do(func() error {
		c, err = (&net.Dialer{}).DialContext(ctx, network, to.String())
		return err
	})
	return c, err
}

// Set writes a kernel setting of the namespace: net.ipv4.ip_forward and the
// like, the path below /proc/sys/net.
func (n *Namespace) Set(setting string, value int) error {
	return n.Do(func() error {
		return os.WriteFile("/proc/sys/net/"+setting, []byte(strconv.Itoa(value)), 0)
	})
}

// onThread calls f on a thread of its own, whose namespace f may change. A
// thread that cannot return to where it was is not used again.
func onThread(f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		home, err := current()
		if err != nil {
			result <- err
			return
		}
		defer home.Close() //nolint:errcheck // opened to be read
		err = f()
		back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET)
		if back == nil {
			runtime.UnlockOSThread()
		}
		result <- errors.Join(err, back)
	}()
	return <-result
}

func current() (*os.File, error) {
	return os.Open("/proc/thread-self/ns/net")
}
