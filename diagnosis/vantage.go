package diagnosis

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
)

// enterVantage records a vantage that was meant to stand beside the agent and
// does not: it has the subnet or the security groups of one of the agent's
// interfaces and not both of any, or both and is shut out alone, by a rule that names
// addresses. One that has neither is a caller.
func (b *ledger) enterVantage(in Input) {
	for _, c := range in.Cases {
		if c.Path.Kind == netpath.KindInvoke || slices.ContainsFunc(c.Config, Config.measured) {
			continue
		}
		if i := slices.IndexFunc(c.Config, Config.beside); i >= 0 {
			if !slices.ContainsFunc(c.Config, Config.blocked) { // else that is the path's own finding
				b.record(ofVantage("probe/shut-out-alone", in.Vantage, c, c.Config[i].Apart))
			}
			continue
		}
		partly := func(e Config) bool { return e.SameSubnet || e.SameGroups }
		if slices.ContainsFunc(c.Config, partly) {
			b.record(ofVantage("probe/not-the-agents-vantage", in.Vantage, c, ""))
			return
		}
	}
}

// blocked reports whether a rule or a route stops the source's packets.
func (c Config) blocked() bool {
	for name, h := range c.Hops {
		if isNetwork(name) && h.Status == netpath.StatusFail {
			return true
		}
	}
	return false
}

func ofVantage(code string, from netpath.Vantage, c Case, why string) netpath.Finding {
	entry, _ := catalogue.Find(code)
	facts := netpath.Facts{
		"why": why, "address": from.Address.String(),
		"eni": from.ENI, "subnet": from.Subnet, "groups": strings.Join(from.SecurityGroups, ", "),
		"agent_enis": strings.Join(c.Path.Source.ENIs, ", "),
	}
	return netpath.Finding{
		Code: entry.Code, Severity: entry.Severity, Path: c.Path.ID, Component: from.ENI,
		Summary: entry.Sentence(facts), Evidence: facts, Fix: catalogue.Commands(entry.Fix, facts),
	}
}
