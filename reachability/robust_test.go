package reachability_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

// consistent says what must hold for any result, whatever the network.
func consistent(r reachability.Result) error {
	worst := reachability.VerdictReachable
	for _, h := range r.Hops {
		switch h.Status {
		case netpath.StatusPass:
		case netpath.StatusFail:
			worst = reachability.VerdictBlocked
			if h.Cause == "" || h.Detail == "" {
				return fmt.Errorf("%s fails without cause or detail: %+v", h.Name, h)
			}
		case netpath.StatusUnknown:
			if worst == reachability.VerdictReachable {
				worst = reachability.VerdictUnknown
			}
			if h.Detail == "" {
				return fmt.Errorf("%s is unknown and does not say why", h.Name)
			}
		default:
			return fmt.Errorf("%s is %q", h.Name, h.Status)
		}
		for name, value := range h.Facts {
			if value == "" {
				return fmt.Errorf("the fact %s of %s is empty", name, h.Name)
			}
		}
	}
	if len(r.Hops) == 0 || r.Verdict != worst {
		return fmt.Errorf("verdict %s of %d hops, want %s", r.Verdict, len(r.Hops), worst)
	}
	return nil
}

// Whatever part of the inventory is missing, nothing panics, nothing that was
// blocked by what is left becomes reachable, and everything unknown says why.
func TestMissingPartsNeverMakeReachable(t *testing.T) {
	keys := []string{"Vpcs", "Subnets", "RouteTables", "PrefixLists", "NetworkAcls", "SecurityGroups", "NetworkInterfaces", "InternetGateways", "NatGateways", "VpcEndpoints"}
	flows := []reachability.Flow{
		flow(agent, database, tcp, 5432), flow(agent, database, tcp, 3306), flow(agent, endpoint, tcp, 443), flow(agent, internet, tcp, 443),
		flow(agent, s3, tcp, 443), flow(agent, sidecar, tcp, 443), flow(agent, "10.0.21.99", tcp, 5432), flow(database, agent, tcp, 443),
	}
	rapid.Check(t, func(t *rapid.T) {
		text := healthy
		for _, key := range keys {
			if rapid.IntRange(0, 3).Draw(t, key) == 0 {
				text = strings.Replace(text, `"`+key+`":`, `"NotRead`+key+`":`, 1)
			}
		}
		var whole, partly vpc.Decoder
		if err := whole.Decode("whole", strings.NewReader(healthy)); err != nil {
			t.Fatal(err)
		}
		if err := partly.Decode("partly", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		for _, f := range flows {
			full, part := reachability.Trace(whole.Network(), f), reachability.Trace(partly.Network(), f)
			if err := consistent(part); err != nil {
				t.Error(err)
			}
			if full.Verdict == reachability.VerdictBlocked && part.Verdict == reachability.VerdictReachable {
				t.Errorf("%v: blocked with everything, reachable with less", f)
			}
		}
	})
}

// routeLine is a route of the agent's table.
type routeLine struct {
	Block      string
	Target     string // blackhole, nat, tgw
	Propagated bool
}

func (l routeLine) json() string {
	origin, state, target := "CreateRoute", "active", `"NatGatewayId": "nat-1"`
	if l.Propagated {
		origin = "EnableVgwRoutePropagation"
	}
	switch l.Target {
	case "blackhole":
		state = "blackhole"
	case "tgw":
		target = `"TransitGatewayId": "tgw-1"`
	}
	return fmt.Sprintf(`{"DestinationCidrBlock": %q, %s, "Origin": %q, "State": %q}`, l.Block, target, origin, state)
}

// The longest prefix wins, and static before propagated: against one scan for
// each length from the longest down.
func TestRouteLikeALongestPrefixScan(t *testing.T) {
	to := netip.MustParseAddr(internet)
	blocks := []string{"0.0.0.0/0", "128.0.0.0/1", "203.0.0.0/8", "203.0.113.0/24", "203.0.113.7/32", "192.0.2.0/24"}
	rapid.Check(t, func(t *rapid.T) {
		type key struct {
			block      string
			propagated bool
		}
		lines, texts := map[key]routeLine{}, []string{}
		for range rapid.IntRange(0, 6).Draw(t, "routes") {
			l := routeLine{rapid.SampledFrom(blocks).Draw(t, "block"), rapid.SampledFrom([]string{"blackhole", "nat", "tgw"}).Draw(t, "target"), rapid.Bool().Draw(t, "propagated")}
			k := key{l.Block, l.Propagated}
			if _, doubled := lines[k]; !doubled { // a table holds a destination once of each origin
				lines[k] = l
				texts = append(texts, l.json())
			}
		}
		want := "fail route/none"
	scan:
		for bits := 32; bits >= 0; bits-- {
			for _, propagated := range []bool{false, true} {
				for _, block := range blocks {
					p := netip.MustParsePrefix(block)
					l, there := lines[key{block, propagated}]
					if there && p.Bits() == bits && p.Contains(to) {
						want = map[string]string{"blackhole": "fail route/blackhole", "nat": "pass", "tgw": "unknown"}[l.Target]
						break scan
					}
				}
			}
		}
		routes := strings.TrimSuffix(s3Route, ",")
		if len(texts) > 0 {
			routes += "," + strings.Join(texts, ",")
		}
		var d vpc.Decoder
		if err := d.Decode("world", strings.NewReader(strings.Replace(healthy, s3Route+"\n  "+natRoute, routes, 1))); err != nil {
			t.Fatal(err)
		}
		got := statuses(reachability.Evidence(d.Network(), reachability.Source{ENI: "eni-agent"}, public, to))[netpath.HopRoute]
		if got != want {
			t.Errorf("%s, want %s: %s", got, want, routes)
		}
	})
}

// Documents of anybody: nothing panics, and every answer is consistent.
func FuzzTrace(f *testing.F) {
	f.Add(healthy)
	f.Add(strings.ReplaceAll(healthy, "10.0.", "300.0."))
	f.Add(strings.ReplaceAll(healthy, "sg-agent", ""))
	f.Add(strings.ReplaceAll(healthy, "5432", "-5"))
	f.Fuzz(func(t *testing.T, text string) {
		var d vpc.Decoder
		if d.Decode("fuzz", strings.NewReader(text)) != nil {
			return
		}
		a := reachability.New(d.Network())
		for _, to := range []string{database, endpoint, internet, resolver, "2001:db8::1"} {
			for _, protocol := range []uint8{tcp, udp, icmp, 58, 47} {
				if err := consistent(a.Trace(flow(agent, to, protocol, 443))); err != nil {
					t.Error(err)
				}
			}
			a.Evidence(reachability.Source{ENI: "eni-agent"}, private, netip.MustParseAddr(to))
		}
	})
}
