package reachability_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// later are fields that the EC2 API has not always had ("Document history",
// Amazon EC2 API Reference and Amazon VPC User Guide).
var later = []string{
	"AvailabilityZoneId", "CidrBlockAssociationSet", "ConnectivityType", "InterfaceType", "Ipv6Addresses", "Ipv6CidrBlockAssociationSet", "Ipv6Ranges",
	"IsDefault", "Origin", "OwnerId", "PrivateIpAddresses", "RequesterId", "SourceDestCheck", "State", "UserId", "VpcEndpointType",
}

// without removes fields from a decoded JSON value. A route's State stays, and
// so do those of endpoints and NAT gateways: they have been there from the start.
func without(v any, fields []string) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			_, isRoute := v["GatewayId"]
			keep := key == "State" && (isRoute || v["NatGatewayId"] != nil || v["VpcEndpointId"] != nil || v["State"] == "blackhole")
			if _, attached := v["VpcId"]; key == "State" && attached && len(v) == 2 {
				keep = true // of a gateway's attachment
			}
			if slices.Contains(fields, key) && !keep {
				delete(v, key)
				continue
			}
			without(value, fields)
		}
	case []any:
		for _, value := range v {
			without(value, fields)
		}
	}
}

// A snapshot that somebody took years ago answers as one of today.
func TestOlderFieldSets(t *testing.T) {
	var tree any
	if err := json.Unmarshal([]byte(healthy), &tree); err != nil {
		t.Fatal(err)
	}
	without(tree, later)
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var d vpc.Decoder
	if err := d.Decode("old", strings.NewReader(string(text))); err != nil {
		t.Fatal(err)
	}
	old := reachability.New(d.Network())
	for _, f := range []reachability.Flow{
		flow(agent, database, tcp, 5432), flow(agent, database, tcp, 3306), flow(agent, endpoint, tcp, 443), flow(agent, internet, tcp, 443),
		flow(agent, s3, tcp, 443), flow(agent, sidecar, tcp, 443), flow(database, agent, tcp, 443),
	} {
		if diff := cmp.Diff(outcomeOf(reachability.Trace(world(t), f)), outcomeOf(old.Trace(f))); diff != "" {
			t.Errorf("%s:%d (-today +then):\n%s", f.To, f.Port, diff)
		}
	}
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
