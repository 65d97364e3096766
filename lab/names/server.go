package names

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// Server is a DNS service of a host, on UDP and TCP.
type Server struct {
	servers []*dns.Server
	ended   []chan error
}

// Serve answers for service number s of host in a running world, on one
// address. Answers follow the world's changes.
func Serve(ctx context.Context, live *world.Live, space *netns.Namespace, host string, s int, at netip.AddrPort) (*Server, error) {
	packets, err := space.ListenPacket(ctx, at)
	if err != nil {
		return nil, err
	}
	connections, err := space.Listen(ctx, at)
	if err != nil {
		return nil, errors.Join(err, packets.Close())
	}
	handler := dns.HandlerFunc(func(to dns.ResponseWriter, q *dns.Msg) {
		w := live.World()
		h, ok := w.Lab().Host(host)
		if !ok || s >= len(h.Services) {
			return
		}
		m := Answer(w, h, h.Services[s], q)
		if m == nil {
			return
		}
		fit(m, q, to.RemoteAddr())
		_ = to.WriteMsg(m) // whoever asked has gone
	})
	server := &Server{}
	server.start(&dns.Server{PacketConn: packets, Handler: handler})
	server.start(&dns.Server{Listener: connections, Handler: handler})
	return server, nil
}

// fit cuts an answer to what the client can take over UDP: 512 bytes, or what
// its EDNS option says (RFC 1035, RFC 6891).
func fit(m, q *dns.Msg, to net.Addr) {
	size := dns.MinMsgSize
	if opt := q.IsEdns0(); opt != nil {
		size = max(size, int(opt.UDPSize()))
		m.SetEdns0(4096, false)
	}
	if _, udp := to.(*net.UDPAddr); udp {
		m.Truncate(size)
	}
}

func (s *Server) start(one *dns.Server) {
	ended, up := make(chan error, 1), make(chan struct{})
	one.NotifyStartedFunc = func() { close(up) }
	go func() { ended <- one.ActivateAndServe() }()
	select {
	case <-up:
	case err := <-ended:
		ended <- err
	}
	s.servers, s.ended = append(s.servers, one), append(s.ended, ended)
}

// Close stops the service.
func (s *Server) Close() error {
	var errs []error
	for i, one := range s.servers {
		errs = append(errs, one.Shutdown(), <-s.ended[i])
	}
	return errors.Join(errs...)
}
