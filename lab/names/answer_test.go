package names_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/lab/names"
	"github.com/agentcore-probe/probe/lab/world"
)

const (
	agentcore = "bedrock-agentcore.us-east-1.amazonaws.com."
	orders    = "orders.c9zq4xw1vtkf.us-east-1.rds.amazonaws.com."
)

// ask asks a host's first service and returns the rcode and the answers' data;
// "silence" for none.
func ask(t *testing.T, patch, host, name string, kind uint16) []string {
	t.Helper()
	return askPattern(t, "private", patch, host, name, kind)
}

func askPattern(t *testing.T, pattern, patch, host, name string, kind uint16) []string {
	t.Helper()
	w, err := world.Healthy(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if patch != "" {
		if w, err = w.Patch(json.RawMessage("[" + patch + "]")); err != nil {
			t.Fatal(err)
		}
	}
	h, ok := w.Lab().Host(host)
	if !ok {
		t.Fatalf("no host %q", host)
	}
	m := names.Answer(w, h, h.Services[0], new(dns.Msg).SetQuestion(name, kind))
	if m == nil {
		return []string{"silence"}
	}
	got := []string{dns.RcodeToString[m.Rcode]}
	for _, r := range m.Answer {
		switch r := r.(type) {
		case *dns.A:
			got = append(got, r.A.String())
		case *dns.NS:
			got = append(got, r.Ns)
		}
	}
	return got
}

func TestAnswers(t *testing.T) {
	private := []string{"NOERROR", "10.0.11.10", "10.0.12.10"}
	front := []string{"NOERROR", "198.51.100.10", "198.51.100.11"}
	servers := []string{"NOERROR", "ns1.amzndns.com.", "ns2.amzndns.com."}
	for _, c := range []struct {
		about, patch, host, name string
		kind                     uint16
		want                     []string
	}{
		{"private DNS", "", "vpc-resolver", agentcore, dns.TypeA, private},
		{"case does not matter", "", "vpc-resolver", "Bedrock-AgentCore.us-east-1.amazonaws.COM.", dns.TypeA, private},
		{"no IPv6", "", "vpc-resolver", agentcore, dns.TypeAAAA, []string{"NOERROR"}},
		{"the gateway's names are shadowed", "", "vpc-resolver", "g.gateway." + agentcore, dns.TypeA, []string{"NXDOMAIN"}},
		{"private DNS off", `{"op":"replace","path":"/VpcEndpoints/0/PrivateDnsEnabled","value":false}`, "vpc-resolver", agentcore, dns.TypeA, front},
		{"endpoint pending", `{"op":"replace","path":"/VpcEndpoints/0/State","value":"pending"}`, "vpc-resolver", agentcore, dns.TypeA, front},
		{"host names off", `{"op":"replace","path":"/VpcAttributes/0/EnableDnsHostnames/Value","value":false}`, "vpc-resolver", agentcore, dns.TypeA, front},
		{"DNS support off", `{"op":"replace","path":"/VpcAttributes/0/EnableDnsSupport/Value","value":false}`, "vpc-resolver", agentcore, dns.TypeA, []string{"silence"}},
		{"a database", "", "vpc-resolver", orders, dns.TypeA, []string{"NOERROR", "10.0.21.10"}},
		{"an API", "", "vpc-resolver", "ec2.us-east-1.amazonaws.com.", dns.TypeA, []string{"NOERROR", "198.51.100.20"}},
		{"nothing", "", "vpc-resolver", "nothing.us-east-1.amazonaws.com.", dns.TypeA, []string{"NXDOMAIN"}},
		{"nothing elsewhere", "", "vpc-resolver", "nothing.example.", dns.TypeA, []string{"NXDOMAIN"}},
		{"something between", "", "vpc-resolver", "us-east-1.rds.amazonaws.com.", dns.TypeA, []string{"NOERROR"}},
		{"who serves the zone", "", "vpc-resolver", "us-east-1.amazonaws.com.", dns.TypeNS, servers},
		{"the server's address", "", "vpc-resolver", "ns2.amzndns.com.", dns.TypeA, []string{"NOERROR", "203.0.113.54"}},
		{"public truth", "", "name-servers", agentcore, dns.TypeA, front},
		{"not their zone", "", "name-servers", "ns1.amzndns.com.", dns.TypeA, []string{"REFUSED"}},
		{"public resolver", "", "public-resolver", agentcore, dns.TypeA, front},
		{"nxdomain", `{"op":"add","path":"/Lab/Hosts/7/DNS","value":[{"Name":"` + orders[:len(orders)-1] + `","Answer":"nxdomain"}]}`, "vpc-resolver", orders, dns.TypeA, []string{"NXDOMAIN"}},
		{"sinkhole", `{"op":"add","path":"/Lab/Hosts/7/DNS","value":[{"Name":"*","Answer":"addresses","Addresses":["192.0.2.99"]}]}`, "vpc-resolver", orders, dns.TypeA, []string{"NOERROR", "192.0.2.99"}},
		{"silence", `{"op":"add","path":"/Lab/Hosts/7/DNS","value":[{"Name":"*","Answer":"silence"}]}`, "vpc-resolver", orders, dns.TypeA, []string{"silence"}},
	} {
		if d := cmp.Diff(c.want, ask(t, c.patch, c.host, c.name, c.kind)); d != "" {
			t.Errorf("%s: %s", c.about, d)
		}
	}
}

// A zone's denial carries its SOA record (RFC 2308, 3); a firewall's does not.
func TestDenials(t *testing.T) {
	for _, c := range []struct {
		override string
		want     int
	}{
		{`"Answer":"nxdomain"`, 1},
		{`"Answer":"nodata"`, 1},
		{`"Answer":"nxdomain","Forged":true`, 0},
		{`"Answer":"nodata","Forged":true`, 0},
		{`"Answer":"servfail"`, 0},
	} {
		w, err := world.Healthy("private")
		if err != nil {
			t.Fatal(err)
		}
		w, err = w.Patch(json.RawMessage(`[{"op":"add","path":"/Lab/Hosts/7/DNS","value":[{"Name":"*",` + c.override + `}]}]`))
		if err != nil {
			t.Fatal(err)
		}
		h, _ := w.Lab().Host("vpc-resolver")
		m := names.Answer(w, h, h.Services[0], new(dns.Msg).SetQuestion(orders, dns.TypeA))
		if len(m.Ns) != c.want {
			t.Errorf("%s: %v, want %d records", c.override, m.Ns, c.want)
		}
	}
}

func TestAnswersInTheIsolatedVPC(t *testing.T) {
	const domain = ".us-east-1.amazonaws.com."
	s3 := []string{"NOERROR", "198.51.100.65", "198.51.100.66"}
	for _, c := range []struct {
		name string
		kind uint16
		want []string
	}{
		{"api.ecr" + domain, dns.TypeA, []string{"NOERROR", "10.0.11.11", "10.0.12.11"}},
		{"123456789012.dkr.ecr" + domain, dns.TypeA, []string{"NOERROR", "10.0.11.12", "10.0.12.12"}},
		{"123456789012.dkr.ecr" + domain, dns.TypeAAAA, []string{"NOERROR"}},
		{"dkr.ecr" + domain, dns.TypeA, []string{"NOERROR"}}, // the wildcard is below it
		{"logs" + domain, dns.TypeA, []string{"NOERROR", "10.0.11.13", "10.0.12.13"}},
		{"sts" + domain, dns.TypeA, []string{"NOERROR", "10.0.11.16", "10.0.12.16"}},
		{"sts.amazonaws.com.", dns.TypeA, []string{"NOERROR", "198.51.100.22"}}, // the global name stays public
		{"bedrock-agentcore-control" + domain, dns.TypeA, []string{"NOERROR", "10.0.11.17", "10.0.12.17"}},
		{"s3" + domain, dns.TypeA, s3}, // a gateway endpoint has no private name
		{"prod-us-east-1-starport-layer-bucket.s3" + domain, dns.TypeA, s3},
		{"dynamodb" + domain, dns.TypeA, []string{"NOERROR", "198.51.100.81"}},
		{"api.weather.example.", dns.TypeA, []string{"NOERROR", "203.0.113.80"}},
	} {
		if d := cmp.Diff(c.want, askPattern(t, "isolated", "", "vpc-resolver", c.name, c.kind)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// "Centralized access to VPC private endpoints": a private hosted zone that the
// hub's endpoint does not make itself is associated with the VPCs.
func TestAnswersOfASharedZone(t *testing.T) {
	const name = "bedrock-agentcore.us-east-1.amazonaws.com."
	for patch, want := range map[string][]string{
		``: {"NOERROR", "10.8.11.10", "10.8.12.10"},
		`{"op":"remove","path":"/Lab/Zones/0/VpcIds/0"}`: {"NOERROR", "198.51.100.10", "198.51.100.11"},
	} {
		if diff := cmp.Diff(want, askPattern(t, "hub", patch, "vpc-resolver", name, dns.TypeA)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", patch, diff)
		}
	}
}

func TestPrivateNames(t *testing.T) {
	for service, want := range map[string]string{
		"com.amazonaws.us-east-1.bedrock-agentcore":         "bedrock-agentcore.us-east-1.amazonaws.com",
		"com.amazonaws.us-east-1.ecr.api":                   "api.ecr.us-east-1.amazonaws.com",
		"com.amazonaws.us-east-1.ecr.dkr":                   "*.dkr.ecr.us-east-1.amazonaws.com",
		"com.amazonaws.eu-west-1.bedrock-agentcore.gateway": "*.gateway.bedrock-agentcore.eu-west-1.amazonaws.com",
	} {
		if d := cmp.Diff([]string{want}, names.PrivateNames(service)); d != "" {
			t.Errorf("%s: %s", service, d)
		}
	}
}
