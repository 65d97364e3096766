package exporter_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

var update = flag.Bool("update", false, "write docs/metrics.md")

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// broken is a state with a path that works, one that does not, and one without a
// result.
func broken() watch.State {
	return watch.State{
		Report: report.Report{
			Paths:    []report.Path{{ID: "db/orders", Outcome: "stopped at dest-sg"}, {ID: "invoke/support/public", Outcome: "<b>denied</b>"}},
			Findings: []netpath.Finding{{Code: "sg/ingress-missing", Severity: netpath.SeverityCritical, Path: "db/orders", Hop: netpath.HopDestSG, Component: "sg-1", Summary: `<script>alert("x")</script>`, Fix: []string{"aws ec2 authorize-security-group-ingress --group-id 'sg-1'"}}},
			Summary:  report.Summary{OK: 1, Broken: 1},
		},
		Paths: []watch.Path{
			{ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable, Tested: true, Verdict: netpath.VerdictBroken, Since: now, LastRun: now, Duration: time.Second},
			{ID: "invoke/support/public", Kind: netpath.KindInvoke, Route: netpath.RoutePublic, Expect: netpath.ExpectDenied, Tested: true, Verdict: netpath.VerdictOK, Pending: netpath.VerdictUnknown, Since: now, LastRun: now},
			{ID: "invoke/support/private", Kind: netpath.KindInvoke, Route: netpath.RoutePrivate, Expect: netpath.ExpectReachable},
		},
		Inventory: watch.Inventory{Tried: true, CollectedAt: now.Add(-time.Minute), Unread: 2, Failures: 1},
	}
}

func metrics(s watch.State) *exporter.Metrics {
	m := exporter.NewMetrics(func() time.Time { return now })
	m.SetState(func() watch.State { return s })
	return m
}

// site is a web server over a state.
func site(t *testing.T, s watch.State, reload func(context.Context) error) *httptest.Server {
	t.Helper()
	w := exporter.Web{
		State: func() watch.State { return s }, History: func(string) watch.History { return watch.History{} },
		Gatherer: metrics(s).Registry(), Reload: reload, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
	}
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	return server
}

func ask(t *testing.T, method, address string) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

func gather(t *testing.T, s watch.State) map[string]map[string]float64 {
	t.Helper()
	families, err := metrics(s).Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]float64{}
	for _, f := range families {
		all[f.GetName()] = map[string]float64{}
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			all[f.GetName()][strings.Join(labels, " ")] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return all
}

func TestMetricsOfAState(t *testing.T) {
	got := gather(t, broken())
	for name, want := range map[string]map[string]float64{
		"path_verdict_pending":           {"db/orders": 0, "invoke/support/public": 1, "invoke/support/private": 0},
		"path_last_run_duration_seconds": {"db/orders": 1, "invoke/support/public": 0, "invoke/support/private": 0},
		"path_runs_total":                {"db/orders": 0, "invoke/support/public": 0, "invoke/support/private": 0},
		"paths":                          {"ok": 1, "broken": 1, "exposed": 0, "degraded": 0, "unknown": 0},
		"findings":                       {"critical": 1, "warning": 0, "info": 0},
		"finding":                        {"sg/ingress-missing sg-1 dest-sg db/orders critical": 1},
		"inventory_age_seconds":          {"": 60},
		"inventory_unread_actions":       {"": 2},
		"inventory_failures_total":       {"": 1},
		"ready":                          {"": 0},
		"config_last_reload_successful":  {"": 1},
	} {
		if diff := cmp.Diff(want, got["agentcore_probe_"+name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	verdict := got["agentcore_probe_path_verdict"]
	if verdict["db/orders broken"] != 1 || verdict["db/orders ok"] != 0 || verdict["invoke/support/private unknown"] != 0 || len(verdict) != 15 {
		t.Errorf("verdicts %v", verdict)
	}
}

// Whatever happens to a path, its series stay the same, and are at most 16.
func TestSeriesOfAPath(t *testing.T) {
	healthy := broken()
	healthy.Paths[0].Verdict = netpath.VerdictOK
	bad, good := seriesOf(t, broken(), "db/orders"), seriesOf(t, healthy, "db/orders")
	if bad != good || bad == 0 || bad > 16 {
		t.Errorf("%d series while broken, %d while ok; want the same, and at most 16", bad, good)
	}
	if waiting := seriesOf(t, broken(), "invoke/support/private"); waiting != bad {
		t.Errorf("%d series before the first result, %d after it", waiting, bad)
	}
}

func seriesOf(t *testing.T, s watch.State, path string) int {
	t.Helper()
	count := 0
	for name, series := range gather(t, s) {
		for labels := range series {
			if name != "agentcore_probe_finding" && strings.Contains(labels, path) {
				count++
			}
		}
	}
	return count
}

// The counters of runs come from the collector that knows the paths. From one of
// their own, which the registry asks at the same time, they were missing in some
// first scrapes.
func TestTheFirstScrapeHasEveryCounter(t *testing.T) {
	alone := prometheus.NewPedanticRegistry()
	alone.MustRegister(metrics(broken()))
	families, err := alone.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range families {
		if f.GetName() == "agentcore_probe_path_runs_total" {
			for _, m := range f.GetMetric() {
				got = append(got, m.GetLabel()[0].GetValue())
			}
		}
	}
	want := []string{"db/orders", "invoke/support/private", "invoke/support/public"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counters of runs (-want +got):\n%s", diff)
	}
}

// A path that is not planned any more has no series, its counter included; the
// others go on counting.
func TestAPathThatIsGoneHasNoSeries(t *testing.T) {
	s := broken()
	m := exporter.NewMetrics(func() time.Time { return now })
	m.SetState(func() watch.State { return s })
	for _, p := range s.Paths {
		m.Observe(watch.Run{Path: netpath.Path{ID: p.ID, Kind: p.Kind}})
	}
	s.Paths, s.Report.Findings = s.Paths[1:], nil
	_, text := get(t, exporter.Web{Gatherer: m.Registry()}, "/metrics")
	if strings.Contains(text, "db/orders") || !strings.Contains(text, `agentcore_probe_path_runs_total{path="invoke/support/public"} 1`) {
		t.Errorf("without db/orders:\n%s", text)
	}
}

func TestObservationsAreCounted(t *testing.T) {
	m := metrics(broken())
	m.Observe(watch.Run{Path: netpath.Path{ID: "db/orders", Kind: netpath.KindDatabase}, Seen: netpath.Observation{
		Duration:  3 * time.Second,
		Resolve:   []netpath.Step{{Operation: netpath.OpResolve}},
		Addresses: []netpath.AddressObservation{{Steps: []netpath.Step{{Operation: netpath.OpConnect, Failure: netpath.FailureRefused}}}},
	}})
	m.Reloaded(errors.New("no such file"))
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, each := range f.GetMetric() {
			switch f.GetName() {
			case "agentcore_probe_path_runs_total", "agentcore_probe_failures_total":
				got[f.GetName()] += each.GetCounter().GetValue()
			case "agentcore_probe_run_duration_seconds":
				got[f.GetName()] += each.GetHistogram().GetSampleSum()
			case "agentcore_probe_config_last_reload_successful":
				got[f.GetName()] += each.GetGauge().GetValue()
			}
		}
	}
	want := map[string]float64{
		"agentcore_probe_path_runs_total": 1, "agentcore_probe_failures_total": 1,
		"agentcore_probe_run_duration_seconds": 3, "agentcore_probe_config_last_reload_successful": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

func TestMetricsPassPromlint(t *testing.T) {
	_, text, _ := ask(t, http.MethodGet, site(t, broken(), nil).URL+"/metrics")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// In OpenMetrics a refused request has its id as an exemplar, as long as its
// labels have 128 characters at most ("Exemplars", OpenMetrics 1.0.0). Text from
// the network cannot make the counter fail.
func TestExemplars(t *testing.T) {
	for id, want := range map[string]string{
		"3e0f6d1c-7f0a-4a8e-9b1d-0c2d4f6a8b90": ` # {request_id="3e0f6d1c-7f0a-4a8e-9b1d-0c2d4f6a8b90"} 1.0 `,
		strings.Repeat("x", 119):               "", "\xff": "", "": "",
	} {
		m := metrics(broken())
		refused := []netpath.Step{{Operation: netpath.OpRequest, Failure: netpath.FailureDenied}}
		m.Observe(watch.Run{
			Path: netpath.Path{ID: "invoke/support/public", Kind: netpath.KindInvoke}, Result: watch.Result{RequestID: id},
			Seen: netpath.Observation{Addresses: []netpath.AddressObservation{{Steps: refused}}},
		})
		_, text := get(t, exporter.Web{Gatherer: m.Registry()}, "/metrics", "Accept", "application/openmetrics-text;version=1.0.0")
		const series = `agentcore_probe_failures_total{kind="invoke",reason="access_denied"} 1.0`
		_, line, found := strings.Cut(text, series)
		line, _, _ = strings.Cut(line, "\n")
		if !found || !strings.HasPrefix(line, want) || (want == "") != (line == "") {
			t.Errorf("request %q: %q, want the exemplar %q", id, series+line, want)
		}
		if !strings.HasSuffix(text, "# EOF\n") {
			t.Error("not OpenMetrics")
		}
	}
}

// docs/metrics.md says what is exposed: no more and no less.
func TestDocumentation(t *testing.T) {
	const file = "../docs/metrics.md"
	if *update {
		if err := os.WriteFile(file, []byte(exporter.Documentation()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exporter.Documentation(), string(text)); diff != "" {
		t.Errorf("%s is not what the program exposes (-want +got):\n%s", file, diff)
	}
	exposed := 0
	for name := range gather(t, broken()) {
		if !strings.HasPrefix(name, "agentcore_probe_") {
			continue
		}
		exposed++
		if !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("%s is not documented", name)
		}
	}
	if documented := strings.Count(string(text), "| `agentcore_probe_"); documented != exposed {
		t.Errorf("%d metrics are documented, %d exposed", documented, exposed)
	}
}

func TestPages(t *testing.T) {
	ready := broken()
	ready.Paths = ready.Paths[:2]
	waiting, all := site(t, broken(), nil), site(t, ready, nil)
	blind := site(t, watch.State{Inventory: watch.Inventory{Tried: true, Unread: 30}}, nil)
	for _, tt := range []struct {
		server       *httptest.Server
		method, path string
		want         int
	}{
		{waiting, "GET", "/-/healthy", 200}, {waiting, "GET", "/-/ready", 503}, {all, "GET", "/-/ready", 200}, {blind, "GET", "/-/ready", 503},
		{all, "GET", "/", 200}, {all, "GET", "/style.css", 200}, {all, "GET", "/api/v1/report", 200}, {all, "GET", "/metrics", 200},
		{all, "GET", "/-/reload", 405}, {all, "POST", "/metrics", 405}, {all, "GET", "/probe?target=10.0.0.1", 400},
	} {
		status, _, header := ask(t, tt.method, tt.server.URL+tt.path)
		if status != tt.want || !strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s %s: status %d, policy %q; want %d", tt.method, tt.path, status, header.Get("Content-Security-Policy"), tt.want)
		}
	}
}

// What came from AWS or from the network cannot become markup.
func TestTheStatusPageEscapes(t *testing.T) {
	_, text, _ := ask(t, http.MethodGet, site(t, broken(), nil).URL+"/")
	for _, want := range []string{"&lt;script&gt;", "&lt;b&gt;denied", "sg/ingress-missing", "authorize-security-group-ingress", "waiting", "(unknown pending)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
	if scripts := strings.Count(text, "<script"); scripts != 1 || !strings.Contains(text, `<script src="/script.js" defer></script>`) {
		t.Errorf("%d scripts are on the page, want its own", scripts)
	}
}

// Whose reason ends with a reference is followed by a sentence of its own.
func TestSinceWhenAPathStandsSo(t *testing.T) {
	s := broken()
	s.Report.Paths[0].Because = "destinations in the configuration, line 3"
	_, text, _ := ask(t, http.MethodGet, site(t, s, nil).URL+"/")
	const want = `Expected to be reachable: destinations in the configuration, line 3. Has been broken since <time datetime="2026-11-24T12:00:00Z">2026-11-24T12:00:00Z</time>. Last run <time`
	if !strings.Contains(text, want) {
		t.Errorf("%q is not on the page:\n%s", want, text)
	}
}

// The command of a path can be pasted: it names the configuration file, if there is one.
func TestTheCommandNamesTheConfigurationFile(t *testing.T) {
	for file, want := range map[string]string{
		"":                      "probe check --path &#39;db/orders&#39;",
		"/etc/probe/probe.yaml": "probe check --config /etc/probe/probe.yaml --path &#39;db/orders&#39;",
		"/srv/my probe.yaml":    "probe check --config &#39;/srv/my probe.yaml&#39; --path &#39;db/orders&#39;",
	} {
		_, text := get(t, exporter.Web{State: broken, History: func(string) watch.History { return watch.History{} }, File: file, Log: slog.New(slog.DiscardHandler)}, "/")
		if !strings.Contains(text, ">"+want+"<") {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
}

// The page of a sidecar that could read nothing says so, and no time of 1970 or of
// the year 1.
func TestThePageOfABlindSidecar(t *testing.T) {
	_, text, _ := ask(t, http.MethodGet, site(t, watch.State{Inventory: watch.Inventory{Tried: true, Unread: 30}}, nil).URL+"/")
	for _, want := range []string{"no path is planned, and AWS could not be asked for all that there is", "AWS configuration: none; 30 actions could not be read"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
}

func TestReload(t *testing.T) {
	var result error
	server := site(t, broken(), func(context.Context) error { return result })
	if status, text, _ := ask(t, http.MethodPost, server.URL+"/-/reload"); status != 200 || text != "reloaded\n" {
		t.Errorf("%d %q", status, text)
	}
	result = errors.New("probe.yaml:1: x: unknown field")
	if status, text, _ := ask(t, http.MethodPost, server.URL+"/-/reload"); status != 500 || !strings.Contains(text, "probe.yaml:1") {
		t.Errorf("%d %q, want the error", status, text)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/-/reload", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "https://elsewhere.example.com")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("another site's page reloads: status %d", answer.StatusCode)
	}
}

// The registry is its own: the process-wide one stays as it was.
func TestTheDefaultRegistryIsNotUsed(t *testing.T) {
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "agentcore_probe_") {
			t.Errorf("%s is in the default registry", f.GetName())
		}
	}
}
