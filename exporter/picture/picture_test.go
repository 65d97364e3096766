package picture_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/exporter/picture"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
)

const support = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a7Kq2XvT9d"

// scene is the lab's private world, with one path of each kind.
func scene(t *testing.T) picture.Scene {
	t.Helper()
	world, err := os.ReadFile("../../lab/world/patterns/private.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "private.json"), world, 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := inventory.ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	agent := netpath.Source{ENIs: []string{"eni-0bb90590e2313b508"}}
	return picture.Scene{
		Network: read.Network.Index(),
		Paths: []netpath.Path{
			{ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Source: agent, Target: netpath.Target{Port: 5432}},
			{ID: "egress/internet", Kind: netpath.KindEgress, Route: netpath.RoutePublic, Source: agent},
			{ID: "invoke/support/private", Kind: netpath.KindInvoke, Route: netpath.RoutePrivate, Target: netpath.Target{RuntimeARN: support, Endpoint: "vpce-044b39e7d093b8f26"}},
			{ID: "invoke/support/public", Kind: netpath.KindInvoke, Route: netpath.RoutePublic, Target: netpath.Target{RuntimeARN: support, Name: "bedrock-agentcore.us-east-1.amazonaws.com"}},
			{ID: "onprem/warehouse", Kind: netpath.KindOnPrem, Route: netpath.RouteOnPremises, Source: agent},
			{ID: "service/logs", Kind: netpath.KindService, Route: netpath.RoutePrivate, Source: agent, Target: netpath.Target{Service: "logs"}},
			{ID: "service/s3", Kind: netpath.KindService, Route: netpath.RouteGateway, Source: agent, Target: netpath.Target{Service: "s3"}},
		},
		Report: report.Report{
			Vantage: netpath.Vantage{Kind: netpath.VantageSidecar, Address: netip.MustParseAddr("10.0.1.20"), AZ: "use1-az1", VPC: "vpc-0d657100cb5d40f02"},
			Paths: []report.Path{
				{ID: "db/orders", Verdict: netpath.VerdictBroken, Hops: []report.Hop{{Name: netpath.HopDestSG, Status: netpath.StatusFail}, {Name: netpath.HopTCP, Status: netpath.StatusFail}}},
				{ID: "invoke/support/private", Verdict: netpath.VerdictDegraded, Hops: []report.Hop{{Name: netpath.HopTCP, Status: netpath.StatusPass, Flaws: []netpath.Failure{netpath.FailureLoss}}}},
				{ID: "invoke/support/public", Verdict: netpath.VerdictOK, Expect: netpath.ExpectDenied, Hops: []report.Hop{{Name: netpath.HopResourcePolicy, Status: netpath.StatusFail}}},
				{ID: "service/logs", Verdict: netpath.VerdictOK, Expect: netpath.ExpectReachable},
			},
		},
	}
}

// What stands in the lab's private world is in the picture, each in its place.
func TestBoxes(t *testing.T) {
	got := map[string]string{}
	for _, b := range picture.Draw(scene(t)).Boxes {
		var rows []string
		for _, r := range b.Rows {
			rows = append(rows, r.Text)
		}
		got[string(b.Place)+" "+b.Title] = strings.Join(rows, " | ")
	}
	want := map[string]string{
		"vpc Callers in the VPC":     "vpc-0d657100cb5d40f02",
		"internet Callers outside":   "over the internet",
		"vpc Interface endpoint":     "vpce-044b39e7d093b8f26 | use1-az1 10.0.11.10 | use1-az2 10.0.12.10 | endpoint sg-0e14a36943de4033c",
		"aws Public front":           "bedrock-agentcore.us-east-1.…",
		"aws Runtime support":        "network mode VPC",
		"vpc The agent's interfaces": "use1-az1 10.0.1.10 | agent sg-0e551e80c868ab8d0 | this probe use1-az1 10.0.1.20",
		"vpc Way to the internet":    "nat-05289317bfff860ed",
		"vpc Way to on-premises":     "vgw-0e4b7a2c91d35f680",
		"vpc Interface endpoints":    "none for logs",
		"vpc Gateway endpoints":      "s3 none",
		"vpc Databases":              "orders, port 5432",
		"internet Internet":          "internet",
		"onprem On premises":         "warehouse",
		"aws AWS services":           "logs | s3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every path is a line with its verdict, marked at its hop.
func TestLines(t *testing.T) {
	got := map[string]string{}
	for _, l := range picture.Draw(scene(t)).Lines {
		got[l.ID] = strings.TrimSpace(fmt.Sprintf("%s %s %s", l.Verdict, l.Mark, l.Hop))
	}
	want := map[string]string{
		"db/orders": "broken broken dest-sg", "invoke/support/private": "degraded broken tcp", "invoke/support/public": "ok shut resource-policy",
		"service/logs": "ok", "egress/internet": "waiting", "onprem/warehouse": "waiting", "service/s3": "waiting",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// No two boxes overlap, every row lies in its box, and all of it in the picture.
func TestNothingOverlaps(t *testing.T) {
	p := picture.Draw(scene(t))
	for i, b := range p.Boxes {
		if b.X < 0 || b.Y < 0 || b.X+b.W > p.Width || b.Y+b.H > p.Height {
			t.Errorf("%s is out of the picture", b.Title)
		}
		if slices.ContainsFunc(b.Rows, func(r picture.Row) bool { return r.Y <= b.Y || r.Y >= b.Y+b.H }) {
			t.Errorf("a row is out of %s", b.Title)
		}
		for _, other := range p.Boxes[i+1:] {
			if b.X < other.X+other.W && other.X < b.X+b.W && b.Y < other.Y+other.H && other.Y < b.Y+b.H {
				t.Errorf("%s and %s overlap", b.Title, other.Title)
			}
		}
	}
	for _, l := range p.Lines {
		if l.Mark != picture.MarkNone && (l.X <= 0 || l.X >= p.Width || l.Y <= 0 || l.Y >= p.Height) {
			t.Errorf("the mark of %s is out of the picture", l.ID)
		}
	}
}

// Nothing is known: the paths are drawn all the same, to what they are about.
func TestNothingKnown(t *testing.T) {
	s := scene(t)
	s.Network, s.Report = nil, report.Report{}
	if p := picture.Draw(s); len(p.Lines) != len(s.Paths) {
		t.Errorf("%d lines for %d paths", len(p.Lines), len(s.Paths))
	}
}
