package cost_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/probes/cost"
)

var update = flag.Bool("update", false, "write docs/cost.md")

// docs/cost.md says what is declared.
func TestDocument(t *testing.T) {
	const file = "../../docs/cost.md"
	if *update {
		if err := os.WriteFile(file, []byte(cost.Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cost.Document(), string(text)); diff != "" {
		t.Errorf("%s is not what is declared (-want +got):\n%s", file, diff)
	}
}

// The intervals are those of the configuration's defaults: a minute, and an hour for what is
// billed.
func TestADay(t *testing.T) {
	got := map[string]int{}
	for _, c := range []cost.Cost{cost.InvokeAuth, cost.InvokeBilled, cost.Postgres, cost.MySQL, cost.MySQLLogin} {
		got[c.Probe] = c.Day()
	}
	want := map[string]int{
		cost.InvokeAuth.Probe: 1440, cost.InvokeBilled.Probe: 24, cost.Postgres.Probe: 1440, cost.MySQL.Probe: 0, cost.MySQLLogin.Probe: 1440,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("runs a day (-want +got):\n%s", diff)
	}
}

// A second of the largest session: 2 × 0.0895 + 8 × 0.00945 dollars an hour.
func TestPrice(t *testing.T) {
	const anHour = 2*0.0895 + 8*0.00945
	if got := float64(cost.Price) / 1e8 * 3600; got < anHour*0.999 || got > anHour*1.001 {
		t.Errorf("$%.6f an hour, want $%.6f", got, anHour)
	}
}
