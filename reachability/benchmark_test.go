package reachability_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

// size is how large a VPC is.
type size struct{ interfaces, rules int }

func (s size) String() string { return fmt.Sprintf("enis=%d/rules=%d", s.interfaces, s.rules) }

// The sizes that the growth is shown for. The second is the one with limits.
var sizes = []size{{200, 4000}, {1000, 20000}, {4000, 80000}}

const perGroup = 50 // rules of a group, each way: half of AWS's default quota of 60 and more

func (s size) groups() int { return s.rules / (2 * perGroup) }

// document is such a VPC as the AWS CLI prints it: interfaces in subnets of 250,
// one group each. A group's last two rules admit the database's port, from the
// next group and from the lower half of the VPC; the others are about other
// ports and addresses.
func (s size) document() string {
	var subnets, interfaces, groups []string
	for i := range (s.interfaces + 249) / 250 {
		subnets = append(subnets, fmt.Sprintf(`{"SubnetId": "subnet-%d", "VpcId": "vpc-1", "CidrBlock": "10.0.%d.0/24", "AvailabilityZoneId": "use1-az%d"}`, i, i, i%3+1))
	}
	for i := range s.interfaces {
		interfaces = append(interfaces, fmt.Sprintf(`{"NetworkInterfaceId": "eni-%d", "InterfaceType": "interface", "VpcId": "vpc-1", "SubnetId": "subnet-%d", "PrivateIpAddress": %q, "Groups": [{"GroupId": "sg-%d"}]}`,
			i, i/250, s.address(i), i%s.groups()))
	}
	var others []string
	for i := range perGroup - 2 {
		others = append(others, permission("tcp", 6000+i, 6000+i, block(fmt.Sprintf("10.0.%d.0/24", i))))
	}
	for i := range s.groups() {
		in := slices.Concat(others, []string{permission("tcp", 5432, 5432, group(fmt.Sprintf("sg-%d", (i+1)%s.groups()))), permission("tcp", 5432, 5432, block("10.0.0.0/24"))})
		out := slices.Concat(others, []string{permission("tcp", 443, 443, block("0.0.0.0/0")), permission("tcp", 5432, 5432, block("10.0.0.0/16"))})
		groups = append(groups, fmt.Sprintf(`{"GroupId": "sg-%d", "VpcId": "vpc-1", "IpPermissions": [%s], "IpPermissionsEgress": [%s]}`, i, strings.Join(in, ","), strings.Join(out, ",")))
	}
	return `{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
		"Subnets": [` + strings.Join(subnets, ",") + `], "NetworkInterfaces": [` + strings.Join(interfaces, ",\n") + `], "SecurityGroups": [` + strings.Join(groups, ",\n") + `],
		"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}]}],
		"NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true, "Associations": [` + associations(len(subnets)) + `], "Entries": [
			{"RuleNumber": 100, "Egress": false, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}, {"RuleNumber": 100, "Egress": true, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}]}]}`
}

func associations(subnets int) string {
	var all []string
	for i := range subnets {
		all = append(all, fmt.Sprintf(`{"SubnetId": "subnet-%d"}`, i))
	}
	return strings.Join(all, ",")
}

func (s size) address(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 0, byte(i / 250), byte(4 + i%250)})
}

func (s size) flow(from, to int) reachability.Flow {
	return reachability.Flow{From: reachability.Source{ENI: fmt.Sprintf("eni-%d", from)}, To: s.address(to), Protocol: tcp, Port: 5432}
}

// flows is a sample of pairs, of which some are blocked.
func (s size) flows() []reachability.Flow {
	var all []reachability.Flow
	for i := range 512 {
		all = append(all, s.flow(i*37%s.interfaces, (i*91+s.interfaces/2)%s.interfaces))
	}
	return all
}

// scan is the floor of a trace: no reading of the rules can do with less than
// to compare a packet with each rule of the two interfaces' groups that stands
// before the deciding one.
type scan struct {
	protocol, from, to int
	block              netip.Prefix
}

func scans(n *vpc.Network) []scan {
	var all []scan
	for _, g := range n.SecurityGroups[:1] {
		for _, p := range append(g.IPPermissions, g.IPPermissionsEgress...) {
			one := scan{protocol: tcp, from: *p.FromPort, to: *p.ToPort}
			for _, r := range p.IPRanges {
				one.block = netip.MustParsePrefix(r.CidrIP)
			}
			all = append(all, one)
		}
	}
	return all
}

func scanned(rules []scan, to netip.Addr) (hits int) {
	for i := range rules {
		if r := &rules[i]; r.protocol == tcp && r.from <= 5432 && 5432 <= r.to && r.block.Contains(to) {
			hits++
		}
	}
	return hits
}

func loaded(b *testing.B, text string) *vpc.Network {
	b.Helper()
	var d vpc.Decoder
	if err := d.Decode("world", strings.NewReader(text)); err != nil {
		b.Fatal(err)
	}
	return d.Network()
}

// processor is the time that this process has spent on processors. The limits
// are those of one core, and a machine may be busy with something else.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// within reports the processor time of an operation, and fails where it is more
// than the limit of this size.
func within(b *testing.B, since time.Duration, limit time.Duration, s size) {
	b.Helper()
	took := (processor(b) - since) / time.Duration(b.N)
	b.ReportMetric(float64(took.Nanoseconds()), "cpu-ns/op")
	if s == sizes[1] && took > limit && b.N > 1 {
		b.Errorf("%v of a processor, at most %v is wanted", took, limit)
	}
}

// One question: at most 50 µs in a VPC of 1,000 interfaces with 20,000 rules.
func BenchmarkTrace(b *testing.B) {
	for _, s := range sizes {
		n := loaded(b, s.document())
		b.Run(s.String(), func(b *testing.B) {
			a, flows, i := reachability.New(n), s.flows(), 0
			b.ReportAllocs()
			start := processor(b)
			for b.Loop() {
				a.Trace(flows[i%len(flows)])
				i++
			}
			within(b, start, 50*time.Microsecond, s)
		})
		b.Run(s.String()+"/floor=scan", func(b *testing.B) {
			rules, to := scans(n), s.address(7)
			start := processor(b)
			for b.Loop() {
				scanned(rules, to)
			}
			within(b, start, time.Second, s)
		})
	}
}

// All pairs of 200 interfaces on one port: at most half a second of one core,
// and 100 MB.
func BenchmarkAllPairs(b *testing.B) {
	for _, count := range []int{50, 200, 400} {
		s := sizes[1]
		n := loaded(b, s.document())
		b.Run(fmt.Sprintf("pairs=%dx%d", count, count), func(b *testing.B) {
			a := reachability.New(n)
			b.ReportAllocs()
			start := processor(b)
			for b.Loop() {
				for i := range count {
					askRow(a, s, i, count)
				}
			}
			took := (processor(b) - start) / time.Duration(b.N)
			peak := heapPeak(a, s, count)
			b.ReportMetric(took.Seconds(), "cpu-s/op")
			b.ReportMetric(peak, "MB-peak")
			if count == 200 && (took > 500*time.Millisecond || peak > 100) {
				b.Errorf("%v of a processor and %.0f MB, at most 0.5 s and 100 MB are wanted", took, peak)
			}
		})
		b.Run(fmt.Sprintf("pairs=%dx%d/floor=scan", count, count), func(b *testing.B) {
			rules := scans(n)
			start := processor(b)
			for b.Loop() {
				for i := range count * count {
					scanned(rules, s.address(i%count))
				}
			}
			b.ReportMetric(((processor(b) - start) / time.Duration(b.N)).Seconds(), "cpu-s/op")
		})
	}
}

// askRow asks how one interface gets to each of the first ones, and keeps of an
// answer no more than "probe reach --all-pairs" has left of it in a file.
func askRow(a *reachability.Analysis, s size, from, count int) (blocked int) {
	for to := range count {
		if _, stopped := a.Trace(s.flow(from, to)).Deciding(); stopped {
			blocked++
		}
	}
	return blocked
}

// heapPeak is the most memory in megabytes that the process's heap takes, with
// the network that is asked about, looked at after every row.
func heapPeak(a *reachability.Analysis, s size, count int) float64 {
	var peak uint64
	for i := range count {
		askRow(a, s, i, count)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
	}
	return float64(peak) / 1e6
}

// Loading, from the text to the first question: at most a second. Its floor is
// encoding/json's reading of the same text into maps.
func BenchmarkLoad(b *testing.B) {
	for _, s := range sizes {
		text := s.document()
		b.Run(s.String(), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			start := processor(b)
			for b.Loop() {
				reachability.New(loaded(b, text))
			}
			within(b, start, time.Second, s)
		})
		b.Run(s.String()+"/floor=json", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			start := processor(b)
			for b.Loop() {
				var anything any
				if err := json.Unmarshal([]byte(text), &anything); err != nil {
					b.Fatal(err)
				}
			}
			within(b, start, time.Minute, s)
		})
	}
}
