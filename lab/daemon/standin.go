package daemon

import (
	"context"
	"net"
	"sync"
	"time"
)

// standInLimit is how long a client may stay at a stand-in.
const standInLimit = time.Minute

// StandIn serves the connections of a listener in place of a daemon that is not
// installed.
type StandIn struct {
	listener net.Listener
	cancel   context.CancelFunc
	serving  sync.WaitGroup
}

// NewStandIn serves each connection of l by a function; what that returns is the
// client's fault, or the client has gone.
func NewStandIn(l net.Listener, serve func(net.Conn) error) *StandIn {
	ctx, cancel := context.WithCancel(context.Background())
	s := &StandIn{listener: l, cancel: cancel}
	s.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.serving.Go(func() {
				defer c.Close() //nolint:errcheck // it is over either way
				stop := context.AfterFunc(ctx, func() { _ = c.Close() })
				defer stop()
				_ = c.SetDeadline(time.Now().Add(standInLimit))
				_ = serve(c)
			})
		}
	})
	return s
}

// Close ends all connections.
func (s *StandIn) Close() error {
	s.cancel()
	err := s.listener.Close()
	s.serving.Wait()
	return err
}
