package report_test

import (
	"bytes"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
)

var update = flag.Bool("update", false, "write the golden files")

// broken is a run in which a security group lacks a rule.
func broken() report.Report {
	pass := netpath.Evidence{Status: netpath.StatusPass}
	database := netip.MustParseAddr("10.0.5.10")
	missing := netpath.Evidence{
		Status: netpath.StatusFail, Cause: "sg/ingress-missing", Component: "sg-0db",
		Detail: "sg-0db has no inbound rule for sg-0agent on tcp port 5432",
		Facts:  netpath.Facts{"group": "sg-0db", "source": "sg-0agent", "source_group": "sg-0agent", "protocol": "tcp", "port": "5432"},
	}
	path := netpath.Path{
		ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable,
		Because: "databases in the configuration, line 20",
		Target:  netpath.Target{Component: "arn:aws:rds:us-east-1:123456789012:db:orders", Name: "orders.c1.us-east-1.rds.amazonaws.com", Port: 5432},
	}
	live := netpath.Observation{
		Path: path.ID, Duration: 3004 * time.Millisecond, Resolver: netpath.Evidence{Status: netpath.StatusPass, Detail: "10.0.5.10", Duration: 4 * time.Millisecond},
		Addresses: []netpath.AddressObservation{{
			Address: netip.AddrPortFrom(database, 5432),
			Steps:   []netpath.Step{{Operation: netpath.OpConnect, Duration: 3 * time.Second, Failure: netpath.FailureTimeout, Detail: "no answer within 3s"}},
			Hops:    map[netpath.HopName]netpath.Evidence{netpath.HopTCP: {Status: netpath.StatusFail, Failure: netpath.FailureTimeout, Detail: "no answer within 3s", Duration: 3 * time.Second}},
		}},
	}
	cases := []diagnosis.Case{{Path: path, Live: live, Config: []diagnosis.Config{{
		Source: "eni-0agent", Address: database, SameSubnet: true, SameGroups: true,
		Hops: map[netpath.HopName]netpath.Evidence{
			netpath.HopSourceSG: pass, netpath.HopSourceNACL: pass, netpath.HopRoute: pass, netpath.HopDestNACL: pass,
			netpath.HopDestSG: missing, netpath.HopDatabase: pass,
		},
	}}}}
	from := netpath.Vantage{
		Kind: netpath.VantageSidecar, Region: "us-east-1", Account: "123456789012", VPC: "vpc-0a", Subnet: "subnet-0a", AZ: "use1-az1",
		ENI: "eni-0probe", Address: netip.MustParseAddr("10.0.1.20"), SecurityGroups: []string{"sg-0agent"},
		Principal: "arn:aws:sts::123456789012:assumed-role/probe/session",
	}
	at := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	return report.New(report.Run{
		StartedAt: at, Duration: 3004 * time.Millisecond, Vantage: from, Cases: cases,
		Inventory: report.Inventory{Source: "AWS us-east-1", CollectedAt: at, Seconds: 0.3},
		Notes:     []string{"database ledger is not checked: no rule connects it with the agent; name it under databases to check it anyway"},
		Result:    diagnosis.Judge(diagnosis.Input{Vantage: from, Cases: cases}),
	})
}

func TestTextIsGolden(t *testing.T) {
	var out bytes.Buffer
	if err := broken().WriteText(&out, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "broken.txt")
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// A failure that packets show and the configuration does not is none that it
// agrees with; one that it names is.
func TestWhatAFailureStandsOn(t *testing.T) {
	for want, config := range map[string]netpath.Evidence{
		"stopped at dest-sg (measured, and the configuration agrees)":  {Status: netpath.StatusFail, Cause: "sg/ingress-missing", Component: "sg-0db"},
		"stopped at tcp (measured; the configuration shows no reason)": {Status: netpath.StatusPass},
	} {
		path := netpath.Path{ID: "db/orders", Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable, Target: netpath.Target{Name: "orders.example.com", Port: 5432, Protocol: netpath.ProtocolTCP}}
		address := netip.MustParseAddrPort("10.0.5.10:5432")
		c := diagnosis.Case{Path: path, Live: netpath.Observation{Path: path.ID, Resolver: netpath.Evidence{Status: netpath.StatusPass}, Addresses: []netpath.AddressObservation{{
			Address: address, Hops: map[netpath.HopName]netpath.Evidence{netpath.HopTCP: {Status: netpath.StatusFail, Failure: netpath.FailureTimeout}},
		}}}, Config: []diagnosis.Config{{Source: "eni-0agent", Address: address.Addr(), SameSubnet: true, SameGroups: true, Hops: map[netpath.HopName]netpath.Evidence{netpath.HopDestSG: config}}}}
		var out bytes.Buffer
		r := report.New(report.Run{Cases: []diagnosis.Case{c}, Result: diagnosis.Judge(diagnosis.Input{Cases: []diagnosis.Case{c}})})
		if err := r.WriteText(&out, report.TextOptions{}); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v, want %q in\n%s", err, want, out.String())
		}
	}
}

// What is unknown is said to be agreed on by nobody.
func TestWhatTheUnknownStandsOn(t *testing.T) {
	for basis, want := range map[netpath.Basis]string{
		netpath.BasisBoth:   "unknown at route (neither packets nor the configuration decide it)",
		netpath.BasisConfig: "unknown at route (from the configuration, not measured)",
	} {
		var out bytes.Buffer
		r := report.Report{Paths: []report.Path{{ID: "db/orders", Outcome: "unknown at route", Verdict: netpath.VerdictUnknown, Basis: basis}}}
		if err := r.WriteText(&out, report.TextOptions{}); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v, want %q in\n%s", err, want, out.String())
		}
	}
}

// There is no reading of the year 1: text and JSON say no time where there is none.
func TestWhenTheConfigurationWasRead(t *testing.T) {
	unread := []report.Unread{{Action: "ec2:DescribeVpcs", Reason: "no credentials"}}
	at := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	for want, i := range map[string]report.Inventory{
		"config: nothing was read\n": {},
		"config: folder\n":           {Source: "folder"},
		"config: AWS us-east-1, of which nothing could be read\n":                           {Source: "AWS us-east-1", Unread: unread},
		"config: AWS us-east-1, read at 2026-11-24T03:00:00Z; 1 action could not be read\n": {Source: "AWS us-east-1", CollectedAt: at, Unread: unread},
	} {
		var text, document bytes.Buffer
		r := report.Report{Inventory: i}
		if err := errors.Join(r.WriteText(&text, report.TextOptions{}), r.WriteJSON(&document)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), want) || strings.Contains(document.String(), `"collected_at"`) == i.CollectedAt.IsZero() {
			t.Errorf("want %q and the time in\n%s\n%s", want, text.String(), document.String())
		}
	}
}

func TestWhereAFindingIsSeen(t *testing.T) {
	for want, f := range map[string]netpath.Finding{
		"":                                      {Code: "auth/bad-signature"},
		"db/orders at dest-sg":                  {Path: "db/orders", Hop: netpath.HopDestSG},
		"a at tcp, and on b, c":                 {Path: "a", Hop: netpath.HopTCP, Also: []string{"b", "c"}},
		"a, and on b, c, d, e and 2 more paths": {Path: "a", Also: []string{"b", "c", "d", "e", "f", "g"}},
	} {
		if got := report.SeenWords(f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestProseStaysWithinTheWidth(t *testing.T) {
	var out bytes.Buffer
	if err := broken().WriteText(&out, report.TextOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if len([]rune(line)) > 101 && !strings.Contains(line, "aws ec2") {
			t.Errorf("%d columns: %s", len([]rune(line))-1, line)
		}
	}
}

func TestColoursOnlyOnRequest(t *testing.T) {
	for _, color := range []bool{false, true} {
		var out bytes.Buffer
		if err := broken().WriteText(&out, report.TextOptions{Color: color}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "\x1b["); got != color {
			t.Errorf("colour %v: escape sequences %v", color, got)
		}
	}
}

// The judge is an independent validator of JSON Schema 2020-12.
func TestJSONSatisfiesTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]report.Report{"broken": broken(), "changed": changed(ann), "empty": report.New(report.Run{})} {
		var out bytes.Buffer
		if err := r.WriteJSON(&out); err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		if name == "empty" { // no vantage: the schema must object, or it checks nothing
			if schema.Validate(document) == nil {
				t.Error("a report without a vantage satisfies the schema")
			}
			continue
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// DESIGN: 0 every expectation is met, 1 at least one is not, 3 nothing is broken
// but something is unknown.
func TestExitStatus(t *testing.T) {
	tests := []struct {
		s    report.Summary
		want int
	}{
		{report.Summary{OK: 2}, 0},
		{report.Summary{OK: 2, Unknown: 1}, 3},
		{report.Summary{Broken: 1, Unknown: 1}, 1},
		{report.Summary{Exposed: 1}, 1},
		{report.Summary{Degraded: 1}, 1},
	}
	for _, tt := range tests {
		if got := tt.s.Status(); got != tt.want {
			t.Errorf("%+v: %d, want %d", tt.s, got, tt.want)
		}
	}
}
