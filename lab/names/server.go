package names

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

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
	var questions tally
	handler := dns.HandlerFunc(func(to dns.ResponseWriter, q *dns.Msg) {
		w := live.World()
		h, ok := w.Lab().Host(host)
		if !ok || s >= len(h.Services) {
			return
		}
		m := Answer(w, h, h.Services[s], q)
		_, overUDP := to.RemoteAddr().(*net.UDPAddr)
		if m == nil || !questions.suffer(ctx, h, q, m, overUDP) {
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

// tally counts questions by the name of the override that they meet.
type tally struct {
	mu    sync.Mutex
	count map[string]int
}

func (t *tally) next(name string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count == nil {
		t.count = map[string]int{}
	}
	t.count[name]++
	return t.count[name] - 1
}

// suffer does to an answer what the override of its name says beside the
// content: it may come late, be cut, or not come at all.
func (t *tally) suffer(ctx context.Context, h world.Host, q, m *dns.Msg, overUDP bool) bool {
	if len(q.Question) != 1 {
		return true
	}
	o, _ := override(h.DNS, fqdn(q.Question[0].Name))
	if o.DropEvery > 0 && t.next(o.Name)%o.DropEvery == 0 {
		return false
	}
	if o.Truncated && overUDP {
		m.Truncated, m.Answer, m.Ns, m.Extra = true, nil, nil, nil
	}
	if o.DelayMilliseconds > 0 {
		select {
		case <-time.After(time.Duration(o.DelayMilliseconds) * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return true
}

// fit cuts an answer to what the client can take over UDP: 512 bytes, or what
// its EDNS option says (RFC 1035, RFC 6891).
func fit(m, q *dns.Msg, to net.Addr) {
	size := dns.MinMsgSize
	if opt := q.IsEdns0(); opt != nil {
		size = max(size, int(opt.UDPSize()))
		m.SetEdns0(4096, false)
	}
	if _, udp := to.(*net.UDPAddr); udp && !m.Truncated {
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
