package running_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/world"
)

func TestEveryPatternRuns(t *testing.T) {
	for _, pattern := range world.Patterns() {
		t.Run(pattern, func(t *testing.T) {
			m, err := ask(t, startPattern(t, pattern, ""), "udp", "10.0.0.2:53", agentcore)
			if err != nil || len(answers(m)) != 2 {
				t.Errorf("the resolver says %v, %v", m, err)
			}
		})
	}
}

func TestEveryRuntimeHasAContainer(t *testing.T) {
	got := map[string]string{}
	for _, pattern := range world.Patterns() {
		w, err := world.Healthy(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, rt := range w.Network().Runtimes {
			host, port, ok := running.ContainerOf(w, rt.ARN[strings.LastIndex(rt.ARN, "/")+1:])
			if !ok || port == 0 {
				t.Errorf("%s: none for %s", pattern, rt.ARN)
			}
			got[pattern+" "+rt.Name] = host
		}
		if _, _, ok := running.ContainerOf(w, "nobody-0123456789"); ok {
			t.Errorf("%s: one for a runtime that is not there", pattern)
		}
	}
	want := map[string]string{"hub support": "agent-a", "isolated support": "agent-a", "private support": "agent-a", "public support": "agent", "vpc support": "agent-a"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAServiceSeesWhichGatewayEndpointWasUsed(t *testing.T) {
	w, err := world.Healthy("isolated")
	if err != nil {
		t.Fatal(err)
	}
	s3, _ := w.Network().GatewayEndpoint(w.Network().VPCs[0].VpcID, "com.amazonaws.us-east-1.s3")
	for source, want := range map[string]aws.Arrival{
		"10.0.1.20:40000":  {Endpoint: s3.VpcEndpointID, VPC: s3.VpcID},
		"192.0.2.10:40000": {}, // a public address
		"10.0.1.99:40000":  {}, // nobody's
	} {
		if d := cmp.Diff(want, running.ArrivalFrom(w, source, "s3")); d != "" {
			t.Errorf("%s: %s", source, d)
		}
	}
}
