package watch

import (
	"time"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

// Run is a finished run of a path, as a Loop tells of it.
type Run struct {
	Path   netpath.Path
	Seen   netpath.Observation
	Result Result          // what this run came to by itself
	Now    Path            // how the path stands after it
	From   netpath.Vantage // who ran it
}

// Result is what one run of a path came to.
type Result struct {
	Start     time.Time       `json:"start"`
	Seconds   float64         `json:"seconds"`
	Verdict   netpath.Verdict `json:"verdict"` // of this run's evidence alone
	Outcome   string          `json:"outcome"`
	Findings  []string        `json:"findings"`             // codes
	RequestID string          `json:"request_id,omitempty"` // AWS's, of a request that was refused
}

// newResult is the result of a run, as it was judged.
func newResult(seen netpath.Observation, judged diagnosis.Path) Result {
	return Result{
		Start: seen.Start.UTC(), Seconds: seen.Duration.Seconds(), Verdict: judged.Verdict, Outcome: judged.Outcome,
		Findings: append([]string{}, judged.Findings...), RequestID: requestID(judged.Path, seen),
	}
}

// requestID is what AWS calls the request that did not succeed; "" where there is
// none.
func requestID(p netpath.Path, seen netpath.Observation) string {
	for _, a := range seen.Addresses {
		for _, hop := range p.Hops() {
			if e := a.Hops[hop]; e.Failure != "" && e.Facts["request_id"] != "" {
				return e.Facts["request_id"]
			}
		}
	}
	return ""
}
