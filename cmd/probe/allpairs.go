package main

import (
	"errors"
	"iter"
	"net/netip"

	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
)

// answerAllPairs asks about every network interface with every other one.
func (f *reachFlags) answerAllPairs(s streams, x *vpc.Index, analysis *reachability.Analysis, protocol uint8) error {
	if f.port == 0 && hasPorts(protocol) {
		return errors.New("--port is required with --all-pairs")
	}
	if len(x.NetworkInterfaces) == 0 {
		return errors.New("--all-pairs: the inventory has no network interfaces")
	}
	write := report.WriteBatchText
	if f.output == "json" {
		write = report.WriteBatch
	}
	return ended(write(s.out, f.everyPair(x, analysis, protocol)))
}

// everyPair yields the answers one at a time: there are as many as the square
// of the interfaces.
func (f *reachFlags) everyPair(x *vpc.Index, analysis *reachability.Analysis, protocol uint8) iter.Seq[report.BatchAnswer] {
	return func(yield func(report.BatchAnswer) bool) {
		for i := range x.NetworkInterfaces {
			for j := range x.NetworkInterfaces {
				from, to := &x.NetworkInterfaces[i], &x.NetworkInterfaces[j]
				if i == j {
					continue
				}
				for name, address := range inCommon(from, to) {
					flow := ofICMP(reachability.Flow{From: reachability.Source{ENI: from.NetworkInterfaceID}, To: address, Protocol: protocol, Port: f.port})
					a := report.NewBatchAnswer(analysis.Trace(flow))
					if a.Was = f.was(flow, a.Verdict); f.before != nil && a.Was == "" {
						continue // the patch changes nothing for them
					}
					a.From, a.To, a.Port, a.Protocol = from.NetworkInterfaceID, name, f.port, f.protocol
					if !yield(a) {
						return
					}
				}
			}
		}
	}
}

// inCommon yields an address of each family that both interfaces have: of IPv4
// under the interface's id, of IPv6 under its own.
func inCommon(from, to *vpc.NetworkInterface) iter.Seq2[string, netip.Addr] {
	return func(yield func(string, netip.Addr) bool) {
		sixOnly := !from.PrivateIPAddress.IsValid() && len(from.Ipv6Addresses) > 0
		if to.PrivateIPAddress.IsValid() && !sixOnly && !yield(to.NetworkInterfaceID, to.PrivateIPAddress) {
			return
		}
		if len(from.Ipv6Addresses) > 0 && len(to.Ipv6Addresses) > 0 {
			six := to.Ipv6Addresses[0].Ipv6Address
			yield(six.String(), six)
		}
	}
}
