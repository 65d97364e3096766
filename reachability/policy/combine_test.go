package policy_test

import (
	"testing"

	"github.com/agentcore-probe/probe/reachability/policy"
)

// "Policy evaluation logic" and "Cross-account policy evaluation logic", IAM
// User Guide; for AgentCore the runtime and its endpoint are both authorized.
func TestCombine(t *testing.T) {
	of := func(e policy.Effect) policy.Decision {
		return policy.Decision{Effect: e, Direct: e == policy.EffectAllow}
	}
	const allow, explicit, implicit, unknown = policy.EffectAllow, policy.EffectExplicitDeny, policy.EffectImplicitDeny, policy.EffectUnknown
	for _, tt := range []struct {
		name                     string
		same                     bool
		identity, endpoint       policy.Effect
		runtime, runtimeEndpoint policy.Effect
		want                     policy.Effect
	}{
		{"IAM grants, resource silent", true, allow, allow, implicit, implicit, allow},
		{"IAM silent, resource grants", true, implicit, allow, allow, allow, allow},
		{"IAM silent, one resource grants", true, implicit, allow, allow, implicit, implicit},
		{"nobody grants", true, implicit, allow, implicit, implicit, implicit},
		{"the endpoint policy caps", true, allow, implicit, allow, allow, implicit},
		{"the endpoint policy is in doubt", true, allow, unknown, allow, allow, unknown},
		{"explicit denial of the resource", true, allow, allow, allow, explicit, explicit},
		{"explicit denial, whatever is unknown", true, unknown, unknown, explicit, unknown, explicit},
		{"IAM not read, resource silent", true, unknown, allow, implicit, implicit, unknown},
		{"IAM not read may deny what the resource grants", true, unknown, allow, allow, allow, unknown},
		{"the endpoint policy stops it, whatever is unknown", true, unknown, implicit, unknown, unknown, implicit},
		{"cross-account, both", false, allow, allow, allow, allow, allow},
		{"cross-account, resource silent", false, allow, allow, implicit, allow, implicit},
		{"cross-account, IAM silent", false, implicit, allow, allow, allow, implicit},
		{"cross-account, IAM not read", false, unknown, allow, allow, allow, unknown},
		{"cross-account, IAM not read, resource silent", false, unknown, allow, allow, implicit, implicit},
	} {
		got := policy.Combine(policy.Layers{
			Identity: of(tt.identity), Endpoint: of(tt.endpoint), SameAccount: tt.same,
			Resource: []policy.Decision{of(tt.runtime), of(tt.runtimeEndpoint)},
		})
		if got.Effect != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got.Effect, tt.want)
		}
	}
}

// A grant to the whole account hands nothing to a role of it ("AWS JSON policy
// elements: Principal").
func TestCombineAccountGrantIsNoGrant(t *testing.T) {
	account := policy.Decision{Effect: policy.EffectAllow}
	l := policy.Layers{Identity: policy.Decision{Effect: policy.EffectImplicitDeny}, Endpoint: account, Resource: []policy.Decision{account}, SameAccount: true}
	if got := policy.Combine(l).Effect; got != policy.EffectImplicitDeny {
		t.Errorf("within the account: %s", got)
	}
	l.Identity.Effect, l.SameAccount = policy.EffectAllow, false
	if got := policy.Combine(l).Effect; got != policy.EffectAllow {
		t.Errorf("across accounts: %s", got)
	}
}

func TestCombineNoResourcePolicyAcrossAccounts(t *testing.T) {
	allow := policy.Decision{Effect: policy.EffectAllow}
	if got := policy.Combine(policy.Layers{Identity: allow, Endpoint: allow}).Effect; got != policy.EffectImplicitDeny {
		t.Errorf("got %s", got)
	}
	if got := policy.Combine(policy.Layers{Identity: allow, Endpoint: allow, SameAccount: true}).Effect; got != policy.EffectAllow {
		t.Errorf("got %s", got)
	}
}
