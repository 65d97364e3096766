package dns

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/netpath"
)

// Authorities finds the public name servers of the zone that a name is in,
// through the ordinary resolver. A failure says that none was found.
func (c Client) Authorities(ctx context.Context, name string) ([]netip.AddrPort, Resolution) {
	w := walk{client: c, left: maxQuestions, result: Resolution{Name: name}}
	z, found := w.enclosing(ctx, dns.CanonicalName(name))
	if !found && w.result.Failure == "" {
		w.result.fail(netpath.FailureDNSNoAnswer, "no public name servers found for an enclosing zone")
	}
	return z.servers, w.result
}

// Knock asks a name server outside about a name over UDP and nothing else: any
// answer, a refusal too, shows that packets get there and back.
func (c Client) Knock(ctx context.Context, at netip.AddrPort, name string) netpath.Step {
	step := netpath.Step{Operation: netpath.OpRequest, Start: time.Now(), Address: at}
	query := new(dns.Msg)
	query.SetQuestion(dns.Fqdn(name), dns.TypeA)
	reply, err := c.exchange(ctx, server{at: at}, "udp", query)
	step.Duration = time.Since(step.Start)
	if err != nil {
		step.Failure = classify(ctx, err)
		if step.Failure == netpath.FailureDNSTimeout {
			step.Failure = netpath.FailureTimeout
		}
		step.Detail = describe(classify(ctx, err), err, c.Limit)
		return step
	}
	step.Detail = fmt.Sprintf("the name server %s answers over UDP: %s", at, rcodeName(reply.Rcode))
	return step
}
