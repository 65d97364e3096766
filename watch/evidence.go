package watch

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/placement"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/reachability/policy"
	"github.com/agentcore-probe/probe/vpc"
)

// evidence asks the configuration about observed paths.
type evidence struct {
	network  *vpc.Index
	analysis *reachability.Analysis
	from     netpath.Vantage
}

func newEvidence(s inventory.Snapshot, from netpath.Vantage) evidence {
	return evidence{network: s.Network.Index(), analysis: reachability.New(s.Network), from: from}
}

// with adds to a case what the configuration says about it: for each source and
// each address that was dialled, or that would have been, and that it uses. An address that an
// interface of the inventory has is not on premises, whoever says so; one behind a VPN
// is, though nobody said so.
func (e evidence) with(c diagnosis.Case) diagnosis.Case {
	switch {
	case c.Path.Route == netpath.RouteOnPremises && e.inAWS(c):
		c.Path.Route = netpath.RouteVPC
	case c.Path.Route == netpath.RouteVPC && e.onPremises(c):
		c.Path.Route = netpath.RouteOnPremises
	}
	var all []diagnosis.Config
	for _, source := range e.sources(c.Path) {
		here := diagnosis.Config{Source: source.ENI}
		here.SameSubnet, here.SameGroups = e.shares(source)
		near := slices.DeleteFunc(destinations(c), func(d destination) bool { return !e.analysis.Near(source, c.Path, d.at.Addr()) })
		if len(near) == 0 {
			here.Hops = e.analysis.Unmounted(source, c.Path)
			all = append(all, here)
		}
		for _, to := range near {
			there := here
			there.Address, there.Port, there.UDP, there.Destination = to.at.Addr(), to.at.Port(), to.udp, e.destination(to.at.Addr())
			there.Hops = e.analysis.Evidence(source, to.path(c.Path), to.at.Addr())
			if there.SameSubnet && there.SameGroups && source.ENI != e.from.ENI {
				there.Apart = apart(there.Hops, e.analysis.Evidence(e.vantage(), to.path(c.Path), to.at.Addr()))
			}
			met := e.through(c.Path, to.at.Addr())
			maps.Copy(there.Hops, policy.Evidence(e.network.Network, met, e.caller(met)))
			all = append(all, there)
		}
	}
	c.Config = all
	return c
}

// through is a path to a service with the endpoint that has an address: one in
// another VPC is known by what the name answers, and not by the plan.
func (e evidence) through(p netpath.Path, address netip.Addr) netpath.Path {
	if p.Kind != netpath.KindService || p.Route != netpath.RoutePrivate || p.Target.Endpoint != "" {
		return p
	}
	for i := range e.network.Endpoints {
		endpoint := &e.network.Endpoints[i]
		if endpoint.Service() != p.Target.Service {
			continue
		}
		if all, _ := e.network.EndpointAddresses(endpoint.VpcEndpointID); slices.Contains(all, address) {
			p.Target.Endpoint = endpoint.VpcEndpointID
		}
	}
	return p
}

// onPremises reports whether a case leads out of AWS, from each of its sources.
func (e evidence) onPremises(c diagnosis.Case) bool {
	for _, source := range e.sources(c.Path) {
		for _, to := range destinations(c) {
			if e.analysis.Evidence(source, to.path(c.Path), to.at.Addr())[netpath.HopDestSG].Facts["beyond"] != "on-premises" {
				return false
			}
		}
	}
	return true
}

// inAWS reports whether a case leads to interfaces whose groups are known.
func (e evidence) inAWS(c diagnosis.Case) bool {
	c.Path.Route = netpath.RouteVPC
	for _, source := range e.sources(c.Path) {
		for _, to := range destinations(c) {
			if s := e.analysis.Evidence(source, to.path(c.Path), to.at.Addr())[netpath.HopDestSG].Status; s == netpath.StatusPass || s == netpath.StatusFail {
				return true
			}
		}
	}
	return false
}

// remarks are what is wrong with where the runtimes of some paths stand, and with
// what is open beside their paths.
func (e evidence) remarks(c config.Config, paths []netpath.Path) []diagnosis.Remark {
	if e.network == nil {
		return nil // nothing was read yet
	}
	var all []diagnosis.Remark
	for _, r := range placement.Judge(e.network, paths, c.SupportedZones) {
		all = append(all, diagnosis.Remark(r))
	}
	for _, o := range policy.Openings(e.network, paths) {
		all = append(all, diagnosis.Remark{Path: o.Path, Hop: netpath.HopEndpointPolicy, Config: o.Config})
	}
	return all
}

// maxMistakes bounds the notes on policies.
const maxMistakes = 20

// mistakes are notes on the policies of the runtimes of some paths, of each as
// its private path meets them where there is one.
func (e evidence) mistakes(paths []netpath.Path) []string {
	if e.network == nil {
		return nil // nothing was read yet
	}
	met := map[string]netpath.Path{}
	var order []string
	for _, p := range paths {
		arn := p.Target.RuntimeARN
		known, ok := met[arn]
		if arn == "" || ok && known.Route == netpath.RoutePrivate {
			continue
		}
		if !ok {
			order = append(order, arn)
		}
		met[arn] = p
	}
	var notes []string
	for _, arn := range order {
		for _, m := range policy.Mistakes(e.network.Network, met[arn]) {
			notes = append(notes, m.String())
		}
	}
	return notes[:min(len(notes), maxMistakes)]
}

// sources are the ENIs that the path is about; for a path without any, the
// vantage.
func (e evidence) sources(p netpath.Path) []reachability.Source {
	if len(p.Source.ENIs) == 0 {
		return []reachability.Source{e.vantage()}
	}
	var all []reachability.Source
	for _, id := range p.Source.ENIs {
		source := reachability.Source{ENI: id}
		if eni := e.network.Interface(id); eni != nil {
			source.Address = eni.PrivateIPAddress
		}
		all = append(all, source)
	}
	return all
}

// vantage is where the packets come from that are measured.
func (e evidence) vantage() reachability.Source {
	return reachability.Source{ENI: e.from.ENI, Address: e.from.Address}
}

// apart is what a rule says of one of two sources that share subnet and groups: rules
// by address may tell them apart. "" means that none does.
func apart(source, vantage map[netpath.HopName]netpath.Evidence) string {
	for _, name := range slices.Sorted(maps.Keys(source)) {
		a, b := source[name], vantage[name]
		switch {
		case a.Status == netpath.StatusFail && b.Status == netpath.StatusPass:
			return a.Detail
		case a.Status == netpath.StatusPass && b.Status == netpath.StatusFail:
			return b.Detail
		}
	}
	return ""
}

// shares reports which rules the vantage's packets have in common with the
// source's: those of the subnet, and those of the security groups.
func (e evidence) shares(s reachability.Source) (subnet, groups bool) {
	if s.ENI == e.from.ENI {
		return true, true
	}
	eni := e.network.Interface(s.ENI)
	if eni == nil {
		return false, false
	}
	return eni.SubnetID == e.from.Subnet, vpc.SameGroups(eni.GroupIDs(), e.from.SecurityGroups)
}

// destination is the ENI that has an address, "" where it is not known.
func (e evidence) destination(address netip.Addr) string {
	if eni := e.network.InterfaceAt(e.from.VPC, address); eni != nil {
		return eni.NetworkInterfaceID
	}
	return ""
}

// destination is where packets go; the port is 0 where it is the path's.
type destination struct {
	at  netip.AddrPort
	udp bool
}

// path is a path as it leads to this destination.
func (d destination) path(p netpath.Path) netpath.Path {
	if d.at.Port() != 0 {
		p.Target.Port = d.at.Port()
	}
	if d.udp {
		p.Target.Protocol = netpath.ProtocolDNS
	}
	return p
}

// destinations are those of a case. Of a path that must lead nowhere they are
// all that was tried, else the internet as such.
func destinations(c diagnosis.Case) []destination {
	var all []destination
	if len(c.Path.Target.Ways) == 0 {
		for _, a := range addresses(c) {
			all = append(all, destination{at: netip.AddrPortFrom(a, 0)})
		}
		return all
	}
	for _, a := range c.Live.Addresses {
		all = append(all, destination{a.Address, a.UDP})
	}
	if len(all) == 0 {
		all = append(all, destination{at: netip.AddrPortFrom(reachability.Internet, 0)})
	}
	return all
}

// addresses are those that were dialled, else those that the name should have
// answered, else the unknown one. Where the name led elsewhere, what stands
// there says nothing about the path: the right addresses are judged.
func addresses(c diagnosis.Case) []netip.Addr {
	var all []netip.Addr
	astray := c.Live.Resolver.Failure == netpath.FailureDNSOther && len(c.Path.Target.Addresses) > 0
	for _, a := range c.Live.Addresses {
		if address := a.Address.Addr(); !astray || slices.Contains(c.Path.Target.Addresses, address) {
			all = append(all, address)
		}
	}
	if len(all) == 0 {
		all = c.Path.Target.Addresses
	}
	if len(all) == 0 {
		all = []netip.Addr{{}}
	}
	return all
}

// caller is who a policy sees on a path.
func (e evidence) caller(p netpath.Path) policy.Caller {
	c := policy.Caller{Principal: e.from.Principal, Account: e.from.Account, VPC: e.from.VPC}
	if p.Route == netpath.RoutePrivate {
		c.Endpoint, c.VpcSourceIP = p.Target.Endpoint, e.from.Address
		return c
	}
	c.SourceIP = e.publicAddress()
	return c
}

// publicAddress is the address under which the vantage appears on the internet;
// where its interface is not known, that of the NAT gateway its default route leads
// to. The zero address means that it is not known.
func (e evidence) publicAddress() netip.Addr {
	if a := e.analysis.PublicAddress(e.vantage()); a.IsValid() {
		return a
	}
	table := e.network.RouteTable(e.from.Subnet)
	if table == nil {
		return netip.Addr{}
	}
	for _, r := range table.Routes {
		nat := e.network.NATGateway(r.NatGatewayID)
		if r.DestinationCidrBlock != "0.0.0.0/0" || nat == nil {
			continue
		}
		for _, a := range nat.NatGatewayAddresses {
			if address, err := netip.ParseAddr(a.PublicIP); err == nil {
				return address
			}
		}
	}
	return netip.Addr{}
}
