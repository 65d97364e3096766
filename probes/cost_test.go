package probes_test

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/cost"
	"github.com/agentcore-probe/probe/probes/invoke"
)

// bill is what reaches a server: every connection has a request. A session is an
// invocation of an endpoint that exists.
type bill struct{ Connections, Requests, Sessions int }

// What a run costs a web server is what is declared.
func TestCostOfARun(t *testing.T) {
	resolver := names(t, map[string][]string{name: {"127.0.0.1"}})
	for _, test := range []struct {
		kind  netpath.Kind
		level invoke.Level
		cost  cost.Cost
	}{
		{netpath.KindInvoke, invoke.LevelReach, cost.InvokeReach},
		{netpath.KindInvoke, invoke.LevelAuth, cost.InvokeAuth},
		{netpath.KindInvoke, invoke.LevelInvoke, cost.InvokeBilled},
		{netpath.KindService, invoke.LevelAuth, cost.HTTPS},
	} {
		t.Run(test.cost.Probe, func(t *testing.T) {
			server, port, roots := front(t)
			var mu sync.Mutex
			var got bill
			connections := map[string]bool{}
			answer := server.Config.Handler
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				connections[r.RemoteAddr] = true
				got.Connections = len(connections)
				got.Requests++
				if strings.HasSuffix(r.URL.Path, "/invocations") && r.URL.Query().Get("qualifier") == "DEFAULT" {
					got.Sessions++
				}
				answer.ServeHTTP(w, r)
			})
			p := prober(resolver, roots)
			p.Level = test.level
			path := invocation(netpath.RoutePrivate, port, "127.0.0.1")
			path.Kind = test.kind
			p.Observe(t.Context(), path)
			want := bill{test.cost.Connections, test.cost.Requests, test.cost.Sessions}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-declared +counted):\n%s", diff)
			}
		})
	}
}

// A way out that should not be there is shown by a connection that says nothing.
func TestCostOfAWayOut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan int)
	connections := 0
	go func() {
		defer close(heard)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			said, _ := io.ReadAll(c)
			_ = c.Close()
			heard <- len(said)
		}
	}()
	at := netip.MustParseAddrPort(listener.Addr().String())
	p := prober(names(t, nil), nil)
	p.Observe(t.Context(), netpath.Path{Kind: netpath.KindEgress, Expect: netpath.ExpectUnreachable, Target: netpath.Target{
		Protocol: netpath.ProtocolTCP, Ways: []netpath.Way{{Addresses: []netip.Addr{at.Addr()}, Port: at.Port(), Protocol: netpath.ProtocolTCP}},
	}})
	requests := 0
	if bytes := <-heard; bytes > 0 {
		requests++
	}
	connections++
	_ = listener.Close()
	for range heard {
		connections++
	}
	if diff := cmp.Diff(bill{cost.Nowhere.Connections, cost.Nowhere.Requests, 0}, bill{connections, requests, 0}); diff != "" {
		t.Errorf("(-declared +counted):\n%s", diff)
	}
}
