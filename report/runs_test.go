package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
)

// runs are the reports, by scenario of the lab, that "probe check -o json" wrote
// there: healthy, broken, exposed, degraded, unknown, and with two causes.
func runs(t *testing.T) map[string]report.Report {
	t.Helper()
	files, err := filepath.Glob("testdata/runs/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no runs: %v", err)
	}
	all := map[string]report.Report{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r report.Report
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = r
	}
	return all
}

// golden holds what was written against a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// What stands in a ticket: no colour, no tab, no trailing blank, and no line
// beyond column 100 but those that hold one word or a command, which stay whole.
func TestRunsAsText(t *testing.T) {
	for name, r := range runs(t) {
		var out bytes.Buffer
		if err := r.WriteText(&out, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("runs", name+".txt"), out.String())
		if strings.ContainsAny(out.String(), "\x1b\t\r") {
			t.Errorf("%s: escape sequences, tabs or returns", name)
		}
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: blanks at the end of %q", name, line)
			}
			if len([]rune(line)) > 100 && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, " aws ") {
				t.Errorf("%s: %d columns: %s", name, len([]rune(line)), line)
			}
		}
	}
}

func TestRunsAsJUnit(t *testing.T) {
	type counts struct{ Tests, Failures, Errors, Skipped int }
	for name, r := range runs(t) {
		var out bytes.Buffer
		if err := r.WriteJUnit(&out); err != nil {
			t.Fatal(err)
		}
		if name == "sg-ingress-missing" || name == "creds-none" {
			golden(t, filepath.Join("runs", name+".xml"), out.String())
		}
		var read struct {
			Suite struct {
				Tests    int `xml:"tests,attr"`
				Failures int `xml:"failures,attr"`
				Errors   int `xml:"errors,attr"`
				Skipped  int `xml:"skipped,attr"`
				Cases    []struct {
					Failure *struct{} `xml:"failure"`
					Error   *struct{} `xml:"error"`
					Skipped *struct{} `xml:"skipped"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal(out.Bytes(), &read); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var seen counts
		for _, c := range read.Suite.Cases {
			seen.Tests++
			if c.Failure != nil {
				seen.Failures++
			}
			if c.Error != nil {
				seen.Errors++
			}
			if c.Skipped != nil {
				seen.Skipped++
			}
		}
		s := r.Summary
		want := counts{len(r.Paths), s.Broken + s.Exposed + s.Degraded, 0, s.Unknown}
		if len(r.Paths) == 0 {
			want = counts{Tests: 1, Errors: 1} // a job that checked nothing has not passed
		}
		if diff := cmp.Diff([]counts{want, want}, []counts{seen, {read.Suite.Tests, read.Suite.Failures, read.Suite.Errors, read.Suite.Skipped}}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSince(t *testing.T) {
	all := runs(t)
	healthy, broken := all["healthy-private"], all["sg-ingress-missing"]
	db := slices.IndexFunc(broken.Findings, func(f netpath.Finding) bool { return f.Code == "sg/ingress-missing" })
	component := broken.Findings[db].Component
	want := []string{"db/orders was ok and is broken", "new finding: sg/ingress-missing on " + component}
	if diff := cmp.Diff(want, broken.Since(healthy)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []string{"db/orders was broken and is ok", "gone: sg/ingress-missing on " + component}
	if diff := cmp.Diff(want, healthy.Since(broken)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again := broken
	again.StartedAt, again.Seconds = again.StartedAt.Add(time.Minute), again.Seconds+1
	if diff := cmp.Diff([]string{}, again.Since(broken)); diff != "" {
		t.Errorf("nothing changed (-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	if err := broken.WriteText(&out, report.TextOptions{Before: &healthy}); err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("runs", "since.txt"), out.String())
}
