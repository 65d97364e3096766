package reachability_test

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go4.org/netipx"
	"pgregory.net/rapid"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

// databaseSide draws the rules of the database's group and ACL.
func databaseSide(t *rapid.T) (groups []sgRule, acl []aclRule, n *vpc.Network) {
	acl = drawRules(t)
	var entries, permissions []string
	for _, r := range acl {
		entries = append(entries, r.json())
	}
	for range rapid.IntRange(0, 5).Draw(t, "rules") {
		a, b := rapid.IntRange(5430, 5434).Draw(t, "from"), rapid.IntRange(5430, 5434).Draw(t, "to")
		r := sgRule{
			Protocol: rapid.SampledFrom([]string{"tcp", "6", "udp", "-1"}).Draw(t, "protocol"), From: min(a, b), To: max(a, b),
			Peer: rapid.SampledFrom([]string{"10.0.1.0/24", "10.0.1.10/32", "10.0.2.0/24", "0.0.0.0/0", "198.51.100.0/24", "sg-agent", "sg-other", "sg-database"}).Draw(t, "peer"),
		}
		groups, permissions = append(groups, r), append(permissions, r.json())
	}
	text := strings.Replace(healthy, dbACLIn+",\n  "+dbACLOut, strings.Join(entries, ","), 1)
	text = strings.Replace(text, databaseRule, strings.Join(permissions, ","), 1)
	text = strings.Replace(text, databaseOut, permission("-1", 0, 0, block("0.0.0.0/0"))+",", 1)
	var d vpc.Decoder
	if err := d.Decode("world", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return groups, acl, d.Network()
}

// admitsFrom asks the rules of the group, one at a time, about a source.
func admitsFrom(rules []sgRule, from string, port int) bool {
	members := map[string][]string{"sg-agent": {agent, sidecar}, "sg-database": {database}}
	for _, r := range rules {
		peer := false
		if b, err := netip.ParsePrefix(r.Peer); err == nil {
			peer = b.Contains(netip.MustParseAddr(from))
		}
		for _, member := range members[r.Peer] {
			peer = peer || member == from
		}
		if peer && (r.Protocol == "-1" || (r.Protocol == "tcp" || r.Protocol == "6") && r.From <= port && port <= r.To) {
			return true
		}
	}
	return false
}

// naiveSide judges the database's own side for one source and port.
func naiveSide(groups []sgRule, acl []aclRule, from string, port int) reachability.Verdict {
	source := netip.MustParseAddr(from)
	if !admitsFrom(groups, from, port) {
		return reachability.VerdictBlocked
	}
	if netip.MustParsePrefix("10.0.21.0/24").Contains(source) {
		return reachability.VerdictReachable // no ACL within the subnet
	}
	if !admitsPacket(acl, false, source, port) {
		return reachability.VerdictBlocked
	}
	low, high := 1024, 65535 // of clients that are not known, and of AgentCore
	if from == sidecar {
		low, high = 32768, 60999 // Linux
	}
	cut, all := 0, high+1-low
	starts := partsOf(acl, low, high)
	for i, port := range starts[:len(starts)-1] {
		if !admitsPacket(acl, true, source, port) {
			cut += starts[i+1] - port
		}
	}
	switch {
	case cut*1000 < all: // nobody notices
		return reachability.VerdictReachable
	case cut < all:
		return reachability.VerdictUnknown
	}
	return reachability.VerdictBlocked
}

// partsOf are the first ports of the parts of a range that the entries tell apart, and
// the one behind the last.
func partsOf(acl []aclRule, low, high int) []int {
	starts := []int{low, high + 1}
	for _, r := range acl {
		for _, port := range []int{r.From, r.To + 1} {
			if low < port && port <= high {
				starts = append(starts, port)
			}
		}
	}
	slices.Sort(starts)
	return starts
}

// The shares of all source addresses cover the family, do not overlap, and agree
// with one address at a time.
func TestSourcesLikeAnAddressAtATime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups, acl, n := databaseSide(t)
		port := rapid.IntRange(5429, 5435).Draw(t, "port")
		shares := reachability.New(n).Sources(reachability.Flow{To: netip.MustParseAddr(database), Protocol: tcp, Port: uint16(port)})
		var union netipx.IPSetBuilder
		for i, s := range shares {
			for _, other := range shares[:i] {
				if s.Addresses.Overlaps(other.Addresses) {
					t.Fatalf("%v and %v overlap", s.Addresses.Ranges(), other.Addresses.Ranges())
				}
			}
			union.AddSet(s.Addresses)
		}
		if whole, err := union.IPSet(); err != nil || !whole.ContainsPrefix(netip.MustParsePrefix("0.0.0.0/0")) {
			t.Fatalf("not every address is in a share: %v", err)
		}
		froms := []string{agent, sidecar, "10.0.1.11", "10.0.1.9", "10.0.2.5", "10.0.3.0", "10.0.21.77", "198.51.100.9", "0.0.0.0", "255.255.255.255"}
		for range 5 {
			v := rapid.Uint32().Draw(t, "address")
			froms = append(froms, netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}).String())
		}
		for _, from := range froms {
			for _, s := range shares {
				if want := naiveSide(groups, acl, from, port); s.Addresses.Contains(netip.MustParseAddr(from)) && s.Verdict != want {
					t.Errorf("%s: %s by %s %s, want %s", from, s.Verdict, s.Hop.Component, s.Hop.Detail, want)
				}
			}
		}
	})
}

// The parts of all ports cover 0 to 65535 and agree with one port at a time.
func TestPortsLikeAPortAtATime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups, acl, n := databaseSide(t)
		from := rapid.SampledFrom([]string{agent, sidecar}).Draw(t, "from")
		parts := reachability.New(n).Ports(flow(from, database, tcp, 0))
		next := 0
		for _, p := range parts {
			if int(p.From) != next || p.From > p.To {
				t.Fatalf("%d-%d does not follow on %d", p.From, p.To, next-1)
			}
			next = int(p.To) + 1
			middle := rapid.IntRange(int(p.From), int(p.To)).Draw(t, "port")
			for _, port := range []int{int(p.From), middle, int(p.To)} {
				if want := naiveSide(groups, acl, from, port); p.Verdict != want {
					t.Errorf("%d in %d-%d: %s by %s %s, want %s", port, p.From, p.To, p.Verdict, p.Hop.Component, p.Hop.Detail, want)
				}
			}
		}
		if next != math.MaxUint16+1 {
			t.Errorf("the parts end with %d", next-1)
		}
	})
}

// Who is let in, by which rule, and what cuts the others off.
func TestSourcesNameTheRule(t *testing.T) {
	type share struct {
		Ranges    string
		Rest      bool
		Verdict   reachability.Verdict
		Hop       netpath.HopName
		Component string
		Rule      string
	}
	rule := permission("tcp", 5432, 5432, group("sg-agent")) + "," + permission("tcp", 5000, 6000, block("10.0.2.0/24"))
	deny := `{"RuleNumber": 90, "Egress": false, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "10.0.2.128/25"},` + dbACLIn
	var got []share
	for _, s := range reachability.New(world(t, databaseRule, rule, dbACLIn, deny)).Sources(flow(agent, database, tcp, 5432)) {
		var ranges []string
		for _, r := range s.Addresses.Ranges() {
			ranges = append(ranges, r.String())
		}
		if s.Rest {
			ranges = nil
		}
		got = append(got, share{strings.Join(ranges, " "), s.Rest, s.Verdict, s.Hop.Name, s.Hop.Component, s.Hop.Rule()})
	}
	want := []share{
		{"10.0.1.10-10.0.1.10 10.0.1.20-10.0.1.20", false, reachability.VerdictReachable, netpath.HopDestSG, "sg-database", "sgr-database"},
		{"10.0.2.0-10.0.2.127", false, reachability.VerdictReachable, netpath.HopDestSG, "sg-database", "tcp 5000-6000 10.0.2.0/24"},
		{"10.0.21.10-10.0.21.10", false, reachability.VerdictReachable, netpath.HopRoute, "eni-database", ""},
		{"", true, reachability.VerdictBlocked, netpath.HopDestNACL, "acl-database", "*"},
		{"10.0.0.0-10.0.1.9 10.0.1.11-10.0.1.19 10.0.1.21-10.0.1.255 10.0.3.0-10.0.21.9 10.0.21.11-10.0.255.255", false, reachability.VerdictBlocked, netpath.HopDestSG, "sg-database", "sgr-database"},
		{"10.0.2.128-10.0.2.255", false, reachability.VerdictBlocked, netpath.HopDestNACL, "acl-database", "90"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Which part of the ephemeral ports is cut, and by which entry.
func TestPartialEphemeralNamesThePart(t *testing.T) {
	entries := `{"RuleNumber": 90, "Egress": true, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 40000, "To": 40099}},` +
		replaceRange(dbACLOut, `{"From": 32768, "To": 60000}`)
	hop, _ := reachability.Trace(world(t, dbACLOut, entries), flow(sidecar, database, tcp, 5432)).Deciding()
	want := "acl-database admits replies to 32768-39999,40100-60000 of the ports 32768-60999 only; rule 90 cuts 40000-40099; rule * cuts 60001-60999"
	if hop.Detail != want {
		t.Errorf("%s\nwant %s", hop.Detail, want)
	}
}

// Blocks and ports of anybody in a rule and in an ACL entry: the sets still cover
// everything once, and what they say of their ends is what a trace says.
func FuzzSets(f *testing.F) {
	f.Add("10.0.1.0/24", 5432, 5432, "0.0.0.0/0", 1024, 65535, uint16(5432))
	f.Add("10.0.1.10/8", 0, 65535, "10.0.1.10/32", 40000, 32768, uint16(0))
	f.Add("::/0", -1, -1, "10.0.0.0/33", 65535, 65536, uint16(65535))
	f.Add("10.0.1.0", 70000, 1, "", -5, -1, uint16(1))
	f.Fuzz(func(t *testing.T, block string, from, to int, entryBlock string, entryFrom, entryTo int, port uint16) {
		n := world(t)
		for i := range n.SecurityGroups {
			if g := &n.SecurityGroups[i]; g.GroupID == "sg-database" {
				g.IPPermissions = append(g.IPPermissions, vpc.IPPermission{IPProtocol: "tcp", FromPort: &from, ToPort: &to, IPRanges: []vpc.IPRange{{CidrIP: block}}})
			}
		}
		for i := range n.NetworkACLs {
			if a := &n.NetworkACLs[i]; a.NetworkACLID == "acl-database" {
				a.Entries = append(a.Entries, vpc.ACLEntry{RuleNumber: 50, Protocol: "6", RuleAction: "deny", CidrBlock: entryBlock, PortRange: &struct{ From, To int }{entryFrom, entryTo}})
			}
		}
		a := reachability.New(n)
		checkParts(t, a, flow(agent, database, tcp, port))
		checkShares(t, a.Sources(flow(agent, database, tcp, port)))
	})
}

func checkParts(t *testing.T, a *reachability.Analysis, f reachability.Flow) {
	t.Helper()
	next := 0
	for _, p := range a.Ports(f) {
		if int(p.From) != next || p.From > p.To {
			t.Fatalf("%d-%d does not follow on %d", p.From, p.To, next-1)
		}
		next = int(p.To) + 1
		for _, port := range []uint16{p.From, p.To, min(max(f.Port, p.From), p.To)} {
			f.Port = port
			if got := a.Trace(f).Verdict; got != p.Verdict {
				t.Errorf("%d in %d-%d: %s, want %s", port, p.From, p.To, p.Verdict, got)
			}
		}
	}
	if next != math.MaxUint16+1 {
		t.Errorf("the parts end with %d", next-1)
	}
}

func checkShares(t *testing.T, shares []reachability.Share) {
	t.Helper()
	var union netipx.IPSetBuilder
	for i, s := range shares {
		for _, other := range shares[:i] {
			if s.Addresses.Overlaps(other.Addresses) {
				t.Fatalf("%v and %v overlap", s.Addresses.Ranges(), other.Addresses.Ranges())
			}
		}
		union.AddSet(s.Addresses)
	}
	if whole, err := union.IPSet(); err != nil || !whole.ContainsPrefix(netip.MustParsePrefix("0.0.0.0/0")) {
		t.Fatalf("not every address is in a share: %v", err)
	}
}
