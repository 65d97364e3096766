// Package reachability says from the configuration alone whether packets get
// from a network interface to an address: security groups, network ACLs,
// routes, NAT gateways and interface endpoints of one VPC, in both directions.
//
// New prepares a network once; Trace asks it about one flow; Evidence turns a
// trace into the config evidence of a path's hops. What is not modelled here
// (transit gateways, peering, VPN, appliances, Network Firewall) and what was
// not read is unknown, with its name: never reachable.
//
// The rules are those of the Amazon VPC User Guide: "Control traffic to your
// AWS resources using security groups", "Control subnet traffic with network
// access control lists", "Configure route tables", "NAT gateways".
package reachability

import (
	"net/netip"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// Source is where a flow starts. Either field finds the other: an ENI its
// primary address of the destination's family, an address its ENI.
type Source struct {
	ENI     string
	Address netip.Addr
}

// Flow is the first packet of a conversation.
type Flow struct {
	From     Source
	To       netip.Addr
	Protocol uint8  // IANA number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6, …
	Port     uint16 // destination port; of ICMP type<<8 | code; 0 for protocols without ports
}

// isEcho tells a ping (RFC 792: type 8, code 0).
func (f Flow) isEcho() bool { return f.Protocol == icmp && f.Port == 8<<8 }

// Verdict is what the configuration says about a flow.
type Verdict string

// The verdicts.
const (
	VerdictReachable Verdict = "reachable"
	VerdictBlocked   Verdict = "blocked"
	VerdictUnknown   Verdict = "unknown" // something on the way was not read or is not modelled
)

// Hop is one check on the way of a flow or of its replies.
type Hop struct {
	Name   netpath.HopName
	Return bool // a check of the replies
	netpath.Evidence
}

// Rule is what decides in the hop's component: the rule of a security group, the
// number of an ACL's entry, the destination of a route; "" where nothing was
// found that could, such as no rule or no route at all.
func (h Hop) Rule() string {
	for _, name := range []string{"rule_id", "rule", "rule_number", "route_destination"} {
		if value := h.Facts[name]; value != "" {
			return value
		}
	}
	return ""
}

// Result is a traced flow: its checks in travel order, the way there first.
// Every check is made, also behind one that stops the flow.
type Result struct {
	Flow    Flow // with source and address filled in
	Verdict Verdict
	Hops    []Hop
}

// Deciding returns the hop that makes the verdict: the first that fails, else
// the first that is unknown; ok is false for a flow that passes everywhere.
func (r Result) Deciding() (hop Hop, ok bool) {
	for _, status := range []netpath.Status{netpath.StatusFail, netpath.StatusUnknown} {
		for _, h := range r.Hops {
			if h.Status == status {
				return h, true
			}
		}
	}
	return Hop{}, false
}

// Trace is New(n).Trace(f), for a single question.
func Trace(n *vpc.Network, f Flow) Result { return New(n).Trace(f) }

const (
	icmp   = 1
	tcp    = 6
	udp    = 17
	icmpv6 = 58
)

func pass(component, detail string) netpath.Evidence {
	return netpath.Evidence{Status: netpath.StatusPass, Component: component, Detail: detail}
}

func unknown(component, detail string) netpath.Evidence {
	return netpath.Evidence{Status: netpath.StatusUnknown, Component: component, Detail: detail}
}

func fail(cause, component, detail string, facts netpath.Facts) netpath.Evidence {
	for name, value := range facts {
		if value == "" {
			delete(facts, name)
		}
	}
	return netpath.Evidence{Status: netpath.StatusFail, Cause: cause, Component: component, Detail: detail, Facts: facts}
}
