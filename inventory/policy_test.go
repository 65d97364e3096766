package inventory_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/inventory"
)

// TestDeployedPolicy wants the policy that deploy/ gives the probe's role to
// allow what Collect may ask, the invocation that is being tested, and no more.
func TestDeployedPolicy(t *testing.T) {
	data, err := os.ReadFile("../deploy/iam-policy.json")
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Statement []struct{ Action []string }
	}
	if err := json.Unmarshal(data, &policy); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range policy.Statement {
		got = append(got, s.Action...)
	}
	want := append(inventory.Actions(), "bedrock-agentcore:InvokeAgentRuntime")
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
		t.Error(diff)
	}
}
