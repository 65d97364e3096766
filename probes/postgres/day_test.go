package postgres_test

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes"
	"github.com/agentcore-probe/probe/probes/cost"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// A day of serve, run fast, leaves in the log of a real server at its default
// settings what is declared: nothing. Neither do an hour's runs in which each
// measures the rate of losses with connections that say nothing.
func TestADayOfServe(t *testing.T) {
	s := start(t, "ssl=on")
	at := netip.MustParseAddrPort(s.addr)
	p := probes.Prober{Dialer: tcp.Dialer{AllowLoopback: true}, Roots: s.roots, Now: time.Now}
	path := netpath.Path{ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{
		Port: at.Port(), Protocol: netpath.ProtocolPostgres, Addresses: []netip.Addr{at.Addr()},
	}}
	day := cost.Postgres.Day()
	for range day {
		got := p.Observe(t.Context(), path)
		if hop := got.Addresses[0].Hops[netpath.HopDatabase]; hop.Status != netpath.StatusPass {
			t.Fatalf("%+v", got)
		}
	}
	for range day / 24 * config.Default().Samples {
		silent(t, s.addr)
	}
	if got := s.lines(t); len(got) != day*cost.Postgres.LogLines {
		t.Errorf("%d probes: %d lines, declared %d:\n%s", day, len(got), day*cost.Postgres.LogLines, strings.Join(got, "\n"))
	}
}

// silent connects and ends as the connections do that measure a rate: our end
// first, and then the server's is waited for.
func silent(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Fatal(err)
	}
}
