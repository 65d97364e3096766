package exporter

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/exporter/picture"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

// row is one path of the status page.
type row struct {
	ID, Verdict, Pending, Outcome, Because, Since, Last string

	Command  string
	Codes    []string
	Hops     []rung
	History  []stretch
	Failures []failed
}

// rung is a hop of a ladder. Here says that the path breaks there.
type rung struct {
	Name, Status, Live, Config, Detail string
	Here                               bool
}

// stretch is a number of runs in a row that came to the same.
type stretch struct {
	From, Runs, Y int
	Verdict       string
}

// failed is a run that was not ok.
type failed struct{ Start, Verdict, Outcome, Codes, RequestID string }

// maxFailed is how many of those the page shows; the JSON document has them all.
const maxFailed = 5

// waiting is shown of a path without a result.
const waiting = "waiting"

func newRow(p watch.Path, judged report.Path) row {
	r := row{ID: p.ID, Verdict: waiting, Outcome: "no result yet", Command: "probe check --path '" + p.ID + "'"}
	if p.Tested {
		r.Verdict, r.Pending, r.Outcome, r.Because = string(p.Verdict), string(p.Pending), judged.Outcome, judged.Because
		r.Since, r.Last, r.Codes = clock(p.Since), clock(p.LastRun), judged.Findings
	}
	return r
}

// climb adds the ladder and the history.
func (r *row) climb(judged report.Path, h watch.History) {
	mark, at := picture.MarkOf(judged)
	for _, hop := range judged.Hops {
		r.Hops = append(r.Hops, rung{
			Name: string(hop.Name), Status: string(hop.Status), Live: sign(hop.Live), Config: sign(hop.Config), Detail: hop.Detail,
			Here: mark == picture.MarkBroken && hop.Name == at,
		})
	}
	for i, result := range h.Results {
		last := len(r.History) - 1
		if last < 0 || r.History[last].Verdict != string(result.Verdict) {
			y := 0
			if result.Verdict == netpath.VerdictOK { // told apart without colour too
				y = 3
			}
			r.History = append(r.History, stretch{From: i, Y: y, Verdict: string(result.Verdict)})
			last++
		}
		r.History[last].Runs++
	}
	for _, f := range h.Failures[:min(len(h.Failures), maxFailed)] {
		codes := slices.Clone(f.Findings)
		r.Failures = append(r.Failures, failed{clock(f.Start), string(f.Verdict), f.Outcome, strings.Join(codes, " "), f.RequestID})
	}
}

// sign is a status as the text report writes it, in words for those who listen.
func sign(s netpath.Status) string {
	if s == netpath.StatusSkipped {
		return "–"
	}
	return string(s)
}
