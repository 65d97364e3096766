package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// patternOf is the pattern that a runtime must satisfy and where that comes
// from: the configuration, or what AWS's own configuration shows was meant.
func (p *planner) patternOf(r runtime) (netpath.Pattern, string) {
	switch {
	case r.Pattern != "":
		return r.Pattern, fmt.Sprintf("pattern %s of the runtime in the configuration, line %d", r.Pattern, r.Line)
	case p.config.Pattern != "":
		return p.config.Pattern, fmt.Sprintf("pattern %s in the configuration", p.config.Pattern)
	case r.known == nil:
		return netpath.PatternVPC, "nothing is known of the runtime: its front is taken to be public"
	}
	pattern, because := p.infer(r)
	return pattern, fmt.Sprintf("pattern %s, inferred: %s", pattern, because)
}

func (p *planner) infer(r runtime) (netpath.Pattern, string) {
	guarded := p.guardedByPolicy(r.ARN)
	switch {
	case r.known.NetworkConfiguration.NetworkMode != "VPC" && !guarded:
		return netpath.PatternPublic, "network mode PUBLIC, and no resource policy that speaks of endpoints"
	case r.known.NetworkConfiguration.NetworkMode == "VPC" && p.isolated(*r.known):
		return netpath.PatternIsolated, "no route of the agent's subnets leads to the internet"
	case guarded:
		return netpath.PatternPrivate, "a resource policy that speaks of the VPC or its endpoint"
	case p.endpointFor(r) != nil:
		return netpath.PatternPrivate, "an interface endpoint for the data plane"
	}
	return netpath.PatternVPC, "network mode VPC, no endpoint for the data plane, no resource policy that speaks of one"
}

// guardedByPolicy reports whether a policy of the runtime or of its endpoints
// mentions where a request comes from.
func (p *planner) guardedByPolicy(arn string) bool {
	return slices.ContainsFunc(p.network.ResourcePolicies, func(rp vpc.ResourcePolicy) bool {
		mine := rp.ResourceARN == arn || strings.HasPrefix(rp.ResourceARN, arn+"/")
		text := strings.ToLower(rp.Policy)
		return mine && (strings.Contains(text, "aws:sourcevpc") || strings.Contains(text, "aws:vpcsourceip"))
	})
}

// isolated reports whether no subnet of the runtime has a default route. Tables
// that were not read isolate nothing.
func (p *planner) isolated(r vpc.Runtime) bool {
	if !p.network.Has("RouteTables") || r.NetworkConfiguration.NetworkModeConfig == nil {
		return false
	}
	return !slices.ContainsFunc(r.NetworkConfiguration.NetworkModeConfig.Subnets, p.leadsOut)
}

// leadsOut reports whether a subnet's table has a default route, or is not
// known.
func (p *planner) leadsOut(subnet string) bool {
	table := p.network.RouteTable(subnet)
	return table == nil || slices.ContainsFunc(table.Routes, func(r vpc.Route) bool {
		return isDefault(r.DestinationCidrBlock) || isDefault(r.DestinationIpv6CidrBlock)
	})
}

func isDefault(cidr string) bool {
	prefix, err := netip.ParsePrefix(cidr)
	return err == nil && prefix.Bits() == 0
}
