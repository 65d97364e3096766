package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// runtime is a runtime to prove: what the configuration says of it, joined with
// what AWS says.
type runtime struct {
	config.Runtime
	name  string // for path ids
	known *vpc.Runtime
	vpc   string // where its agent has ENIs; "" for public mode or unknown
}

// network is where the runtime's agent stands; nil where it is in no VPC, or was
// not read.
func (r runtime) network() *vpc.VPCConfig {
	if r.known == nil {
		return nil
	}
	return r.known.NetworkConfiguration.NetworkModeConfig
}

// runtimes are the configured ones, or where none is, those of the vantage's VPC.
func (p *planner) runtimes() []runtime {
	configured := p.config.Runtimes
	if len(configured) == 0 {
		configured = p.discovered()
	}
	var all []runtime
	for _, c := range configured {
		if c.Qualifier == "" {
			c.Qualifier = vpc.DefaultEndpoint
		}
		r := runtime{Runtime: c, name: nameInARN(c.ARN), known: p.network.Runtime(c.ARN)}
		if r.known != nil {
			r.vpc = p.vpcOf(*r.known)
		}
		all = append(all, r)
	}
	disambiguate(all)
	return all
}

// discovered lists the runtimes that concern the vantage's VPC.
func (p *planner) discovered() []config.Runtime {
	var found []config.Runtime
	for _, r := range p.network.Runtimes {
		where := p.vpcOf(r)
		if where != "" && p.from.VPC != "" && where != p.from.VPC {
			p.note(fmt.Sprintf("runtime %s has its ENIs in %s and is not checked from here: name it under runtimes to check it anyway", r.Name, where))
			continue
		}
		found = append(found, config.Runtime{ARN: r.ARN})
	}
	if len(found) == 0 {
		p.note("no runtime is known: name one under runtimes in a configuration file")
	}
	return found
}

// disambiguate gives runtimes of the same name their ids.
func disambiguate(all []runtime) {
	count := map[string]int{}
	for _, r := range all {
		count[r.name]++
	}
	for i, r := range all {
		if count[r.name] > 1 {
			all[i].name = idInARN(r.ARN)
		}
	}
}

// idInARN is the last part of an ARN: a runtime's id.
func idInARN(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// nameInARN is the runtime's name: its id without the dash and ten characters
// that AgentCore appends (API reference, CreateAgentRuntime, agentRuntimeId).
// It is taken from the ARN alone, so that a path keeps its id when the
// configuration cannot be read.
func nameInARN(arn string) string {
	id := idInARN(arn)
	if dash := strings.LastIndexByte(id, '-'); dash > 0 && len(id)-dash-1 == 10 {
		return id[:dash]
	}
	return id
}

// vpcOf is the VPC of a runtime's subnets, "" where it has none or they were
// not read.
func (p *planner) vpcOf(r vpc.Runtime) string {
	if r.NetworkConfiguration.NetworkModeConfig == nil {
		return ""
	}
	for _, id := range r.NetworkConfiguration.NetworkModeConfig.Subnets {
		if s := p.network.Subnet(id); s != nil {
			return s.VpcID
		}
	}
	return ""
}

// invokes plans the paths into a runtime.
func (p *planner) invokes(r runtime) {
	pattern, because := p.patternOf(r)
	endpoint := p.endpointFor(r)
	if shut(pattern) || endpoint != nil {
		if endpoint == nil {
			endpoint = p.hubEndpoint(r)
		}
		p.add(p.privateInvoke(r, endpoint, because))
	}
	expect := netpath.ExpectReachable
	if shut(pattern) {
		expect = netpath.ExpectDenied
	}
	p.add(p.invoke(r, netpath.RoutePublic, expect, because))
}

// shut reports whether a pattern wants the public front closed.
func shut(p netpath.Pattern) bool {
	return p == netpath.PatternPrivate || p == netpath.PatternIsolated
}

func (p *planner) invoke(r runtime, route netpath.Route, expect netpath.Expectation, because string) netpath.Path {
	authorizer, accepts := authorizerOf(r)
	return netpath.Path{
		ID:      "invoke/" + r.name + "/" + string(route),
		Kind:    netpath.KindInvoke,
		Route:   route,
		Expect:  expect,
		Because: because,
		Source:  netpath.Source{ENIs: p.own()},
		Target: netpath.Target{
			Component:  r.ARN,
			Name:       "bedrock-agentcore." + regionOf(r.ARN) + ".amazonaws.com",
			Port:       443,
			Protocol:   netpath.ProtocolHTTPS,
			RuntimeARN: r.ARN,
			Qualifier:  r.Qualifier,
			Authorizer: authorizer,
			Accepts:    accepts,
			Declared:   cmp.Or(r.Pattern, p.config.Pattern),
		},
	}
}

// authorizerOf is how the runtime knows its callers. One whose configuration
// was not read takes tokens where the configuration has one for it.
func authorizerOf(r runtime) (netpath.Authorizer, netpath.Claims) {
	switch {
	case r.known == nil && r.Token != config.Token{}:
		return netpath.AuthorizerJWT, netpath.Claims{}
	case r.known == nil || r.known.AuthorizerConfiguration == nil || r.known.AuthorizerConfiguration.CustomJWTAuthorizer == nil:
		return netpath.AuthorizerSigV4, netpath.Claims{}
	}
	a := r.known.AuthorizerConfiguration.CustomJWTAuthorizer
	issuer := strings.TrimSuffix(a.DiscoveryURL, "/.well-known/openid-configuration") // OpenID Connect Discovery 1.0, section 4
	return netpath.AuthorizerJWT, netpath.Claims{Issuer: issuer, Audiences: a.AllowedAudience, Clients: a.AllowedClients}
}

func (p *planner) privateInvoke(r runtime, endpoint *vpc.Endpoint, because string) netpath.Path {
	path := p.invoke(r, netpath.RoutePrivate, netpath.ExpectReachable, because)
	if endpoint != nil {
		path.Target.Endpoint = endpoint.VpcEndpointID
		if addresses, all := p.network.EndpointAddresses(endpoint.VpcEndpointID); all {
			path.Target.Addresses = addresses
		}
	}
	return path
}

// own are the vantage's ENIs: who invokes is where the probe stands.
func (p *planner) own() []string {
	if p.from.ENI == "" {
		return nil
	}
	return []string{p.from.ENI}
}

// endpointFor is the interface endpoint of the data plane in the vantage's VPC,
// else in the runtime's.
func (p *planner) endpointFor(r runtime) *vpc.Endpoint {
	for _, where := range []string{p.from.VPC, r.vpc} {
		if found := p.network.EndpointsFor(where, "bedrock-agentcore", "Interface"); where != "" && len(found) > 0 {
			return found[0]
		}
	}
	return nil
}

// hubEndpoint is the interface endpoint of the data plane in a VPC that is joined
// with the vantage's, else with the runtime's, where there is one only: of
// several, only the name's answer tells which is meant. One whose private DNS is
// on is its own VPC's ("Centralized access to VPC private endpoints", Building a
// Scalable and Secure Multi-VPC AWS Network Infrastructure).
func (p *planner) hubEndpoint(r runtime) *vpc.Endpoint {
	for _, where := range []string{p.from.VPC, r.vpc} {
		var found []*vpc.Endpoint
		for _, hub := range p.network.Joined(where) {
			found = append(found, p.network.EndpointsFor(hub, "bedrock-agentcore", "Interface")...)
		}
		found = slices.DeleteFunc(found, func(e *vpc.Endpoint) bool { return e.PrivateDNSEnabled })
		if len(found) == 1 {
			return found[0]
		}
	}
	return nil
}

// regionOf is the fourth field of an ARN.
func regionOf(arn string) string {
	fields := strings.SplitN(arn, ":", 5)
	if len(fields) < 5 {
		return ""
	}
	return fields[3]
}
