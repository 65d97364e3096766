// Package policy judges IAM policy documents and reads AWS's denial sentences.
//
// A document is parsed once (Parse) and evaluated for a request (Evaluate)
// with three-valued logic: a key whose value is not known, an operator that is
// not understood, or a policy variable that cannot be resolved makes the
// decision unknown, unless the decision is the same whatever the value.
// ParseDenial reads the sentence in which a service says which policy denied a
// request, and Evidence turns the documents of an inventory into evidence for
// the policy hops of a path.
//
// The rules of evaluation are those of the IAM User Guide: "Policy evaluation
// logic", "IAM JSON policy element reference" and "IAM JSON policy elements:
// Condition operators".
package policy

// Effect is what a policy, or all of them together, do to a request.
type Effect string

// The effects. EffectUnknown is never written as one of the others.
const (
	EffectAllow        Effect = "allow"
	EffectExplicitDeny Effect = "explicit-deny" // a Deny statement matched
	EffectImplicitDeny Effect = "implicit-deny" // nothing allowed it
	EffectUnknown      Effect = "unknown"
)

// Layer is the type of policy that stopped a request.
type Layer string

// The layers, as "Troubleshoot access denied error messages" (IAM User Guide)
// tells them apart. The empty layer is one that the sentence does not name.
const (
	LayerIdentity        Layer = "identity-based"
	LayerResource        Layer = "resource-based"
	LayerEndpoint        Layer = "vpc-endpoint"
	LayerServiceControl  Layer = "service-control"
	LayerResourceControl Layer = "resource-control"
	LayerSession         Layer = "session"
	LayerBoundary        Layer = "permissions-boundary"
	LayerRoleTrust       Layer = "role-trust"
	// LayerEndpointThroughSCP is "VPC endpoint policy transitively through a
	// service control policy".
	LayerEndpointThroughSCP Layer = "vpc-endpoint-through-service-control"
)
