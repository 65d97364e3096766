package probes_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	mdns "github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/netpath"
)

// unsteady is a resolver that leaves the first question and each nth after it
// unanswered, and answers the others late.
func unsteady(t *testing.T, nth int, delay time.Duration) netip.AddrPort {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	count := 0
	started := make(chan struct{})
	server := &mdns.Server{PacketConn: packets, NotifyStartedFunc: func() { close(started) }, Handler: mdns.HandlerFunc(func(w mdns.ResponseWriter, q *mdns.Msg) {
		mu.Lock()
		lost := nth > 0 && count%nth == 0
		count++
		mu.Unlock()
		if lost {
			return
		}
		<-time.After(delay)
		m := new(mdns.Msg).SetReply(q)
		rr, _ := mdns.NewRR(q.Question[0].Name + " 60 IN A 127.0.0.1")
		m.Answer = append(m.Answer, rr)
		w.WriteMsg(m)
	})}
	done := make(chan struct{})
	go func() { defer close(done); server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { server.Shutdown(); <-done })
	return netip.MustParseAddrPort(packets.LocalAddr().String())
}

func TestUnsteadyResolvers(t *testing.T) {
	_, port, roots := front(t)
	for _, test := range []struct {
		about     string
		nth       int
		delay     time.Duration
		threshold time.Duration
		want      []netpath.Failure
		lost, of  string
	}{
		{"steady", 0, 0, time.Second, nil, "", ""},
		{"every other question is lost", 2, 0, time.Second, []netpath.Failure{netpath.FailureDNSUnanswered}, "3", "5"},
		{"one packet is no rate", 1000, 0, time.Second, nil, "", ""},
		{"slow", 0, 30 * time.Millisecond, 10 * time.Millisecond, []netpath.Failure{netpath.FailureDNSSlow}, "0", "4"},
		{"both", 2, 30 * time.Millisecond, 10 * time.Millisecond, []netpath.Failure{netpath.FailureDNSUnanswered, netpath.FailureDNSSlow}, "3", "5"},
	} {
		t.Run(test.about, func(t *testing.T) {
			p := prober(unsteady(t, test.nth, test.delay), roots)
			p.Thresholds.Resolve = test.threshold
			got := p.Observe(t.Context(), invocation(netpath.RoutePrivate, port, "127.0.0.1")).Resolver
			if diff := cmp.Diff(test.want, got.Flaws); diff != "" || got.Status != netpath.StatusPass {
				t.Errorf("%+v (-want +got):\n%s", got, diff)
			}
			if got.Facts["lost"] != test.lost || got.Facts["questions"] != test.of {
				t.Errorf("facts %v", got.Facts)
			}
		})
	}
}

// A certificate is expiring when it ends within the threshold (RFC 5280).
func TestExpiringCertificates(t *testing.T) {
	server, port, roots := front(t)
	left := time.Until(server.Certificate().NotAfter)
	for threshold, want := range map[time.Duration][]netpath.Failure{
		left - time.Hour: nil,
		left + time.Hour: {netpath.FailureTLSExpiring},
	} {
		p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), roots)
		p.Thresholds.Certificate = threshold
		got := p.Observe(t.Context(), invocation(netpath.RoutePrivate, port, "127.0.0.1")).Addresses[0].Hops[netpath.HopTLS]
		if diff := cmp.Diff(want, got.Flaws); diff != "" || got.Status != netpath.StatusPass {
			t.Errorf("%s: %+v", threshold, got)
		}
	}
}

// A peer that answers those connections only whose segments are small stands
// for a path that swallows large packets: the kernel tells it by TCP_MAXSEG
// (tcp(7)). One that never answers is no such path.
func TestLargePacketsVanish(t *testing.T) {
	certified, _, roots := front(t)
	for most, want := range map[int]string{
		536: "tcp fail mtu_black_hole, tls pass, service pass",
		1:   "tcp pass, tls fail timeout",
	} {
		port := onlySmall(t, most, certified.TLS.Certificates)
		p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), roots)
		p.Timeouts.Handshake = 300 * time.Millisecond
		path := netpath.Path{ID: "egress/x", Kind: netpath.KindEgress, Route: netpath.RoutePublic, Target: netpath.Target{Name: name, Port: port, Protocol: netpath.ProtocolHTTPS}}
		got := p.Observe(t.Context(), path)
		if ladder(got.Addresses[0]) != want {
			t.Errorf("%d: %s, want %s", most, ladder(got.Addresses[0]), want)
		}
		if limit := p.Timeouts.Handshake * 15 / 10; got.Duration > limit+200*time.Millisecond {
			t.Errorf("%d: took %s", most, got.Duration)
		}
	}
}

// onlySmall serves TLS to connections with segments of at most so many bytes.
func onlySmall(t *testing.T, most int, certificates []tls.Certificate) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	t.Cleanup(func() { l.Close() })
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(5 * time.Second))
				if maxSegment(t, conn) > most {
					conn.Read(make([]byte, 1<<16)) // swallowed
					conn.Read(make([]byte, 1))     // until the other side has enough
					return
				}
				secured := tls.Server(conn, &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS12})
				if n, _ := secured.Read(make([]byte, 4096)); n > 0 {
					secured.Write([]byte("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))
				}
			})
		}
	})
	return netip.MustParseAddrPort(l.Addr().String()).Port()
}

func maxSegment(t *testing.T, conn net.Conn) (size int) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { size, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG) })
	}
	if err != nil {
		t.Error(err)
	}
	return size
}
