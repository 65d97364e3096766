package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
)

// What a change would do is said by path and by finding, and rests on the
// configuration; a path that would come or go is none that was measured either.
func TestProposal(t *testing.T) {
	after := broken()
	before := after
	before.Paths = []report.Path{{ID: "db/orders", Verdict: netpath.VerdictOK}, {ID: "db/gone", Verdict: netpath.VerdictOK}}
	before.Findings = []netpath.Finding{{Code: "dns/slow", Severity: netpath.SeverityWarning, Component: "10.0.0.2", Summary: "slow"}}
	p := report.NewProposal("change.json", before, after)
	want := []report.Outlook{
		{Path: "db/orders", Was: netpath.VerdictOK, Would: netpath.VerdictBroken, Outcome: "stopped at dest-sg", Basis: netpath.BasisConfig, Findings: []string{"sg/ingress-missing"}},
		{Path: "db/gone", Was: netpath.VerdictOK, Findings: []string{}},
	}
	if diff := cmp.Diff(want, p.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	if err := p.WriteText(&out, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"WHAT IF: change.json was applied. Nothing has been changed.\n",
		"BROKEN    db/orders is ok now and would be broken: stopped at dest-sg (from the configuration, not\n          measured), sg/ingress-missing\n",
		"db/gone would be no path any more; it is ok\n",
		"[critical] sg/ingress-missing would come up\n",
		"[warning] dns/slow would be gone\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "aws ec2") {
		t.Errorf("a command mends what is not there:\n%s", out.String())
	}
	if after.Paths[0].Basis == netpath.BasisConfig {
		t.Error("the report itself has changed")
	}
}
