package answer

import (
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
)

// addDenial notes who is denied what, and by which layer, as far as the
// sentence says so. A denial without a sentence leaves layer and effect out.
func addDenial(facts netpath.Facts, message string) {
	denial, ok := policy.ParseDenial(message)
	if !ok {
		return
	}
	set(facts, "principal", denial.Principal)
	set(facts, "action", denial.Action)
	set(facts, "resource", denial.Resource)
	set(facts, "layer", string(denial.Layer))
	switch denial.Effect {
	case policy.EffectExplicitDeny:
		facts["effect"] = "explicit"
	case policy.EffectImplicitDeny:
		facts["effect"] = "implicit"
	}
	set(facts, "policy_arn", denial.PolicyARN)
}
