package diagnosis_test

import (
	"fmt"
	"testing"

	"github.com/agentcore-probe/probe/diagnosis"
	"github.com/agentcore-probe/probe/netpath"
)

// A thousand broken paths, each with a cause of its own.
func BenchmarkJudge(b *testing.B) {
	var in diagnosis.Input
	for i := range 1000 {
		group := fmt.Sprintf("sg-%d", i)
		c := at(database(), found, timesOut, networkPasses.but(netpath.HopDestSG, config("sg/ingress-missing", group, "group", group, "port", "5432", "protocol", "tcp", "source_cidr", "10.0.1.10/32", "region", "us-east-1")), one)
		c.Path.ID = fmt.Sprintf("db/%d", i)
		in.Cases = append(in.Cases, c)
	}
	for b.Loop() {
		diagnosis.Judge(in)
	}
}
