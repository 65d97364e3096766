package reachability_test

import (
	_ "embed"
	"net/netip"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

//go:embed testdata/world.json
var healthy string

const (
	tcp, udp, icmp = 6, 17, 1

	agent    = "10.0.1.10"
	sidecar  = "10.0.1.20"
	endpoint = "10.0.11.10"
	database = "10.0.21.10"
	internet = "203.0.113.7"
	s3       = "198.51.100.200"
	resolver = "10.0.0.2"
)

// world is the healthy world with texts replaced: pairs of an old and a new
// one.
func world(t testing.TB, replace ...string) *vpc.Network {
	t.Helper()
	return decoded(t, healthy, replace...)
}

func decoded(t testing.TB, text string, replace ...string) *vpc.Network {
	t.Helper()
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("the world does not contain %s", replace[i])
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	var d vpc.Decoder
	if err := d.Decode("world", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	n := d.Network()
	n.Region = "us-east-1"
	return n
}

func flow(from, to string, protocol uint8, port uint16) reachability.Flow {
	return reachability.Flow{From: reachability.Source{Address: netip.MustParseAddr(from)}, To: netip.MustParseAddr(to), Protocol: protocol, Port: port}
}

// outcome is the part of a result that tables compare.
type outcome struct {
	Verdict          reachability.Verdict
	Hop              netpath.HopName
	Cause, Component string
}

func outcomeOf(r reachability.Result) outcome {
	hop, _ := r.Deciding()
	return outcome{r.Verdict, hop.Name, hop.Cause, hop.Component}
}

func reachable() outcome { return outcome{Verdict: reachability.VerdictReachable} }

func blocked(hop netpath.HopName, cause, component string) outcome {
	return outcome{reachability.VerdictBlocked, hop, cause, component}
}

func unknown(hop netpath.HopName, component string) outcome {
	return outcome{reachability.VerdictUnknown, hop, "", component}
}

func replaceRange(entry, ports string) string {
	head, _, _ := strings.Cut(entry, `"PortRange": `)
	return head + `"PortRange": ` + ports + "}"
}

func replaceBlock(entry, block string) string {
	return strings.Replace(entry, "10.0.0.0/16", block, 1)
}

func replaceState(route string) string { return strings.Replace(route, "active", "blackhole", 1) }

func exampleNetwork() *vpc.Network {
	var d vpc.Decoder
	if err := d.Decode("world", strings.NewReader(healthy)); err != nil {
		return nil
	}
	return d.Network()
}
