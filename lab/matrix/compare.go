package matrix

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/scenario"
)

// Report is what is read of a probe's JSON report.
type Report struct {
	Seconds   float64                   `json:"seconds"`
	Inventory struct{ Seconds float64 } `json:"inventory"`
	Paths     []struct {
		ID      string `json:"id"`
		Verdict string `json:"verdict"`
	} `json:"paths"`
	Findings []Finding      `json:"findings"`
	Vantage  map[string]any `json:"vantage"`
	exit     int
}

// Finding is a finding as it was reported.
type Finding struct {
	scenario.Finding
	Summary string `json:"summary"`
}

// took is the time of the check: live evidence and inventory.
func (r Report) took() time.Duration {
	return time.Duration((r.Seconds + r.Inventory.Seconds) * float64(time.Second))
}

// compare lists each way in which a report is not what is wanted. The wanted
// findings are complete: one more is a difference too. Of the verdicts those
// that are wanted count.
func compare(want scenario.Want, got Report, took time.Duration) []string {
	var differs []string
	for _, f := range want.Findings {
		if !slices.ContainsFunc(got.Findings, func(g Finding) bool { return f.Describes(g.Finding) }) {
			differs = append(differs, "missing: "+words(f))
		}
	}
	for _, f := range got.Findings {
		if !slices.ContainsFunc(want.Findings, func(w scenario.Finding) bool { return w.Describes(f.Finding) }) {
			differs = append(differs, "too many: "+words(f.Finding)+": "+f.Summary)
		}
	}
	seen := map[string]string{}
	for _, p := range got.Paths {
		seen[p.ID] = p.Verdict
	}
	for _, id := range slices.Sorted(maps.Keys(want.Verdicts)) {
		if seen[id] != want.Verdicts[id] {
			differs = append(differs, fmt.Sprintf("%s: %q, want %q", id, seen[id], want.Verdicts[id]))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(want.Vantage)) {
		if is := got.Vantage[field]; is != want.Vantage[field] {
			differs = append(differs, fmt.Sprintf("vantage %s: %v, want %q", field, is, want.Vantage[field]))
		}
	}
	if want.Exit != nil && got.exit != *want.Exit {
		differs = append(differs, fmt.Sprintf("exit status %d, want %d", got.exit, *want.Exit))
	}
	if limit := time.Duration(want.Within * float64(time.Second)); took > limit {
		differs = append(differs, fmt.Sprintf("took %s, within %s is wanted", took.Round(time.Millisecond), limit))
	}
	return differs
}

func words(f scenario.Finding) string {
	return fmt.Sprintf("%s on %s at %s", f.Code, f.Component, strings.Join(slices.Concat([]string{f.Path}, f.Also), ", "))
}
