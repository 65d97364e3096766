package exporter_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/watch"
)

// many is a state in which so many paths are broken by one cause, each with a long
// ladder and a history that changes with every run.
func many(n int) (watch.State, func(string) watch.History) {
	s := watch.State{Network: (&vpc.Network{}).Index(), Inventory: watch.Inventory{Tried: true, CollectedAt: now}}
	cause := netpath.Finding{Code: "sg/egress-missing", Severity: netpath.SeverityCritical, Path: "db/path-0000", Hop: netpath.HopSourceSG, Component: "sg-0e551e80c868ab8d0", Summary: strings.Repeat("word ", 30), Fix: []string{strings.Repeat("aws ", 40)}}
	for i := range n {
		id := fmt.Sprintf("db/path-%04d", i)
		verdict := netpath.VerdictBroken
		if i > 0 {
			cause.Also = append(cause.Also, id)
		}
		p := report.Path{ID: id, Verdict: verdict, Outcome: "stopped at source-sg (measured, and the configuration agrees)", Because: strings.Repeat("because ", 10), Findings: []string{cause.Code}}
		for _, hop := range []netpath.HopName{netpath.HopResolver, netpath.HopSourceSG, netpath.HopSourceNACL, netpath.HopRoute, netpath.HopDestNACL, netpath.HopDestSG, netpath.HopTCP, netpath.HopTLS, netpath.HopDatabase} {
			p.Hops = append(p.Hops, report.Hop{Name: hop, Status: netpath.StatusPass, Live: netpath.StatusPass, Config: netpath.StatusPass, Detail: strings.Repeat("detail ", 14)})
		}
		s.Report.Paths = append(s.Report.Paths, p)
		s.Paths = append(s.Paths, watch.Path{ID: id, Kind: netpath.KindDatabase, Tested: true, Verdict: verdict, Since: now, LastRun: now})
		s.Planned = append(s.Planned, netpath.Path{ID: id, Kind: netpath.KindDatabase, Target: netpath.Target{Name: id}})
	}
	s.Report.Findings = []netpath.Finding{cause}
	s.Report.Summary.Broken = n
	var h watch.History
	for i := range 100 {
		r := watch.Result{Start: now, Verdict: netpath.VerdictOK, Outcome: "reachable"}
		if i%2 == 0 {
			r = watch.Result{Start: now, Verdict: netpath.VerdictBroken, Outcome: "stopped at source-sg", Findings: []string{cause.Code}}
			h.Failures = append(h.Failures, r)
		}
		h.Results = append(h.Results, r)
	}
	return s, func(string) watch.History { return h }
}

// The page stays below its budget however many paths there are, and has a line for
// each or says how many it leaves out.
func TestThePageStaysSmall(t *testing.T) {
	for _, n := range []int{10, 40, 150, 1000} {
		s, history := many(n)
		_, page := get(t, exporter.Web{State: func() watch.State { return s }, History: history, Log: slog.New(slog.DiscardHandler)}, "/")
		lines, ladders := strings.Count(page, `<summary>`), strings.Count(page, `class="scroll" tabindex="0" role="group" aria-label="Hops"`)
		t.Logf("%d paths: %d bytes, %d lines, %d ladders", n, len(page), lines, ladders)
		if len(page) > 140_000 {
			t.Errorf("%d paths: the page has %d bytes", n, len(page))
		}
		if lines < n && !strings.Contains(page, fmt.Sprintf("%d more", n-lines)) {
			t.Errorf("%d paths: %d lines, and nothing is said of the others", n, lines)
		}
		if ladders == 0 {
			t.Errorf("%d paths: no ladder", n)
		}
	}
}
