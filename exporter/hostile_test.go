package exporter_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/exporter"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/watch"
)

// hostile are texts as somebody else may choose them: names in certificates and in
// DNS, sentences of denials, tags of resources.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `</title><svg onload=alert(1)>`,
	`</pre><style>*{display:none}</style>`, "\x00\x1b[31m\u202ereversed", `{{.Report}}`, `&lt;script&gt;`, `-->]]>`,
}

// said is a state in which every text that comes from elsewhere is the given one.
func said(text string) watch.State {
	finding := netpath.Finding{
		Code: "tls/name-mismatch", Severity: netpath.SeverityCritical, Path: "db/" + text, Hop: netpath.HopTLS, Component: text, Summary: text,
		Owner: netpath.Owner{Name: text, Account: text, Stack: text}, Changed: netpath.Facts{text: text}, ChangedBy: netpath.Author{Principal: text, Event: text, Address: text}, Fix: []string{text}, Undo: []string{text},
	}
	path := report.Path{
		ID: "db/" + text, Verdict: netpath.VerdictBroken, Outcome: text, Because: text, Findings: []string{text},
		Hops: []report.Hop{{Name: netpath.HopTLS, Status: netpath.StatusFail, Detail: text, Component: text}},
	}
	invoke := path
	invoke.ID = "invoke/" + text
	network := &vpc.Network{
		SecurityGroups:    []vpc.SecurityGroup{{GroupID: "sg-1", GroupName: text}},
		NetworkInterfaces: []vpc.NetworkInterface{{NetworkInterfaceID: "eni-1", AvailabilityZone: text, Groups: []vpc.GroupRef{{GroupID: "sg-1"}}}},
	}
	return watch.State{
		Report: report.Report{
			Paths: []report.Path{path, invoke}, Findings: []netpath.Finding{finding}, Notes: []string{text},
			Vantage: netpath.Vantage{Kind: netpath.VantageSidecar, ENI: text, VPC: text, AZ: text, Principal: text, Address: netip.MustParseAddr("10.0.1.20")},
		},
		Paths: []watch.Path{{ID: "db/" + text, Tested: true, Verdict: netpath.VerdictBroken}, {ID: "invoke/" + text, Tested: true, Verdict: netpath.VerdictBroken}},
		Planned: []netpath.Path{
			{ID: "db/" + text, Kind: netpath.KindDatabase, Source: netpath.Source{ENIs: []string{"eni-1"}}, Target: netpath.Target{Name: text}},
			{ID: "invoke/" + text, Kind: netpath.KindInvoke, Target: netpath.Target{Name: text, RuntimeARN: "arn:x/" + text}},
		},
		Network:   network.Index(),
		Inventory: watch.Inventory{Tried: true, CollectedAt: now, Error: text},
	}
}

// Whatever is said from elsewhere, the page has the same elements with the same
// attributes: text stays text.
func TestHostileTextsStayText(t *testing.T) {
	want := skeleton(t, "harmless")
	for _, text := range hostile {
		if diff := cmp.Diff(want, skeleton(t, text)); diff != "" {
			t.Errorf("%q changes the page's structure:\n%s", text, diff)
		}
	}
}

// skeleton is a page's elements with the names of their attributes; of those that
// a browser follows or carries out, their values' beginnings too.
func skeleton(t *testing.T, text string) []string {
	t.Helper()
	s := said(text)
	failed := []watch.Result{{Start: now, Verdict: netpath.VerdictBroken, Outcome: text, Findings: []string{text}, RequestID: text}}
	status, page := get(t, exporter.Web{
		State:   func() watch.State { return s },
		History: func(string) watch.History { return watch.History{Results: failed, Failures: failed} },
	}, "/")
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	var all []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return all
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			line := token.Data
			for _, a := range token.Attr {
				line += " " + a.Key
				if a.Key == "href" || a.Key == "src" {
					line += "=" + a.Val[:1]
				}
			}
			all = append(all, line)
		}
	}
}
