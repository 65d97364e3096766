package exporter_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/watch"
)

func TestPathDocument(t *testing.T) {
	bad := watch.Result{Start: now, Seconds: 3, Verdict: netpath.VerdictBroken, Outcome: "stopped at dest-sg", Findings: []string{"sg/ingress-missing"}, RequestID: "8f0c"}
	good := watch.Result{Start: now, Seconds: 1, Verdict: netpath.VerdictOK, Outcome: "reachable", Findings: []string{}}
	s := broken()
	s.Report.Paths[0].Findings = []string{"sg/ingress-missing"}
	another := s.Report.Findings[0]
	another.Path, another.Component = "db/ledger", "sg-2" // the same code, and nothing to do with it
	shared := s.Report.Findings[0]
	shared.Code, shared.Path, shared.Also = "tls/expiring", "db/ledger", []string{"db/orders"}
	s.Report.Findings = append(s.Report.Findings, another, shared)
	w := exporter.Web{
		State: func() watch.State { return s },
		History: func(string) watch.History {
			return watch.History{Results: []watch.Result{bad, good}, Failures: []watch.Result{bad}}
		},
	}
	status, text := get(t, w, "/api/v1/paths/db/orders")
	var got struct {
		Version     int
		ID, Verdict string
		Path        report.Path
		Findings    []netpath.Finding
		Results     []watch.Result
		Failures    []watch.Result
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		t.Fatal(status, err, text)
	}
	want := got
	want.Version, want.ID, want.Verdict, want.Path, want.Findings = 1, "db/orders", "broken", s.Report.Paths[0], []netpath.Finding{s.Report.Findings[0], shared}
	want.Results, want.Failures = []watch.Result{bad, good}, []watch.Result{bad}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, id := range []string{"db/none", "", "../report"} {
		if status, _ := get(t, w, "/api/v1/paths/"+id); status == http.StatusOK {
			t.Errorf("%q: status %d", id, status)
		}
	}
}
