package probes

import (
	"context"
	"net/netip"
	"strconv"
	"sync"

	"github.com/agentcore-probe/probe/netpath"
)

// perWay bounds the addresses of a way out that are tried: to show that nothing
// leads out needs no more of them.
const perWay = 2

// tryWays tries every way out of the VPC at once. A name that does not resolve
// takes away its way and proves nothing.
func (p Prober) tryWays(ctx context.Context, path netpath.Path, o *netpath.Observation) {
	o.Resolver = netpath.Evidence{Status: netpath.StatusSkipped}
	var tries []func() netpath.AddressObservation
	for _, way := range path.Target.Ways {
		found, steps := p.endsOf(ctx, way)
		o.Resolve = append(o.Resolve, steps...)
		for _, at := range found[:min(len(found), perWay)] {
			tries = append(tries, func() netpath.AddressObservation { return p.try(ctx, path, way, at) })
		}
	}
	o.Addresses = make([]netpath.AddressObservation, len(tries))
	var group sync.WaitGroup
	for i, try := range tries {
		group.Go(func() { o.Addresses[i] = try() })
	}
	group.Wait()
}

// endsOf are where a way leads to.
func (p Prober) endsOf(ctx context.Context, way netpath.Way) ([]netip.AddrPort, []netpath.Step) {
	var ends []netip.AddrPort
	for _, address := range way.Addresses {
		ends = append(ends, netip.AddrPortFrom(address, way.Port))
	}
	switch {
	case len(ends) > 0:
		return ends, nil
	case way.Protocol == netpath.ProtocolDNS:
		servers, answer := p.names().Authorities(ctx, way.Name)
		return servers, answer.Steps
	}
	answer := p.names().Resolve(ctx, way.Name)
	for _, address := range answer.Addresses {
		ends = append(ends, netip.AddrPortFrom(address, way.Port))
	}
	return ends, answer.Steps
}

// try tries one end of a way.
func (p Prober) try(ctx context.Context, path netpath.Path, way netpath.Way, at netip.AddrPort) netpath.AddressObservation {
	a := attempt{prober: p, path: path}
	a.Address, a.Hops = at, map[netpath.HopName]netpath.Evidence{}
	if way.Protocol != netpath.ProtocolDNS {
		if a.connect(ctx) {
			_ = a.conn.Close()
		}
		return a.AddressObservation
	}
	a.UDP = true
	step := p.names().Knock(ctx, at, way.Name)
	a.Steps = append(a.Steps, step)
	e := netpath.Evidence{Status: netpath.StatusPass, Failure: step.Failure, Detail: step.Detail, Duration: step.Duration, Facts: netpath.Facts{
		"address": at.Addr().String(), "port": strconv.Itoa(int(at.Port())), "protocol": "udp",
	}}
	if step.Failure != "" {
		e.Status = netpath.StatusFail
	}
	a.note(netpath.HopTCP, e)
	return a.AddressObservation
}
