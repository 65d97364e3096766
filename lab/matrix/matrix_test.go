package matrix_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/lab/matrix"
	"github.com/agentcore-probe/probe/lab/scenario"
)

// judge is a lab program that runs no world: it prints the report that stands
// in a file of the scenario's name.
func judge(t *testing.T, reports map[string]string) matrix.Runner {
	t.Helper()
	dir := t.TempDir()
	for name, text := range reports {
		if err := os.WriteFile(filepath.Join(dir, name+".json.report"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lab := filepath.Join(dir, "lab")
	script := "#!/bin/sh\n[ \"$1 $2\" = 'run --scenario' ] && cat \"$3.report\"\n"
	if err := os.WriteFile(lab, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return matrix.Runner{Lab: lab, Probe: "probe", Dir: dir, Lanes: 2}
}

func TestRows(t *testing.T) {
	const report = `{"seconds": 0.5, "inventory": {"seconds": 0.25},
		"paths": [{"id": "db/orders", "verdict": "broken"}],
		"findings": [{"code": "sg/ingress-missing", "component": "sg-1", "path": "db/orders", "severity": "critical", "summary": "no rule", "also": ["db/stock"]}]}`
	found := scenario.Finding{Code: "sg/ingress-missing", Component: "sg-1", Path: "db/orders"}
	elsewhere := scenario.Finding{Code: "sg/ingress-missing", Component: "sg-1", Path: "db/orders", Also: []string{"db/gone"}}
	other := scenario.Finding{Code: "tcp/refused", Component: "db-1", Path: "db/orders"}
	tests := []struct {
		name string
		want scenario.Want
		row  matrix.Row
	}{
		{"as wanted", scenario.Want{Findings: []scenario.Finding{found}, Verdicts: map[string]string{"db/orders": "broken"}, Within: 1},
			matrix.Row{Seconds: 0.75, Differs: []string{}}},
		{"another finding", scenario.Want{Findings: []scenario.Finding{other}, Within: 1},
			matrix.Row{Seconds: 0.75, Differs: []string{"missing: tcp/refused on db-1 at db/orders", "too many: sg/ingress-missing on sg-1 at db/orders, db/stock: no rule"}}},
		{"another path that it breaks", scenario.Want{Findings: []scenario.Finding{elsewhere}, Within: 1},
			matrix.Row{Seconds: 0.75, Differs: []string{"missing: sg/ingress-missing on sg-1 at db/orders, db/gone", "too many: sg/ingress-missing on sg-1 at db/orders, db/stock: no rule"}}},
		{"one finding more", scenario.Want{Within: 1},
			matrix.Row{Seconds: 0.75, Differs: []string{"too many: sg/ingress-missing on sg-1 at db/orders, db/stock: no rule"}}},
		{"another verdict", scenario.Want{Findings: []scenario.Finding{found}, Verdicts: map[string]string{"db/orders": "ok", "db/gone": "ok"}, Within: 1},
			matrix.Row{Seconds: 0.75, Differs: []string{`db/gone: "", want "ok"`, `db/orders: "broken", want "ok"`}}},
		{"too slow", scenario.Want{Findings: []scenario.Finding{found}, Within: 0.5},
			matrix.Row{Seconds: 0.75, Differs: []string{"took 750ms, within 500ms is wanted"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var rows []matrix.Row
			same, err := judge(t, map[string]string{"s": report}).Run(t.Context(),
				[]scenario.Scenario{{Name: "s", Want: tt.want}}, func(r matrix.Row) { rows = append(rows, r) })
			if err != nil || same != (len(tt.row.Differs) == 0) {
				t.Errorf("same %v, %v", same, err)
			}
			tt.row.Scenario = "s"
			if diff := cmp.Diff([]matrix.Row{tt.row}, rows, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAProbeWithoutAReportIsADifference(t *testing.T) {
	same, err := judge(t, map[string]string{"s": "panic: …"}).Run(t.Context(),
		[]scenario.Scenario{{Name: "s", Want: scenario.Want{Within: 1}}}, func(matrix.Row) {})
	if same || err != nil {
		t.Errorf("same %v, %v", same, err)
	}
}
