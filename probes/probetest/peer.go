// Package probetest has the other end of a connection for the tests of probes.
package probetest

import (
	"net"
	"sync"
	"testing"
)

// Peer runs handle as the server of one TCP connection on loopback and returns
// the client's end. Both ends are closed, and handle has returned, when the
// test ends.
func Peer(t *testing.T, handle func(net.Conn)) net.Conn {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	group.Go(func() {
		defer func() { _ = l.Close() }()
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		handle(conn)
	})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
