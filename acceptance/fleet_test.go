package acceptance_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

var fleetSize = flag.Int("fleet", 0, "so many simulated sidecars are scraped by one Prometheus (make fleet)")

// Budgets of a fleet: what one rule or query of its page may take.
const (
	fleetLimit  = time.Second
	fleetScrape = 15 * time.Second
)

// fleetPaths are those of a sidecar in the private pattern.
var fleetPaths = []watch.Path{
	{ID: "db/orders", Kind: netpath.KindDatabase}, {ID: "egress/internet", Kind: netpath.KindEgress},
	{ID: "invoke/support/private", Kind: netpath.KindInvoke}, {ID: "invoke/support/public", Kind: netpath.KindInvoke},
	{ID: "service/ecr.api", Kind: netpath.KindService}, {ID: "service/ecr.dkr", Kind: netpath.KindService},
	{ID: "service/logs", Kind: netpath.KindService}, {ID: "service/s3", Kind: netpath.KindService},
}

// TestFleet has one real Prometheus scrape a fleet of sidecars, whose metrics are
// the exporter's own over states that are made up: one in fifty has a broken
// database. Rules and the fleet's dashboard must be quick.
func TestFleet(t *testing.T) {
	if *fleetSize == 0 {
		return // make fleet
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for i := range *fleetSize {
		m := simulated(i)
		show := promhttp.HandlerFor(m.Registry(), promhttp.HandlerOpts{EnableOpenMetrics: true})
		mux.HandleFunc("/"+instance(i), func(out http.ResponseWriter, in *http.Request) {
			ran(m)
			show.ServeHTTP(out, in)
		})
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = server.Close() })

	p := startFleet(t, t.TempDir(), listener.Addr().String())
	p.wait(t, "every sidecar is scraped", fmt.Sprintf(`sum(up{job="agentcore-probe"}) == %d`, *fleetSize))
	p.wait(t, "the rules have run over all of them", fmt.Sprintf(`sum(vpc:agentcore_probe_paths:sum) == %d and count(path:agentcore_probe_broken:ratio3d) == %d`, *fleetSize*len(fleetPaths), *fleetSize*len(fleetPaths)))
	p.wait(t, "Prometheus has scraped itself twice since", `count_over_time(prometheus_tsdb_head_series[2m]) >= 4`)
	number := func(query string) any {
		if found := p.query(t, query); len(found) == 1 {
			return found[0].Value[1]
		}
		return "?"
	}
	t.Logf("%d sidecars with %d paths each: %v series in all, %v samples a scrape of one, %v samples a second, Prometheus takes %v MiB",
		*fleetSize, len(fleetPaths), number(`prometheus_tsdb_head_series`), number(`max(scrape_samples_scraped{job="agentcore-probe"})`),
		number(`round(sum(scrape_samples_scraped{job="agentcore-probe"}) / 15)`), number(`round(process_resident_memory_bytes{job="prometheus"} / 1048576)`))
	p.quickRules(t)
	p.quickQueries(t)
}

func instance(i int) string { return fmt.Sprintf("10.%d.%d.20", i/250, i%250) }

// simulated are the metrics of one sidecar.
func simulated(i int) *exporter.Metrics {
	now := time.Now()
	s := watch.State{
		Inventory: watch.Inventory{Tried: true, CollectedAt: now},
		Report:    report.Report{Summary: report.Summary{OK: len(fleetPaths)}},
	}
	m := exporter.NewMetrics(time.Now)
	for _, p := range fleetPaths {
		p.Route, p.Expect, p.Tested, p.Verdict = netpath.RouteVPC, netpath.ExpectReachable, true, netpath.VerdictOK
		p.Since, p.LastRun, p.Duration = now, now, 20*time.Millisecond
		if i%50 == 0 && p.Kind == netpath.KindDatabase {
			p.Verdict, s.Report.Summary = netpath.VerdictBroken, report.Summary{OK: len(fleetPaths) - 1, Broken: 1}
			s.Report.Findings = []netpath.Finding{{Code: "sg/ingress-missing", Severity: netpath.SeverityCritical, Path: p.ID, Hop: netpath.HopDestSG, Component: fmt.Sprintf("sg-%017d", i)}}
		}
		s.Paths = append(s.Paths, p)
	}
	m.SetState(func() watch.State { return s })
	return m
}

// ran counts one run of each path, between two scrapes.
func ran(m *exporter.Metrics) {
	for _, p := range fleetPaths {
		m.Observe(watch.Run{Path: netpath.Path{ID: p.ID, Kind: p.Kind}, Seen: netpath.Observation{Duration: 20 * time.Millisecond}})
	}
}

// startFleet starts a Prometheus whose targets are all at one address, each under
// a path and with labels of its own.
func startFleet(t *testing.T, dir, address string) prometheus {
	t.Helper()
	rendered, err := filepath.Abs("../deploy/mixin/rendered")
	if err != nil {
		t.Fatal(err)
	}
	own, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	self := own.Addr().String()
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "global: {scrape_interval: %[1]s, scrape_timeout: 10s, evaluation_interval: %[1]s, external_labels: {account: '123456789012', region: us-east-1}}\n", fleetScrape)
	fmt.Fprintf(&b, "rule_files: [%[1]s/rules.yaml, %[1]s/alerts.yaml]\nscrape_configs:\n", rendered)
	fmt.Fprintf(&b, "  - {job_name: prometheus, static_configs: [{targets: ['%s']}]}\n  - job_name: agentcore-probe\n    static_configs:\n", self)
	for i := range *fleetSize {
		fmt.Fprintf(&b, "      - {targets: ['%s'], labels: {__metrics_path__: '/%s', instance: '%[2]s:9879', vpc: 'vpc-%017d', az: 'use1-az%d'}}\n", address, instance(i), i/4, i%3+1)
	}
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := prometheus{api: "http://" + self + "/api/v1/", logs: map[string]string{}, patience: 5 * time.Minute}
	p.start(t, dir, "prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address="+self, "--log.level=warn")
	return p
}

// quickRules wants no rule to take longer than the budget, in the quickest of
// several evaluations: other programs may want the processor too.
func (p prometheus) quickRules(t *testing.T) {
	t.Helper()
	type timed struct {
		Name           string
		EvaluationTime float64
		LastError      string
	}
	quickest := map[string]timed{} // by group and name
	tick := time.NewTicker(fleetScrape)
	defer tick.Stop()
	for range 6 {
		var answer struct {
			Data struct {
				Groups []struct {
					Name  string
					Rules []timed
				}
			}
		}
		if err := json.Unmarshal([]byte(fetch(t, p.api+"rules")), &answer); err != nil {
			t.Fatal(err)
		}
		for _, g := range answer.Data.Groups {
			for _, r := range g.Rules {
				if before, seen := quickest[g.Name+" "+r.Name]; !seen || r.EvaluationTime < before.EvaluationTime || r.LastError != "" {
					quickest[g.Name+" "+r.Name] = r
				}
			}
		}
		<-tick.C
	}
	for _, name := range slices.Sorted(maps.Keys(quickest)) {
		r := quickest[name]
		t.Logf("rule %s: %.0f ms", name, 1000*r.EvaluationTime)
		if r.LastError != "" || r.EvaluationTime > fleetLimit.Seconds() {
			t.Errorf("%s takes %.3f s: %s", name, r.EvaluationTime, r.LastError)
		}
	}
}

// quickQueries wants no query of the fleet's dashboard to take longer than the
// budget, nor to come back empty.
func (p prometheus) quickQueries(t *testing.T) {
	t.Helper()
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "../deploy/mixin/rendered/dashboards/fleet.json")), &d); err != nil {
		t.Fatal(err)
	}
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			took, found, err := p.quickest(target.Expr)
			if err != nil || len(found) == 0 || took > fleetLimit {
				t.Errorf("%s: %d results after %s: %v", panel.Title, len(found), took, err)
			}
			t.Logf("query %s: %d results after %.0f ms", panel.Title, len(found), float64(took.Microseconds())/1000)
		}
	}
}

// quickest asks several times, as other programs may want the processor too, and
// returns how long the quickest answer took.
func (p prometheus) quickest(expression string) (least time.Duration, found []sample, err error) {
	least = time.Hour
	for range 10 {
		start := time.Now()
		if found, err = ask[[]sample](p, "query", url.Values{"query": {variables.Replace(expression)}}); err != nil {
			return least, nil, err
		}
		least = min(least, time.Since(start))
	}
	return least, found, nil
}
