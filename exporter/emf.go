package exporter

import (
	"cmp"
	"encoding/json"
	"io"

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
