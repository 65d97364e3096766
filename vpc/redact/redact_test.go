package redact_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/reachability/policy"
	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/vpc/redact"
)

var key = []byte("a key of the test's")

// worlds are networks as others describe them: the lab's patterns where the lab
// is present, and an inventory of this package's neighbour.
func worlds(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../lab/world/patterns/*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, file := range append(files, "../testdata/private.json", "../../reachability/testdata/world.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(filepath.Dir(file))+"-"+filepath.Base(file)] = string(text)
	}
	return out
}

func decode(t testing.TB, texts ...string) *vpc.Network {
	t.Helper()
	var d vpc.Decoder
	for _, text := range texts {
		if err := d.Decode("world", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return d.Network()
}

func redacted(t testing.TB, n *vpc.Network) (*vpc.Network, *redact.Redactor) {
	t.Helper()
	out, r, err := redact.Network(n, key)
	if err != nil {
		t.Fatal(err)
	}
	return out, r
}

// answer is what is compared of a trace: the verdict, and each hop with what
// decides there, in the redacted network's names.
type answer struct {
	Verdict reachability.Verdict
	Hops    []string
}

func ask(a *reachability.Analysis, f reachability.Flow, name func(string) string) answer {
	result := a.Trace(f)
	out := answer{Verdict: result.Verdict}
	for _, h := range result.Hops {
		out.Hops = append(out.Hops, fmt.Sprintf("%s return=%t %s %s %s", h.Name, h.Return, h.Status, h.Cause, name(h.Component)))
	}
	return out
}

func same(s string) string { return s }

// outside are destinations that no interface has: the VPC's resolver, AWS's
// services, on-premises and the internet.
var outside = []string{"10.0.0.2", "169.254.169.253", "198.51.100.7", "203.0.113.7", "52.94.133.10", "172.16.4.9", "192.168.7.7", "100.64.3.2"}

func flows(n *vpc.Network) []reachability.Flow {
	var to []netip.Addr
	for _, i := range n.NetworkInterfaces {
		to = append(to, i.PrivateIPAddress)
	}
	for _, text := range outside {
		to = append(to, netip.MustParseAddr(text))
	}
	var out []reachability.Flow
	for _, i := range n.NetworkInterfaces {
		for _, a := range to {
			for _, port := range []uint16{53, 443, 5432} {
				out = append(out, reachability.Flow{From: reachability.Source{ENI: i.NetworkInterfaceID}, To: a, Protocol: 6, Port: port})
			}
		}
	}
	return out
}

// compare wants the same answer to every flow, before and after.
func compare(t interface {
	Helper()
	Errorf(string, ...any)
}, before, after *vpc.Network, r *redact.Redactor,
) {
	t.Helper()
	asked, answers := reachability.New(before), reachability.New(after)
	for _, f := range flows(before) {
		mapped := f
		mapped.From.ENI, mapped.To = r.Text(f.From.ENI), r.Address(f.To)
		if diff := cmp.Diff(ask(asked, f, r.Text), ask(answers, mapped, same)); diff != "" {
			t.Errorf("%s to %s port %d (-before +after):\n%s", f.From.ENI, f.To, f.Port, diff)
			return
		}
	}
}

// Reachability answers as before, for every pair of interfaces and beyond.
func TestVerdictsStay(t *testing.T) {
	for name, text := range worlds(t) {
		t.Run(name, func(t *testing.T) {
			before := decode(t, text)
			after, r := redacted(t, before)
			compare(t, before, after, r)
		})
	}
}

// So it does for rules that are drawn.
func TestVerdictsStayForAnyRules(t *testing.T) {
	text := worlds(t)["testdata-world.json"]
	blocks := rapid.SampledFrom([]string{
		"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.1.0/24", "10.0.1.10/32", "10.0.1.8/29", "10.0.20.0/22", "52.94.0.0/16", "52.94.133.0/24", "172.16.0.0/12", "192.168.0.0/16", "198.51.100.0/24",
	})
	rapid.Check(t, func(t *rapid.T) {
		before := decodeFor(t, text)
		for i := range before.SecurityGroups {
			g := &before.SecurityGroups[i]
			for _, rules := range []*[]vpc.IPPermission{&g.IPPermissions, &g.IPPermissionsEgress} {
				if rapid.Bool().Draw(t, "replace") {
					port := rapid.SampledFrom([]int{53, 443, 5432}).Draw(t, "port")
					*rules = []vpc.IPPermission{{IPProtocol: "tcp", FromPort: &port, ToPort: &port, IPRanges: []vpc.IPRange{{CidrIP: blocks.Draw(t, "block")}}}}
				}
			}
		}
		for i := range before.NetworkACLs {
			entries := before.NetworkACLs[i].Entries
			for k := range entries {
				if rapid.IntRange(0, 3).Draw(t, "change") == 0 {
					entries[k].CidrBlock = blocks.Draw(t, "block")
				}
			}
		}
		for i := range before.RouteTables {
			for k := range before.RouteTables[i].Routes {
				if r := &before.RouteTables[i].Routes[k]; r.GatewayID != "local" && r.DestinationCidrBlock != "" {
					r.DestinationCidrBlock = blocks.Draw(t, "destination")
				}
			}
		}
		after, r, err := redact.Network(before, key)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, before, after, r)
	})
}

func decodeFor(t *rapid.T, text string) *vpc.Network {
	var d vpc.Decoder
	if err := d.Decode("world", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return d.Network()
}

// Policies decide as before about a caller at the endpoint, at another one, on
// the internet and of another account.
func TestPoliciesDecideAsBefore(t *testing.T) {
	const account, other = "123456789012", "210987654321"
	for name, text := range worlds(t) {
		before := decode(t, text)
		after, r := redacted(t, before)
		for i, runtime := range before.Runtimes {
			for _, c := range []policy.Caller{
				{Principal: "arn:aws:sts::" + account + ":assumed-role/agentcore-probe/sidecar", Account: account, VPC: firstVPC(before), Endpoint: firstEndpoint(before)},
				{Principal: "arn:aws:sts::" + account + ":assumed-role/agentcore-probe/sidecar", Account: account, SourceIP: netip.MustParseAddr("198.51.100.30")},
				{Principal: "arn:aws:iam::" + other + ":role/visitor", Account: other, VPC: "vpc-0fffffffffffffff0", Endpoint: "vpce-0fffffffffffffff0"},
			} {
				mapped := policy.Caller{Principal: r.Text(c.Principal), Account: r.Text(c.Account), VPC: r.Text(c.VPC), Endpoint: r.Text(c.Endpoint), SourceIP: r.Address(c.SourceIP)}
				path, hidden := invocation(runtime.ARN, c.Endpoint), invocation(after.Runtimes[i].ARN, mapped.Endpoint)
				if diff := cmp.Diff(statuses(policy.Evidence(before, path, c)), statuses(policy.Evidence(after, hidden, mapped))); diff != "" {
					t.Errorf("%s, %s (-before +after):\n%s", name, c.Principal, diff)
				}
			}
		}
	}
}

// invocation is a path to a runtime, through an endpoint where there is one.
func invocation(runtime, endpoint string) netpath.Path {
	p := netpath.Path{Kind: netpath.KindInvoke, Route: netpath.RoutePublic, Target: netpath.Target{RuntimeARN: runtime, Qualifier: "DEFAULT", Endpoint: endpoint}}
	if endpoint != "" {
		p.Route = netpath.RoutePrivate
	}
	return p
}

func statuses(hops map[netpath.HopName]netpath.Evidence) map[netpath.HopName]string {
	out := map[netpath.HopName]string{}
	for name, e := range hops {
		out[name] = string(e.Status) + " " + e.Cause
	}
	return out
}

func firstVPC(n *vpc.Network) string { return n.VPCs[0].VpcID }

func firstEndpoint(n *vpc.Network) string {
	for _, e := range n.Endpoints {
		if e.Service() == "bedrock-agentcore" {
			return e.VpcEndpointID
		}
	}
	return ""
}

// Nothing of the original that says whose it is can be found: no id, account,
// ARN, name, tag or host name.
func TestNothingIsLeft(t *testing.T) {
	secret := regexp.MustCompile(`\b[a-z]+-[0-9a-f]{8,17}\b|\b\d{12}\b`)
	for name, text := range worlds(t) {
		n := decode(t, text)
		after, _ := redacted(t, n)
		documents, err := after.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, document := range documents {
			all.Write(document)
		}
		gone := secret.FindAllString(text, -1)
		for _, g := range n.SecurityGroups {
			if g.GroupName != "default" {
				gone = append(gone, `"`+g.GroupName+`"`)
			}
		}
		for _, r := range n.Runtimes {
			gone = append(gone, r.ID, r.RoleARN, `"`+r.Name+`"`)
		}
		for _, db := range n.DBInstances {
			gone = append(gone, `"`+db.DBInstanceIdentifier+`"`, db.Endpoint.Address)
		}
		for _, v := range n.VPCs {
			for _, tag := range v.Tags {
				gone = append(gone, `"`+tag.Value+`"`)
			}
		}
		for _, s := range gone {
			if s != `""` && s != "" && strings.Contains(all.String(), s) {
				t.Errorf("%s: %q is still there", name, s)
			}
		}
	}
}

// Every reference still resolves: the redacted network has as many lists and
// entries, and a second look finds the same shape.
func TestTheShapeStays(t *testing.T) {
	for name, text := range worlds(t) {
		before := decode(t, text)
		after, _ := redacted(t, before)
		if diff := cmp.Diff(shape(t, before), shape(t, after)); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
	}
}

func shape(t *testing.T, n *vpc.Network) map[string]int {
	t.Helper()
	documents, err := n.Encode()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for key, document := range documents {
		var lists map[string]json.RawMessage
		if err := json.Unmarshal(document, &lists); err != nil {
			t.Fatal(err)
		}
		var entries []json.RawMessage
		if json.Unmarshal(lists[key], &entries) == nil {
			out[key] = len(entries)
		}
	}
	return out
}

// Two addresses have as long a prefix in common as before, and private ones
// stay private.
func TestAddressesKeepTheirPrefixes(t *testing.T) {
	n := decode(t, `{"Vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.20.0.0/16"}]}`)
	_, r := redacted(t, n)
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawAddress(t), drawAddress(t)
		x, y := r.Address(a), r.Address(b)
		if common(a, b) != common(x, y) || a.IsPrivate() != x.IsPrivate() || a.IsLinkLocalUnicast() != x.IsLinkLocalUnicast() {
			t.Errorf("%s and %s became %s and %s", a, b, x, y)
		}
	})
	base, resolver := r.Address(netip.MustParseAddr("10.20.0.0")), r.Address(netip.MustParseAddr("10.20.0.2"))
	if base.Next().Next() != resolver {
		t.Errorf("the resolver of the VPC at %s is %s", base, resolver)
	}
}

// Whatever the key, no range of the network becomes one that it has: one of 256
// mappings of 10.0.0.0/8 would leave a VPC's range as it is.
func TestNoRangeStays(t *testing.T) {
	n := decode(t, `{"Vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.20.0.0/16"},{"VpcId":"vpc-2","CidrBlock":"172.20.0.0/16"},{"VpcId":"vpc-3","CidrBlock":"fd12:3456::/32"}],
		"Subnets":[{"SubnetId":"subnet-1","VpcId":"vpc-1","CidrBlock":"10.20.1.0/24"},{"SubnetId":"subnet-2","VpcId":"vpc-2","CidrBlock":"172.20.3.0/24"}],
		"RouteTables":[{"RouteTableId":"rtb-1","VpcId":"vpc-1","Routes":[{"DestinationCidrBlock":"10.0.0.0/8"},{"DestinationCidrBlock":"10.77.4.0/24"},{"DestinationCidrBlock":"0.0.0.0/0"}]}]}`)
	own := map[string]bool{}
	for _, p := range []string{"10.20.0.0/16", "10.20.1.0/24", "172.20.0.0/16", "172.20.3.0/24", "10.77.4.0/24", "fd12:3456::/32"} {
		own[p] = true
	}
	for i := range 300 {
		_, r, err := redact.Network(n, fmt.Appendf(nil, "key %d", i))
		if err != nil {
			t.Fatal(err)
		}
		for p := range own {
			if mapped := r.Text(p); own[mapped] {
				t.Errorf("key %d: %s became %s", i, p, mapped)
			}
		}
	}
}

// A network that uses every place keeps its shape all the same.
func TestNoPlaceIsLeft(t *testing.T) {
	var blocks []string
	for i := range 16 {
		blocks = append(blocks, fmt.Sprintf(`{"VpcId":"vpc-%d","CidrBlock":"172.%d.0.0/16"}`, i, 16+i))
	}
	_, r := redacted(t, decode(t, `{"Vpcs":[`+strings.Join(blocks, ",")+`]}`))
	seen := map[string]bool{}
	for i := range 16 {
		seen[r.Text(fmt.Sprintf("172.%d.0.0/16", 16+i))] = true
	}
	if len(seen) != 16 {
		t.Errorf("16 ranges became %d: %v", len(seen), seen)
	}
}

func drawAddress(t *rapid.T) netip.Addr {
	net := rapid.SampledFrom([]string{"10.20.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "52.0.0.0/8", "0.0.0.0/0", "2600:1f18::/32", "fd12::/16"}).Draw(t, "range")
	p := netip.MustParsePrefix(net)
	bytes := p.Addr().AsSlice()
	drawn := rapid.SliceOfN(rapid.Byte(), len(bytes), len(bytes)).Draw(t, "bytes")
	for i := range bytes {
		if i*8 >= p.Bits() {
			bytes[i] = drawn[i]
		}
	}
	a, _ := netip.AddrFromSlice(bytes)
	return a
}

// common is the number of leading bits that two addresses share.
func common(a, b netip.Addr) int {
	if a.Is4() != b.Is4() {
		return -1
	}
	n := 0
	for n < a.BitLen() && netip.PrefixFrom(a, n+1).Masked() == netip.PrefixFrom(b, n+1).Masked() {
		n++
	}
	return n
}

// A pattern matches what it matched.
func TestPatternsMatchWhatTheyMatched(t *testing.T) {
	statement := `{"Version":"2012-10-17","Statement":[{"Sid":"TeamBlue","Effect":"Deny","Principal":"*","Action":"bedrock-agentcore:*","Resource":"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/sup*",` +
		`"Condition":{"StringNotLike":{"aws:SourceVpce":"vpce-*","aws:PrincipalTag/team":"blue"}}}]}`
	raw, err := json.Marshal(statement)
	if err != nil {
		t.Fatal(err)
	}
	n, r := redacted(t, decode(t, `{"agentRuntimes":[{"agentRuntimeArn":"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-Ab3dEf6hIj"}]}`,
		`{"resourcePolicies":[{"resourceArn":"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-Ab3dEf6hIj","policy":`+string(raw)+`}]}`))
	var got struct {
		Statement []struct {
			Resource  []string
			Condition map[string]map[string]string
			Sid       string
		}
	}
	if err := json.Unmarshal([]byte(n.ResourcePolicies[0].Policy), &got); err != nil {
		t.Fatal(err)
	}
	s := got.Statement[0]
	if !slices.Contains(s.Resource, n.Runtimes[0].ARN) || s.Sid != "" {
		t.Errorf("%+v does not name %s", s, n.Runtimes[0].ARN)
	}
	if keys := slices.Sorted(maps.Keys(s.Condition["StringNotLike"])); keys[0] != "aws:PrincipalTag/"+r.Text("team") || s.Condition["StringNotLike"]["aws:SourceVpce"] != "vpce-*" {
		t.Errorf("condition %v", s.Condition)
	}
}
