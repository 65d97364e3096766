package plan

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
)

// outside answers every request with the address that it comes from: AWS's own
// server for that purpose, so that no third party hears of the probe.
const outside = "checkip.amazonaws.com"

// egress plans egress/internet: whether the agent has a way to the internet
// where its pattern wants one, and none where it does not.
func (p *planner) egress(a agents) {
	expect, because := p.config.Egress.Expect, "egress.expect in the configuration"
	switch {
	case expect != "":
	case !a.inVPC || a.watched || a.pattern == netpath.PatternPublic:
		return
	case a.pattern == netpath.PatternIsolated:
		expect, because = netpath.ExpectUnreachable, a.because
	default:
		expect, because = netpath.ExpectReachable, a.because
	}
	path := netpath.Path{
		ID: "egress/internet", Kind: netpath.KindEgress, Route: netpath.RoutePublic, Expect: expect, Because: because,
		Source: netpath.Source{ENIs: a.enis},
	}
	if expect == netpath.ExpectUnreachable {
		path.Target = netpath.Target{Component: "internet", Port: 443, Protocol: netpath.ProtocolTCP, Ways: p.waysOut()}
		p.add(path)
		return
	}
	for i, target := range p.targetsOutside() {
		path.Target = target
		if i > 0 {
			path.ID = "egress/internet/" + net.JoinHostPort(target.Component, strconv.Itoa(int(target.Port)))
		}
		p.add(path)
	}
}

// targetsOutside are what is called to prove a way to the internet.
func (p *planner) targetsOutside() []netpath.Target {
	if len(p.config.Egress.Targets) == 0 {
		return []netpath.Target{{Component: outside, Name: outside, Port: 443, Protocol: netpath.ProtocolHTTPS}}
	}
	var all []netpath.Target
	for _, text := range p.config.Egress.Targets {
		host, port := split(text)
		target := at(host, port, netpath.ProtocolTCP)
		if port == 443 && target.Name != "" { // a certificate is for a name
			target.Protocol = netpath.ProtocolHTTPS
		}
		all = append(all, target)
	}
	return all
}

// waysOut are what is tried where nothing must lead out: web ports and a name
// server, which firewalls and route tables may treat apart.
func (p *planner) waysOut() []netpath.Way {
	ways := []netpath.Way{{Name: outside, Port: 443, Protocol: netpath.ProtocolTCP}, {Name: outside, Port: 80, Protocol: netpath.ProtocolTCP}}
	if len(p.config.Egress.Targets) > 0 {
		ways = nil
	}
	for _, text := range p.config.Egress.Targets {
		host, port := split(text)
		t := at(host, port, netpath.ProtocolTCP)
		ways = append(ways, netpath.Way{Name: t.Name, Addresses: t.Addresses, Port: port, Protocol: t.Protocol})
	}
	return append(ways, netpath.Way{Name: outside, Addresses: p.config.DNS.PublicResolvers, Port: 53, Protocol: netpath.ProtocolDNS})
}

// split takes host:port apart; the configuration has checked it.
func split(text string) (string, uint16) {
	host, port, _ := net.SplitHostPort(text)
	number, _ := strconv.ParseUint(port, 10, 16)
	return host, uint16(number)
}

// at is a target at a name or an address.
func at(host string, port uint16, protocol netpath.Protocol) netpath.Target {
	t := netpath.Target{Component: host, Port: port, Protocol: protocol}
	if address, err := netip.ParseAddr(host); err == nil {
		t.Addresses = []netip.Addr{address}
	} else {
		t.Name = host
	}
	return t
}

// destinations plans onprem/* and egress/*: what the configuration names.
func (p *planner) destinations(a agents) {
	for _, d := range p.config.Destinations {
		p.add(p.destination(d, a.enis))
	}
}

func (p *planner) destination(d config.Destination, enis []string) netpath.Path {
	path := netpath.Path{
		ID: "egress/" + d.Name, Kind: netpath.KindEgress, Route: netpath.RoutePublic, Expect: netpath.ExpectReachable,
		Because: fmt.Sprintf("destinations in the configuration, line %d", d.Line), Source: netpath.Source{ENIs: enis},
		Target: at(d.Host, cmp.Or(d.Port, 443), cmp.Or(d.Protocol, netpath.ProtocolHTTPS)),
	}
	switch {
	case d.OnPremises:
		path.ID, path.Kind, path.Route = "onprem/"+d.Name, netpath.KindOnPrem, netpath.RouteOnPremises
	case len(path.Target.Addresses) > 0 && inside(path.Target.Addresses, p.network.PublicBlocks()):
		path.Route = netpath.RouteVPC
	}
	return path
}
