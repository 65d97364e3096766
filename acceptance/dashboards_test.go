package acceptance_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// variables are what Grafana puts in for a dashboard's variables where everything
// is chosen, but for the path, of which one is.
var variables = strings.NewReplacer("$job", ".+", "$instance", ".+", "$path", "db/orders", "$__rate_interval", "1m")

// dashboards wants an answer to every query of every dashboard, of a Prometheus
// that scrapes a probe in a world where something is broken.
func (p prometheus) dashboards(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("../deploy/mixin/rendered/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	p.patience = brokenFor + patience
	p.wait(t, "an alert fires", `ALERTS{alertname="AgentCorePathBroken"}`)
	p.wait(t, "its cause is counted", `vpc_code:agentcore_probe_finding:count`)
	queries := 0
	for _, file := range files {
		var d struct {
			Templating struct {
				List []struct{ Query json.RawMessage }
			}
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal([]byte(read(t, file)), &d); err != nil {
			t.Fatal(err)
		}
		for _, panel := range d.Panels {
			for _, target := range panel.Targets {
				queries++
				if len(p.query(t, variables.Replace(target.Expr))) == 0 {
					t.Errorf("%s: %s: nothing: %s", filepath.Base(file), panel.Title, target.Expr)
				}
			}
		}
		for _, v := range d.Templating.List {
			var of struct{ Query string }
			if json.Unmarshal(v.Query, &of) != nil {
				continue // a kind of data source and no query
			}
			series := strings.TrimPrefix(of.Query[:strings.LastIndex(of.Query, ", ")], "label_values(")
			if len(p.query(t, variables.Replace(series))) == 0 {
				t.Errorf("%s: the variable has no values: %s", filepath.Base(file), of.Query)
			}
		}
	}
	t.Logf("%d queries of %d dashboards have an answer", queries, len(files))
}
