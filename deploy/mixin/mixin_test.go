// Package mixin_test renders the mixin and asks Prometheus's own programs about
// it. Run with -update it writes what is rendered.
package mixin_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-jsonnet"
)

var update = flag.Bool("update", false, "write the rendered files")

// rendered are the files that are made from the sources, by expression.
var rendered = map[string]string{
	"rules.yaml":        yaml("prometheusRules"),
	"alerts.yaml":       yaml("prometheusAlerts"),
	"alertmanager.yaml": yaml("alertmanager"),

	"dashboards/on-call.json": dashboard("on-call.json"),
	"dashboards/fleet.json":   dashboard("fleet.json"),
	"dashboards/path.json":    dashboard("path.json"),
}

func yaml(field string) string {
	return `"# Rendered from jsonnet: make mixin.\n" + std.manifestYamlDoc((import 'mixin.libsonnet').` + field + `, quote_keys=false) + "\n"`
}

func dashboard(name string) string {
	return `std.manifestJsonEx((import 'mixin.libsonnet').grafanaDashboards['` + name + `'], '  ') + "\n"`
}

func TestRendered(t *testing.T) {
	for name, expression := range rendered {
		vm := jsonnet.MakeVM()
		vm.StringOutput = true
		want, err := vm.EvaluateAnonymousSnippet(name, expression)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("rendered", name)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, read(t, file)); diff != "" {
			t.Errorf("%s is not what its source says (make mixin):\n%s", file, diff)
		}
	}
}

// tool runs one of Prometheus's programs.
func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("SKIPPED: %s of Debian is not installed: what it says of the mixin is not known here", name)
	}
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	t.Logf("%s", bytes.TrimSpace(out))
}

func TestPrometheusAcceptsTheRules(t *testing.T) {
	tool(t, "promtool", "check", "rules", "rendered/rules.yaml", "rendered/alerts.yaml")
}

func TestAlertmanagerAcceptsItsConfiguration(t *testing.T) {
	tool(t, "amtool", "check-config", "rendered/alertmanager.yaml")
}

// TestAlerts has Prometheus's own unit tests: fires, does not, just below for.
func TestAlerts(t *testing.T) {
	files, err := filepath.Glob("tests/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	tool(t, "promtool", append([]string{"test", "rules"}, files...)...)
	all := ""
	for _, file := range files {
		all += read(t, file)
	}
	for _, alert := range names(t) {
		fires := regexp.MustCompile(`alertname: ` + alert + `\n\s+exp_alerts:\n`)
		quiet := regexp.MustCompile(`alertname: ` + alert + `(\n\s+exp_alerts: \[\])?\n(\s*-|\s*$)`)
		if !fires.MatchString(all) || !quiet.MatchString(all) {
			t.Errorf("%s has no test in which it fires, or none in which it does not", alert)
		}
	}
}

func names(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(`alert: "?(\w+)`).FindAllStringSubmatch(read(t, "rendered/alerts.yaml"), -1) {
		all = append(all, m[1])
	}
	if len(all) < 10 {
		t.Fatalf("%d alerts", len(all))
	}
	return all
}

// TestRunbooks wants the page of each alert to exist.
func TestRunbooks(t *testing.T) {
	pages := regexp.MustCompile(`runbook_url: "?https://github.com/agentcore-probe/probe/blob/main/(docs/[\w/-]+\.md)`).FindAllStringSubmatch(read(t, "rendered/alerts.yaml"), -1)
	if alerts := names(t); len(pages) != len(alerts) {
		t.Errorf("%d alerts and %d pages", len(alerts), len(pages))
	}
	for _, p := range pages {
		if _, err := os.Stat(filepath.Join("../..", p[1])); err != nil {
			t.Error(err)
		}
	}
}

// TestMetricsExist wants every metric of the rules to be in the documentation,
// which the exporter's own test holds.
func TestMetricsExist(t *testing.T) {
	documented := read(t, "../../docs/metrics.md")
	text := read(t, "rendered/rules.yaml") + read(t, "rendered/alerts.yaml")
	for name := range rendered {
		if strings.HasSuffix(name, ".json") {
			text += read(t, filepath.Join("rendered", name))
		}
	}
	for _, m := range regexp.MustCompile(`[^:\w](agentcore_probe_\w+)`).FindAllStringSubmatch(text, -1) {
		if name := strings.TrimSuffix(m[1], "_bucket"); !strings.Contains(documented, "`"+name+"`") {
			t.Errorf("%s is no metric", m[1])
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestDashboards wants every panel to say what it shows, in which unit, by which
// query, and no two to overlap; uids are what links lead to.
func TestDashboards(t *testing.T) {
	files, err := filepath.Glob("rendered/dashboards/*.json")
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	type place struct{ X, Y, W, H int }
	for _, file := range files {
		var d struct {
			UID, Title, Description string
			Links                   []any
			Panels                  []struct {
				ID                       int
				Title, Type, Description string
				GridPos                  place
				Targets                  []struct{ Expr string }
				FieldConfig              struct{ Defaults struct{ Unit string } }
			}
		}
		if err := json.Unmarshal([]byte(read(t, file)), &d); err != nil {
			t.Fatal(err)
		}
		if d.UID == "" || d.Description == "" || len(d.Links) == 0 || len(d.Panels) < 8 {
			t.Errorf("%s: uid %q, %d links, %d panels", file, d.UID, len(d.Links), len(d.Panels))
		}
		for i, p := range d.Panels {
			if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
				t.Errorf("%s: panel %d (%s) lacks a title, a description, a unit or a query", file, p.ID, p.Title)
			}
			a := p.GridPos
			for _, q := range d.Panels[i+1:] {
				if b := q.GridPos; a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("%s: %s and %s overlap", file, p.Title, q.Title)
				}
			}
		}
	}
}
