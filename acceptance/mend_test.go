package acceptance_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
)

// mendLanes is how many worlds stand at once: checks wait more than they work.
const mendLanes = 4

// mendLimit is of all the checks and commands in one world.
const mendLimit = 10 * time.Minute

// revealed are second faults that nothing can show while the first is there, by
// scenario. They may be found after the first is mended.
var revealed = map[string]string{
	"db-port-differs":           "tcp/refused",                // nothing listens where RDS says
	"dns-support-off":           "dns/custom-resolver",        // only with DNS support is the resolver asked
	"nacl-default-deny":         "nacl/return-denied",         // the ACL denies replies too
	"nacl-egress-agent-b":       "db/failover-subnet-blocked", // the entry admits the database's address of today
	"nacl-return-agent-from-db": "db/failover-subnet-blocked", // ditto
	"two-az-sg-and-az-acl":      "db/failover-subnet-blocked", // ditto

	"policy-public-egress-hub": "probe/cannot-read", // the probe reads the APIs by that way, too

	"two-db-wrong-port-and-acl-agent-b": "db/failover-subnet-blocked", // ditto

	"runtime-start-failed-layer-policy": "runtime/start-failed",  // the lab's container never starts
	"runtime-start-failed-no-files":     "runtime/start-failed",  // ditto
	"runtime-start-failed-no-layers":    "runtime/start-failed",  // ditto
	"two-acl-endpoint-a-and-fw-b":       "endpoint/address-down", // the firewall is at one address alone
	"two-db-refuse-and-stopped":         "tcp/refused",           // a stopped database refuses, too
	"two-idp-and-endpoint-policy":       "iam/identity-denies",   // the endpoint's policy denies first
	"two-session-and-stale-endpoint-id": "iam/session-denies",    // the runtime's policy denies first
	"two-sg-and-tls":                    "tls/expired",           // no certificate is seen without a connection
	"two-sg-one-and-firewall":           "endpoint/address-down", // the firewall is behind the group
}

// unserved are codes whose commands the lab's APIs, or Debian's AWS CLI, do not
// have.
var unserved = map[string]string{
	"dns/gateway-shadowed":      "CreateVpcEndpoint",
	"endpoint/missing":          "CreateVpcEndpoint",
	"route/block-public-access": "CreateVpcBlockPublicAccessExclusion",
	"route/source-dest-check":   "ModifyNetworkInterfaceAttribute",
}

// broken is what is read of a scenario: how probe check is run there.
type broken struct {
	Name   string          `json:"name"`
	Config json.RawMessage `json:"config"`
	Args   []string        `json:"args"`
	Want   struct {
		Findings []named `json:"findings"`
		Within   float64 `json:"within"`
	} `json:"want"`
}

// named is what tells findings apart.
type named struct {
	Code      string `json:"code"`
	Component string `json:"component"`
}

// Every command that a report names is run in the world in which it was named:
// EC2's and RDS's by Debian's AWS CLI, AgentCore's by the SDK. The finding is
// gone then and nothing new is there; the undo brings it back.
func TestFixesMend(t *testing.T) {
	awsCLI(t)
	needNamespaces(t)
	var lanes errgroup.Group // t.Parallel has as many as there are processors
	lanes.SetLimit(mendLanes)
	var mu sync.Mutex
	run := map[template]bool{}
	for _, s := range mendable(scenarios(t)) {
		lanes.Go(func() error {
			t.Run(s.Name, func(t *testing.T) {
				for _, m := range mendIn(t, s) {
					m.judge(t, revealed[s.Name])
					mu.Lock()
					for _, each := range m.templates() {
						run[each] = true
					}
					mu.Unlock()
				}
			})
			return nil
		})
	}
	_ = lanes.Wait() // what fails is said by its test
	for _, left := range untried(run) {
		t.Errorf("no scenario runs %s", left)
	}
}

// byCommand reports whether commands mend the finding, rather than steps in
// words, and the lab serves them.
func (n named) byCommand() bool {
	entry, _ := catalogue.Find(n.Code)
	return unserved[n.Code] == "" && slices.ContainsFunc(entry.Fix, catalogue.IsCommand)
}

// scenarios are those of the lab.
func scenarios(t *testing.T) []broken {
	t.Helper()
	files, err := filepath.Glob("../lab/scenarios/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	var all []broken
	for _, file := range files {
		all = append(all, decode[broken](t, read(t, file)))
	}
	return all
}

// mendIn runs the mender in the scenario's world.
func mendIn(t *testing.T, s broken) []mending {
	t.Helper()
	dir := t.TempDir()
	args := []string{"run", "-q", "--scenario", filepath.Join("../lab/scenarios", s.Name+".json"), "--", filepath.Join(programs.dir, mender)}
	if len(s.Config) > 0 {
		file := filepath.Join(dir, "probe.yaml") // JSON is YAML
		if err := os.WriteFile(file, s.Config, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", file)
	}
	r := runWithin(t, mendLimit, nil, programs.lab, append(args, s.Args...)...)
	if r.status != 0 {
		t.Fatalf("exit status %d\n%s%s", r.status, r.out, r.errors)
	}
	return decode[[]mending](t, r.out)
}

// judge holds what became of a finding against what its fix promises.
func (m mending) judge(t *testing.T, revealed string) {
	t.Helper()
	if len(m.Mended) == 1 && !m.Finding.byCommand() {
		return
	}
	for _, f := range m.Failures {
		t.Errorf("%s on %s: %s", m.Finding.Code, m.Finding.Component, f)
	}
	if len(m.Commands) == 0 {
		return // of its fix only the steps in words apply
	}
	want := slices.Clone(m.Before)
	for _, f := range m.Mended {
		if i := slices.Index(want, f); i >= 0 {
			want = slices.Delete(want, i, i+1)
		}
	}
	for _, f := range m.Fixed {
		i := slices.Index(want, f)
		if i < 0 && f.Code == revealed && !slices.Contains(m.Mended, f) {
			continue
		}
		if i < 0 {
			t.Errorf("%s on %s: after the fix there is %s on %s\n%s", m.Finding.Code, m.Finding.Component, f.Code, f.Component, strings.Join(m.Commands, "\n"))
			continue
		}
		want = slices.Delete(want, i, i+1)
	}
	if !m.Undoable {
		return
	}
	if diff := gocmp.Diff(sorted(m.Before), sorted(m.Undone)); diff != "" {
		t.Errorf("%s on %s: after the undo (-before +undone):\n%s\n%s", m.Finding.Code, m.Finding.Component, diff, strings.Join(m.Commands, "\n"))
	}
}

func sorted(all []named) []named {
	return slices.SortedFunc(slices.Values(all), func(a, b named) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), strings.Compare(a.Component, b.Component))
	})
}
