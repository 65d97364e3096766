package policy

import (
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// identityPolicy judges the policies of the role that signs, where the inventory
// has them. They can say that a call is stopped; that it is let in they cannot,
// as what the organization and the session cap is not read. Without a grant of
// theirs a resource policy may grant it, in the runtime's own account ("Policy
// evaluation logic", IAM User Guide).
func (k call) identityPolicy() netpath.Evidence {
	if k.oauth {
		return netpath.Evidence{Status: netpath.StatusSkipped, Detail: "the runtime takes bearer tokens: no identity policy applies"}
	}
	id := parseIdentity(k.caller.Principal)
	role := k.network.Role(id.account, id.role)
	if role == nil {
		return unknown(k.caller.Principal, "identity policies are not read")
	}
	granted, boundary := k.granted(role), k.bounded(role)
	switch {
	case granted.deny == kleene.Yes:
		return k.identityDenies(role, "iam/identity-denies", LayerIdentity, granted)
	case boundary.stops():
		return k.identityDenies(role, "iam/boundary-denies", LayerBoundary, boundary)
	case granted.allow == kleene.No && !k.grantedElsewhere():
		return k.identityDenies(role, "iam/identity-denies", LayerIdentity, granted)
	case granted.allow == kleene.Yes && granted.deny == kleene.No && boundary.allow == kleene.Yes && boundary.deny == kleene.No:
		return unknown(role.ARN, "%s of %s allows it; what the organization and the session cap is not read", granted.allowing.name, role.RoleName)
	}
	return unknown(role.ARN, "whether the policies of %s allow it cannot be decided", role.RoleName)
}

// granted joins what a role's own policies say of the runtime.
func (k call) granted(role *vpc.Role) outcome {
	joined := outcome{deny: kleene.No, allow: kleene.No}
	for _, p := range role.RolePolicyList {
		joined = joined.or(k.identityOutcome(string(p.PolicyDocument), true))
	}
	for _, p := range role.AttachedManagedPolicies {
		text, read := k.network.ManagedPolicy(p.PolicyARN)
		joined = joined.or(k.identityOutcome(text, read))
	}
	return joined
}

// bounded is what a role's permissions boundary says; without one all is allowed.
func (k call) bounded(role *vpc.Role) outcome {
	if role.PermissionsBoundary == nil || role.PermissionsBoundary.PermissionsBoundaryARN == "" {
		return outcome{deny: kleene.No, allow: kleene.Yes}
	}
	return k.identityOutcome(k.network.ManagedPolicy(role.PermissionsBoundary.PermissionsBoundaryARN))
}

// identityOutcome judges a policy for the runtime and its endpoint: both are asked
// about, and where they differ nothing is certain.
func (k call) identityOutcome(text string, read bool) outcome {
	d, err := Parse(text)
	if !read || err != nil {
		return outcome{deny: kleene.Maybe, allow: kleene.Maybe}
	}
	both := d.outcome(k.request(k.resources()[0]))
	other := d.outcome(k.request(k.resources()[1]))
	if other.deny != both.deny {
		both.deny = kleene.Maybe
	}
	if other.allow != both.allow {
		both.allow = kleene.Maybe
	}
	return both
}

// or joins the outcomes of two policies of one identity.
func (o outcome) or(other outcome) outcome {
	if other.deny > o.deny {
		o.deny, o.denying = other.deny, other.denying
	}
	if other.allow > o.allow {
		o.allow, o.allowing = other.allow, other.allowing
	}
	return o
}

// grantedElsewhere reports whether resource policies may grant what the identity's
// own do not.
func (k call) grantedElsewhere() bool {
	if k.caller.Account != k.account {
		return false
	}
	for _, a := range k.attachedPolicies() {
		if a.problem == "" && (a.text == "" || a.outcome.allow == kleene.No) {
			return false
		}
	}
	return true
}

func (k call) identityDenies(role *vpc.Role, code string, layer Layer, o outcome) netpath.Evidence {
	facts := k.facts()
	facts["layer"], facts["resource"] = string(layer), k.path.Target.RuntimeARN
	o.describe(facts)
	delete(facts, "scope")
	detail := "no policy of " + role.RoleName + " allows it"
	switch {
	case facts["effect"] == "explicit":
		detail = "statement " + facts["statement"] + " of a policy of " + role.RoleName + " denies it"
	case layer == LayerBoundary:
		detail = "the permissions boundary of " + role.RoleName + " does not allow it"
	}
	return netpath.Evidence{Status: netpath.StatusFail, Cause: code, Component: role.ARN, Detail: detail, Facts: facts}
}
