package postgres_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/postgres"
	"github.com/agentcore-probe/probe/probes/tls"
)

const binaries = "/usr/lib/postgresql/15/bin"

// server is a real PostgreSQL 15 on a loopback port.
type server struct {
	dir, addr string
	roots     *x509.CertPool
	as        *syscall.SysProcAttr
}

// start runs a server with settings, as user postgres where we are root.
func start(t *testing.T, settings ...string) *server {
	t.Helper()
	if _, err := os.Stat(binaries + "/initdb"); err != nil {
		t.Skip("PostgreSQL 15 is not installed: what a real server logs is not proven here")
	}
	s := &server{roots: x509.NewCertPool()}
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		owner, err := user.Lookup("postgres")
		if err != nil {
			t.Skip("no user postgres, and PostgreSQL refuses root: what a real server logs is not proven here")
		}
		uid, _ = strconv.Atoi(owner.Uid)
		gid, _ = strconv.Atoi(owner.Gid)
		s.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	dir, err := os.MkdirTemp("", "probe-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s.dir = filepath.Join(dir, "data")
	os.Chown(dir, uid, gid)
	s.run(t, "initdb", "-D", s.dir, "-A", "trust", "--no-sync", "-U", "probe")
	s.certificate(t, uid, gid)
	s.boot(t, settings)
	return s
}

func (s *server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(binaries, name), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = filepath.Dir(s.dir), []string{"PATH=" + binaries, "LC_ALL=C"}, s.as
	return cmd
}

func (s *server) run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := s.command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func (s *server) boot(t *testing.T, settings []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	_, port, _ := net.SplitHostPort(s.addr)
	l.Close()
	options := strings.Join(append([]string{"-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -p " + port}, settings...), " -c ")
	s.run(t, "pg_ctl", "-D", s.dir, "-l", s.log(), "-w", "-t", "20", "-o", options, "start")
	t.Cleanup(func() { s.command("pg_ctl", "-D", s.dir, "-m", "immediate", "stop").Run() })
}

func (s *server) log() string { return filepath.Join(filepath.Dir(s.dir), "log") }

func (s *server) certificate(t *testing.T, uid, gid int) {
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
		file := filepath.Join(s.dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chown(file, uid, gid)
	}
	parsed, _ := x509.ParseCertificate(der)
	s.roots.AddCert(parsed)
}

// lines lets the server end its connections and stop, so that its log is
// complete, and returns what connections caused in it.
func (s *server) lines(t *testing.T) []string {
	t.Helper()
	s.run(t, "pg_ctl", "-D", s.dir, "-m", "smart", "-w", "-t", "20", "stop")
	text, err := os.ReadFile(s.log())
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "ready to accept connections")
	var lines []string
	for line := range strings.SplitSeq(after, "\n") {
		if strings.TrimSpace(line) != "" && !ofShutdown(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func ofShutdown(line string) bool {
	return slices.ContainsFunc([]string{
		"received smart shutdown request", "logical replication launcher", "shutting down", "checkpoint", "is shut down",
	}, func(text string) bool { return strings.Contains(line, text) })
}

// A real server logs what the package declares and nothing else.
func TestCostOfARealServer(t *testing.T) {
	const rounds = 5
	for _, test := range []struct {
		label     string
		settings  []string
		untrusted bool
		tls       netpath.Failure
		lines     int // for each probe
	}{
		{"defaults", []string{"ssl=on"}, false, "", postgres.CostLogLines},
		{"log_connections", []string{"ssl=on", "log_connections=on"}, false, "", postgres.CostLogLines + postgres.CostLogLinesConnection},
		{"without TLS", []string{"ssl=off"}, false, netpath.FailureTLSNotOffered, postgres.CostLogLines},
		{"untrusted", []string{"ssl=on"}, true, netpath.FailureTLSUntrusted, postgres.CostLogLines + postgres.CostLogLinesUntrusted},
	} {
		t.Run(test.label, func(t *testing.T) {
			t.Parallel()
			s := start(t, test.settings...)
			roots := s.roots
			if test.untrusted {
				roots = x509.NewCertPool()
			}
			for range rounds {
				s.probe(t, roots, test.tls)
			}
			if got := s.lines(t); len(got) != rounds*test.lines {
				t.Errorf("%d probes: %d lines, declared %d:\n%s", rounds, len(got), rounds*test.lines, strings.Join(got, "\n"))
			}
		})
	}
}

func (s *server) probe(t *testing.T, roots *x509.CertPool, want netpath.Failure) {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := postgres.Client{TLS: tls.Client{Name: "db.example", Roots: roots, Limit: 5 * time.Second}, Limit: 5 * time.Second}
	got := client.Probe(t.Context(), conn)
	if got.TLS.Failure != want || want == "" && got.Database.Status != netpath.StatusPass {
		t.Errorf("%+v", got)
	}
}
