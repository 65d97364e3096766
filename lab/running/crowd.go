package running

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// errorsEach are the connections that end before a login, of each host that has
// such: one more than a max_connect_errors of 1 forgives.
const errorsEach = 2

// patience is how long a database may take to answer the lab.
const patience = 10 * time.Second

// crowd holds the sessions of a database's other clients, and has the
// connections end that others opened without logging in.
func (r *World) crowd(ctx context.Context, own *netns.Namespace, s world.Service, at netip.AddrPort) error {
	for range s.Sessions {
		c, err := own.Dial(ctx, "tcp4", at.String())
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.closers = append(r.closers, func() error { _ = c.Close(); return nil })
		r.mu.Unlock()
		if err := occupy(ctx, c, s.Type); err != nil {
			return fmt.Errorf("session at %s: %w", at, err)
		}
	}
	for _, name := range s.ErrorsFrom {
		space, ok := r.fabric.Namespace(name)
		if !ok {
			return fmt.Errorf("no host %q", name)
		}
		for range errorsEach {
			if err := giveUp(ctx, space, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// occupy brings a connection as far as it takes one of the server's places: with
// PostgreSQL a start-up message that is answered, with MariaDB the greeting.
func occupy(ctx context.Context, c net.Conn, kind world.ServiceType) error {
	_ = c.SetDeadline(time.Now().Add(patience))
	answer := make([]byte, 1)
	if kind == world.ServicePostgres {
		if _, err := c.Write([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}); err != nil { // SSLRequest
			return err
		}
		if _, err := io.ReadFull(c, answer); err != nil {
			return err
		}
		secured := tls.Client(c, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the lab's own server, whatever certificate it shows
		if err := secured.HandshakeContext(ctx); err != nil {
			return err
		}
		const body = "\x00\x03\x00\x00user\x00orders\x00database\x00orders\x00\x00"
		if _, err := secured.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)); err != nil {
			return err
		}
		if _, err := io.ReadFull(secured, answer); err != nil {
			return err
		}
		return c.SetDeadline(time.Time{})
	}
	if _, err := io.ReadFull(c, answer); err != nil {
		return err
	}
	return c.SetDeadline(time.Time{})
}

// giveUp connects, hears the greeting, and ends.
func giveUp(ctx context.Context, from *netns.Namespace, at netip.AddrPort) error {
	c, err := from.Dial(ctx, "tcp4", at.String())
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // that is the point
	_ = c.SetDeadline(time.Now().Add(patience))
	_, err = io.ReadFull(c, make([]byte, 1))
	return err
}
