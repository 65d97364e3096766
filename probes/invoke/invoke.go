// Package invoke calls an agent on Amazon Bedrock AgentCore Runtime over a
// connection that stands already, at one of three levels, and says which of
// the checks on the way the answers prove.
//
// Requests are signed by hand (SigV4) and sent once: no retry, no redirect, no
// correction of a skewed clock, so that a fault shows as what it is.
package invoke

import (
	"context"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
	"github.com/agentcore-probe/probe/vpc"
)

// Level is how far an invocation goes, cheapest first.
type Level string

// The levels. None but LevelInvoke starts a session.
const (
	// LevelReach sends an unsigned request: an answer proves that the service
	// was reached, and nothing about permissions.
	LevelReach Level = "reach"
	// LevelAuth sends signed requests for an endpoint that does not exist, and
	// for a runtime that does not exist (the negative control). Where the
	// second is denied by a policy and the first is not found, the policies
	// let the action in on the runtime.
	LevelAuth Level = "auth"
	// LevelInvoke sends a real payload: billed; its session is stopped.
	LevelInvoke Level = "invoke"
)

// Action is the IAM action that is exercised.
const Action = policy.InvokeAction

// Names of what does not exist: they keep to the patterns of the API
// reference, so that they are not found instead of invalid.
const (
	madeUpQualifier = "agentcore_probe_no_such_endpoint"

	// ControlRuntime is the end of the ARN whose denial shows that policies are
	// asked before anything is looked up.
	ControlRuntime = "runtime/agentcore_probe_control-0000000000"
)

// Hint is what makes LevelAuth able to prove permissions.
const Hint = "allow the probe's role the action on this runtime and its endpoints only, not on *"

// Target is the runtime to call.
type Target struct {
	Name       string // DNS name of the service: Host
	RuntimeARN string
	Qualifier  string // endpoint's name for LevelInvoke; "" means the default one
	Private    bool   // the connection goes through an interface endpoint
	Bearer     bool   // the runtime takes tokens instead of signatures
}

// Invoker holds what every call needs.
type Invoker struct {
	Credentials aws.Credentials
	Token       string // a bearer token; "" where there is none
	Broken      string // the same with another signature: the negative control
	Region      string
	Level       Level
	Payload     string           // of LevelInvoke: JSON
	Limit       time.Duration    // of one request
	Samples     int              // equal requests by which a policy that wavers is told from one that denies; 0: none
	Now         func() time.Time // the clock that signs
}

// Open opens another connection like the first one; nil where that fails.
type Open func(context.Context) (net.Conn, []netpath.Step)

// Result says what was proven, check by check. A zero Evidence means that the
// check was not exercised.
type Result struct {
	Signature netpath.Evidence // SigV4 was verified: key, secret, clock, region, token
	Token     netpath.Evidence // the bearer token was accepted, in place of a signature
	Identity  netpath.Evidence // identity-based and session policies, boundary, SCPs
	Endpoint  netpath.Evidence // the VPC endpoint's policy
	Resource  netpath.Evidence // the runtime's resource-based policy, RCPs
	Runtime   netpath.Evidence // the runtime itself; and an exchange that failed
	Session   string           // LevelInvoke: the session's id
	Stopped   string           // LevelInvoke: "yes", "there was none", or "no: " and why
	Steps     []netpath.Step   // every request, in order
}

// Hops lists the evidence by hop, without what was not exercised.
func (r Result) Hops() map[netpath.HopName]netpath.Evidence {
	hops := map[netpath.HopName]netpath.Evidence{}
	for name, evidence := range map[netpath.HopName]netpath.Evidence{
		netpath.HopSignature:      r.Signature,
		netpath.HopToken:          r.Token,
		netpath.HopIdentityPolicy: r.Identity,
		netpath.HopEndpointPolicy: r.Endpoint,
		netpath.HopResourcePolicy: r.Resource,
		netpath.HopRuntime:        r.Runtime,
	} {
		if evidence.Status != "" {
			hops[name] = evidence
		}
	}
	return hops
}

// Run calls the runtime over conn, which stays the caller's to close.
func (i Invoker) Run(ctx context.Context, conn net.Conn, open Open, target Target) Result {
	line := &line{invoker: i, target: target, conn: conn, open: open}
	defer line.close()
	switch {
	case target.Bearer:
		r := line.bearer(ctx).asToken()
		r.Steps = line.steps
		return r
	case i.Level == LevelReach:
		return line.reach(ctx)
	case i.Level == LevelInvoke:
		return line.invoke(ctx)
	default:
		return line.auth(ctx)
	}
}

func (l *line) reach(ctx context.Context) Result {
	reply := l.send(ctx, call{arn: l.target.RuntimeARN, qualifier: madeUpQualifier, operation: "invocations", unsigned: true})
	r := judgeArrival(reply)
	if arrived(reply) {
		l.expected()
	}
	r.Steps = l.steps
	return r
}

func (l *line) auth(ctx context.Context) Result {
	question := call{arn: l.target.RuntimeARN, qualifier: madeUpQualifier, operation: "invocations"}
	first := l.ask(ctx, question)
	var control *reply
	if first.failure == netpath.FailureNotFound || first.failure == netpath.FailureValidation {
		l.expected()
		second := l.send(ctx, call{arn: controlARN(l.target.RuntimeARN), qualifier: madeUpQualifier, operation: "invocations"})
		control = &second
		if !second.broken {
			l.expected()
		}
		if l.byEndpoint(second) { // a policy of these runtimes only, or one that wavers
			first = l.sample(ctx, question, first)
		}
	}
	r := l.unsteady(judgeAuth(l.target, first, control))
	r.Steps = l.steps
	return r
}

// expected marks the last step as done: an error was the answer to be had.
func (l *line) expected() {
	if n := len(l.steps); n > 0 {
		l.steps[n-1].Failure = ""
	}
}

func (l *line) invoke(ctx context.Context) Result {
	qualifier := l.target.Qualifier
	if qualifier == "" {
		qualifier = vpc.DefaultEndpoint
	}
	session := newSession()
	first := l.send(ctx, call{
		arn: l.target.RuntimeARN, qualifier: qualifier, operation: "invocations", session: session, body: l.invoker.Payload,
	})
	r := judgeOne(l.target, first, false)
	// The session is billed until it is stopped: a run that was cancelled
	// stops it all the same.
	stopped := l.send(context.WithoutCancel(ctx), call{
		arn: l.target.RuntimeARN, qualifier: qualifier, operation: "stopruntimesession", session: session,
	})
	r.Session, r.Stopped = session, stopWord(stopped)
	if r.Runtime.Status != "" {
		r.Runtime.Facts["session"], r.Runtime.Facts["session_stopped"] = r.Session, r.Stopped
	}
	r.Steps = l.steps
	return r
}

func stopWord(stopped reply) string {
	switch stopped.failure {
	case "":
		return "yes"
	case netpath.FailureNotFound:
		return "there was none"
	default:
		return "no: " + string(stopped.failure)
	}
}
