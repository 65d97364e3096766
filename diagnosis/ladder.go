package diagnosis

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// ladders joins the evidence of a case: one ladder for each source and address.
func ladders(c Case) []Ladder {
	var all []Ladder
	for _, config := range sources(c) {
		all = append(all, climb(c, config))
	}
	return all
}

// sources are the case's sources and addresses; without configuration, the
// vantage and what was dialled, or just the vantage.
func sources(c Case) []Config {
	if len(c.Config) > 0 {
		return c.Config
	}
	var all []Config
	for _, a := range c.Live.Addresses {
		all = append(all, Config{Address: a.Address.Addr(), Port: a.Address.Port(), UDP: a.UDP, SameSubnet: true, SameGroups: true})
	}
	if len(all) == 0 {
		all = append(all, Config{SameSubnet: true, SameGroups: true})
	}
	return all
}

func climb(c Case, config Config) Ladder {
	at := netip.AddrPortFrom(config.Address, cmp.Or(config.Port, c.Path.Target.Port))
	seen := observed(c.Live, at, config.UDP)
	ladder := Ladder{Source: config.Source, Destination: config.Destination, Address: at}
	for _, name := range c.Path.Hops() {
		hop := netpath.Hop{Name: name, Config: config.Hops[name], Live: c.Live.Resolver}
		if name != netpath.HopResolver {
			hop.Live = liveAt(name, seen, config.measured())
		}
		ladder.Hops = append(ladder.Hops, join(hop))
	}
	return ladder
}

// observed finds the observation of an address, nil where it was not dialled.
func observed(o netpath.Observation, at netip.AddrPort, udp bool) *netpath.AddressObservation {
	i := slices.IndexFunc(o.Addresses, func(a netpath.AddressObservation) bool { return a.Address == at && a.UDP == udp })
	if i < 0 {
		return nil
	}
	return &o.Addresses[i]
}

// liveAt is the live evidence of a hop. A connection proves every network hop
// before it; so does a reset, which comes from the destination itself. A
// timeout says that one of them stops the packets, and not which.
func liveAt(name netpath.HopName, seen *netpath.AddressObservation, measured bool) netpath.Evidence {
	if seen == nil {
		return netpath.Evidence{Status: netpath.StatusSkipped}
	}
	tcp := seen.Hops[netpath.HopTCP]
	switch {
	case name == netpath.HopTCP && !measured && tcp.Status == netpath.StatusFail:
		return netpath.Evidence{Status: netpath.StatusUnknown, Detail: "not measured from this source"}
	case !isNetwork(name):
		return seen.Hops[name]
	case !measured, tcp.Status == netpath.StatusSkipped:
		return netpath.Evidence{Status: netpath.StatusSkipped}
	case arrived(tcp):
		return netpath.Evidence{Status: netpath.StatusPass}
	}
	return netpath.Evidence{Status: netpath.StatusUnknown}
}

func isNetwork(name netpath.HopName) bool {
	switch name {
	case netpath.HopSourceSG, netpath.HopSourceNACL, netpath.HopRoute, netpath.HopEndpoint, netpath.HopDestNACL, netpath.HopDestSG:
		return true
	}
	return false
}

// arrived reports whether packets went there and back.
func arrived(tcp netpath.Evidence) bool {
	switch tcp.Failure {
	case netpath.FailureRefused, netpath.FailureReset, netpath.FailureMTU:
		return true
	}
	return tcp.Status == netpath.StatusPass
}

// opens reports whether the configuration lets packets through that were not
// measured: no network hop stops them, and all are known.
func (l Ladder) opens() bool {
	tcp, _ := l.hop(netpath.HopTCP)
	if tcp.Live.Status == netpath.StatusFail {
		return false
	}
	return !slices.ContainsFunc(l.Hops, func(h Hop) bool { return isNetwork(h.Name) && h.Status != netpath.StatusPass })
}

// outcome is what a ladder says about its path.
type outcome int

const (
	outcomeOpen     outcome = iota // every hop passes
	outcomeImpaired                // every hop passes, one of them not always or not everywhere
	outcomeStopped                 // a hop fails
	outcomeUnknown                 // no hop fails, not every hop is known to pass
)

// outcome of a ladder, and the first hop that stops it.
func (l Ladder) outcome() (outcome, netpath.HopName) {
	result := outcomeOpen
	for _, h := range l.Hops {
		switch {
		case h.stops():
			return outcomeStopped, h.Name
		case h.impairs() && result == outcomeOpen:
			result = outcomeImpaired
		case h.Status != netpath.StatusPass && !h.fails():
			result = outcomeUnknown
		}
	}
	return result, ""
}

// hop finds a hop of the ladder by name.
func (l Ladder) hop(name netpath.HopName) (Hop, bool) {
	i := slices.IndexFunc(l.Hops, func(h Hop) bool { return h.Name == name })
	if i < 0 {
		return Hop{}, false
	}
	return l.Hops[i], true
}

// basis says which evidence the ladder stands on, up to its first failure. The
// configuration agrees with an open ladder where it lets packets through, with a
// failure where it fails the same hop, and says nothing of an impairment that only
// a measurement shows.
func (l Ladder) basis() netpath.Basis {
	result, at := l.outcome()
	agreed := result == outcomeOpen && !slices.ContainsFunc(l.Hops, func(h Hop) bool { return h.Disagree })
	var live, config bool
	for i, h := range l.Hops {
		live = live || decided(h.Live.Status)
		agrees := h.Basis == netpath.BasisBoth && (agreed || h.Name == at)
		config = config || agrees || h.Basis == netpath.BasisConfig
		if h.stops() {
			live = !l.unseen(i)
			break
		}
	}
	switch {
	case live && config:
		return netpath.BasisBoth
	case live:
		return netpath.BasisLive
	case config:
		return netpath.BasisConfig
	}
	return netpath.BasisNone
}

// unseen reports whether the failure of a hop is known from the configuration
// alone: neither it nor what comes behind it was seen to fail.
func (l Ladder) unseen(at int) bool {
	return !slices.ContainsFunc(l.Hops[at:], func(h Hop) bool { return h.Live.Status == netpath.StatusFail })
}
