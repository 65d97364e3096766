package probe_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
)

var update = flag.Bool("update", false, "write docs/faults.md")

const faultList = "docs/faults.md"

// unproven is why a code of the catalogue has no scenario, by code or family.
var unproven = map[string]string{
	"auth/*":                "no scenario asks for it; what each answer leads to is held by probes/answer, probes/invoke and probes/token",
	"db/*":                  "no scenario asks for it; the answers are those of a real PostgreSQL and MariaDB in probes/postgres and probes/mysql",
	"endpoint/*":            "no scenario asks for it; a world of resources in reachability does",
	"endpoint/address-down": "no scenario has it alone; behind another fault it is in two of acceptance's",
	"iam/*":                 "no scenario asks for it; AWS's denial sentences are held by reachability/policy and probes/answer",
	"policy/*":              "no scenario asks for it; documents that decide so are in reachability/policy",
	"probe/unexplained":     "a hop fails for which there is no code: each failure that a probe knows leads to one",
	"route/*":               "no scenario asks for it; a world of resources in reachability does",
	"runtime/*":             "no scenario asks for it; the answers are in probes/answer and probes/invoke",
	"service/*":             "no scenario asks for it; the answers are in probes/service",
	"sg/*":                  "no scenario asks for it; a world of resources in reachability does",
}

// unjudged are faults that no code of the catalogue names yet, with what is missing.
var unjudged = map[string]string{
	"file systems of Amazon S3 Files": "their mount targets are not read; named under `destinations` with port 2049 they are tried",
	"volumes of a capacity provider":  "capacity providers are not read",
	"ErrorPortAllocation":             "CloudWatch is not asked; [route/nat-ports-exhausted](findings/route/nat-ports-exhausted.md) is told by packets",
}

// Every code has a page, an explanation, a fix, and a scenario; or the list of
// faults says by name why there is none.
func TestFaultList(t *testing.T) {
	proven := wanted(t)
	for _, e := range catalogue.All() {
		if _, err := os.Stat(filepath.Join("docs/findings", e.Code+".md")); err != nil {
			t.Errorf("%s has no page: %v", e.Code, err)
		}
		if e.Meaning == "" || len(e.Fix) == 0 {
			t.Errorf("%s has no explanation or no fix", e.Code)
		}
		if len(proven[e.Code]) == 0 && reason(e.Code) == "" {
			t.Errorf("%s has no scenario, and no reason why not", e.Code)
		}
	}
	for code, names := range proven {
		if !inCatalogue(code) {
			t.Errorf("%s is wanted by %v and in no catalogue", code, names)
		}
	}
	text := renderFaults(proven)
	if *update {
		if err := os.WriteFile(faultList, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(faultList); err != nil || string(got) != text {
		t.Errorf("%s is not up to date (%v): run 'make findings'", faultList, err)
	}
}

// wanted lists the scenarios that want a code, by code.
func wanted(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("lab/scenarios/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	all := map[string][]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s struct {
			Name string
			Want struct{ Findings []struct{ Code string } }
		}
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, f := range s.Want.Findings {
			if !slices.Contains(all[f.Code], s.Name) {
				all[f.Code] = append(all[f.Code], s.Name)
			}
		}
	}
	return all
}

// reason is why a code has no scenario: its own, else its family's.
func reason(code string) string {
	if own := unproven[code]; own != "" {
		return own
	}
	family, _, _ := strings.Cut(code, "/")
	return unproven[family+"/*"]
}

func renderFaults(proven map[string][]string) string {
	var shown, open, missing strings.Builder
	count := 0
	for _, e := range catalogue.All() {
		link := fmt.Sprintf("[%s](findings/%s.md)", e.Code, e.Code)
		if names := proven[e.Code]; len(names) > 0 {
			count++
			fmt.Fprintf(&shown, "| %s | %s | %s |\n", link, e.Title, strings.Join(names, ", "))
			continue
		}
		fmt.Fprintf(&open, "| %s | %s | %s |\n", link, e.Title, reason(e.Code))
	}
	without := slices.DeleteFunc(slices.Sorted(maps.Keys(unjudged)), inCatalogue)
	for _, code := range without {
		fmt.Fprintf(&missing, "| %s | %s |\n", code, unjudged[code])
	}
	total := len(catalogue.All())
	return fmt.Sprintf(`# The faults that are told apart

Written by `+"`make findings`"+` from the catalogue and the lab's scenarios; a test holds it. A scenario is a
healthy world with something broken, `+"`lab/scenarios/NAME.json`"+`; `+"`lab matrix`"+` holds what `+"`probe check`"+` finds there
against what it wants: these findings on these components, these verdicts, and nothing else.

%d of %d codes are shown by a scenario, %d are not, and %d faults have no code.

## Shown in the lab

| code | fault | scenarios |
|---|---|---|
%s
## Since when

`+"`probe serve`"+` and `+"`probe check --watch`"+` say what changed on the component of a finding between the last good and the
first bad run, and who changed it, by which call, as CloudTrail's event history has it: [by whom](serve.md#by-whom). Where
it may not be asked, or has nothing yet, the report names the command that asks (`+"`aws cloudtrail lookup-events`"+`).

## Open: judged, and shown by no scenario

| code | fault | why |
|---|---|---|
%s
## Open: not judged

| fault | what is missing |
|---|---|
%s`, count, total, total-count, len(without), shown.String(), open.String(), missing.String())
}

func inCatalogue(code string) bool {
	_, ok := catalogue.Find(code)
	return ok
}
