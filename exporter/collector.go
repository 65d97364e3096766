package exporter

import (
	"maps"
	"math"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/version"
	"github.com/agentcore-probe/probe/watch"
)

// Metrics are the metrics of a loop. It counts what is observed, and shows the
// loop's state at each scrape.
type Metrics struct {
	state func() watch.State
	now   func() time.Time
	file  string

	descs     map[string]*prometheus.Desc // by name
	durations *prometheus.HistogramVec
	failures  *prometheus.CounterVec

	mu         sync.Mutex
	runs       map[string]float64 // by path id
	reloadOK   bool
	reloadTime time.Time
}

// NewMetrics makes the metrics of a program whose configuration was just
// accepted. SetState must be called before they are gathered.
func NewMetrics(now func() time.Time) *Metrics {
	m := &Metrics{
		now: now, descs: map[string]*prometheus.Desc{}, runs: map[string]float64{}, reloadOK: true, reloadTime: now(),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: namespace + failures.name, Help: failures.help}, failures.labels),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: namespace + durations.name, Help: durations.help,
			Buckets:                         []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, durations.labels),
	}
	for _, each := range all() {
		m.descs[each.name] = each.desc()
	}
	for _, k := range kinds() {
		m.durations.WithLabelValues(string(k))
		m.failures.WithLabelValues(string(k), string(netpath.FailureTimeout))
	}
	return m
}

// SetFile names the configuration file, as it is found from anywhere. Without it there
// is none.
func (m *Metrics) SetFile(file string) { m.file = file }

// SetState says where the state comes from.
func (m *Metrics) SetState(state func() watch.State) { m.state = state }

// Registry is a registry of its own with these metrics, the Go runtime's and the
// process's.
func (m *Metrics) Registry() *prometheus.Registry {
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(m, m.durations, m.failures,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Observe counts a finished run.
func (m *Metrics) Observe(r watch.Run) {
	m.mu.Lock()
	m.runs[r.Path.ID]++
	m.mu.Unlock()
	m.durations.WithLabelValues(string(r.Path.Kind)).Observe(r.Seen.Duration.Seconds())
	steps := r.Seen.Resolve
	for _, a := range r.Seen.Addresses {
		steps = append(steps[:len(steps):len(steps)], a.Steps...)
	}
	for _, s := range steps {
		if s.Failure != "" {
			m.fails(r, s)
		}
	}
}

// maxExemplar is how many characters the labels of an exemplar may have, names
// and values together ("Exemplars", OpenMetrics 1.0.0).
const maxExemplar = 128

// fails counts a step that did not succeed. A request's exemplar is the id that
// AWS gave it, by which AWS Support and CloudTrail find it.
func (m *Metrics) fails(r watch.Run, s netpath.Step) {
	counter := m.failures.WithLabelValues(string(r.Path.Kind), string(s.Failure))
	id := r.Result.RequestID
	exemplar, ok := counter.(prometheus.ExemplarAdder)
	if !ok || s.Operation != netpath.OpRequest || id == "" || !utf8.ValidString(id) || utf8.RuneCountInString(labelRequest+id) > maxExemplar {
		counter.Inc()
		return
	}
	exemplar.AddWithExemplar(1, prometheus.Labels{labelRequest: id})
}

// Reloaded records that the configuration file was read again.
func (m *Metrics) Reloaded(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reloadOK = err == nil; m.reloadOK {
		m.reloadTime = m.now()
	}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	for _, each := range all() {
		if each.name != durations.name && each.name != failures.name {
			out <- m.descs[each.name]
		}
	}
}

// Collect implements prometheus.Collector. The counters of runs are collected
// here, for the paths that there are: one that no run has counted yet has its
// counter, and one that is not planned any more has none.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	send := func(of metric, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(m.descs[of.name], of.kind, value, labels...)
	}
	s := m.state()
	m.mu.Lock()
	runs, accepted, acceptedAt := maps.Clone(m.runs), m.reloadOK, m.reloadTime
	m.mu.Unlock()
	for _, p := range s.Paths {
		send(pathRuns, runs[p.ID], p.ID)
		collectPath(send, p)
	}
	collectFindings(send, s)

	age := math.Inf(1)
	if !s.Inventory.CollectedAt.IsZero() {
		age = m.now().Sub(s.Inventory.CollectedAt).Seconds()
	}
	send(ready, truth(s.Ready()))
	send(inventoryAge, age)
	send(unreadActions, float64(s.Inventory.Unread))
	send(readFailures, float64(s.Inventory.Failures))
	send(configInfo, 1, m.file)
	send(reloadOK, truth(accepted))
	send(reloadTime, seconds(acceptedAt))
	program, commit, goVersion := version.Of()
	send(buildInfo, 1, program, commit, goVersion)
}

func collectPath(send func(metric, float64, ...string), p watch.Path) {
	send(pathInfo, 1, p.ID, string(p.Kind), string(p.Route), string(p.Expect))
	for _, v := range verdicts() {
		send(pathVerdict, truth(p.Tested && p.Verdict == v), p.ID, string(v))
	}
	send(pathPending, truth(p.Pending != ""), p.ID)
	send(pathSince, seconds(p.Since), p.ID)
	send(pathLast, seconds(p.LastRun), p.ID)
	send(pathDuration, p.Duration.Seconds(), p.ID)
}

func collectFindings(send func(metric, float64, ...string), s watch.State) {
	sum := s.Report.Summary
	for v, count := range map[netpath.Verdict]int{
		netpath.VerdictOK: sum.OK, netpath.VerdictBroken: sum.Broken, netpath.VerdictExposed: sum.Exposed,
		netpath.VerdictDegraded: sum.Degraded, netpath.VerdictUnknown: sum.Unknown,
	} {
		send(paths, float64(count), string(v))
	}
	bySeverity := map[netpath.Severity]int{}
	seen := map[[5]string]bool{}
	for _, f := range s.Report.Findings {
		bySeverity[f.Severity]++
		labels := [5]string{f.Code, string(f.Severity), f.Path, string(f.Hop), f.Component}
		if !seen[labels] {
			seen[labels] = true
			send(finding, 1, labels[:]...)
		}
	}
	for _, v := range severities() {
		send(findings, float64(bySeverity[v]), string(v))
	}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
