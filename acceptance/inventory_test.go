package acceptance_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/report"
)

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A saved inventory gives the same configuration evidence as the APIs: to check
// in the same world, and to reach outside of it.
func TestSavedInventorySaysTheSame(t *testing.T) {
	dir := t.TempDir()
	r := inLab(t, "sh", "-ec", `
		$PROBE snapshot `+dir+`/snapshot >&2
		$PROBE check -o json >`+dir+`/live.json
		$PROBE check --inventory `+dir+`/snapshot -o json >`+dir+`/saved.json`)
	if r.status != 0 {
		t.Fatalf("exit status %d\n%s", r.status, r.errors)
	}
	live, saved := decode[report.Report](t, read(t, dir+"/live.json")), decode[report.Report](t, read(t, dir+"/saved.json"))
	measured := cmpopts.IgnoreFields(report.Hop{}, "Seconds", "Live", "Basis", "Detail", "Request")
	for i := range live.Paths {
		if diff := cmp.Diff(live.Paths[i].Hops, saved.Paths[i].Hops, measured); diff != "" {
			t.Errorf("%s (-live +saved):\n%s", live.Paths[i].ID, diff)
		}
	}

	answer := run(t, programs.probe, "reach", "--inventory", dir+"/snapshot", "--from", live.Vantage.ENI, "--to", "orders", "-o", "json")
	if answer.status != 0 {
		t.Fatalf("reach: exit status %d\n%s%s", answer.status, answer.out, answer.errors)
	}
	for _, h := range decode[report.Answer](t, answer.out).Hops {
		if want := hop(t, live, "db/orders", string(h.Name)).Config; h.Status != want {
			t.Errorf("reach says %s of %s, check said %s", h.Status, h.Name, want)
		}
	}
}

// The AWS CLI is an independent signer and an independent reader: it is
// accepted, and prints the world.
func TestAWSCLIPrintsTheWorld(t *testing.T) {
	aws := awsCLI(t)
	world := decode[map[string]any](t, run(t, programs.lab, "show", "private").out)
	for _, c := range []struct{ service, action, key string }{
		{"ec2", "describe-security-groups", "SecurityGroups"},
		{"ec2", "describe-vpc-endpoints", "VpcEndpoints"},
		{"rds", "describe-db-instances", "DBInstances"},
	} {
		r := inLab(t, aws, c.service, c.action, "--output", "json")
		if r.status != 0 {
			t.Errorf("%s: exit status %d\n%s", c.action, r.status, r.errors)
			continue
		}
		got := decode[map[string]any](t, r.out)
		want, printed := known(world[c.key], got[c.key]), got[c.key]
		if diff := cmp.Diff(want, printed, cmpopts.SortSlices(less), cmp.Comparer(sameText)); diff != "" {
			t.Errorf("%s (-world +awscli):\n%s", c.action, diff)
		}
	}
	r := inLab(t, aws, "sts", "get-caller-identity", "--output", "json")
	if got := decode[struct{ Account, Arn string }](t, r.out); got.Account != "123456789012" || !strings.Contains(got.Arn, "assumed-role/") {
		t.Errorf("get-caller-identity: %+v", got)
	}
	wrong := inLab(t, "env", "AWS_SECRET_ACCESS_KEY=another", aws, "sts", "get-caller-identity")
	if wrong.status == 0 || !strings.Contains(wrong.errors, "SignatureDoesNotMatch") {
		t.Errorf("a wrong secret: exit status %d, %s", wrong.status, wrong.errors)
	}
}

// awsCLI finds Debian's AWS CLI, or another.
func awsCLI(t *testing.T) string {
	t.Helper()
	for _, candidate := range []string{"/usr/bin/aws", "/usr/local/bin/aws"} {
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
	}
	t.Skip("awscli is not installed: 'make packages' as root installs it")
	return ""
}

func less(a, b any) bool { return key(a) < key(b) }

// key orders the entries of a list by whatever identifies them.
func key(v any) string {
	m, _ := v.(map[string]any)
	for _, name := range []string{"GroupId", "VpcEndpointId", "DBInstanceIdentifier", "Key", "DnsName"} {
		if s, ok := m[name].(string); ok {
			return s
		}
	}
	s, _ := v.(string)
	return s
}

// known is what the AWS CLI can know of a world: older versions leave out what
// was added to the APIs later. Lists are in the order of their keys.
func known(world, printed any) any {
	switch w := world.(type) {
	case map[string]any:
		p, _ := printed.(map[string]any)
		kept := map[string]any{}
		for name, value := range w {
			if _, ok := p[name]; ok {
				kept[name] = known(value, p[name])
			}
		}
		return kept
	case []any:
		p, _ := printed.([]any)
		slices.SortStableFunc(w, func(a, b any) int { return strings.Compare(key(a), key(b)) })
		slices.SortStableFunc(p, func(a, b any) int { return strings.Compare(key(a), key(b)) })
		if len(w) != len(p) {
			return w
		}
		kept := make([]any, len(w))
		for i := range w {
			kept[i] = known(w[i], p[i])
		}
		return kept
	}
	return world
}

// sameText compares texts; a time may be written in two ways (RFC 3339).
func sameText(a, b string) bool {
	at, errA := time.Parse(time.RFC3339, a)
	bt, errB := time.Parse(time.RFC3339, b)
	return a == b || errA == nil && errB == nil && at.Equal(bt)
}

// The demo, as the user that runs the tests, and as an ordinary one.
func TestDemo(t *testing.T) {
	awsCLI(t)
	needNamespaces(t)
	script, err := filepath.Abs("../tools/demo.sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, prepare := range users() {
		t.Run(name, func(t *testing.T) {
			r := runIn(t, prepare, script)
			t.Log("\n" + r.out)
			if r.status != 0 {
				t.Errorf("exit status %d\n%s", r.status, r.errors)
			}
		})
	}
}
