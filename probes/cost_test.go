package probes_test

import (
	"net/http"
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
