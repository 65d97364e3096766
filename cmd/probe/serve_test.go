package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/config"
)

// sidecar is a probe serve that runs, a process of its own.
type sidecar struct {
	cmd     *exec.Cmd
	address string // host:port
	file    string // its configuration
	out     io.Writer
	flagged bool // a flag says where it listens
	log     chan string
}

// quiet is a configuration of which nothing is dialled: no probe may dial this
// host, and its name servers are never asked.
const quiet = "dns:\n  servers: [127.0.0.1]\ndatabases:\n  - {name: orders, host: 127.0.0.1, port: 5432, protocol: postgres}\n"

// serveOn starts the program on a port of the kernel's choice and waits until it
// listens.
func serveOn(t *testing.T, text string, args ...string) *sidecar {
	t.Helper()
	file := filepath.Join(t.TempDir(), "probe.yaml")
	s := &sidecar{file: file, flagged: true}
	s.write(t, text)
	s.start(t, nil, append([]string{"--config", file}, args...)...)
	return s
}

// start starts the program with more variables than it needs.
func (s *sidecar) start(t *testing.T, env []string, args ...string) {
	t.Helper()
	dir := t.TempDir()
	s.log = make(chan string, 1000)
	inventory := filepath.Join(dir, "inventory")
	if err := os.Mkdir(inventory, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(inventory, "vpcs.json"), []byte(`{"Vpcs": []}`), 0o600); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"serve", "--inventory", inventory}, args...)
	if s.flagged {
		args = append(args, "--web.listen-address", "127.0.0.1:0")
	}
	s.cmd = exec.Command("probe", args...)
	s.cmd.Stdout = s.out
	s.cmd.Env = append([]string{"AWS_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true", "PATH=" + os.Getenv("PATH"), "HOME=" + dir}, env...)
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	go func() {
		defer close(s.log)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			s.log <- lines.Text()
		}
	}()
	s.address = regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(s.await(t, `msg="Listening on"`))[1]
}

func (s *sidecar) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// await returns the next line of the log that has all of texts.
func (s *sidecar) await(t *testing.T, texts ...string) string {
	t.Helper()
	limit := time.After(20 * time.Second)
	var before []string
	for {
		select {
		case line, more := <-s.log:
			if !more {
				t.Fatalf("the program ended; its log:\n%s", strings.Join(before, "\n"))
			}
			before = append(before, line)
			if has(line, texts) {
				return line
			}
		case <-limit:
			t.Fatalf("%q is not in the log:\n%s", texts, strings.Join(before, "\n"))
		}
	}
}

func has(line string, texts []string) bool {
	for _, text := range texts {
		if !strings.Contains(line, text) {
			return false
		}
	}
	return true
}

func (s *sidecar) signal(t *testing.T, what os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(what); err != nil {
		t.Fatal(err)
	}
}

// metrics waits until the metrics have all of texts.
func (s *sidecar) metrics(t *testing.T, texts ...string) string {
	t.Helper()
	for start := time.Now(); ; {
		_, body := ask(t, http.DefaultClient, http.MethodGet, "http://"+s.address+"/metrics", "")
		if has(body, texts) {
			return body
		}
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%q are not all in:\n%s", texts, body)
		}
	}
}

// ask sends a request; user is a name and a password, or "".
func ask(t *testing.T, client *http.Client, method, address, user string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if name, password, given := strings.Cut(user, ":"); given {
		request.SetBasicAuth(name, password)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// ended waits for the program's end.
func (s *sidecar) ended(t *testing.T) {
	t.Helper()
	for range s.log { // until it is closed
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("want exit status 0: %v", err)
	}
}

// A changed file is taken over at SIGHUP and on request; a wrong one changes
// nothing, and the log, the answer and the metrics say so.
func TestServeReloads(t *testing.T) {
	s := serveOn(t, quiet)
	const succeeded, at = "agentcore_probe_config_last_reload_successful ", "agentcore_probe_config_last_reload_success_timestamp_seconds "
	orders, ledger := `agentcore_probe_path_runs_total{path="db/orders"}`, `agentcore_probe_path_runs_total{path="db/ledger"}`
	s.metrics(t, succeeded+"1", orders, `agentcore_probe_config_info{file="`+s.file+`"} 1`)
	more := quiet + "  - {name: ledger, host: 127.0.0.1, port: 5433, protocol: postgres}\n"

	s.write(t, more)
	s.signal(t, syscall.SIGHUP)
	s.await(t, "level=INFO", "msg=reloaded")
	good := value(s.metrics(t, succeeded+"1", orders, ledger), at)

	s.write(t, quiet+"  - {name: stock, host: 127.0.0.1, prot: 5434}\n")
	s.signal(t, syscall.SIGHUP)
	s.await(t, "level=ERROR", "the old configuration stays", "probe.yaml:5: databases[1].prot: unknown field")
	bad := s.metrics(t, succeeded+"0", orders, ledger)
	if strings.Contains(bad, "db/stock") || value(bad, at) != good {
		t.Errorf("a wrong file changed something; accepted at %s, before %s:\n%s", value(bad, at), good, bad)
	}
	status, text := ask(t, http.DefaultClient, http.MethodPost, "http://"+s.address+"/-/reload", "")
	if status != http.StatusInternalServerError || !strings.Contains(text, "probe.yaml:5: databases[1].prot: unknown field") {
		t.Errorf("reload of a wrong file: %d %q", status, text)
	}

	s.write(t, quiet)
	if status, text := ask(t, http.DefaultClient, http.MethodPost, "http://"+s.address+"/-/reload", ""); status != http.StatusOK || text != "reloaded\n" {
		t.Errorf("reload: %d %q", status, text)
	}
	s.metrics(t, succeeded+"1", orders)
	s.signal(t, syscall.SIGTERM)
	s.ended(t)
}

// A standard output that is full and that nobody reads stops nothing: paths have
// results, a reload is taken, and the program ends.
func TestServeGoesOnWithoutAReader(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	if err := writer.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(make([]byte, 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the pipe is not full: %v", err)
	}
	s := &sidecar{file: filepath.Join(t.TempDir(), "probe.yaml"), out: writer, flagged: true}
	s.write(t, quiet)
	s.start(t, nil, "--config", s.file, "--emf")
	s.metrics(t, `path="db/orders"`)
	if status, text := ask(t, http.DefaultClient, http.MethodGet, "http://"+s.address+"/probe?path=db/orders", ""); status != http.StatusOK {
		t.Errorf("a run: %d %q", status, text)
	}
	s.metrics(t, `agentcore_probe_path_runs_total{path="db/orders"} 1`, "agentcore_probe_ready 1")
	if status, text := ask(t, http.DefaultClient, http.MethodPost, "http://"+s.address+"/-/reload", ""); status != http.StatusOK {
		t.Errorf("reload: %d %q", status, text)
	}
	s.signal(t, syscall.SIGTERM)
	s.await(t, "level=WARN", "nobody reads standard output", "lines=")
	s.ended(t)
}

// Where the program listens is the one thing that a reload does not take over: the log
// says so, unless a flag decides that anyway.
func TestServeListensElsewhereAfterARestart(t *testing.T) {
	for _, flagged := range []bool{false, true} {
		s := &sidecar{file: filepath.Join(t.TempDir(), "probe.yaml"), flagged: flagged}
		s.write(t, quiet+"serve: {listen: '127.0.0.1:0'}\n")
		s.start(t, nil, "--config", s.file)
		s.write(t, quiet+"serve: {listen: '127.0.0.1:9880'}\n")
		s.signal(t, syscall.SIGHUP)
		s.await(t, "level=INFO", "msg=reloaded")
		if !flagged {
			s.await(t, "level=WARN", "serve.listen is taken over by a restart only", "listen=127.0.0.1:0", "configured=127.0.0.1:9880")
		}
		s.signal(t, syscall.SIGTERM)
		for line := range s.log {
			if strings.Contains(line, "serve.listen") {
				t.Errorf("a flag says where to listen, and the log says: %s", line)
			}
		}
		s.ended(t)
	}
}

// A program's environment does not change: a reload reads the same text again, and
// the file that the text names anew.
func TestServeReloadsTheEnvironment(t *testing.T) {
	s := &sidecar{file: filepath.Join(t.TempDir(), "ca.pem"), flagged: true}
	s.write(t, newAuthority(t))
	s.start(t, []string{configText + "=" + quiet + "tls: {ca-file: " + s.file + "}\n"})
	const orders = `agentcore_probe_path_runs_total{path="db/orders"}`
	s.metrics(t, orders)

	s.signal(t, syscall.SIGHUP)
	s.await(t, "level=INFO", "msg=reloaded")
	if status, text := ask(t, http.DefaultClient, http.MethodPost, "http://"+s.address+"/-/reload", ""); status != http.StatusOK || text != "reloaded\n" {
		t.Errorf("reload: %d %q", status, text)
	}
	s.write(t, "")
	if status, text := ask(t, http.DefaultClient, http.MethodPost, "http://"+s.address+"/-/reload", ""); status != http.StatusInternalServerError || !strings.Contains(text, "ca.pem holds no certificate in PEM form") {
		t.Errorf("reload with an empty ca.pem: %d %q", status, text)
	}
	s.metrics(t, orders, "agentcore_probe_config_last_reload_successful 0")
	s.signal(t, syscall.SIGTERM)
	s.ended(t)
}

// A certificate authority in the configuration itself is taken over by a reload.
func TestServeReloadsTheAuthority(t *testing.T) {
	s := serveOn(t, quiet)
	trusting := func(pem string) string {
		return quiet + "tls:\n  ca: |\n    " + strings.ReplaceAll(pem, "\n", "\n    ") + "\n"
	}
	s.write(t, trusting(newAuthority(t)))
	s.signal(t, syscall.SIGHUP)
	s.await(t, "level=INFO", "msg=reloaded")
	s.write(t, trusting("ca.pem"))
	s.signal(t, syscall.SIGHUP)
	s.await(t, "level=ERROR", "the old configuration stays", "probe.yaml:6: tls.ca: holds no certificate in PEM form")
	s.signal(t, syscall.SIGTERM)
	s.ended(t)
}

// newAuthority is the certificate of a certificate authority.
func newAuthority(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	certified(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, "server.crt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the configuration holds is trusted, beside what its file holds.
func TestTrust(t *testing.T) {
	inline, filed, other := newAuthority(t), newAuthority(t), newAuthority(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(filed), 0o600); err != nil {
		t.Fatal(err)
	}
	roots, err := trust(config.Config{TLS: config.TLS{CA: inline, CAFile: file}}, "")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{inline: true, filed: true, other: false} {
		block, _ := pem.Decode([]byte(text))
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parsed.Verify(x509.VerifyOptions{Roots: roots}); (err == nil) != want {
			t.Errorf("trusted: %v, want %v", err, want)
		}
	}
}

// value is that of the series whose line begins so.
func value(metrics, series string) string {
	_, rest, _ := strings.Cut(metrics, "\n"+series)
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

// At SIGTERM nobody is let in any more, a request that has begun is answered, and
// the program ends well.
func TestServeStops(t *testing.T) {
	s := serveOn(t, quiet)
	status, _ := healthzOf(t, "http://"+s.address+"/-/healthy")
	if status != 0 {
		t.Errorf("healthz: exit status %d while it runs", status)
	}
	// The file is a pipe now: a reload that has opened it waits for what is in it.
	if err := os.Remove(s.file); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(s.file, 0o600); err != nil {
		t.Fatal(err)
	}
	answered := make(chan string, 1)
	go func() {
		status, text := ask(t, http.DefaultClient, http.MethodPost, "http://"+s.address+"/-/reload", "")
		answered <- fmt.Sprintf("%d %s", status, text)
	}()
	pipe, err := os.OpenFile(s.file, os.O_WRONLY, 0) // returns when the other end is open
	if err != nil {
		t.Fatal(err)
	}
	s.signal(t, syscall.SIGTERM)
	for closed := false; !closed; {
		conn, err := net.Dial("tcp", s.address)
		if closed = err != nil; !closed {
			conn.Close()
		}
	}
	if _, err := io.WriteString(pipe, quiet); err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	if got, want := <-answered, "500 not reloaded, the old configuration stays: the program is ending\n"; got != want {
		t.Errorf("the request that had begun: %q, want %q", got, want)
	}
	s.ended(t)
	if status, text := healthzOf(t, "http://"+s.address+"/-/healthy"); status != 1 || !strings.Contains(text, "connection refused") {
		t.Errorf("healthz afterwards: exit status %d, %q", status, text)
	}
}

func healthzOf(t *testing.T, address string, args ...string) (status int, text string) {
	t.Helper()
	var out, errors bytes.Buffer
	status = run(context.WithoutCancel(t.Context()), append([]string{"healthz", "--url", address}, args...), nil, strings.NewReader(""), &out, &errors)
	return status, errors.String()
}

// The web configuration is that of every exporter: TLS, and users whose
// passwords are hashed. The user and the hash are those of exporter-toolkit's
// own tests.
func TestServeSpeaksTLSAndAsksForAPassword(t *testing.T) {
	dir := t.TempDir()
	roots := certified(t, dir)
	web := filepath.Join(dir, "web.yaml")
	text := "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\nbasic_auth_users:\n  carol: $2y$10$qRTBuFoULoYNA7AQ/F3ck.trZBPyjV64.oA4ZsSBCIWvXuvQlQTuu\n"
	if err := os.WriteFile(web, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveOn(t, quiet, "--web.config.file", web)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	for _, test := range []struct {
		method, path, user string
		want               int
	}{
		{http.MethodGet, "/metrics", "carol:carol123", http.StatusOK},
		{http.MethodGet, "/metrics", "carol:carol124", http.StatusUnauthorized},
		{http.MethodGet, "/metrics", "", http.StatusUnauthorized},
		{http.MethodGet, "/", "", http.StatusUnauthorized},
		{http.MethodGet, "/api/v1/report", "", http.StatusUnauthorized},
		{http.MethodPost, "/-/reload", "", http.StatusUnauthorized},
		{http.MethodPost, "/-/reload", "carol:carol123", http.StatusOK},
	} {
		if got, body := ask(t, client, test.method, "https://"+s.address+test.path, test.user); got != test.want {
			t.Errorf("%s %s as %q: %d %q, want %d", test.method, test.path, test.user, got, body, test.want)
		}
	}
	if status, body := ask(t, http.DefaultClient, http.MethodGet, "http://"+s.address+"/metrics", "carol:carol123"); status != http.StatusBadRequest {
		t.Errorf("without TLS: %d %q", status, body)
	}
	for _, address := range []string{"https://" + s.address + "/-/healthy", "http://" + s.address + "/-/healthy"} {
		if status, text := healthzOf(t, address); status != 0 {
			t.Errorf("healthz %s: exit status %d, %q", address, status, text)
		}
	}
	s.signal(t, syscall.SIGTERM)
	s.ended(t)
}

// certified writes server.crt and server.key, and returns who is to be trusted.
func certified(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sidecar"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
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
	for name, block := range map[string]*pem.Block{"server.crt": {Type: "CERTIFICATE", Bytes: der}, "server.key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return roots
}
