package reachability_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

// aclRule is an ACL entry as the test draws it, and as the naive evaluator
// reads it.
type aclRule struct {
	Number   int
	Egress   bool
	Protocol string
	Allow    bool
	Block    string
	From, To int
}

func (r aclRule) json() string {
	action := map[bool]string{true: "allow", false: "deny"}[r.Allow]
	ports := ""
	if r.Protocol != "-1" {
		ports = fmt.Sprintf(`, "PortRange": {"From": %d, "To": %d}`, r.From, r.To)
	}
	return fmt.Sprintf(`{"RuleNumber": %d, "Egress": %t, "Protocol": %q, "RuleAction": %q, "CidrBlock": %q%s}`, r.Number, r.Egress, r.Protocol, action, r.Block, ports)
}

// admitsPacket asks one packet at a time, from the lowest number up.
func admitsPacket(rules []aclRule, egress bool, peer netip.Addr, port int) bool {
	sorted := slices.SortedFunc(slices.Values(rules), func(a, b aclRule) int { return a.Number - b.Number })
	for _, r := range sorted {
		if r.Egress != egress || !netip.MustParsePrefix(r.Block).Contains(peer) {
			continue
		}
		if r.Protocol == "-1" || r.Protocol == "6" && r.From <= port && port <= r.To {
			return r.Allow
		}
	}
	return false
}

func drawRules(t *rapid.T) []aclRule {
	interesting := rapid.SampledFrom([]int{0, 443, 1023, 1024, 5431, 5432, 5433, 32767, 32768, 50000, 60999, 61000, 65535})
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(1, 50), 0, 7, rapid.ID[int]).Draw(t, "numbers")
	var rules []aclRule
	for _, number := range numbers {
		a, b := interesting.Draw(t, "from"), interesting.Draw(t, "to")
		rules = append(rules, aclRule{
			Number: number, Egress: rapid.Bool().Draw(t, "egress"), Allow: rapid.IntRange(0, 2).Draw(t, "allow") > 0,
			Protocol: rapid.SampledFrom([]string{"-1", "6", "6", "17"}).Draw(t, "protocol"),
			Block:    rapid.SampledFrom([]string{"0.0.0.0/0", "10.0.1.0/24", "10.0.1.10/32", "10.0.2.0/24"}).Draw(t, "block"),
			From:     min(a, b), To: max(a, b),
		})
	}
	return rules
}

// The database's ACL against an evaluator that tries each of the client's ports
// on its own.
func TestNetworkACLLikeAPacketAtATime(t *testing.T) {
	source := netip.MustParseAddr(sidecar)
	rapid.Check(t, func(t *rapid.T) {
		rules := drawRules(t)
		var texts []string
		for _, r := range rules {
			texts = append(texts, r.json())
		}
		text := strings.Replace(healthy, dbACLIn+",\n  "+dbACLOut, strings.Join(texts, ","), 1)
		var d vpc.Decoder
		if err := d.Decode("world", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		passed := 0
		for port := 32768; port <= 60999; port++ {
			if admitsPacket(rules, true, source, port) {
				passed++
			}
		}
		want := string(netpath.StatusUnknown)
		switch {
		case !admitsPacket(rules, false, source, 5432):
			want = "fail nacl/ingress-denied"
		case passed == 0:
			want = "fail nacl/return-denied"
		case passed > 60999-32768+1-29: // all, or all but less than one in a thousand of 28232
			want = string(netpath.StatusPass)
		default:
			want += " nacl/partial-ephemeral"
		}
		hops := reachability.Evidence(d.Network(), reachability.Source{ENI: "eni-sidecar"}, orders, netip.MustParseAddr(database))
		if got := statuses(hops)[netpath.HopDestNACL]; got != want {
			t.Errorf("%s, want %s; %d ports pass", got, want, passed)
		}
	})
}

// sgRule is a rule of the database's group.
type sgRule struct {
	Protocol string
	From, To int
	Peer     string // a block or a group
}

func (r sgRule) json() string {
	peer := block(r.Peer)
	if strings.HasPrefix(r.Peer, "sg-") {
		peer = group(r.Peer)
	}
	if r.Protocol == "-1" {
		return `{"IpProtocol": "-1", ` + peer + `}`
	}
	return permission(r.Protocol, r.From, r.To, peer)
}

func (r sgRule) admits(port int) bool {
	peer := r.Peer == "sg-agent"
	if p, err := netip.ParsePrefix(r.Peer); err == nil {
		peer = p.Contains(netip.MustParseAddr(agent))
	}
	return peer && (r.Protocol == "-1" || (r.Protocol == "tcp" || r.Protocol == "6") && r.From <= port && port <= r.To)
}

// Groups are a union: the order of rules does not matter, and one that admits
// is enough.
func TestSecurityGroupLikeARuleAtATime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var texts []string
		want := false
		for range rapid.IntRange(0, 5).Draw(t, "rules") {
			a, b := rapid.IntRange(5430, 5434).Draw(t, "from"), rapid.IntRange(5430, 5434).Draw(t, "to")
			r := sgRule{
				Protocol: rapid.SampledFrom([]string{"tcp", "6", "udp", "-1"}).Draw(t, "protocol"), From: min(a, b), To: max(a, b),
				Peer: rapid.SampledFrom([]string{"10.0.1.0/24", "10.0.1.10/32", "10.0.2.0/24", "0.0.0.0/0", "sg-agent", "sg-other", "sg-database"}).Draw(t, "peer"),
			}
			texts, want = append(texts, r.json()), want || r.admits(5432)
		}
		var d vpc.Decoder
		if err := d.Decode("world", strings.NewReader(strings.Replace(healthy, databaseRule, strings.Join(texts, ","), 1))); err != nil {
			t.Fatal(err)
		}
		hop := reachability.Evidence(d.Network(), reachability.Source{ENI: "eni-agent"}, orders, netip.MustParseAddr(database))[netpath.HopDestSG]
		if got := hop.Status == netpath.StatusPass; got != want || hop.Status == netpath.StatusUnknown {
			t.Errorf("%s, want admitted = %v: %s", hop.Status, want, texts)
		}
	})
}

// Two traces of one flow are the same, and so are two analyses of one network.
func TestTraceIsDeterministic(t *testing.T) {
	text := func() string {
		b, err := json.Marshal(reachability.Trace(world(t, databaseRule, "", databaseOut, ""), flow(agent, database, tcp, 5432)))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first := text()
	for range 20 {
		if again := text(); again != first {
			t.Fatalf("%s\n%s", first, again)
		}
	}
}
