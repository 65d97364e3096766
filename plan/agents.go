package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// agents are the runtimes whose agents sit in the VPC, taken together: they
// share their interfaces, and what one of them needs is planned once. Where
// there are none, the vantage stands for them.
type agents struct {
	inVPC   bool     // there are any
	watched bool     // by a caller, whose packets say nothing about their way
	enis    []string // as far as they are known
	subnets []string
	vpc     string
	region  string
	account string
	pattern netpath.Pattern // the strictest of theirs
	because string          // where that comes from
	image   string          // the container image of one of them; "" where none is known
	code    bool            // none of them is a container: their code is a file in Amazon S3
	ownS3   bool            // AgentCore's own gateway to Amazon S3 serves every one of them
}

func (p *planner) agents(runtimes []runtime) agents {
	inVPC := slices.DeleteFunc(slices.Clone(runtimes), func(r runtime) bool { return !p.inVPC(r) })
	if len(inVPC) == 0 {
		return agents{enis: p.own(), vpc: p.from.VPC, subnets: []string{p.from.Subnet}, region: p.from.Region, account: p.from.Account}
	}
	a := agents{
		inVPC: true, watched: p.watched(inVPC), enis: p.agentENIs(inVPC), vpc: p.from.VPC,
		region: regionOf(inVPC[0].ARN), account: accountOf(inVPC[0].ARN), code: true, ownS3: true,
	}
	for _, r := range inVPC {
		pattern, because := p.patternOf(r)
		if a.pattern == "" || strictness(pattern) > strictness(a.pattern) {
			a.pattern, a.because = pattern, because
		}
		network := r.network()
		if network == nil {
			a.code, a.ownS3 = false, false
			continue
		}
		if c := r.known.Artifact.ContainerConfiguration; c != nil {
			a.image = cmp.Or(a.image, c.ContainerURI)
		}
		a.code = a.code && r.known.Artifact.CodeConfiguration != nil
		a.vpc = cmp.Or(r.vpc, a.vpc)
		a.subnets = append(a.subnets, network.Subnets...)
		a.ownS3 = a.ownS3 && ownS3(r.known)
	}
	slices.Sort(a.subnets)
	a.subnets = slices.Compact(a.subnets)
	return a
}

// beside are the runtimes whose agents' way out the vantage can speak of. A sidecar
// has the security groups of its own agent: where others have other groups, what
// they reach, and what they are meant to reach, is theirs. Where nobody has its
// groups it speaks of all.
func (p *planner) beside(runtimes []runtime) []runtime {
	own, others := []runtime{}, []runtime{}
	found := false
	for _, r := range runtimes {
		same := r.network() != nil && vpc.SameGroups(r.network().SecurityGroups, p.from.SecurityGroups)
		found = found || same
		if same || r.network() == nil {
			own = append(own, r)
		} else {
			others = append(others, r)
		}
	}
	if !found {
		return runtimes
	}
	for _, r := range others {
		p.note(fmt.Sprintf("runtime %s has other security groups than this probe: what its agent reaches is not checked from here, but by a probe that has them", r.name))
	}
	return own
}

// rollout is when runtimes began to be made without a gateway to Amazon S3 of
// AgentCore's ("VpcConfig", AgentCore Control Plane API Reference).
var rollout = time.Date(2026, time.May, 5, 0, 0, 0, 0, time.UTC)

// ownS3 reports whether AgentCore's own gateway loads a runtime's image and
// code, and not the VPC.
func ownS3(r *vpc.Runtime) bool {
	if set := r.NetworkConfiguration.NetworkModeConfig.RequireServiceS3Endpoint; set != nil {
		return *set
	}
	return r.CreatedAt != nil && r.CreatedAt.Before(rollout)
}

// inVPC reports whether a runtime's agent has interfaces in a VPC. Where the
// runtime was not read, a pattern that is written down tells.
func (p *planner) inVPC(r runtime) bool {
	if r.known != nil {
		return r.known.NetworkConfiguration.NetworkMode == "VPC"
	}
	if pattern := cmp.Or(r.Pattern, p.config.Pattern); pattern != "" {
		return pattern != netpath.PatternPublic
	}
	p.note(fmt.Sprintf("runtime %s was not read: whether its agent is in a VPC, and so which AWS services and which way out it needs, is not known", r.name))
	return false
}

// strictness ranks patterns: the later in the article's order, the stricter.
func strictness(pattern netpath.Pattern) int { return slices.Index(netpath.Patterns(), pattern) }

// watched reports whether the vantage is a caller; see calls.
func (p *planner) watched(inVPC []runtime) bool {
	known := slices.ContainsFunc(inVPC, func(r runtime) bool { return r.known != nil })
	return known && p.calls(inVPC)
}
