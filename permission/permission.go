// Package permission says what the role of a probe must be allowed, and no more.
package permission

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
	"github.com/agentcore-probe/probe/probes/invoke"
	"github.com/agentcore-probe/probe/probes/service"
)

// Policy is an identity-based policy of IAM ("IAM JSON policy elements
// reference", IAM User Guide).
type Policy struct {
	Version   string
	Statement []Statement
}

// Statement is a statement of a Policy. Its Sid says what it is for.
type Statement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource []string
}

// anyRuntime stands for the runtimes that are discovered, with their endpoints,
// whose ARNs begin with the runtime's. It would let the probe invoke the runtime
// that does not exist too, whose denial shows that policies are asked before
// anything is looked up: that one is denied.
const anyRuntime = "arn:*:bedrock-agentcore:*:*:runtime/*"

// For is the least policy with which nothing that c wants stays unread or
// unproven. Nothing of it changes anything, but a session that a real invocation
// has started is stopped.
func For(c config.Config) Policy {
	p := Policy{Version: "2012-10-17"}
	p.allow("ReadConfiguration", inventory.Actions(), "*")
	p.allow("AskWhoChanged", []string{inventory.LookupAction}, "*") // nothing is unread without it, but who changed what
	if roles := elsewhere(c); len(roles) > 0 {
		p.allow("ReadOtherAccounts", []string{"sts:AssumeRole"}, roles...)
	}
	if c.Invoke.Level == config.LevelReach { // nothing is signed but what reads the configuration
		return p
	}
	if runtimes := signed(c); len(runtimes) > 0 {
		actions := []string{"bedrock-agentcore:InvokeAgentRuntime"}
		if c.Invoke.Level == config.LevelInvoke {
			actions = append(actions, "bedrock-agentcore:StopRuntimeSession")
		}
		p.allow("Invoke", actions, runtimes...)
		if slices.Contains(runtimes, anyRuntime) {
			p.Statement = append(p.Statement, Statement{"ProveThatPoliciesComeFirst", "Deny", actions[:1], []string{"arn:*:bedrock-agentcore:*:*:" + invoke.ControlRuntime + "*"}})
		}
	}
	services := slices.Clone(c.Services)
	if inVPC(c) {
		services = append(services, plan.Essential()...)
		p.allow("ReadOneImageLayer", service.LayerActions(), "arn:*:ecr:*:*:repository/*")
	}
	var reads []string
	for _, name := range services {
		if action := service.Action(name); action != "" && !slices.Contains(inventory.Actions(), action) {
			reads = append(reads, action)
		}
	}
	p.allow("AskServices", reads, "*")
	return p
}

// WriteJSON writes the policy as one indented JSON document.
func (p Policy) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(p)
}

func (p *Policy) allow(sid string, actions []string, resources ...string) {
	if len(actions) == 0 {
		return
	}
	slices.Sort(actions)
	p.Statement = append(p.Statement, Statement{sid, "Allow", slices.Compact(actions), resources})
}

// elsewhere are the roles of other accounts. Each needs what
// reads Amazon EC2 and Amazon RDS itself.
func elsewhere(c config.Config) []string {
	var roles []string
	for _, a := range c.Accounts {
		roles = append(roles, a.Role)
	}
	slices.Sort(roles)
	return slices.Compact(roles) // one may be for two Regions
}

// signed are the runtimes that are invoked with a signature, as resources. A
// runtime that takes bearer tokens knows no IAM principal.
func signed(c config.Config) []string {
	if len(c.Runtimes) == 0 {
		return []string{anyRuntime}
	}
	var all []string
	for _, r := range c.Runtimes {
		if r.Token == (config.Token{}) {
			all = append(all, r.ARN, r.ARN+"/runtime-endpoint/*")
		}
	}
	return all
}

// inVPC reports whether an agent may stand in a VPC, where it pulls its image and
// writes its logs from.
func inVPC(c config.Config) bool {
	if len(c.Runtimes) == 0 {
		return c.Pattern != netpath.PatternPublic
	}
	return slices.ContainsFunc(c.Runtimes, func(r config.Runtime) bool {
		pattern := r.Pattern
		if pattern == "" {
			pattern = c.Pattern
		}
		return pattern != netpath.PatternPublic
	})
}
