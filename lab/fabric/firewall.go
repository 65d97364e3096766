package fabric

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// firewall is what a host does to packets beside its routers.
type firewall struct {
	rules       []world.FirewallRule
	idleSeconds int
	exhausted   []world.Exhaustion
}

func (f firewall) equal(o firewall) bool {
	return slices.Equal(f.rules, o.rules) && f.idleSeconds == o.idleSeconds && slices.Equal(f.exhausted, o.exhausted)
}

// followFirewalls applies the firewalls of hosts, in their own namespaces.
func (f *Fabric) followFirewalls(w *world.World) error {
	for _, h := range w.Lab().Hosts {
		space, ok := f.spaces[h.Name]
		wanted := firewall{h.Firewall, h.IdleSeconds, h.Exhausted}
		if !ok || f.firewall[h.Name].equal(wanted) {
			continue
		}
		if err := guard(space, wanted); err != nil {
			return fmt.Errorf("firewall of %s: %w", h.Name, err)
		}
		f.firewall[h.Name] = wanted
	}
	return nil
}

func guard(space *netns.Namespace, wanted firewall) error {
	rules, err := newRuleset(space.Fd(), "firewall", ipv4)
	if err != nil {
		return err
	}
	input := rules.base("input", nftables.ChainTypeFilter, nftables.ChainHookInput, nftables.ChainPriorityFilter, nftables.ChainPolicyAccept)
	output := rules.base("output", nftables.ChainTypeFilter, nftables.ChainHookOutput, nftables.ChainPriorityFilter, nftables.ChainPolicyAccept)
	for _, w := range wanted.rules {
		rules.add(input, arrivesOn(hostsLink), affected(w, destinationPort), refusal(w.Action))
		if w.LargerThan > 0 {
			rules.add(output, leavesOn(hostsLink), affected(w, sourcePort), drop)
		}
	}
	if wanted.idleSeconds > 0 {
		if err := forget(space, wanted.idleSeconds); err != nil {
			return err
		}
		rules.add(input, arrivesOn(hostsLink), protocol(unix.IPPROTO_TCP), state(expr.CtStateBitINVALID), drop)
	}
	rules.exhaust(wanted.exhausted)
	return rules.apply()
}

// affected matches the packets that a rule is about. The service's port is the
// destination's where they arrive, and the source's where they leave.
func affected(w world.FirewallRule, port uint32) match {
	number := unix.IPPROTO_TCP
	if w.Protocol == "udp" {
		number = unix.IPPROTO_UDP
	}
	which := protocol(number)
	if w.Port != 0 {
		which = append(which, portRange(port, int(w.Port), int(w.Port))...)
	}
	if w.LargerThan > 0 {
		which = append(which, larger(w.LargerThan)...)
	}
	return append(which, everyNth(w.Every)...)
}

// everyNth matches the first packet that comes so far, and each nth after it: a
// count and no chance, so that a run is like the other.
func everyNth(n int) match {
	if n < 2 {
		return nil
	}
	return match{
		&expr.Numgen{Register: 1, Modulus: uint32(n), Type: unix.NFT_NG_INCREMENTAL},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(0)},
	}
}

// forget has a host's connection tracking drop what was silent for so long, and
// not take up what it finds in the middle.
func forget(space *netns.Namespace, seconds int) error {
	if err := space.Set("netfilter/nf_conntrack_tcp_timeout_established", seconds); err != nil {
		return err
	}
	return space.Set("netfilter/nf_conntrack_tcp_loose", 0)
}

// portMemory outlasts the tries of one connection.
const portMemory = 2 * time.Minute

// exhaust has a NAT gateway find no port for some of the new connections to a
// destination. One that got none gets none when it tries again.
func (r *ruleset) exhaust(all []world.Exhaustion) {
	if len(all) == 0 {
		return
	}
	refused := &nftables.Set{Table: r.table, Name: "refused", KeyType: nftables.TypeInetService, Dynamic: true, HasTimeout: true, Timeout: portMemory}
	if err := r.conn.AddSet(refused, nil); err != nil && r.err == nil {
		r.err = fmt.Errorf("set %s: %w", refused.Name, err)
	}
	forward := r.base("ports", nftables.ChainTypeFilter, nftables.ChainHookForward, nftables.ChainPriorityFilter, nftables.ChainPolicyAccept)
	from := &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: sourcePort, Len: 2}
	for _, e := range all {
		to := slices.Concat(protocol(unix.IPPROTO_TCP), portRange(destinationPort, int(e.Port), int(e.Port)), is(destinationAddress, e.Address))
		r.add(forward, to, match{from, &expr.Lookup{SourceRegister: 1, SetName: refused.Name, SetID: refused.ID}}, drop)
		r.add(forward, to, state(expr.CtStateBitNEW), everyNth(e.Every),
			match{from, &expr.Dynset{SrcRegKey: 1, SetName: refused.Name, SetID: refused.ID, Operation: uint32(unix.NFT_DYNSET_OP_ADD)}}, drop)
	}
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
