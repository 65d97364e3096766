package invoke

import (
	"context"
	"maps"

	"github.com/agentcore-probe/probe/netpath"
)

// metadata is the operation that anybody may ask without a token; endpoint
// policies are enforced on it ("GetRuntimeProtectedResourceMetadata", AgentCore
// API Reference; RFC 9728).
const metadata = "invocations/.well-known/oauth-protected-resource"

// metadataAction is what a policy calls it.
const metadataAction = "bedrock-agentcore:GetRuntimeProtectedResourceMetadata"

// bearer calls a runtime that takes tokens. Where there is none, it goes no
// further than the metadata.
func (l *line) bearer(ctx context.Context) Result {
	if l.invoker.Token != "" && l.invoker.Level == LevelInvoke {
		return l.invoke(ctx)
	}
	asked := l.ask(ctx, call{arn: l.target.RuntimeARN, qualifier: l.target.Qualifier, operation: metadata, unsigned: true})
	if !l.goesOn(asked) {
		return l.unsteady(l.judgeMetadata(asked))
	}
	return l.unsteady(l.undiscovered(l.withToken(ctx), asked))
}

// goesOn reports whether the token is worth a try. That the metadata are denied
// or not there says nothing about calls with a token.
func (l *line) goesOn(asked reply) bool {
	if l.invoker.Level == LevelReach || l.invoker.Token == "" {
		return false
	}
	return asked.failure == "" || asked.failure == netpath.FailureNotFound || l.byEndpoint(asked)
}

// withToken asks for an endpoint that does not exist, with the token and with
// another signature.
func (l *line) withToken(ctx context.Context) Result {
	first := l.ask(ctx, call{arn: l.target.RuntimeARN, qualifier: madeUpQualifier, operation: "invocations"})
	if first.failure != netpath.FailureNotFound && first.failure != netpath.FailureValidation {
		return judgeOne(l.target, first, true)
	}
	l.expected()
	control := l.send(ctx, call{arn: l.target.RuntimeARN, qualifier: madeUpQualifier, operation: "invocations", broken: true})
	if authentication[control.failure] {
		l.expected()
	}
	return l.judgeToken(first, control)
}

// undiscovered adds the flaw of metadata that the endpoint's policy denies:
// clients that look up where to get a token fail, those that have one do not.
func (l *line) undiscovered(r Result, asked reply) Result {
	if !l.byEndpoint(asked) || r.Endpoint.Status == netpath.StatusFail {
		return r
	}
	if r.Endpoint.Status == "" {
		r.Endpoint.Status = netpath.StatusUnknown
	}
	r.Endpoint.Facts = maps.Clone(asked.facts)
	r.Endpoint.Flaws = append(r.Endpoint.Flaws, netpath.FailureDiscovery)
	r.Endpoint.Detail = asked.detail
	return r
}

// judgeMetadata reads the answer to the question that needs no token.
func (l *line) judgeMetadata(r reply) Result {
	switch {
	case l.byEndpoint(r):
		out := Result{
			Signature: evidence(netpath.StatusUnknown, r, "not exercised: the request went without a token"),
			Runtime:   timed(evidence(netpath.StatusUnknown, r, "not exercised: the request went without a token"), r),
		}
		return l.undiscovered(out, r)
	case r.failure == netpath.FailureDenied:
		out := judgeOne(l.target, r, false)
		out.Signature = evidence(netpath.StatusUnknown, r, "not exercised: the request went without a token")
		return out
	case !arrived(r) && r.status != 200:
		return Result{Runtime: timed(evidence(netpath.StatusFail, r, r.detail), r)}
	}
	why := "no token is configured"
	if l.invoker.Level == LevelReach {
		why = "not exercised at level reach"
	}
	out := Result{
		Signature: evidence(netpath.StatusUnknown, r, "the service answered a request without a token ("+r.detail+"); "+why),
		Runtime:   timed(evidence(netpath.StatusUnknown, r, why), r),
	}
	return out
}

// judgeToken reads the answers for an endpoint that does not exist: to the
// token, and to the token with another signature.
func (l *line) judgeToken(first, control reply) Result {
	out := Result{
		Signature: evidence(netpath.StatusPass, first, "accepted: with another signature it is refused"),
		Runtime:   timed(evidence(netpath.StatusUnknown, first, "not exercised at level auth"), first),
	}
	if !authentication[control.failure] {
		out.Signature = evidence(netpath.StatusUnknown, first, "the token is not shown to be looked at before this answer: with another signature it got "+control.detail)
	}
	out.Signature.Facts["control"] = control.detail
	out.policies(l.target, evidence(netpath.StatusUnknown, first, "whether policies come before not-found is not documented"))
	return out
}

// asToken turns what was found out about the authentication into evidence of
// the token: IAM does not know the caller.
func (r Result) asToken() Result {
	r.Token, r.Signature, r.Identity = r.Signature, netpath.Evidence{}, netpath.Evidence{}
	if r.Token.Status == netpath.StatusFail {
		r.Token.Facts["reason"] = r.Token.Detail
	}
	return r
}
