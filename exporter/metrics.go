package exporter

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/agentcore-probe/probe/netpath"
)

// namespace is the prefix of every metric of ours.
const namespace = "agentcore_probe_"

// metric is what a reader must know of a metric. Its labels come from the
// configuration and from closed sets; those of findings also name components.
type metric struct {
	name   string // without the namespace
	kind   prometheus.ValueType
	help   string
	labels []string
}

func (m metric) desc() *prometheus.Desc {
	return prometheus.NewDesc(namespace+m.name, m.help, m.labels, nil)
}

// The labels.
const (
	labelPath    = "path"       // a path's id
	labelKind    = "kind"       // netpath.Kind
	labelVerdict = "verdict"    // netpath.Verdict
	labelRequest = "request_id" // of exemplars: what AWS calls a request
)

// The metrics of a path: eleven series for each.
var (
	pathInfo     = metric{"path_info", prometheus.GaugeValue, "A planned path with its kind, route and expectation; always 1.", []string{labelPath, labelKind, "route", "expect"}}
	pathVerdict  = metric{"path_verdict", prometheus.GaugeValue, "The verdict of a path: 1 for the one that holds, 0 for the others; all are 0 before the first result.", []string{labelPath, labelVerdict}}
	pathPending  = metric{"path_verdict_pending", prometheus.GaugeValue, "1 while newer evidence contradicts the verdict and has not held for enough runs, else 0.", []string{labelPath}}
	pathSince    = metric{"path_verdict_change_timestamp_seconds", prometheus.GaugeValue, "When the verdict of a path changed last, in seconds since 1970; 0 before the first result.", []string{labelPath}}
	pathLast     = metric{"path_last_run_timestamp_seconds", prometheus.GaugeValue, "When the last finished run of a path started, in seconds since 1970; 0 before the first result.", []string{labelPath}}
	pathDuration = metric{"path_last_run_duration_seconds", prometheus.GaugeValue, "How long the last run of a path took; 0 before the first result.", []string{labelPath}}
	pathRuns     = metric{"path_runs_total", prometheus.CounterValue, "Finished runs of a path.", []string{labelPath}}
)

// The metrics over all paths.
var (
	paths     = metric{"paths", prometheus.GaugeValue, "Paths by verdict; a path without a result is not counted.", []string{labelVerdict}}
	findings  = metric{"findings", prometheus.GaugeValue, "Findings by severity.", []string{"severity"}}
	finding   = metric{"finding", prometheus.GaugeValue, "A finding: 1 while it is there, no series otherwise. 'probe explain CODE' says what it means.", []string{"code", "severity", labelPath, "hop", "component"}}
	durations = metric{"run_duration_seconds", prometheus.UntypedValue, "How long runs of paths take, by kind of path.", []string{labelKind}}
	failures  = metric{"failures_total", prometheus.CounterValue, "Steps of runs that did not succeed, by kind of path and reason, whether that was expected or not.", []string{labelKind, "reason"}}
)

// The metrics of the program itself.
var (
	ready         = metric{"ready", prometheus.GaugeValue, "1 when the AWS configuration was read or tried and every path has a result, else 0; 0 as well while there is no path and something could not be read.", nil}
	inventoryAge  = metric{"inventory_age_seconds", prometheus.GaugeValue, "Age of the AWS configuration that is in use; +Inf while there is none.", nil}
	unreadActions = metric{"inventory_unread_actions", prometheus.GaugeValue, "AWS actions that the last reading of the configuration could not read.", nil}
	readFailures  = metric{"inventory_failures_total", prometheus.CounterValue, "Readings of the AWS configuration that failed, so that the older one stayed in use, if there is one.", nil}
	configInfo    = metric{"config_info", prometheus.GaugeValue, "The configuration file that the program was started with; always 1.", []string{"file"}}
	reloadOK      = metric{"config_last_reload_successful", prometheus.GaugeValue, "1 when the configuration file was accepted the last time it was read, else 0.", nil}
	reloadTime    = metric{"config_last_reload_success_timestamp_seconds", prometheus.GaugeValue, "When the configuration file was accepted last, in seconds since 1970.", nil}
	buildInfo     = metric{"build_info", prometheus.GaugeValue, "The program's version, revision and Go version; always 1.", []string{"version", "revision", "goversion"}}
)

// all lists every metric in the order of the documentation.
func all() []metric {
	return []metric{
		pathInfo, pathVerdict, pathPending, pathSince, pathLast, pathDuration, pathRuns,
		paths, findings, finding, durations, failures,
		ready, inventoryAge, unreadActions, readFailures, configInfo, reloadOK, reloadTime, buildInfo,
	}
}

func kinds() []netpath.Kind {
	return []netpath.Kind{netpath.KindInvoke, netpath.KindDatabase, netpath.KindFile, netpath.KindService, netpath.KindEgress, netpath.KindOnPrem}
}

func verdicts() []netpath.Verdict {
	return []netpath.Verdict{netpath.VerdictOK, netpath.VerdictBroken, netpath.VerdictExposed, netpath.VerdictDegraded, netpath.VerdictUnknown}
}

func severities() []netpath.Severity {
	return []netpath.Severity{netpath.SeverityCritical, netpath.SeverityWarning, netpath.SeverityInfo}
}

// Documentation is docs/metrics.md.
func Documentation() string {
	var b strings.Builder
	b.WriteString("# Metrics\n\n`probe serve` exposes these at `/metrics`, beside those of the Go runtime and of the process. A scrape measures\nnothing: it shows the last results. The series of a path stay when it fails; each path has at most 16.\n\n")
	b.WriteString("In OpenMetrics, which Prometheus asks for, `agentcore_probe_failures_total` has exemplars: `request_id` is AWS's id of the\nlast request that did not succeed (Prometheus keeps them with `--enable-feature=exemplar-storage`).\n`/probe?path=ID` and what else serve answers stand in [serve.md](serve.md).\n\n")
	b.WriteString("This page is generated: `go test ./exporter -run TestDocumentation -update`.\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, m := range all() {
		b.WriteString("| `" + namespace + m.name + "` | " + m.typeName() + " | " + strings.Join(quoted(m.labels), ", ") + " | " + m.help + " |\n")
	}
	b.WriteString("\n| label | values |\n|---|---|\n")
	for _, l := range [][2]string{
		{labelPath, "a path's id, such as `db/orders`"},
		{labelKind, strings.Join(quoted(kinds()), ", ")},
		{labelVerdict, strings.Join(quoted(verdicts()), ", ")},
		{"severity", strings.Join(quoted(severities()), ", ")},
		{"reason", "why a step failed, from a closed set: `timeout`, `connection_refused`, `dns_timeout`, `access_denied`, …"},
		{"code", "a finding's code; each has a page under `docs/findings`"},
		{"file", "its absolute path; empty where there is none"},
		{"component", "the ARN or id of what is to be changed"},
	} {
		b.WriteString("| `" + l[0] + "` | " + l[1] + " |\n")
	}
	return b.String()
}

func (m metric) typeName() string {
	switch m.kind {
	case prometheus.CounterValue:
		return "counter"
	case prometheus.GaugeValue:
		return "gauge"
	}
	return "histogram, native and classic"
}

func quoted[T ~string](words []T) []string {
	var out []string
	for _, w := range words {
		out = append(out, "`"+string(w)+"`")
	}
	return slices.Clip(out)
}
