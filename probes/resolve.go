package probes

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/dns"
	"github.com/agentcore-probe/probe/vpc"
)

// outside bounds the search for a public answer, in multiples of the limit of
// one name server.
const outside = 4

// resolved is what resolving a path's name came to.
type resolved struct {
	evidence netpath.Evidence
	answers  []netip.Addr
	dial     []netip.Addr // which of them are worth a connection
	steps    []netpath.Step
}

func (p Prober) resolve(ctx context.Context, path netpath.Path) resolved {
	answer := p.names().Resolve(ctx, path.Target.Name)
	out := p.judge(ctx, path, answer)
	p.steadyNames(ctx, answer, &out)
	return out
}

// judge holds an answer against what is due on the path's route.
func (p Prober) judge(ctx context.Context, path netpath.Path, answer dns.Resolution) resolved {
	out := resolved{answers: answer.Addresses, steps: answer.Steps}
	switch {
	case answer.Failure != "":
		out.evidence = evidenceOf(netpath.StatusFail, answer)
	case path.Kind == netpath.KindInvoke && path.Route == netpath.RoutePublic && slices.ContainsFunc(answer.Addresses, private(path)):
		return p.resolveOutside(ctx, path, out)
	case path.Route == netpath.RoutePrivate || path.Route == netpath.RouteVPC:
		out.evidence, out.dial = compare(answer, path)
	default:
		out.evidence, out.dial = evidenceOf(netpath.StatusPass, answer), answer.Addresses
	}
	out.evidence = settled(out.evidence)
	out.evidence.Duration = total(out.steps)
	return out
}

// resolveOutside looks for the public addresses of a name that private DNS
// hides. Not finding them is no fault of the path: then it is unknown.
func (p Prober) resolveOutside(ctx context.Context, path netpath.Path, inside resolved) resolved {
	hidden := "private DNS answers " + join(inside.answers) + " here"
	if len(p.PublicAddresses) > 0 {
		return p.given(inside, hidden)
	}
	limited, cancel := context.WithTimeout(ctx, outside*p.Timeouts.Resolve)
	defer cancel()
	var answer dns.Resolution
	if len(p.PublicResolvers) > 0 {
		client := p.names()
		client.Servers, client.ThenTCP = p.PublicResolvers, true
		answer = client.Resolve(limited, path.Target.Name)
	} else {
		answer = p.names().Public(limited, path.Target.Name)
	}
	out := resolved{steps: append(inside.steps, answer.Steps...), answers: inside.answers}
	for _, addr := range answer.Addresses {
		if !private(path)(addr) {
			out.dial = append(out.dial, addr)
		}
	}
	if len(out.dial) == 0 {
		out.evidence = evidenceOf(netpath.StatusUnknown, answer)
		out.evidence.Detail = hidden + ", and no resolver outside gave a public answer: " + answer.Detail
	} else {
		out.answers = out.dial
		out.evidence = evidenceOf(netpath.StatusPass, answer)
		out.evidence.Detail = fmt.Sprintf("%s; outside the name answers %s (asked %s)", hidden, join(out.dial), answer.Server)
	}
	out.evidence.Duration = total(out.steps)
	return out
}

// given takes the public addresses from the configuration: nobody is asked.
func (p Prober) given(inside resolved, hidden string) resolved {
	inside.answers, inside.dial = p.PublicAddresses, p.PublicAddresses
	inside.evidence = netpath.Evidence{
		Status: netpath.StatusPass, Duration: total(inside.steps), Facts: netpath.Facts{"answers": join(p.PublicAddresses)},
		Detail: fmt.Sprintf("%s; outside it is at %s (dns.public-addresses of the configuration)", hidden, join(p.PublicAddresses)),
	}
	return inside
}

// private reports of an address whether it is not the internet's.
func private(path netpath.Path) func(netip.Addr) bool {
	return func(a netip.Addr) bool { return vpc.IsInside(a, path.Target.Inside) }
}

// compare holds the answer against the addresses that it must have. Public
// addresses are never dialled on a private route: the answer would come from
// another front.
func compare(answer dns.Resolution, path netpath.Path) (netpath.Evidence, []netip.Addr) {
	due, all := path.Target.Addresses, path.Route == netpath.RoutePrivate
	var public, other, sunk, dial []netip.Addr
	for _, addr := range answer.Addresses {
		switch {
		case slices.Contains(due, addr):
		case addr.IsUnspecified(), addr.IsLoopback(), addr.IsLinkLocalUnicast():
			sunk = append(sunk, addr)
			continue
		case !private(path)(addr):
			public = append(public, addr)
			continue
		case len(due) > 0:
			other = append(other, addr)
		}
		dial = append(dial, addr)
	}
	v6 := slices.ContainsFunc(answer.Addresses, netip.Addr.Is6) // asked for where there is no IPv4
	missing := slices.DeleteFunc(slices.Clone(due), func(a netip.Addr) bool { return slices.Contains(answer.Addresses, a) || a.Is6() && !v6 })
	e := evidenceOf(netpath.StatusPass, answer)
	switch {
	case len(sunk) > 0:
		e.Status, e.Failure = netpath.StatusFail, netpath.FailureDNSSinkhole
		e.Detail = "answers an address that leads nowhere: " + join(sunk)
	case len(public) > 0:
		e.Status, e.Failure = netpath.StatusFail, netpath.FailureDNSPublic
		e.Detail = "answers public addresses: " + join(public)
	case len(other) > 0:
		e.Status, e.Failure = netpath.StatusFail, netpath.FailureDNSOther
		e.Detail = fmt.Sprintf("answers %s instead of %s", join(other), join(due))
		if len(other) < len(dial) {
			e.Facts["right"] = "in part"
		}
	case all && len(missing) > 0:
		e.Status, e.Failure = netpath.StatusFail, netpath.FailureDNSPartial
		e.Detail = "the answer leaves out " + join(missing)
		e.Facts["missing"] = join(missing)
	}
	if len(due) > 0 {
		e.Facts["expected"] = join(due)
	}
	return e, dial
}

func evidenceOf(status netpath.Status, r dns.Resolution) netpath.Evidence {
	e := netpath.Evidence{Status: status, Detail: r.Detail, Facts: maps.Clone(r.Facts())}
	if status == netpath.StatusFail {
		e.Failure = r.Failure
	}
	if len(r.Addresses) > 0 {
		e.Detail = r.Name + " answers " + join(r.Addresses)
		e.Facts["answers"] = join(r.Addresses)
	}
	return e
}

// settled turns what the end of the run cut short into unknown: it says
// nothing about the target.
func settled(e netpath.Evidence) netpath.Evidence {
	if e.Failure == netpath.FailureCancelled {
		e.Status, e.Failure = netpath.StatusUnknown, ""
	}
	return e
}

func join(addrs []netip.Addr) string {
	texts := make([]string, len(addrs))
	for i, addr := range addrs {
		texts[i] = addr.String()
	}
	return strings.Join(texts, " ")
}

func total(steps []netpath.Step) time.Duration {
	var sum time.Duration
	for _, step := range steps {
		sum += step.Duration
	}
	return sum
}
