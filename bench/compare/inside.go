package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// What an operator has probed: whether the front of AgentCore answers through the
// endpoint, by any status, for nobody signs, and whether the database's port can
// be connected to.
const (
	front    = "bedrock-agentcore.us-east-1.amazonaws.com"
	database = "orders.c9zq4xw1vtkf.us-east-1.rds.amazonaws.com"
)

// attempts are made of each probe.
const attempts = 5

// report is what a program reports: a line for each of its probes.
type report []string

// observe runs the others in the world in which this program is.
func observe(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	all := map[string]report{}
	if all["blackbox_exporter"], err = blackbox(ctx, dir); err != nil {
		return fmt.Errorf("blackbox_exporter: %w", err)
	}
	if all["cloudprober"], err = cloudprober(ctx, dir); err != nil {
		return fmt.Errorf("cloudprober: %w", err)
	}
	return json.NewEncoder(out).Encode(all)
}

const blackboxConfig = `modules:
  front:
    prober: http
    timeout: 3s
    http:
      valid_status_codes: [200, 400, 401, 403, 404]
      preferred_ip_protocol: ip4
      tls_config: {ca_file: %q}
  database:
    prober: tcp
    timeout: 3s
    tcp: {preferred_ip_protocol: ip4}
`

func blackbox(ctx context.Context, dir string) (report, error) {
	const address = "127.0.0.1:9115"
	file := filepath.Join(dir, "blackbox.yml")
	if err := os.WriteFile(file, fmt.Appendf(nil, blackboxConfig, os.Getenv("AWS_CA_BUNDLE")), 0o600); err != nil {
		return nil, err
	}
	stop, _, err := start(ctx, others[0].program(), "--config.file="+file, "--web.listen-address="+address, "--log.level=debug")
	if err != nil {
		return nil, err
	}
	defer stop()
	var r report
	for _, p := range []struct{ module, target string }{{"front", "https://" + front + "/ping"}, {"database", database + ":5432"}} {
		good, why := 0, ""
		for range attempts {
			text, err := get(ctx, "http://"+address+"/probe?"+url.Values{"module": {p.module}, "target": {p.target}, "debug": {"true"}}.Encode())
			if err != nil {
				return nil, err
			}
			if strings.Contains(text, "\nprobe_success 1") {
				good++
			} else {
				why = lastError(text)
			}
		}
		r = append(r, line(p.module, good, attempts, why))
	}
	return r, nil
}

// line is "front: 0 of 5 succeed: context deadline exceeded".
func line(probe string, good, all int, why string) string {
	text := fmt.Sprintf("%s: %d of %d succeed", probe, good, all)
	if why != "" {
		text += ": " + why
	}
	return text
}

var (
	said  = regexp.MustCompile(`err="((?:[^"\\]|\\.)*)"|level=WARN .*msg="(?:Target:[^,]*, )?((?:[^"\\]|\\.)*)"`)
	where = regexp.MustCompile(`\b(?:\d+\.){3}\d+:\d+->`)
)

// lastError is the last error that a log names, without our own address.
func lastError(log string) string {
	all := said.FindAllStringSubmatch(log, -1)
	if len(all) == 0 {
		return ""
	}
	last := all[len(all)-1]
	return where.ReplaceAllString(strings.ReplaceAll(last[1]+last[2], `\"`, `"`), "")
}

const cloudproberConfig = `
host: "127.0.0.1"
port: 9313
disable_jitter: true
surfacer { type: PROMETHEUS }
probe {
  name: "front"
  type: HTTP
  targets { host_names: %[1]q }
  interval: "4s"
  timeout: "3s"
  ip_version: IPV4
  http_probe { protocol: HTTPS relative_url: "/ping" tls_config { ca_cert_file: %[3]q } }
  validator { name: "status" http_validator { success_status_codes: "200-499" } }
}
probe {
  name: "database"
  type: TCP
  targets { host_names: %[2]q }
  interval: "4s"
  timeout: "3s"
  ip_version: IPV4
  tcp_probe { port: 5432 }
}
`

func cloudprober(ctx context.Context, dir string) (report, error) {
	file := filepath.Join(dir, "cloudprober.cfg")
	if err := os.WriteFile(file, fmt.Appendf(nil, cloudproberConfig, front, database, os.Getenv("AWS_CA_BUNDLE")), 0o600); err != nil {
		return nil, err
	}
	stop, output, err := start(ctx, others[1].program(), "--config_file="+file)
	if err != nil {
		return nil, err
	}
	defer stop()
	counts := map[string]map[string]int{}
	for counts["front"]["total"] < attempts || counts["database"]["total"] < attempts {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
		text, err := get(ctx, "http://127.0.0.1:9313/metrics")
		if err == nil {
			counts = counted(text)
		}
	}
	stop()
	var r report
	for _, probe := range []string{"front", "database"} {
		r = append(r, line(probe, counts[probe]["success"], counts[probe]["total"], lastError(ofProbe(output.String(), probe))))
	}
	return r, nil
}

var counter = regexp.MustCompile(`(?m)^(total|success)\{[^}]*probe="([a-z]+)"[^}]*\} (\d+)`)

// counted are cloudprober's counters by probe.
func counted(metrics string) map[string]map[string]int {
	all := map[string]map[string]int{}
	for _, m := range counter.FindAllStringSubmatch(metrics, -1) {
		if all[m[2]] == nil {
			all[m[2]] = map[string]int{}
		}
		n := 0
		_, _ = fmt.Sscan(m[3], &n)
		all[m[2]][m[1]] = n
	}
	return all
}

// ofProbe are the lines of a log that are about a probe.
func ofProbe(log, probe string) string {
	var b strings.Builder
	for text := range strings.Lines(log) {
		if strings.Contains(text, `probe=`+probe) || strings.Contains(text, `"probe":"`+probe+`"`) {
			b.WriteString(text)
		}
	}
	return b.String()
}

// start starts a server; what it says is read when it has been stopped.
func start(ctx context.Context, program string, args ...string) (stop func(), output *bytes.Buffer, err error) {
	output = &bytes.Buffer{}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stopped := false
	return func() {
		if !stopped {
			stopped = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed
		}
	}, output, nil
}

// get asks a server that may not be up yet.
func get(ctx context.Context, address string) (string, error) {
	var last error
	for range 50 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			text, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			return string(text), err
		}
		last = err
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return "", last
}
