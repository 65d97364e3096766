package exporter

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/watch"
)

// How long /probe may take. Prometheus says when it will have stopped waiting;
// the answer has to get there before.
const (
	timeoutHeader  = "X-Prometheus-Scrape-Timeout-Seconds"
	measureLimit   = 25 * time.Second // where nobody says; below writeLimit
	timeoutReserve = 500 * time.Millisecond
)

// measure answers /probe?path=ID: it has a planned path measured, no other, and
// no more often than watch.Loop.Measure permits.
func (w Web) measure(out http.ResponseWriter, in *http.Request) {
	id := in.URL.Query().Get("path")
	limit, err := scrapeTimeout(in.Header.Get(timeoutHeader))
	if id == "" || err != nil {
		say(out, http.StatusBadRequest, "/probe?path=ID has a planned path measured; "+timeoutHeader+" is a number of seconds")
		return
	}
	ctx, cancel := context.WithTimeout(in.Context(), limit)
	defer cancel()
	p, err := w.Measure(ctx, id)
	switch {
	case errors.Is(err, watch.ErrNotPlanned):
		say(out, http.StatusNotFound, "no path has this id; /api/v1/report lists them")
	case errors.Is(err, context.DeadlineExceeded):
		say(out, http.StatusGatewayTimeout, "the run has not ended within "+limit.String()+"; /metrics will have its result")
	case err != nil:
		say(out, http.StatusServiceUnavailable, err.Error())
	default:
		promhttp.HandlerFor(w.measured(p), promhttp.HandlerOpts{}).ServeHTTP(out, in)
	}
}

// scrapeTimeout is how long a scrape may take, less what its answer needs.
func scrapeTimeout(header string) (time.Duration, error) {
	if header == "" {
		return measureLimit, nil
	}
	seconds, err := strconv.ParseFloat(header, 64)
	if err != nil || !(seconds > 0) { // NaN too
		return 0, errors.New("not a number of seconds")
	}
	limit := time.Duration(min(seconds, measureLimit.Seconds()) * float64(time.Second))
	return max(limit-timeoutReserve, limit/2), nil
}

// measured are the metrics of one path, under the names that Prometheus's
// blackbox exporter gave to success and duration.
func (w Web) measured(p watch.Path) prometheus.Gatherer {
	r := prometheus.NewPedanticRegistry()
	gauge := func(name, help string, value float64) {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		g.Set(value)
		r.MustRegister(g)
	}
	gauge("probe_success", "1 when the path is as it should be, else 0.", truth(p.Verdict == netpath.VerdictOK))
	gauge("probe_duration_seconds", "How long the run took.", p.Duration.Seconds())
	gauge(namespace+"result_age_seconds", "How long ago the run started: a path is not measured again within half of its interval.", w.Now().Sub(p.LastRun).Seconds())
	verdict := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: namespace + pathVerdict.name, Help: pathVerdict.help}, pathVerdict.labels)
	for _, v := range verdicts() {
		verdict.WithLabelValues(p.ID, string(v)).Set(truth(p.Verdict == v))
	}
	r.MustRegister(verdict)
	return r
}
