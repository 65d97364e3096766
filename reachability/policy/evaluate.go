package policy

import (
	"fmt"
	"strings"

	"github.com/agentcore-probe/probe/reachability/kleene"
)

// Request is what a policy is asked about.
type Request struct {
	Principal string // ARN of the caller; "" for a caller without IAM identity
	Action    string // service:Action
	Resource  string // ARN

	// Context holds the condition keys whose state is known, in any case. No
	// value at all means that the request is known not to carry the key; a key
	// that is not in the map is unknown. aws:PrincipalArn and
	// aws:PrincipalAccount follow from Principal.
	Context map[string][]string
}

// Decision is the outcome of a document.
type Decision struct {
	Effect    Effect
	Statement string // Sid of the statement that decided, or "#2" for the second; "" where none did
	Why       string // one line for a reader
}

// outcome is a decision before the question whether a denial is explicit.
type outcome struct {
	deny, allow             kleene.Truth
	denying, allowing       *statement // the first with the truth above, where it isn't No
	denyReason, allowReason string     // why it is maybe
}

// Evaluate judges a request by this document alone, by "Policy evaluation
// logic" (IAM User Guide): a Deny that matches wins, else an Allow that
// matches, else the request is implicitly denied.
func (d Document) Evaluate(r Request) Decision {
	return d.outcome(r).decision()
}

func (d Document) outcome(r Request) outcome {
	o := outcome{deny: kleene.No, allow: kleene.No}
	ctx := newContext(r)
	for i := range d.statements {
		s := &d.statements[i]
		match, reason := s.match(r, ctx, d.variables)
		if s.deny && match > o.deny {
			o.deny, o.denying, o.denyReason = match, s, reason
		}
		if !s.deny && match > o.allow {
			o.allow, o.allowing, o.allowReason = match, s, reason
		}
	}
	return o
}

func (o outcome) decision() Decision {
	switch {
	case o.deny == kleene.Yes:
		return Decision{Effect: EffectExplicitDeny, Statement: o.denying.name, Why: "statement " + o.denying.name + " denies it"}
	case o.deny == kleene.Maybe:
		return Decision{Effect: EffectUnknown, Statement: o.denying.name, Why: fmt.Sprintf("statement %s may deny it: %s", o.denying.name, o.denyReason)}
	case o.allow == kleene.Yes:
		return Decision{Effect: EffectAllow, Statement: o.allowing.name, Why: "statement " + o.allowing.name + " allows it"}
	case o.allow == kleene.Maybe:
		return Decision{Effect: EffectUnknown, Statement: o.allowing.name, Why: fmt.Sprintf("statement %s may allow it: %s", o.allowing.name, o.allowReason)}
	}
	return Decision{Effect: EffectImplicitDeny, Why: "no statement allows it"}
}

// match says whether the statement applies to the request, and names what
// leaves it open. A part that certainly doesn't match decides, however little
// is known of the others.
func (s *statement) match(r Request, ctx requestContext, variables bool) (match kleene.Truth, reason string) {
	parts := []struct {
		truth  kleene.Truth
		reason string
	}{
		{s.matchPrincipal(parseIdentity(r.Principal)), "whether its principal is " + r.Principal},
		{s.matchAction(r.Action), ""},
		{s.matchResource(r.Resource, ctx, variables), "the variable in its resource"},
	}
	match = kleene.Yes
	for _, part := range parts {
		match = kleene.Both(match, part.truth)
		if part.truth == kleene.Maybe && reason == "" {
			reason = part.reason + " is not known"
		}
	}
	for _, c := range s.conditions {
		holds := c.holds(ctx, variables)
		match = kleene.Both(match, holds)
		if holds == kleene.Maybe && reason == "" {
			reason = c.operator + " " + c.key + " cannot be decided"
		}
	}
	return match, reason
}

// matchAction compares without case, as IAM does.
func (s *statement) matchAction(action string) kleene.Truth {
	action = strings.ToLower(action)
	found := kleene.No
	for _, pattern := range s.actions {
		found = kleene.Either(found, kleene.Of(glob(strings.ToLower(pattern), action)))
	}
	return negateIf(s.notAction, found)
}

func (s *statement) matchResource(resource string, ctx requestContext, variables bool) kleene.Truth {
	found := kleene.No
	for _, pattern := range s.resources {
		found = kleene.Either(found, ctx.compare(pattern, resource, variables, func(p string) bool { return glob(p, resource) }))
	}
	return negateIf(s.notResource, found)
}

func negateIf(negate bool, t kleene.Truth) kleene.Truth {
	if negate {
		return t.Not()
	}
	return t
}
