package acceptance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/report"
)

// proposed is what is read of a scenario: what is wrong is the change that is
// proposed in its healthy world.
type proposed struct {
	Pattern string          `json:"pattern"`
	Patch   json.RawMessage `json:"patch"`
	Config  json.RawMessage `json:"config"`
	Want    struct {
		Verdicts map[string]string `json:"verdicts"`
	} `json:"want"`
}

// What a change would do is what it does: the packets of the scenario's world,
// in which it is made, give the verdicts that are foreseen in the healthy one.
func TestWhatIf(t *testing.T) {
	needNamespaces(t)
	for _, name := range []string{
		"sg-ingress-missing", "sg-ingress-wrong-source", "sg-endpoint-ingress-missing", "nacl-return-db", "route-db-blackhole", "dns-private-dns-off",
		"endpoint-policy-denies", "policy-public-exposed", "two-sg-and-stopped",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := decode[proposed](t, read(t, filepath.Join("../lab/scenarios", name+".json")))
			if len(s.Config) == 0 {
				s.Config = fmt.Appendf(nil, `{"pattern": %q}`, s.Pattern)
			}
			dir := t.TempDir()
			patch, config := filepath.Join(dir, "change.json"), filepath.Join(dir, "probe.yaml")
			for file, data := range map[string][]byte{patch: s.Patch, config: s.Config} {
				if err := os.WriteFile(file, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			r := run(t, programs.lab, "run", "-q", "--pattern", s.Pattern, "--", programs.probe, "check", "--config", config, "--patch", patch, "-o", "json")
			if r.status != 1 {
				t.Fatalf("exit status %d, want that after the change\n%s", r.status, r.errors)
			}
			p := decode[report.Proposal](t, r.out)
			got := map[string]string{}
			for _, path := range p.After.Paths {
				if _, wanted := s.Want.Verdicts[path.ID]; wanted {
					got[path.ID] = string(path.Verdict)
				}
			}
			if diff := cmp.Diff(s.Want.Verdicts, got); diff != "" {
				t.Errorf("foreseen (-want +got):\n%s", diff)
			}
			if len(p.Before.Findings) > 0 || len(p.New) == 0 {
				t.Errorf("%d findings before, %d new", len(p.Before.Findings), len(p.New))
			}
		})
	}
}

// The command that would mend a fault, as a change: it opens what is shut.
func TestWhatIfItWasMended(t *testing.T) {
	needNamespaces(t)
	patch := filepath.Join(t.TempDir(), "change.json")
	rule := `[{"op": "add", "path": "/SecurityGroups/sg-0d5142ae76b380ce1/IpPermissions/-", "value": {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": "sg-0e551e80c868ab8d0"}]}}]`
	if err := os.WriteFile(patch, []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t, programs.lab, "run", "-q", "--scenario", "../lab/scenarios/sg-ingress-missing.json", "--", programs.probe, "check", "--patch", patch)
	want := "db/orders is broken now and would be ok: reachable (from the configuration, not measured)"
	if r.status != 0 || !strings.Contains(strings.Join(strings.Fields(r.out), " "), want) || !strings.Contains(r.out, "sg/ingress-missing would be gone") {
		t.Errorf("exit status %d, want 0 and %q\n%s%s", r.status, want, r.out, r.errors)
	}
}

// A policy takes another's place, and a bad patch is named by file, line, field.
func TestWhatIfThePolicyWasAnother(t *testing.T) {
	needNamespaces(t)
	const runtime = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a7Kq2XvT9d"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"open.json": fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "bedrock-agentcore:InvokeAgentRuntime", "Resource": %q}]}`, runtime),
		"bad.json":  "[\n  {\"op\": \"remove\", \"path\": \"/SecurityGroups/sg-0dead\"}\n]",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := func(patch string) result {
		return inLab(t, programs.probe, "check", "--pattern", "private", "--patch", patch)
	}
	if r := check(filepath.Join(dir, "bad.json")); r.status != 2 || !strings.Contains(r.errors, "bad.json:2: [0].path: sg-0dead is no index, and no element has it as its id") {
		t.Errorf("exit status %d\n%s", r.status, r.errors)
	}
	// The endpoint's own policy still shuts the public front: one open policy of
	// two exposes nothing.
	if r := check(filepath.Join(dir, "open.json")); r.status != 0 || !strings.Contains(r.out, "no path would change its verdict") {
		t.Errorf("exit status %d\n%s%s", r.status, r.out, r.errors)
	}
}
