package probes

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/dns"
)

// extraQuestions are asked of a server that has just answered, all at once. They
// show what a single answer cannot: whether some get lost, and whether it is
// always slow.
const extraQuestions = 3

// steadyNames notes as flaws of the resolver that some questions get no answer
// while others do, and that most answers are slow. One lost packet is none:
// then as many are asked again.
func (p Prober) steadyNames(ctx context.Context, answer dns.Resolution, out *resolved) {
	if answer.Failure != "" || !answer.Server.IsValid() {
		return
	}
	start, e := time.Now(), &out.evidence
	seen := answer.Sampled().Ask(ctx, p.names(), answer, extraQuestions)
	if seen.Lost == 1 {
		seen = seen.Ask(ctx, p.names(), answer, p.Samples)
	}
	step := netpath.Step{Operation: netpath.OpResolve, Start: start, Duration: time.Since(start), Server: answer.Server}
	step.Detail = fmt.Sprintf("%s: asked %d times, %d without an answer", answer.Server, seen.Asked, seen.Lost)
	out.steps = append(out.steps, step)
	e.Duration += step.Duration
	if ctx.Err() != nil || len(seen.Durations) == 0 {
		return
	}
	slices.Sort(seen.Durations)
	middle := seen.Durations[(len(seen.Durations)-1)/2]
	facts := netpath.Facts{"questions": strconv.Itoa(seen.Asked), "lost": strconv.Itoa(seen.Lost), "median": middle.Round(time.Millisecond).String(), "threshold": p.Thresholds.Resolve.String()}
	if seen.Lost >= 2 {
		e.Flaws = append(e.Flaws, netpath.FailureDNSUnanswered)
		e.Detail += fmt.Sprintf("; %d of %d questions got no answer", seen.Lost, seen.Asked)
	}
	if middle > p.Thresholds.Resolve {
		e.Flaws = append(e.Flaws, netpath.FailureDNSSlow)
		e.Detail += fmt.Sprintf("; most answers take %s or longer", middle.Round(time.Millisecond))
	}
	if len(e.Flaws) > 0 {
		addFacts(e, facts)
	}
}

// addFacts adds facts to evidence without touching a map that others hold.
func addFacts(e *netpath.Evidence, more netpath.Facts) {
	facts := netpath.Facts{}
	for _, from := range []netpath.Facts{e.Facts, more} {
		for name, value := range from {
			facts[name] = value
		}
	}
	e.Facts = facts
}
