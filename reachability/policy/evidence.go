package policy

import (
	"fmt"
	"maps"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// Evidence is what the inventory's policies say about an invocation by c on
// path p, a hop each: identity-policy (where the role is in the inventory), endpoint-policy
// on a private route, resource-policy (the runtime's and its endpoint's), and
// runtime (the status of both); and, on a path to an AWS service through an
// endpoint, what the endpoint's policy says about the agent's own calls. A hop
// passes when it lets the request in and fails when it stops it, whatever the
// path expects. Other paths have no such hops.
//
// Facts of a judged policy: region, runtime, action, principal, endpoint,
// source_ip, layer, effect (explicit, implicit or allow), statement, scope
// (everyone or principal: whom the deciding statement is about),
// policy_resource, policy, and fixed_policy: the whole document with the least
// change that mends it, where there is one that was found to work; where a
// second policy denies, too, also_resource, also_policy and also_fixed_policy.
func Evidence(n *vpc.Network, p netpath.Path, c Caller) map[netpath.HopName]netpath.Evidence {
	switch {
	case n != nil && p.Kind == netpath.KindService:
		return serviceEvidence(n.Index(), p)
	case n == nil || p.Kind != netpath.KindInvoke:
		return nil
	}
	k := newCall(n.Index(), p, c)
	hops := map[netpath.HopName]netpath.Evidence{
		netpath.HopIdentityPolicy: k.identityPolicy(),
		netpath.HopResourcePolicy: k.resourcePolicy(),
		netpath.HopRuntime:        k.runtimeState(),
	}
	if p.Route == netpath.RoutePrivate {
		hops[netpath.HopEndpointPolicy] = k.endpointPolicy()
	}
	return hops
}

func unknown(component, format string, args ...any) netpath.Evidence {
	return netpath.Evidence{Status: netpath.StatusUnknown, Component: component, Detail: fmt.Sprintf(format, args...)}
}

// whoUnknown says that nothing can be judged because the caller isn't known.
func (k call) whoUnknown() bool { return k.caller.Principal == "" && !k.oauth }

func (k call) endpointPolicy() netpath.Evidence {
	id := k.caller.Endpoint
	switch {
	case !k.network.Has("VpcEndpoints"):
		return unknown(id, "VPC endpoints were not read")
	case k.endpoint == nil:
		return unknown(id, "the endpoint is not in the inventory")
	case k.endpoint.PolicyDocument == "":
		return netpath.Evidence{Status: netpath.StatusPass, Component: id, Detail: "the default policy: full access", Facts: k.facts()}
	case k.whoUnknown():
		return unknown(id, "the principal that signs is not known")
	}
	d, err := Parse(k.endpoint.PolicyDocument)
	if err != nil {
		return unknown(id, "the endpoint's policy cannot be read: %v", err)
	}
	return k.judgeEndpointPolicy(d)
}

// judgeEndpointPolicy goes by the runtime's own ARN. AWS does not say whether
// an endpoint policy has to cover the runtime endpoint's ARN, too: where the
// two differ it stays unknown.
func (k call) judgeEndpointPolicy(d Document) netpath.Evidence {
	runtime := d.outcome(k.request(k.resources()[0]))
	qualified := d.outcome(k.request(k.resources()[1]))
	facts := k.facts()
	facts["layer"], facts["policy"] = string(LayerEndpoint), k.endpoint.PolicyDocument
	facts["policy_resource"] = k.endpoint.VpcEndpointID
	e := netpath.Evidence{Component: k.endpoint.VpcEndpointID, Facts: facts, Detail: runtime.decision().Why}
	switch {
	case runtime.stops():
		e.Status, e.Cause = netpath.StatusFail, "endpoint/policy-denies"
		runtime.describe(facts)
		if s := k.namesPrincipals(d, runtime); s != nil {
			e.Cause, facts["statement"] = "endpoint/policy-blocks-oauth", s.name
			e.Detail = "statement " + s.name + " allows IAM principals only, and a bearer token is none"
		}
		if fixed, ok := k.mendEndpointPolicy(d, runtime); ok {
			facts["fixed_policy"] = fixed.String()
		}
	case runtime.deny == kleene.Maybe || runtime.allow == kleene.Maybe:
		e.Status = netpath.StatusUnknown
	case qualified.deny != kleene.No || qualified.allow != kleene.Yes:
		e.Status = netpath.StatusUnknown
		e.Detail = "it allows the runtime, and not certainly its endpoint " + k.qualifier()
	default:
		e.Status = netpath.StatusPass
		runtime.describe(facts)
	}
	return e
}

// namesPrincipals is the statement that would let the bearer of a token in if it
// did not name IAM principals: for OAuth calls an endpoint policy's principal has
// to be "*" ("Use Amazon Bedrock AgentCore with AWS PrivateLink", section on
// endpoint policies).
func (k call) namesPrincipals(d Document, o outcome) *statement {
	if !k.oauth || o.deny != kleene.No {
		return nil
	}
	r := k.request(k.path.Target.RuntimeARN)
	for i := range d.statements {
		s := d.statements[i]
		s.anyPrincipal = true
		if match, _ := s.match(r, newContext(r), d.variables); !s.deny && match == kleene.Yes {
			return &d.statements[i]
		}
	}
	return nil
}

// stops says that nothing gets through, whatever is unknown.
func (o outcome) stops() bool { return o.deny == kleene.Yes || o.allow == kleene.No }

// describe adds what decided to facts.
func (o outcome) describe(facts netpath.Facts) {
	effect, decided := "implicit", (*statement)(nil) // the words of a denial
	switch {
	case o.deny == kleene.Yes:
		effect, decided = "explicit", o.denying
	case o.allow == kleene.Yes:
		effect, decided = string(EffectAllow), o.allowing
	}
	facts["effect"] = effect
	if decided == nil {
		return
	}
	facts["statement"], facts["scope"] = decided.name, "principal"
	if decided.everyone() {
		facts["scope"] = "everyone"
	}
}

// attached is a resource with its policy, judged.
type attached struct {
	resource string
	text     string // the policy as it was read; "" where the resource has none
	document Document
	outcome  outcome
	problem  string // why it can't be judged; "" when it can
}

func (k call) attachedPolicies() []attached {
	var all []attached
	for _, arn := range k.resources() {
		a := attached{resource: arn, outcome: Document{}.outcome(Request{})}
		switch read := k.network.Policy(arn); {
		case read == nil:
			a.problem = "the resource policy of " + arn + " was not read"
		case read.Policy != "":
			a.text = read.Policy
			d, err := Parse(a.text)
			if err != nil {
				a.problem = fmt.Sprintf("the resource policy of %s cannot be read: %v", arn, err)
			}
			a.document, a.outcome = d, d.outcome(k.request(arn))
		}
		all = append(all, a)
	}
	return all
}

// resourcePolicy: an explicit denial by either policy stops everybody it is
// about. Short of that, a SigV4 caller of the runtime's own account needs no
// grant here (IAM decides), one of another account needs both policies to
// allow, and a bearer of a token each policy that there is.
func (k call) resourcePolicy() netpath.Evidence {
	all := k.attachedPolicies()
	if k.whoUnknown() {
		return unknown(k.path.Target.RuntimeARN, "the principal that signs is not known")
	}
	for _, a := range all {
		if a.problem == "" && a.outcome.deny == kleene.Yes {
			return k.resourceDenies(a, all)
		}
	}
	for _, a := range all {
		if a.problem != "" {
			return unknown(a.resource, "%s", a.problem)
		}
		if a.outcome.deny == kleene.Maybe && a.text != "" {
			return k.undecided(a)
		}
	}
	if !k.oauth && k.caller.Account == k.account {
		return k.resourceAdmits(all, "no statement denies it: IAM decides in the runtime's own account")
	}
	return k.needsGrant(all)
}

func (k call) needsGrant(all []attached) netpath.Evidence {
	var open []attached
	for _, a := range all {
		bare := a.text == ""
		switch {
		case bare && k.oauth:
		case bare || a.outcome.allow == kleene.No:
			return k.resourceDenies(a, all)
		case a.outcome.allow == kleene.Maybe:
			open = append(open, a)
		}
	}
	if len(open) > 0 {
		return k.undecided(open[0])
	}
	return k.resourceAdmits(all, "every policy that applies allows it")
}

func (k call) undecided(a attached) netpath.Evidence {
	e := unknown(a.resource, "%s", a.outcome.decision().Why)
	e.Facts = k.policyFacts(a)
	return e
}

func (k call) policyFacts(a attached) netpath.Facts {
	f := k.facts()
	f["layer"], f["policy_resource"] = string(LayerResource), a.resource
	if a.text != "" {
		f["policy"] = a.text
	} else {
		f["no_policy_resource"] = a.resource
	}
	return f
}

// resourceDenies is the denial by a, one of all the policies that apply. Where
// another denies, too, the caller gets in only when both are mended.
func (k call) resourceDenies(a attached, all []attached) netpath.Evidence {
	e := netpath.Evidence{Status: netpath.StatusFail, Component: a.resource, Facts: k.policyFacts(a), Detail: a.outcome.decision().Why}
	if a.text == "" {
		e.Detail = "it has no policy, and a caller of another account needs one that allows"
	}
	a.outcome.describe(e.Facts)
	if k.oauth && a.outcome.deny != kleene.Yes && k.nobodyGetsIn(a) {
		e.Facts["scope"] = "everyone"
	}
	cause := k.findCause(a)
	e.Cause = cause.code
	maps.Copy(e.Facts, cause.facts)
	if fixed, ok := k.mendResourcePolicy(a, cause); ok {
		e.Facts["fixed_policy"] = fixed.String()
		for _, other := range all {
			if other.resource != a.resource {
				k.alsoDenies(other, e.Facts)
			}
		}
	}
	return e
}

// alsoDenies adds to the facts of a denial how another policy that denies is
// mended: also_resource, also_policy and also_fixed_policy.
func (k call) alsoDenies(a attached, facts netpath.Facts) {
	if a.problem != "" || a.text == "" || !k.shutOutBy(a) {
		return
	}
	if fixed, ok := k.mendResourcePolicy(a, k.findCause(a)); ok {
		facts["also_resource"], facts["also_policy"], facts["also_fixed_policy"] = a.resource, a.text, fixed.String()
	}
}

// shutOutBy says that a policy shuts the caller out: by a denial, or, where it
// has to allow, by not doing so.
func (k call) shutOutBy(a attached) bool {
	needsGrant := k.oauth || k.caller.Account != k.account
	return a.outcome.deny == kleene.Yes || needsGrant && a.outcome.allow == kleene.No
}

// nobodyGetsIn says that a policy without a grant for this caller has none for
// callers with a token from any other address either.
func (k call) nobodyGetsIn(a attached) bool {
	r := k.request(a.resource)
	delete(r.Context, "aws:SourceIp")
	delete(r.Context, "aws:VpcSourceIp")
	return a.text != "" && a.document.outcome(r).allow == kleene.No
}

// resourceAdmits carries what diagnosis needs where the pattern says that the
// request should have been denied: whether only this source address is let in
// (allow_listed), or the policy that would shut the public path.
func (k call) resourceAdmits(all []attached, detail string) netpath.Evidence {
	e := netpath.Evidence{Status: netpath.StatusPass, Component: all[0].resource, Facts: k.policyFacts(all[0]), Detail: detail}
	all[0].outcome.describe(e.Facts)
	if k.path.Route != netpath.RoutePublic {
		return e
	}
	if k.onlyThisAddress(all) {
		e.Facts["allow_listed"] = e.Facts["source_ip"]
		e.Detail = "the source address is on the policy's list"
		return e
	}
	if fixed, ok := k.shutPublicPath(all[0]); ok {
		e.Facts["fixed_policy"] = fixed.String()
	}
	return e
}

// onlyThisAddress says that callers from elsewhere would be denied. Elsewhere
// is an address of a range that is reserved (RFC 1112) and on nobody's list.
func (k call) onlyThisAddress(all []attached) bool {
	const elsewhere = "240.0.0.1"
	for _, a := range all {
		r := k.request(a.resource)
		r.Context["aws:SourceIp"] = []string{elsewhere}
		if a.text != "" && a.document.outcome(r).deny == kleene.Yes {
			return true
		}
	}
	return false
}
