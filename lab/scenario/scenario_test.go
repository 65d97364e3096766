package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/lab/scenario"
)

// Every scenario of the house can be read, and its patch fits its world.
func TestHouseScenarios(t *testing.T) {
	all, err := scenario.LoadAll("../scenarios", "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if _, err := s.World(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if len(s.Want.Verdicts) == 0 {
			t.Errorf("%s wants no verdict", s.Name)
		}
	}
	t.Logf("%d scenarios", len(all))
}

func TestErrorsNameFileAndField(t *testing.T) {
	const rest = `"about": "x", "pattern": "private", "want": {"within": 1}}`
	tests := []struct{ name, text, want string }{
		{"unknown field", `{"name": "s", "pach": [], ` + rest, `unknown field "pach"`},
		{"wrong type", `{"name": 1, ` + rest, "Scenario.name"},
		{"no name", `{` + rest, "name: is required"},
		{"another name", `{"name": "other", ` + rest, `name: "other" is not the file's name "s"`},
		{"no limit", `{"name": "s", "about": "x", "pattern": "private", "want": {}}`, "want.within: is required"},
		{"two objects", `{"name": "s", ` + rest + `{}`, "more than one JSON object"},
		{"empty", ``, "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "s.json")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := scenario.Load(file)
			if err == nil || !strings.HasPrefix(err.Error(), file+": ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s: … %s", err, file, tt.want)
			}
		})
	}
}

func TestGlobThatMatchesNothingIsAnError(t *testing.T) {
	if _, err := scenario.LoadAll("../scenarios", "no-such-*"); err == nil {
		t.Error("no error")
	}
}
