package postgres_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/postgres"
	"github.com/agentcore-probe/probe/probes/tls"
)

// A real server lets an account in, refuses another, and says whether it takes
// writes; it logs what the package declares.
func TestLoginToARealServer(t *testing.T) {
	for _, test := range []struct {
		label    string
		settings []string
		login    postgres.Login
		writes   bool
		want     netpath.Failure
		lines    int
	}{
		{"accepted", nil, postgres.Login{User: "probe", Database: "postgres"}, true, "", postgres.CostLoginLogLines},
		{"no such account", nil, postgres.Login{User: "nobody", Password: "s3cret", Database: "postgres"}, true, netpath.FailureLogin, postgres.CostDeniedLogLines},
		{"read-only", []string{"default_transaction_read_only=on"}, postgres.Login{User: "probe", Database: "postgres"}, true, netpath.FailureReadOnly, postgres.CostLoginLogLines},
		{"read-only, and a reader is meant", []string{"default_transaction_read_only=on"}, postgres.Login{User: "probe", Database: "postgres"}, false, "", postgres.CostLoginLogLines},
	} {
		t.Run(test.label, func(t *testing.T) {
			t.Parallel()
			s := start(t, append(test.settings, "ssl=on")...)
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			client := postgres.Client{
				TLS:   tls.Client{Name: "db.example", Roots: s.roots, Limit: 5 * time.Second},
				Limit: 5 * time.Second, Login: test.login, Writes: test.writes,
			}
			got := client.Probe(t.Context(), conn)
			if got.Database.Failure != test.want || got.TLS.Status != netpath.StatusPass || (test.want == "") != (got.Database.Status == netpath.StatusPass) {
				t.Errorf("%+v", got)
			}
			if lines := s.lines(t); len(lines) != test.lines {
				t.Errorf("%d lines, declared %d:\n%s", len(lines), test.lines, strings.Join(lines, "\n"))
			}
		})
	}
}
