package iam

// LayerTrust is a role's trust policy, which is a resource-based policy that
// always has to allow ("Policy evaluation logic": the exceptions). AWS's denial
// does not name it.
const LayerTrust Layer = "role trust policy"

// Assume returns nil where a principal may assume a role: the role's trust
// policy must allow it, and unless that names the principal itself or its role,
// the principal's own policies as well.
func Assume(r Request, trust Document, p Policies) *Denial {
	p.Resource = []Document{trust}
	context := r
	context.Context = lowered(r)
	if _, denied := explicitDeny(p.Resource, context); !denied && allowed(p.Resource, context) == reachNone {
		return r.denial(LayerTrust, false, "")
	}
	return Evaluate(r, p)
}

// Federate is Assume for somebody whom an identity provider knows: IAM has no
// policies of theirs.
func Federate(r Request, trust Document) bool {
	r.Context = lowered(r)
	_, denied := explicitDeny([]Document{trust}, r)
	return !denied && allowed([]Document{trust}, r) != reachNone
}
