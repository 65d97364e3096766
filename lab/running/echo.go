package running

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/agentcore-probe/probe/lab/netns"
)

// echo sends back what it gets (RFC 862).
func (r *World) echo(ctx context.Context, space *netns.Namespace, at netip.AddrPort) (func() error, error) {
	listener, err := space.Listen(ctx, at)
	if err != nil {
		return nil, err
	}
	ended, end := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { repeat(ended, c) })
		}
	})
	return func() error {
		end()
		err := listener.Close()
		serving.Wait()
		return err
	}, nil
}

func repeat(ended context.Context, c net.Conn) {
	stop := context.AfterFunc(ended, func() { _ = c.Close() })
	defer stop()
	_, err := io.Copy(c, c)
	_ = errors.Join(err, c.Close()) // the client has gone
}
