package acceptance_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/agentcore-probe/probe/report"
)

// Every scenario of the lab is judged exactly as it wants.
func TestMatrix(t *testing.T) {
	needNamespaces(t)
	scenarios, err := filepath.Abs("../lab/scenarios")
	if err != nil {
		t.Fatal(err)
	}
	r := runWithin(t, 30*time.Minute, nil, programs.lab, "matrix", "--scenarios", scenarios, "--probe", programs.probe)
	t.Log("\n" + r.out)
	if r.status != 0 {
		t.Errorf("exit status %d\n%s", r.status, r.errors)
	}
}

func TestHealthyWorld(t *testing.T) {
	r := inLab(t, programs.probe, "check", "-o", "json")
	if r.status != 0 {
		t.Fatalf("exit status %d\n%s%s", r.status, r.out, r.errors)
	}
	got := decode[report.Report](t, r.out)
	if diff := cmp.Diff(report.Summary{OK: 8}, got.Summary); diff != "" || len(got.Findings) > 0 || len(got.Inventory.Unread) > 0 {
		t.Errorf("findings %v, unread %v, summary (-want +got):\n%s", got.Findings, got.Inventory.Unread, diff)
	}
	public := path(t, got, "invoke/support/public")
	for _, named := range []string{"denied by the resource policy", got.Vantage.Principal, "192.0.2."} {
		if named == "" || !strings.Contains(public.Outcome, named) {
			t.Errorf("the outcome of the public path does not name %q: %s", named, public.Outcome)
		}
	}
	validate(t, r.out)
}

// A container without files has its configuration, and the authority that its
// endpoints' certificates come from, in a variable; without either it is told apart.
func TestConfigurationOfTheEnvironment(t *testing.T) {
	const script = `ca=$(sed 's/^/    /' "$AWS_CA_BUNDLE") && unset AWS_CA_BUNDLE &&
		export AGENTCORE_PROBE_CONFIG="$2
$ca" && exec "$1" check -o json`
	for configuration, want := range map[string]int{
		"pattern: private\ntls:\n  ca: |":         0,
		"pattern: private\ninvoke:\n  payload: |": 3, // not trusted: nothing can be read
	} {
		r := inLab(t, "sh", "-c", script, "sh", programs.probe, configuration)
		if r.status != want {
			t.Errorf("%q: exit status %d, want %d\n%s%s", configuration, r.status, want, r.out, r.errors)
		}
		if got := decode[report.Report](t, r.out); want == 0 && got.Summary != (report.Summary{OK: 8}) {
			t.Errorf("summary %+v", got.Summary)
		}
	}
}

// path finds a path in a report.
func path(t *testing.T, r report.Report, id string) report.Path {
	t.Helper()
	for _, p := range r.Paths {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("no path %s", id)
	return report.Path{}
}

// hop finds a hop of a path in a report.
func hop(t *testing.T, r report.Report, id, name string) report.Hop {
	t.Helper()
	for _, h := range path(t, r, id).Hops {
		if string(h.Name) == name {
			return h
		}
	}
	t.Fatalf("no hop %s on path %s", name, id)
	return report.Hop{}
}

// validate holds a report against its schema.
func validate(t *testing.T, text string) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../report/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(document); err != nil {
		t.Error(err)
	}
}

// No secret is in any output: neither of a report, nor of a saved inventory.
func TestNoSecretInAnyOutput(t *testing.T) {
	dir := t.TempDir()
	r := inLab(t, "sh", "-c", `
		printf '%s\n%s\n' "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" >`+dir+`/secrets
		$PROBE check --all; $PROBE check -o json; $PROBE snapshot `+dir+`/snapshot; cat `+dir+`/snapshot/*`)
	secrets := strings.Fields(read(t, dir+"/secrets"))
	if len(secrets) != 2 {
		t.Fatalf("%d secrets, want a key and a token", len(secrets))
	}
	for _, s := range secrets {
		if strings.Contains(r.out+r.errors, s) {
			t.Errorf("an output holds %.4s…", s)
		}
	}
}
