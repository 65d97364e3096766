package acceptance_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
)

// withToken is a configuration file of an operator whose runtime takes bearer
// tokens; lab run gives one in AGENT_TOKEN.
const withToken = `runtimes:
  - arn: arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a7Kq2XvT9d
    token:
      env: AGENT_TOKEN
`

// needed are the paths of a pattern: into the runtime, to its database, and of an
// agent in the VPC to what it starts with and the internet.
func needed(pattern netpath.Pattern) []string {
	const private, public = "invoke/support/private", "invoke/support/public"
	agents := []string{"db/orders", "egress/internet", "service/ecr.api", "service/ecr.dkr", "service/logs", "service/s3", public}
	switch pattern {
	case netpath.PatternPublic:
		return []string{public}
	case netpath.PatternVPC:
		return agents
	}
	return slices.Sorted(slices.Values(append(agents, private)))
}

// Every pattern holds in its healthy world, for both kinds of callers: the
// callers of a runtime that takes tokens have one by the file. Without a file the
// same paths are found, and what cannot be known without a token is unknown.
func TestPatterns(t *testing.T) {
	needNamespaces(t)
	for _, pattern := range netpath.Patterns() {
		for _, authorizer := range []string{"sigv4", "jwt"} {
			t.Run(string(pattern)+" "+authorizer, func(t *testing.T) {
				world := []string{"run", "-q", "--pattern", string(pattern), "--authorizer", authorizer, "--"}
				check := slices.Concat(world, []string{programs.probe, "check", "--all"})
				unfiled := run(t, programs.lab, append(check, "-o", "json")...)
				discovered := judged(t, unfiled.out)
				filed := unfiled
				if authorizer == "jwt" {
					untold(t, pattern, unfiled)
					file := filepath.Join(t.TempDir(), "probe.yaml")
					if err := os.WriteFile(file, []byte(withToken), 0o600); err != nil {
						t.Fatal(err)
					}
					check = append(check, "--config", file)
					filed = run(t, programs.lab, append(check, "-o", "json")...)
				}
				want := map[string]netpath.Verdict{}
				for _, id := range needed(pattern) {
					want[id] = netpath.VerdictOK
				}
				got := judged(t, filed.out)
				if diff := cmp.Diff(want, got); diff != "" || filed.status != 0 {
					t.Errorf("exit status %d, verdicts (-want +got):\n%s%s", filed.status, diff, filed.errors)
				}
				for id := range want {
					if _, found := discovered[id]; !found || len(discovered) != len(want) {
						t.Errorf("without a file %v is found, and not %s", discovered, id)
					}
				}
				if text := run(t, programs.lab, check...); text.status != 0 {
					t.Errorf("as text: exit status %d\n%s%s", text.status, text.out, text.errors)
				}
			})
		}
	}
}

// judged are the verdicts of a report that is as its schema says and has no
// finding.
func judged(t *testing.T, text string) map[string]netpath.Verdict {
	t.Helper()
	validate(t, text)
	got := decode[report.Report](t, text)
	for _, f := range got.Findings {
		t.Errorf("%s on %s: %s", f.Code, f.Component, f.Summary)
	}
	verdicts := map[string]netpath.Verdict{}
	for _, p := range got.Paths {
		verdicts[p.ID] = p.Verdict
	}
	return verdicts
}

// untold holds what is said of a runtime that takes tokens where none is
// configured: a way into it that is open is unknown, and why; one that the
// resource policy shuts is shut for every token.
func untold(t *testing.T, pattern netpath.Pattern, r result) {
	t.Helper()
	if r.status != 3 {
		t.Errorf("without a token: exit status %d", r.status)
	}
	open := "invoke/support/private"
	if pattern == netpath.PatternPublic || pattern == netpath.PatternVPC {
		open = "invoke/support/public"
	}
	got := decode[report.Report](t, r.out)
	for _, p := range got.Paths {
		if (p.ID == open) != (p.Verdict == netpath.VerdictUnknown) {
			t.Errorf("without a token: %s is %s: %s", p.ID, p.Verdict, p.Outcome)
		}
	}
	if token := hop(t, got, open, string(netpath.HopToken)); !strings.Contains(token.Detail, "no token is configured") {
		t.Errorf("without a token: %s", token.Detail)
	}
}
