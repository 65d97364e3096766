package exporter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/exporter/picture"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

// row is one path of the status page.
type row struct {
	ID, Verdict, Pending, Outcome, Expect, Because, Since, Last string

	Full     bool // has what follows
	Command  string
	Codes    []string
	Hops     []rung
	Bars     []bar
	Changes  []stretch // the newest of its history
	Earlier  int       // the others
	Failures []failed
}

// rung is a hop of a ladder. Here says that the path breaks there.
type rung struct {
	Name, Status, Live, Config, Detail string
	Here                               bool
}

// stretch is a number of runs in a row that came to the same.
type stretch struct {
	From, Runs int
	Verdict    string
}

// bar is everything in the drawing of a history that came to the same.
type bar struct{ Verdict, Shape string }

// failed is a run that was not ok.
type failed struct{ Start, Verdict, Outcome, Codes, RequestID string }

// What the page shows of a history; the JSON document has it all.
const (
	maxFailed  = 5
	maxChanges = 10
)

// waiting is shown of a path without a result.
const waiting = "waiting"

// newRow is a path's row; file is the configuration file that names it, or "".
func newRow(p watch.Path, judged report.Path, file string) row {
	r := row{ID: p.ID, Verdict: waiting, Outcome: "no result yet", Command: command(p.ID, file)}
	if p.Tested {
		r.Verdict, r.Pending, r.Outcome, r.Expect, r.Because = string(p.Verdict), string(p.Pending), judged.Outcome, string(p.Expect), judged.Because
		r.Since, r.Last, r.Codes = clock(p.Since), clock(p.LastRun), judged.Findings
	}
	return r
}

// command measures a path by hand, beside this program.
func command(path, file string) string {
	template := "probe check --path '${path}'"
	if file != "" {
		template = "probe check --config ${file} --path '${path}'"
	}
	line, _ := catalogue.ExpandCommand(template, netpath.Facts{"path": path, "file": file}) // complete: neither is empty
	return line
}

// climb adds the ladder and the history.
func (r *row) climb(judged report.Path, h watch.History) {
	r.Full = true
	mark, at := picture.MarkOf(judged)
	for _, hop := range judged.Hops {
		r.Hops = append(r.Hops, rung{
			Name: string(hop.Name), Status: string(hop.Status), Live: sign(hop.Live), Config: sign(hop.Config), Detail: hop.Detail,
			Here: mark == picture.MarkBroken && hop.Name == at,
		})
	}
	r.remember(h.Results)
	for _, f := range h.Failures[:min(len(h.Failures), maxFailed)] {
		codes := slices.Clone(f.Findings)
		r.Failures = append(r.Failures, failed{clock(f.Start), string(f.Verdict), f.Outcome, strings.Join(codes, " "), f.RequestID})
	}
}

// remember adds the history in words and as a drawing.
func (r *row) remember(results []watch.Result) {
	var all []stretch
	for i, result := range results {
		if last := len(all) - 1; last >= 0 && all[last].Verdict == string(result.Verdict) {
			all[last].Runs++
			continue
		}
		all = append(all, stretch{From: i, Runs: 1, Verdict: string(result.Verdict)})
	}
	for _, one := range all {
		k := slices.IndexFunc(r.Bars, func(b bar) bool { return b.Verdict == one.Verdict })
		if k < 0 {
			k = len(r.Bars)
			r.Bars = append(r.Bars, bar{Verdict: one.Verdict})
		}
		top := 0
		if one.Verdict == string(netpath.VerdictOK) { // told apart without colour too
			top = 3
		}
		r.Bars[k].Shape += fmt.Sprintf("M%d %dh%dv8h-%d", one.From, top, one.Runs, one.Runs)
	}
	r.Changes = all[:min(len(all), maxChanges)]
	r.Earlier = len(all) - len(r.Changes)
}

// weight is about how many bytes the row takes on the page beyond its line.
func (r *row) weight() int {
	bytes := 1200 + len(r.Because) + len(r.Command)
	for _, h := range r.Hops {
		bytes += 220 + len(h.Detail)
	}
	for _, b := range r.Bars {
		bytes += 40 + len(b.Shape)
	}
	for _, f := range r.Failures {
		bytes += 120 + len(f.Outcome) + len(f.Codes)
	}
	return bytes
}

// sign is a status as the text report writes it, in words for those who listen.
func sign(s netpath.Status) string {
	if s == netpath.StatusSkipped {
		return "–"
	}
	return string(s)
}
