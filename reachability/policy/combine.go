package policy

import "slices"

// Layers are the decisions of the policies that a request meets. A layer that
// was not read has EffectUnknown; one that does not apply has EffectAllow.
type Layers struct {
	Identity Decision
	Endpoint Decision // EffectAllow on a way that no endpoint is part of

	// Resource holds one decision for each resource that is authorized: the
	// runtime and its endpoint. EffectImplicitDeny stands for a resource
	// without a policy.
	Resource []Decision

	SameAccount bool // caller and resource belong to one account
}

// Combine joins layers to what happens to the request. An explicit denial wins
// wherever it stands, and an endpoint policy caps what comes through it. In one
// account either the identity's or the resource's policy has to allow, across
// accounts both ("Policy evaluation logic" and "Cross-account policy evaluation
// logic", IAM User Guide). Policies that cap and cannot be read from here
// (SCPs, RCPs, boundaries, session policies) are not part of it.
func Combine(l Layers) Decision {
	all := append([]Decision{l.Endpoint}, l.Resource...)
	all = append(all, l.Identity)
	for _, d := range all {
		if d.Effect == EffectExplicitDeny {
			return d
		}
	}
	granted := both(l.Endpoint.allows(), l.granted())
	want := EffectAllow
	switch {
	case granted == no:
		want = EffectImplicitDeny
	case granted == maybe || slices.ContainsFunc(all, Decision.isUnknown):
		want = EffectUnknown
	}
	for _, d := range all {
		if d.Effect == want {
			return d
		}
	}
	return Decision{Effect: want, Why: "no policy of the resource admits another account"}
}

// granted says whether identity and resource policies let the request in.
func (l Layers) granted() truth {
	if l.SameAccount {
		granted := yes
		for _, r := range l.Resource {
			granted = both(granted, either(l.Identity.allows(), r.grants()))
		}
		if len(l.Resource) == 0 {
			return l.Identity.allows()
		}
		return granted
	}
	granted := truthOf(len(l.Resource) > 0)
	for _, r := range l.Resource {
		granted = both(granted, r.allows())
	}
	return both(granted, l.Identity.allows())
}

func (d Decision) isUnknown() bool { return d.Effect == EffectUnknown }

func (d Decision) allows() truth {
	switch d.Effect {
	case EffectAllow:
		return yes
	case EffectUnknown:
		return maybe
	}
	return no
}

// grants is allows for a resource policy of the caller's own account: what it
// grants to the account as a whole is granted to nobody until an identity
// policy hands it on.
func (d Decision) grants() truth {
	if d.Effect == EffectAllow && !d.Direct {
		return no
	}
	return d.allows()
}
