package fabric

import (
	"fmt"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// followFirewalls applies the firewalls of hosts, in their own namespaces.
func (f *Fabric) followFirewalls(w *world.World) error {
	for _, h := range w.Lab().Hosts {
		space, ok := f.spaces[h.Name]
		if !ok || slices.Equal(f.firewall[h.Name], h.Firewall) {
			continue
		}
		if err := guard(space, h.Firewall); err != nil {
			return fmt.Errorf("firewall of %s: %w", h.Name, err)
		}
		f.firewall[h.Name] = h.Firewall
	}
	return nil
}

func guard(space *netns.Namespace, wanted []world.FirewallRule) error {
	rules, err := newRuleset(space.Fd(), "firewall")
	if err != nil {
		return err
	}
	input := rules.base("input", nftables.ChainTypeFilter, nftables.ChainHookInput, nftables.ChainPriorityFilter, nftables.ChainPolicyAccept)
	for _, w := range wanted {
		number := unix.IPPROTO_TCP
		if w.Protocol == "udp" {
			number = unix.IPPROTO_UDP
		}
		which := protocol(number)
		if w.Port != 0 {
			which = append(which, ports(int(w.Port), int(w.Port))...)
		}
		rules.add(input, arrivesOn(hostsLink), which, refusal(w.Action))
	}
	return rules.apply()
}

// ICMP destination unreachable, code 13: communication administratively
// prohibited (RFC 1812).
const prohibited = 13

func refusal(action string) match {
	switch action {
	case "reject":
		return match{&expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: prohibited}}
	case "refuse":
		return match{&expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}
	}
	return drop
}
