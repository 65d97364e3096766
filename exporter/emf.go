package exporter

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/watch"
)

// emfNamespace is where CloudWatch shows the metrics.
const emfNamespace = "AgentCoreProbe"

// emfLine is a log event that CloudWatch makes metrics of ("Specification:
// Embedded metric format", Amazon CloudWatch User Guide). Beside the metrics and
// their dimensions its members are there to be searched.
type emfLine struct {
	AWS       emfMetadata `json:"_aws"`
	Path      string
	VPC       string
	Verdict   string
	Outcome   string
	Findings  []string `json:",omitempty"`
	RequestID string   `json:"RequestId,omitempty"`
	Broken    int
	Exposed   int
	Degraded  int
	Unknown   int
	Duration  float64
}

type emfMetadata struct {
	Timestamp         int64 // milliseconds since 1970
	CloudWatchMetrics []emfDirective
}

type emfDirective struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []emfMetric
}

type emfMetric struct{ Name, Unit string }

// emfDirectives make five metrics for each path, and five over all paths of a
// VPC, for alarms that need not know the paths.
var emfDirectives = []emfDirective{{
	Namespace: emfNamespace, Dimensions: [][]string{{"VPC", "Path"}, {"VPC"}},
	Metrics: []emfMetric{{"Broken", "Count"}, {"Exposed", "Count"}, {"Degraded", "Count"}, {"Unknown", "Count"}, {"Duration", "Milliseconds"}},
}}

// maxDimension is how long the value of a dimension may be ("CloudWatch service
// quotas": 1 to 1024 characters).
const maxDimension = 1024

// emfWaiting is how many lines wait for a reader, below a kilobyte each.
const emfWaiting = 1000

// EMF writes finished runs to an output that somebody reads, or does not: nothing
// waits for that reader. Close must be called.
type EMF struct {
	out     io.Writer
	log     *slog.Logger
	lines   chan []byte
	written chan struct{} // closed when nothing is written any more
	dropped int           // for want of room, since the log last said that there is some
}

// NewEMF makes an EMF that writes to out.
func NewEMF(out io.Writer, log *slog.Logger) *EMF {
	e := &EMF{out: out, log: log, lines: make(chan []byte, emfWaiting), written: make(chan struct{})}
	go e.write()
	return e
}

// write writes line by line until there are no more.
func (e *EMF) write() {
	defer close(e.written)
	for line := range e.lines {
		if _, err := e.out.Write(line); err != nil {
			e.log.Warn("embedded metrics not written", "error", err)
		}
	}
}

// Observe has a run written. It is called by one goroutine at a time, and not after
// Close. A run that finds no room is dropped; the log says when that begins and how
// many there were.
func (e *EMF) Observe(r watch.Run) {
	var line bytes.Buffer
	if err := WriteEMF(&line, r); err != nil {
		e.log.Warn("embedded metrics not written", "error", err)
		return
	}
	select {
	case e.lines <- line.Bytes():
		if e.dropped > 0 && len(e.lines) < emfWaiting/2 {
			e.log.Info("embedded metrics are read again", "dropped", e.dropped)
			e.dropped = 0
		}
	default:
		if e.dropped++; e.dropped == 1 {
			e.log.Warn("embedded metrics are dropped: nobody reads standard output")
		}
	}
}

// Close waits until everything is written, and not longer than limit.
func (e *EMF) Close(limit time.Duration) {
	close(e.lines)
	select {
	case <-e.written:
	case <-time.After(limit):
		e.log.Warn("embedded metrics not written: nobody reads standard output", "lines", len(e.lines), "dropped", e.dropped)
	}
}

// WriteEMF writes a finished run of a path as one line in CloudWatch's embedded
// metric format. The verdict is the one that is shown, as everywhere.
func WriteEMF(w io.Writer, r watch.Run) error {
	is := func(v netpath.Verdict) int { return int(truth(r.Now.Verdict == v)) }
	return json.NewEncoder(w).Encode(emfLine{
		AWS:  emfMetadata{r.Result.Start.UnixMilli(), emfDirectives},
		Path: r.Path.ID[:min(len(r.Path.ID), maxDimension)], VPC: cmp.Or(r.From.VPC, "unknown"),
		Verdict: string(r.Now.Verdict), Outcome: r.Result.Outcome, Findings: r.Result.Findings, RequestID: r.Result.RequestID,
		Broken: is(netpath.VerdictBroken), Exposed: is(netpath.VerdictExposed), Degraded: is(netpath.VerdictDegraded), Unknown: is(netpath.VerdictUnknown),
		Duration: r.Result.Seconds * 1000,
	})
}
