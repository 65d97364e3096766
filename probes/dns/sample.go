package dns

import (
	"context"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/netpath"
)

// Sample is how one server answered one question again and again.
type Sample struct {
	Asked     int
	Lost      int             // no answer within the client's limit
	Durations []time.Duration // of the answers
}

// Sampled is what the steps of a resolution say about the server that decided.
func (r Resolution) Sampled() Sample {
	var s Sample
	for _, step := range r.Steps {
		if step.Server == r.Server {
			s.count(step)
		}
	}
	return s
}

func (s *Sample) count(step netpath.Step) {
	switch step.Failure {
	case "", netpath.FailureDNSNXDomain, netpath.FailureDNSServfail, netpath.FailureDNSRefused:
		s.Durations = append(s.Durations, step.Duration)
	case netpath.FailureDNSTimeout:
		s.Lost++
	default:
		return // it says nothing about times and losses
	}
	s.Asked++
}

// Ask asks the server that decided a resolution n times more, at once, and adds
// what came of it.
func (s Sample) Ask(ctx context.Context, c Client, r Resolution, n int) Sample {
	steps := make([]netpath.Step, n)
	question := dns.Question{Name: dns.Fqdn(r.Name), Qtype: c.families()[0], Qclass: dns.ClassINET}
	var group sync.WaitGroup
	for i := range steps {
		group.Go(func() { _, steps[i] = c.ask(ctx, server{r.Server, true}, question, true) })
	}
	group.Wait()
	for _, step := range steps {
		s.count(step)
	}
	return s
}
