package acceptance_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The Prometheus of Debian scrapes the sidecar in each world. The test runs
// itself again on the sidecar's host, where Prometheus must be too.
const inWorld = "PROBE_TEST_PATTERN"

func TestPrometheusScrapesTheSidecar(t *testing.T) {
	needNamespaces(t)
	for _, program := range []string{"prometheus", "promtool", "aws"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s of Debian is not installed: what a real Prometheus reads is not proven here", program)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"private", "public", "vpc", "isolated"} {
		t.Run(pattern, func(t *testing.T) {
			here := func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, inWorld+"="+pattern) }
			r := runIn(t, here, programs.lab, "run", "-q", "--pattern", pattern, "--", self, "-test.run", "^TestInsideTheWorld$", "-test.v")
			t.Logf("%s", r.out)
			if r.status != 0 || !strings.Contains(r.out, "--- PASS: TestInsideTheWorld") {
				t.Errorf("exit status %d\n%s", r.status, r.errors)
			}
		})
	}
}

// Times of the sidecar under test.
const (
	interval = 3 * time.Second
	connect  = time.Second
	scrape   = time.Second
	patience = 45 * time.Second
)

// TestInsideTheWorld is the part of TestPrometheusScrapesTheSidecar that runs on
// the sidecar's host; elsewhere there is nothing for it to do.
func TestInsideTheWorld(t *testing.T) {
	pattern := os.Getenv(inWorld)
	if pattern == "" {
		return
	}
	p := startBoth(t, t.TempDir())
	p.wait(t, "the target is up and ready", `up{job="agentcore-probe"} == 1 and on() agentcore_probe_ready == 1`)
	p.wait(t, "every path is as it should be", `sum(agentcore_probe_paths{verdict="ok"}) == count(agentcore_probe_path_info)`)
	ready := time.Now()
	p.lint(t)
	p.everyMetric(t, "agentcore_probe_finding")
	if over := p.query(t, `count by (path) (`+scraped+`) > 16`); len(over) > 0 {
		t.Errorf("more than 16 series: %v", over)
	}
	p.exemplar(t)
	p.onRequest(t)
	before := p.series(t)
	t.Logf("%s: %d series of ours, %v a path", pattern, len(before), p.query(t, `max(count by (path) (`+scraped+`))`))
	if pattern == "public" {
		return // its world has no database
	}
	operator(t, "stop-db-instance")
	p.follows(t, "broken")
	p.everyMetric(t)
	if pattern == "private" {
		p.dashboards(t)
	}
	missing(t, before, p.series(t))
	operator(t, "start-db-instance")
	p.follows(t, "ok")
	missing(t, before, p.series(t))
	p.neverFewer(t, ready)
	p.lint(t)
}

// prometheus is a running one, and the sidecar that it scrapes.
type prometheus struct {
	api, metrics string
	logs         map[string]string // files
	patience     time.Duration     // of wait; 0 means patience
}

func startBoth(t *testing.T, dir string) prometheus {
	t.Helper()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	rules, err := filepath.Abs("../deploy/mixin/rendered")
	if err != nil {
		t.Fatal(err)
	}
	every := fmt.Sprintf("invoke: %[1]s, db: %[1]s, service: %[1]s, egress: %[1]s, onprem: %[1]s", interval)
	config := write("probe.yaml", fmt.Sprintf("timeouts: {connect: %s}\nserve:\n  hold: 2\n  intervals: {%s}\n", connect, every))
	scrapes := write("prometheus.yml", fmt.Sprintf("global: {scrape_interval: %s, scrape_timeout: %[1]s, evaluation_interval: %[1]s}\nrule_files: [%[2]s/rules.yaml, %[2]s/alerts.yaml]\nscrape_configs:\n  - job_name: agentcore-probe\n    static_configs: [{targets: ['127.0.0.1:9879']}]\n"+onRequest, scrape, rules))
	p := prometheus{api: "http://127.0.0.1:9090/api/v1/", metrics: "http://127.0.0.1:9879/metrics", logs: map[string]string{}}
	p.start(t, dir, os.Getenv("PROBE"), "serve", "--config", config, "--emf")
	p.start(t, dir, "prometheus", "--config.file="+scrapes, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address=127.0.0.1:9090", "--log.level=warn", "--enable-feature=exemplar-storage")
	return p
}

// start starts a program that ends with the test, gracefully.
func (p prometheus) start(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	output, err := os.Create(filepath.Join(dir, filepath.Base(name)+".log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.logs[name] = output.Name()
	t.Cleanup(func() {
		_ = cmd.Wait() // the context has ended
		if err := output.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("%s:\n%s", name, read(t, output.Name()))
		}
	})
}

// sample is one element of an instant query's answer.
type sample struct {
	Metric map[string]string
	Value  [2]any
}

func (s sample) String() string {
	return fmt.Sprint(s.Metric["__name__"], s.Metric["path"], " ", s.Value[1])
}

// ask asks Prometheus's HTTP API ("HTTP API", Prometheus documentation).
func ask[T any](p prometheus, call string, parameters url.Values) (T, error) {
	var answer struct {
		Error string
		Data  struct{ Result T }
	}
	r, err := http.Get(p.api + call + "?" + parameters.Encode())
	if err != nil {
		return answer.Data.Result, err
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		return answer.Data.Result, err
	}
	if answer.Error != "" {
		return answer.Data.Result, fmt.Errorf("%s: %s", call, answer.Error)
	}
	return answer.Data.Result, nil
}

func (p prometheus) query(t *testing.T, expression string) []sample {
	t.Helper()
	found, err := ask[[]sample](p, "query", url.Values{"query": {expression}})
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return found
}

// wait waits until an expression has a result, and returns how long that took.
func (p prometheus) wait(t *testing.T, what, expression string) time.Duration {
	t.Helper()
	start := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		found, err := ask[[]sample](p, "query", url.Values{"query": {expression}})
		if err == nil && len(found) > 0 {
			return time.Since(start)
		}
		if limit := cmp.Or(p.patience, patience); time.Since(start) > limit {
			t.Fatalf("after %s not yet: %s: %s: %v; paths: %v", limit, what, expression, err, p.query(t, `agentcore_probe_path_verdict == 1`))
		}
	}
	return 0
}

// follows wants the database's verdict within two intervals: the second run that
// sees the change starts within them, and then has its time limit.
func (p prometheus) follows(t *testing.T, verdict string) {
	t.Helper()
	took := p.wait(t, "the database is "+verdict, `agentcore_probe_path_verdict{path=~"db/.+",verdict="`+verdict+`"} == 1`)
	t.Logf("%s after %s: two intervals are %s, the time limit %s, a scrape %s", verdict, took.Round(100*time.Millisecond), 2*interval, connect, scrape)
	if limit := 2*interval + connect + 2*scrape; took > limit {
		t.Errorf("%s after %s, want at most %s", verdict, took, limit)
	}
}

// lint wants promtool to be silent about the sidecar's metrics.
func (p prometheus) lint(t *testing.T) {
	t.Helper()
	r, err := http.Get(p.metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	cmd := exec.CommandContext(t.Context(), "promtool", "check", "metrics")
	cmd.Stdin = r.Body
	if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

var documented = regexp.MustCompile("(?m)^\\| `(agentcore_probe_[a-z_]+)` \\| (\\w+)")

// everyMetric wants every metric of the documentation but some.
func (p prometheus) everyMetric(t *testing.T, but ...string) {
	t.Helper()
	all := documented.FindAllStringSubmatch(read(t, "../docs/metrics.md"), -1)
	if len(all) < 15 {
		t.Fatalf("%d metrics are documented", len(all))
	}
	for _, m := range all {
		names := []string{m[1]}
		if m[2] == "histogram" {
			names = []string{m[1] + "_bucket", m[1] + "_sum", m[1] + "_count"}
		}
		for _, name := range names {
			if !slices.Contains(but, name) && len(p.query(t, name)) == 0 {
				t.Errorf("%s is documented, and Prometheus has no series of it", name)
			}
		}
	}
}

// scraped are a path's series as the sidecar gives them: what the recording rules
// make of them, and /probe, have others.
const scraped = `{__name__=~"agentcore_probe_.+",__name__!="agentcore_probe_finding",job="agentcore-probe",path!=""}`

// ours are the series that must never vanish: a finding is there while it is.
const ours = `{__name__=~"agentcore_probe_.+",__name__!="agentcore_probe_finding"}`

func (p prometheus) series(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, s := range p.query(t, ours) {
		all[fmt.Sprint(s.Metric)] = true
	}
	return all
}

func missing(t *testing.T, before, after map[string]bool) {
	t.Helper()
	for s := range before {
		if !after[s] {
			t.Errorf("vanished: %s", s)
		}
	}
}

// neverFewer wants the number of series never to fall since a time.
func (p prometheus) neverFewer(t *testing.T, since time.Time) {
	t.Helper()
	type series struct{ Values [][2]any }
	unix := func(at time.Time) string { return fmt.Sprintf("%.3f", float64(at.UnixMilli())/1000) }
	found, err := ask[[]series](p, "query_range", url.Values{"query": {"count(" + ours + ")"}, "start": {unix(since)}, "end": {unix(time.Now())}, "step": {"1s"}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d series, %v", len(found), err)
	}
	last := 0
	for _, v := range found[0].Values {
		var n int
		if _, err := fmt.Sscan(fmt.Sprint(v[1]), &n); err != nil || n < last {
			t.Errorf("%d series, then %d (%v)", last, n, err)
		}
		last = n
	}
	t.Logf("%d series over %d seconds, never fewer", last, len(found[0].Values))
}

// operator changes the world as its operator, through its RDS API. In us-east-1
// botocore asks rds.amazonaws.com, which no interface endpoint answers for.
func operator(t *testing.T, action string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Getenv("LAB"), "as", "operator", "--", "aws", "rds", action, "--endpoint-url", "https://rds.us-east-1.amazonaws.com", "--db-instance-identifier", "orders")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", action, err, out)
	}
}
