package invoke

import (
	"maps"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
)

// authentication lists the failures of SigV4 itself: they say that the
// service was reached and that no policy was asked.
var authentication = map[netpath.Failure]bool{
	netpath.FailureSignature: true, netpath.FailureUnknownKey: true, netpath.FailureExpired: true,
	netpath.FailureClockSkew: true, netpath.FailureWrongRegion: true, netpath.FailureMethodMismatch: true,
	netpath.FailureTokenMissing: true, netpath.FailureTokenInvalid: true, netpath.FailureTokenExpired: true,
}

func evidence(status netpath.Status, r reply, detail string) netpath.Evidence {
	e := netpath.Evidence{Status: status, Detail: detail, Facts: maps.Clone(r.facts)}
	if status == netpath.StatusFail {
		e.Failure = r.failure
	}
	return e
}

// judgeArrival reads the answer to an unsigned request.
func judgeArrival(r reply) Result {
	if arrived(r) {
		return Result{
			Signature: evidence(netpath.StatusUnknown, r, "the service answered an unsigned request ("+r.detail+"); not exercised at level reach"),
			Runtime:   timed(netpath.Evidence{Status: netpath.StatusUnknown, Detail: "not exercised at level reach", Facts: netpath.Facts{}}, r),
		}
	}
	return Result{Runtime: timed(evidence(netpath.StatusFail, r, r.detail), r)}
}

// arrived reports whether an AWS service answered: by the error's type or by a
// sentence that AWS documents, not by the status.
func arrived(r reply) bool {
	switch {
	case r.broken, r.failure == netpath.FailureServer, r.failure == netpath.FailureMalformed, r.failure == netpath.FailureRedirect:
		return false
	}
	return r.failure != "" || r.facts["request_id"] != ""
}

func timed(e netpath.Evidence, r reply) netpath.Evidence {
	e.Duration = r.took
	return e
}

// judgeAuth reads the answers for an endpoint that does not exist and, where
// that was not found, for a runtime that does not exist.
func judgeAuth(target Target, first reply, control *reply) Result {
	if control == nil {
		return judgeOne(target, first, true)
	}
	const note = "not exercised at level auth"
	r := Result{
		Signature: evidence(netpath.StatusPass, first, "accepted"),
		Runtime:   timed(evidence(netpath.StatusUnknown, first, note), first),
	}
	if denies(*control) {
		proven := evidence(netpath.StatusPass, first, "lets it in: a made-up endpoint of the runtime is not found, where a made-up runtime is denied")
		proven.Facts["action"], proven.Facts["resource"] = Action, target.RuntimeARN
		proven.Facts["covers"] = target.RuntimeARN // the policy of the runtime's endpoint is not asked
		if principal := control.facts["principal"]; principal != "" {
			proven.Facts["principal"] = principal
		}
		proven.Facts["control"] = control.detail
		r.policies(target, proven)
		r.Resource.Detail += "; the policy of the runtime's endpoint is not exercised"
		return r
	}
	open := evidence(netpath.StatusUnknown, first, "authorization is not shown to come before this answer: a runtime that does not exist got "+control.detail)
	open.Facts["hint"], open.Facts["control"] = Hint, control.detail
	r.policies(target, open)
	if first.failure == netpath.FailureValidation {
		r.Signature = evidence(netpath.StatusUnknown, first, "validation may come before authentication: "+first.detail)
	}
	return r
}

// denies reports a denial by a policy in AWS's own sentence.
func denies(r reply) bool {
	return r.failure == netpath.FailureDenied && r.facts["action"] != "" && r.facts["layer"] != ""
}

func (r *Result) policies(target Target, e netpath.Evidence) {
	r.Identity, r.Resource = e, e
	r.Identity.Facts, r.Resource.Facts = maps.Clone(e.Facts), maps.Clone(e.Facts)
	if target.Private {
		r.Endpoint = e
		r.Endpoint.Facts = maps.Clone(e.Facts)
	}
}

// judgeOne reads an answer that decides by itself; madeUp says that it is about
// the endpoint that does not exist.
func judgeOne(target Target, r reply, madeUp bool) Result {
	switch {
	case r.broken:
		return Result{Runtime: timed(evidence(netpath.StatusFail, r, r.detail), r)}
	case madeUp && r.failure == "": // whoever serves what does not exist is not AgentCore
		r.failure, r.detail = netpath.FailureMalformed, r.detail+" for an endpoint of the runtime that does not exist"
		return Result{Runtime: timed(evidence(netpath.StatusFail, r, r.detail), r)}
	case authentication[r.failure]:
		return Result{Signature: timed(evidence(netpath.StatusFail, r, r.detail), r)}
	case r.failure == netpath.FailureDenied:
		return judgeDenial(target, r, madeUp)
	case r.failure == "", r.failure == netpath.FailureContainer, r.failure == netpath.FailureStart:
		return judgeServed(target, r)
	case r.failure == netpath.FailureNotFound:
		out := Result{Signature: evidence(netpath.StatusPass, r, "accepted"), Runtime: timed(evidence(netpath.StatusFail, r, r.detail), r)}
		out.policies(target, evidence(netpath.StatusUnknown, r, "whether authorization comes before not-found is not documented"))
		return out
	default:
		return Result{Runtime: timed(evidence(netpath.StatusFail, r, r.detail), r)}
	}
}

// judgeServed reads an answer that comes from behind every check: the agent's,
// or AgentCore's word about the agent's container.
func judgeServed(target Target, r reply) Result {
	out := Result{Signature: evidence(netpath.StatusPass, r, "accepted")}
	let := evidence(netpath.StatusPass, r, "lets it in")
	let.Facts["action"], let.Facts["resource"] = Action, target.RuntimeARN
	out.policies(target, let)
	status := netpath.StatusPass
	if r.failure != "" {
		status = netpath.StatusFail
	}
	out.Runtime = timed(evidence(status, r, r.detail), r)
	return out
}

// judgeDenial attributes a denial. AWS names one layer even where several
// deny ("Troubleshoot access denied error messages", IAM User Guide), so the
// other policies stay unknown; only authentication is known to have passed.
func judgeDenial(target Target, r reply, madeUp bool) Result {
	out := Result{Signature: evidence(netpath.StatusPass, r, "accepted")}
	out.policies(target, evidence(netpath.StatusUnknown, r, "one layer is reported for each denial, and it was another one"))
	if madeUp && scoped(r) {
		narrow := evidence(netpath.StatusUnknown, r, "the role may not invoke the made-up endpoint name, which says nothing about the real one")
		narrow.Facts["hint"] = "allow the action on " + target.RuntimeARN + "/runtime-endpoint/* or use level invoke"
		out.policies(target, narrow)
		out.Runtime = timed(evidence(netpath.StatusUnknown, r, "not exercised at level auth"), r)
		return out
	}
	denied := timed(evidence(netpath.StatusFail, r, r.detail), r)
	denied.Component = r.facts["policy_arn"]
	switch policy.Layer(r.facts["layer"]) {
	case policy.LayerResource, policy.LayerResourceControl:
		out.Resource = denied
	case policy.LayerEndpoint, policy.LayerEndpointThroughSCP:
		out.Endpoint = denied
	case "":
		denied.Detail = "denied by a policy that the answer does not name: " + r.detail
		out.Runtime = denied
	default:
		out.Identity = denied
	}
	return out
}

// scoped reports that the identity's own policies are silent on the made-up
// endpoint of a runtime: a role scoped to …/DEFAULT gets this.
func scoped(r reply) bool {
	return r.facts["layer"] == string(policy.LayerIdentity) && r.facts["effect"] == "implicit" &&
		strings.HasSuffix(r.facts["resource"], "/runtime-endpoint/"+madeUpQualifier)
}
