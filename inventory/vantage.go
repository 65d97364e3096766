package inventory

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/metadata"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// LocalAddresses lists the addresses of this host, without loopback and
// link-local ones, in their order.
func LocalAddresses() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("cannot list this host's addresses: %w", err)
	}
	out := []netip.Addr{}
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if ip := prefix.Addr().Unmap(); err == nil && ip.IsGlobalUnicast() && !slices.Contains(out, ip) {
			out = append(out, ip)
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out, nil
}

// Locate finds the vantage of a host by its private addresses: its interface,
// and where that stands in relation to the agents. Of several interfaces the
// one that is nearest to an agent counts. Where no interface is found, or
// several VPCs use the address, the vantage is a caller without one.
func Locate(n *vpc.Network, region, principal string, local []netip.Addr) netpath.Vantage {
	best := netpath.Vantage{Kind: netpath.VantageCaller, Region: region, Principal: principal}
	if n == nil {
		return best
	}
	best.Account = n.Account
	if n.Caller != nil {
		best.Account = n.Caller.Account
	}
	if best.Region == "" {
		best.Region = n.Region
	}
	x, base := n.Index(), best
	for _, address := range local {
		eni := x.InterfaceAt("", address)
		if eni == nil {
			continue
		}
		v := at(x, base, eni, address.Unmap())
		if best.ENI == "" || rank(v.Kind) < rank(best.Kind) {
			best = v
		}
	}
	if best.ENI == "" && len(local) == 1 {
		best.Address = local[0]
	}
	return best
}

// rank orders kinds of vantage by how near to the agent they are.
func rank(k netpath.VantageKind) int {
	return slices.Index([]netpath.VantageKind{netpath.VantageAgent, netpath.VantageSidecar, netpath.VantageCaller}, k)
}

// at is the vantage of an interface.
func at(x *vpc.Index, v netpath.Vantage, eni *vpc.NetworkInterface, address netip.Addr) netpath.Vantage {
	v.Kind = kind(x.Network, eni)
	v.ENI, v.VPC, v.Subnet, v.Address = eni.NetworkInterfaceID, eni.VpcID, eni.SubnetID, address
	v.SecurityGroups = eni.GroupIDs()
	slices.Sort(v.SecurityGroups)
	if s := x.Subnet(eni.SubnetID); s != nil {
		v.AZ = s.AvailabilityZoneID
	}
	return v
}

// kind says where an interface stands in relation to the agents.
func kind(n *vpc.Network, eni *vpc.NetworkInterface) netpath.VantageKind {
	switch {
	case eni.InterfaceType == vpc.AgentInterface:
		return netpath.VantageAgent
	case slices.ContainsFunc(n.Runtimes, func(r vpc.Runtime) bool { return r.Beside(eni) }):
		return netpath.VantageSidecar
	}
	return netpath.VantageCaller
}

// Complete fills in what the configuration did not tell of a vantage from what
// the platform says of the machine.
func Complete(v netpath.Vantage, n *vpc.Network, h metadata.Host) netpath.Vantage {
	if v.ENI != "" || h.Name == "" {
		return v
	}
	v.Host, v.ENI, v.VPC, v.Subnet, v.AZ, v.SecurityGroups = h.Name, h.ENI, h.VPC, h.Subnet, h.AZ, h.SecurityGroups
	v.Region, v.Account = cmp.Or(v.Region, h.Region), cmp.Or(v.Account, h.Account)
	if h.Address.IsValid() {
		v.Address = h.Address
	}
	if n != nil && h.ENI != "" {
		eni := &vpc.NetworkInterface{NetworkInterfaceID: h.ENI, SubnetID: h.Subnet}
		for _, g := range h.SecurityGroups {
			eni.Groups = append(eni.Groups, vpc.GroupRef{GroupID: g})
		}
		v.Kind = kind(n, eni)
	}
	return v
}
