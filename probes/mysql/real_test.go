package mysql_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/mysql"
	"github.com/agentcore-probe/probe/probes/tls"
)

// mariadb is a real MariaDB on a loopback port. Errors of connections from
// 127.0.0.1 are not counted: the tests come from other addresses of 127.0.0.0/8.
type mariadb struct {
	dir, addr string
	roots     *x509.CertPool
	as        *syscall.SysProcAttr
}

func start(t *testing.T, settings ...string) *mariadb {
	t.Helper()
	for _, program := range []string{"mariadbd", "mariadb-install-db", "mariadb-admin", "mariadb"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("MariaDB is not installed: what probing costs a real server is not proven here")
		}
	}
	s := &mariadb{roots: x509.NewCertPool()}
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		owner, err := user.Lookup("mysql")
		if err != nil {
			t.Skip("no user mysql, and MariaDB refuses root: what probing costs a real server is not proven here")
		}
		uid, _ = strconv.Atoi(owner.Uid)
		gid, _ = strconv.Atoi(owner.Gid)
		s.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	dir, err := os.MkdirTemp("", "probe-mariadb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chown(dir, uid, gid)
	s.dir = dir
	s.certificate(t, uid, gid)
	s.run(t, "mariadb-install-db", "--no-defaults", "--datadir="+s.file("data"), "--auth-root-authentication-method=normal", "--skip-test-db")
	s.boot(t, settings)
	return s
}

func (s *mariadb) file(name string) string { return filepath.Join(s.dir, name) }

func (s *mariadb) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = s.dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}, s.as
	return cmd
}

func (s *mariadb) run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := s.command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// boot starts the server with every setting at its default, but for TLS, where
// it lives and what a test gives, and waits until it takes statements.
func (s *mariadb) boot(t *testing.T, settings []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	_, port, _ := net.SplitHostPort(s.addr)
	l.Close()
	output, err := os.Create(s.file("log"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	server := s.command("mariadbd", append([]string{"--no-defaults", "--datadir=" + s.file("data"), "--socket=" + s.file("socket"), "--bind-address=127.0.0.1",
		"--port=" + port, "--pid-file=" + s.file("pid"), "--ssl-cert=" + s.file("server.crt"), "--ssl-key=" + s.file("server.key")}, settings...)...)
	server.Stdout, server.Stderr = output, output
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	s.run(t, "mariadb-admin", "--no-defaults", "--socket="+s.file("socket"), "--user=root", "--wait=20", "ping")
	s.run(t, "mariadb", "--no-defaults", "--socket="+s.file("socket"), "--user=root",
		"--execute=CREATE USER probe@'127.%' IDENTIFIED BY 'right'")
}

func (s *mariadb) certificate(t *testing.T, uid, gid int) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "db.example"}, DNSNames: []string{"db.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"server.crt": {Type: "CERTIFICATE", Bytes: der}, "server.key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(s.file(name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chown(s.file(name), uid, gid)
	}
	parsed, _ := x509.ParseCertificate(der)
	s.roots.AddCert(parsed)
}

// warnings are the lines that connections from an address caused in the log,
// at MariaDB's default log_warnings.
func (s *mariadb) warnings(t *testing.T, from string) int {
	t.Helper()
	text, err := os.ReadFile(s.file("log"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		about := strings.Contains(line, "Aborted connection") || strings.Contains(line, "Access denied")
		if about && strings.Contains(line, "'"+from+"'") {
			n++
		}
	}
	return n
}

// settle waits until the server has counted n connections from an address: it
// does so when it reads their end.
func (s *mariadb) settle(t *testing.T, from string, n int) {
	t.Helper()
	for start := time.Now(); s.warnings(t, from) < n; runtime.Gosched() {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%d connections from %s are in the log, want %d", s.warnings(t, from), from, n)
		}
	}
}

// probe probes the server from an address and returns what failed.
func (s *mariadb) probe(t *testing.T, from string, login mysql.Login) netpath.Failure {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := mysql.Client{TLS: tls.Client{Name: "db.example", Roots: s.roots, Limit: 5 * time.Second}, Limit: 5 * time.Second, Login: login}
	got := client.Probe(t.Context(), conn)
	if text := fmt.Sprintf("%+v", got); login.Password != "" && strings.Contains(text, login.Password) {
		t.Errorf("the password is in %s", text)
	}
	if got.TLS.Failure != "" {
		return got.TLS.Failure
	}
	return got.Database.Failure
}

// What a probe costs a real server whose max_connect_errors is the default of
// 100: without a login one each, and the hundred-and-first finds the door shut.
func TestCostOfARealServer(t *testing.T) {
	s := start(t)
	account, wrong, nobody := mysql.Login{User: "probe", Password: "right"}, mysql.Login{User: "probe", Password: "wrong-password"}, mysql.Login{}

	t.Run("the careless way blocks the host", func(t *testing.T) {
		const from, allowed = "127.0.0.2", 100 / mysql.CostConnectErrors
		for i := range allowed {
			if failure := s.probe(t, from, nobody); failure != "" {
				t.Fatalf("greeting %d: %s", i+1, failure)
			}
		}
		s.settle(t, from, allowed*mysql.CostLogLines)
		if got := s.warnings(t, from); got != allowed*mysql.CostLogLines {
			t.Errorf("%d greetings: %d lines in the log, declared %d", allowed, got, allowed*mysql.CostLogLines)
		}
		for _, login := range []mysql.Login{nobody, account} {
			if failure := s.probe(t, from, login); failure != netpath.FailureHostBlocked {
				t.Errorf("greeting %d: %q, want %s", allowed+1, failure, netpath.FailureHostBlocked)
			}
		}
	})
	t.Run("a login resets the count", func(t *testing.T) {
		const from = "127.0.0.3"
		const spared = 99
		for round := range 2 {
			for range spared {
				if failure := s.probe(t, from, nobody); failure != "" {
					t.Fatal(failure)
				}
			}
			s.settle(t, from, (round+1)*spared*mysql.CostLogLines)
			if failure := s.probe(t, from, account); failure != "" {
				t.Fatalf("login: %s", failure)
			}
		}
	})
	t.Run("a day of logins costs nothing", func(t *testing.T) {
		const from, day = "127.0.0.4", 24 * 60
		for range day {
			if failure := s.probe(t, from, account); failure != "" {
				t.Fatalf("login: %s", failure)
			}
		}
		if got := s.warnings(t, from); got != day*mysql.CostLoginLogLines {
			t.Errorf("%d lines in the log, declared %d", got, day*mysql.CostLoginLogLines)
		}
	})
	t.Run("refused logins do not block", func(t *testing.T) {
		const from, rounds = "127.0.0.5", 120
		for range rounds {
			if failure := s.probe(t, from, wrong); failure != netpath.FailureLogin {
				t.Fatalf("%q, want %s", failure, netpath.FailureLogin)
			}
		}
		if got := s.warnings(t, from); got != rounds*mysql.CostDeniedLogLines {
			t.Errorf("%d lines in the log, declared %d", got, rounds*mysql.CostDeniedLogLines)
		}
	})
	t.Run("untrusted", func(t *testing.T) {
		stranger := *s
		stranger.roots = x509.NewCertPool()
		for _, login := range []mysql.Login{nobody, account} {
			if failure := stranger.probe(t, "127.0.0.6", login); failure != netpath.FailureTLSUntrusted {
				t.Errorf("%q, want %s", failure, netpath.FailureTLSUntrusted)
			}
		}
	})
}
