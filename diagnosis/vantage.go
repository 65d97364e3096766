package diagnosis

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

// enterVantage records a vantage that was meant to stand beside the agent and
// does not: it has the subnet or the security groups of one of the agent's
// interfaces and not both of any. One that has neither is a caller.
func (b *ledger) enterVantage(in Input) {
	for _, c := range in.Cases {
		if c.Path.Kind == netpath.KindInvoke || slices.ContainsFunc(c.Config, Config.measured) {
			continue
		}
		beside := func(e Config) bool { return e.SameSubnet || e.SameGroups }
		if slices.ContainsFunc(c.Config, beside) {
			b.record(notTheAgents(in.Vantage, c))
			return
		}
	}
}

func notTheAgents(from netpath.Vantage, c Case) netpath.Finding {
	entry, _ := catalogue.Find("probe/not-the-agents-vantage")
	facts := netpath.Facts{
		"eni": from.ENI, "subnet": from.Subnet, "groups": strings.Join(from.SecurityGroups, ", "),
		"agent_enis": strings.Join(c.Path.Source.ENIs, ", "),
	}
	return netpath.Finding{
		Code: entry.Code, Severity: entry.Severity, Path: c.Path.ID, Component: from.ENI,
		Summary: entry.Sentence(facts), Evidence: facts, Fix: catalogue.Commands(entry.Fix, facts),
	}
}
