package invoke

import (
	"context"
	"maps"
	"strconv"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
)

// tally counts the answers to equal requests.
type tally struct {
	asked, denied int
	denial        reply // one of them
}

// byEndpoint reports a denial by the policy of the endpoint on the way.
func (l *line) byEndpoint(r reply) bool {
	return l.target.Private && r.failure == netpath.FailureDenied && policy.Layer(r.facts["layer"]) == policy.LayerEndpoint
}

// ask sends a request that starts no session. While an edit of an endpoint's
// policy spreads, equal requests are allowed and denied for minutes: a denial by
// that policy is asked for again.
func (l *line) ask(ctx context.Context, c call) reply {
	first := l.send(ctx, c)
	if !l.byEndpoint(first) {
		return first
	}
	return l.sample(ctx, c, first)
}

// sample repeats a request and returns an answer that the endpoint's policy let
// through, where there is one.
func (l *line) sample(ctx context.Context, c call, first reply) reply {
	if l.answers.asked > 0 {
		return first
	}
	through := first
	l.count(first)
	for range l.invoker.Samples {
		r := l.send(ctx, c)
		if r.broken {
			break
		}
		l.expected()
		l.count(r)
		if l.byEndpoint(through) {
			through = r
		}
	}
	return through
}

func (l *line) count(r reply) {
	l.answers.asked++
	if l.byEndpoint(r) {
		l.answers.denied++
		l.answers.denial = r
	}
}

// unsteady adds the flaw of a policy that wavers: the endpoint's policy let some
// of the requests through.
func (l *line) unsteady(r Result) Result {
	n := l.answers
	if n.denied == 0 || n.denied == n.asked {
		return r
	}
	if r.Endpoint.Facts == nil {
		r.Endpoint.Facts = netpath.Facts{}
	}
	maps.Copy(r.Endpoint.Facts, n.denial.facts)
	r.Endpoint.Facts["denied"], r.Endpoint.Facts["asked"] = strconv.Itoa(n.denied), strconv.Itoa(n.asked)
	delete(r.Endpoint.Facts, "covers") // what was seen is this policy's doing, whatever it says
	r.Endpoint.Status, r.Endpoint.Failure = netpath.StatusPass, ""
	r.Endpoint.Flaws = append(r.Endpoint.Flaws, netpath.FailurePolicyUnstable)
	r.Endpoint.Detail = "denies " + strconv.Itoa(n.denied) + " of " + strconv.Itoa(n.asked) + " equal requests"
	return r
}
