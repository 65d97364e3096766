package mysql_test

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes"
	"github.com/agentcore-probe/probe/probes/cost"
	"github.com/agentcore-probe/probe/probes/mysql"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// counters are what MariaDB counts.
type counters struct{ connections, aborted, hostErrors int }

func (s *mariadb) ask(t *testing.T, query string) string {
	t.Helper()
	out, err := s.command("mariadb", "--no-defaults", "--socket="+s.file("socket"), "--user=root", "--skip-column-names", "--batch", "--execute="+query).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", query, err, out)
	}
	return strings.TrimSpace(string(out))
}

// count reads the server's counters; those of a host are empty until it has one
// error that counts (performance_schema.host_cache).
func (s *mariadb) count(t *testing.T, from string) counters {
	t.Helper()
	number := func(query string) int {
		n, _ := strconv.Atoi(s.ask(t, query))
		return n
	}
	status := "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME="
	c := counters{
		hostErrors: number("SELECT SUM_CONNECT_ERRORS FROM performance_schema.host_cache WHERE IP='" + from + "'"),
		aborted:    number(status + "'ABORTED_CONNECTS'"),
	}
	c.connections = number(status + "'CONNECTIONS'")
	return c
}

// questions are the connections that count makes itself up to its reading of
// the connections, that one included.
const questions = 3

// maxConnectErrors is the default of max_connect_errors, up to which the errors
// of a host are counted; one that is under way at that moment may come on top.
const maxConnectErrors = 100

// aYear is how often serve connects in a year to a server that counts it: once a
// week, and some more for changes and restarts.
const aYear = 60

// A day of serve, run fast, at the default settings of both, and a year of
// connections without a login: what the server counts and logs is what is declared,
// and the host can log in afterwards. The careless way, a connection without a login
// as often as one with it, shuts it out.
func TestADayOfServe(t *testing.T) {
	s := start(t, "--performance-schema=ON")
	account := mysql.Login{User: "probe", Password: "right"}
	aDay := cost.MySQLLogin.Day()
	for _, test := range []struct {
		label   string
		from    string
		account probes.Account
		once    bool
		runs    int
		made    int // connections
		cost    cost.Cost
		after   netpath.Failure // of a login
	}{
		{"no login is configured", "127.0.0.11", probes.Account{}, false, aDay, 0, cost.MySQL, ""},
		{"no login is configured, a year", "127.0.0.14", probes.Account{}, true, aYear, aYear, cost.MySQL, ""},
		{"with a login", "127.0.0.12", probes.Account{Login: account}, false, aDay, aDay * cost.MySQLLogin.Connections, cost.MySQLLogin, ""},
		{"the careless way", "127.0.0.13", probes.Account{WithoutLogin: true}, false, aDay, aDay * cost.MySQLWithoutLogin.Connections, cost.MySQLWithoutLogin, netpath.FailureHostBlocked},
	} {
		t.Run(test.label, func(t *testing.T) {
			before := s.count(t, test.from)
			p := probes.Prober{
				Dialer: tcp.Dialer{AllowLoopback: true, Source: netip.MustParseAddr(test.from)}, Roots: s.roots, Now: time.Now,
				Accounts: map[string]probes.Account{"db/carts": test.account}, Once: test.once,
			}
			for range test.runs {
				p.Observe(t.Context(), s.path())
			}
			s.settle(t, test.from, test.made*test.cost.LogLines)
			after := s.count(t, test.from)
			want := counters{
				connections: test.made + questions, aborted: test.made * test.cost.Errors,
				hostErrors: min(test.made*test.cost.Errors, maxConnectErrors),
			}
			got := counters{after.connections - before.connections, after.aborted - before.aborted, min(after.hostErrors, maxConnectErrors) - before.hostErrors}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(counters{})); diff != "" {
				t.Errorf("the server's counters (-declared +counted):\n%s", diff)
			}
			if lines := s.warnings(t, test.from); lines != test.made*test.cost.LogLines {
				t.Errorf("%d lines in the log, declared %d", lines, test.made*test.cost.LogLines)
			}
			if failure := s.probe(t, test.from, account); failure != test.after {
				t.Errorf("a login afterwards: %q, want %q", failure, test.after)
			}
			t.Logf("%d runs: %+v", test.runs, got)
		})
	}
}

func (s *mariadb) path() netpath.Path {
	at := netip.MustParseAddrPort(s.addr)
	return netpath.Path{ID: "db/carts", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{
		Port: at.Port(), Protocol: netpath.ProtocolMySQL, Addresses: []netip.Addr{at.Addr()},
	}}
}
