package policy

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// need is what an agent does at a service.
type need struct {
	action   string
	resource string // "" where it depends on the agent
	anybody  bool   // not by the agent's role: the request is signed by AWS
	cause    string // when it is denied
}

// needs are what every agent in a VPC does by itself ("Amazon ECR interface VPC
// endpoints", Amazon ECR User Guide, which also gives the least policy of the
// gateway endpoint; "IAM Permissions for AgentCore Runtime"). Layers are fetched
// by links that Amazon ECR has signed.
func needs(service, region string) need {
	switch service {
	case "ecr.api":
		return need{action: "ecr:GetAuthorizationToken", resource: "*", cause: denies}
	case "ecr.dkr":
		return need{action: "ecr:BatchGetImage", cause: denies}
	case "logs":
		return need{action: "logs:PutLogEvents", cause: denies}
	case "s3":
		return need{action: "s3:GetObject", resource: "arn:aws:s3:::prod-" + region + "-starport-layer-bucket/*", anybody: true, cause: "endpoint/policy-blocks-layers"}
	}
	return need{action: actionPrefix(service) + ":*", cause: denies}
}

const denies = "endpoint/policy-denies"

// actionPrefix is how actions of a service begin, where that is not its name in
// the endpoint ("Actions, resources, and condition keys", Service Authorization
// Reference).
func actionPrefix(service string) string {
	switch service {
	case "bedrock-runtime":
		return "bedrock"
	case "monitoring":
		return "cloudwatch"
	case "bedrock-agentcore-control":
		return "bedrock-agentcore"
	}
	return service
}

// serviceCall is what the agent does at a service, seen by the policy of the
// endpoint that it goes through.
type serviceCall struct {
	network  *vpc.Index
	path     netpath.Path
	endpoint *vpc.Endpoint
	need     need
	role     string // "" for anybody

	// perimeter: by aws:ResourceAccount the policy keeps to the customer's own account,
	// whose the bucket of the image layers is not.
	perimeter bool
}

// serviceEvidence judges the endpoint's policy for the agent's own roles: the
// first that is stopped decides, else the first that is unknown.
func serviceEvidence(x *vpc.Index, p netpath.Path) map[netpath.HopName]netpath.Evidence {
	if p.Route != netpath.RoutePrivate && p.Route != netpath.RouteGateway {
		return nil
	}
	k := serviceCall{network: x, path: p, endpoint: x.Endpoint(p.Target.Endpoint), need: needs(p.Target.Service, x.Region)}
	if p.Target.Service == "s3" && uploaded(x, p.Source.ENIs) {
		k.need = need{action: "s3:GetObject", cause: denies} // who fetches it, and from which bucket, is not documented
	}
	roles := rolesOf(x, p.Source.ENIs)
	if k.need.anybody {
		roles = []string{""}
	}
	worst := k.unjudged(roles)
	if worst.Status == "" {
		for _, role := range roles {
			k.role = role
			if e := k.judge(); worst.Status == "" || graver(e, worst) {
				worst = e
			}
		}
	}
	return map[netpath.HopName]netpath.Evidence{netpath.HopEndpointPolicy: worst}
}

func graver(a, b netpath.Evidence) bool {
	order := []netpath.Status{netpath.StatusPass, netpath.StatusUnknown, netpath.StatusFail}
	return slices.Index(order, a.Status) > slices.Index(order, b.Status)
}

// runtimesOf are the runtimes whose agents have some interfaces.
func runtimesOf(x *vpc.Index, enis []string) []*vpc.Runtime {
	var all []*vpc.Runtime
	for i := range x.Runtimes {
		r := &x.Runtimes[i]
		uses := func(id string) bool { eni := x.Interface(id); return eni != nil && r.Uses(eni) }
		if slices.ContainsFunc(enis, uses) {
			all = append(all, r)
		}
	}
	return all
}

// uploaded reports whether there are agents, and none of them is a container.
func uploaded(x *vpc.Index, enis []string) bool {
	all := runtimesOf(x, enis)
	return len(all) > 0 && !slices.ContainsFunc(all, func(r *vpc.Runtime) bool { return r.Artifact.CodeConfiguration == nil })
}

// rolesOf are the execution roles of the runtimes whose agents have some
// interfaces.
func rolesOf(x *vpc.Index, enis []string) []string {
	var roles []string
	for _, r := range runtimesOf(x, enis) {
		if r.RoleARN != "" && !slices.Contains(roles, r.RoleARN) {
			roles = append(roles, r.RoleARN)
		}
	}
	return roles
}

// unjudged is the evidence where there is nothing to judge; its status is ""
// where there is.
func (k serviceCall) unjudged(roles []string) netpath.Evidence {
	id := k.path.Target.Endpoint
	switch {
	case !k.network.Has("VpcEndpoints"):
		return unknown(id, "VPC endpoints were not read")
	case k.endpoint == nil:
		return unknown(id, "the endpoint is not in the inventory")
	case k.endpoint.PolicyDocument == "":
		return netpath.Evidence{Status: netpath.StatusPass, Component: id, Detail: "the default policy: full access"}
	case len(roles) == 0:
		return unknown(id, "the role of the agent was not read")
	}
	return netpath.Evidence{}
}

func (k serviceCall) judge() netpath.Evidence {
	d, err := Parse(k.endpoint.PolicyDocument)
	if err != nil {
		return unknown(k.endpoint.VpcEndpointID, "the endpoint's policy cannot be read: %v", err)
	}
	k.perimeter = d.namesOnly("aws:ResourceAccount", k.network.Account)
	o := d.outcome(k.request(k.need.action, k.need.resource))
	if k.need.resource == "" {
		o.allow = k.allowsSome(d)
	}
	e := netpath.Evidence{Component: k.endpoint.VpcEndpointID, Facts: k.facts(), Detail: "it lets " + k.who() + " do " + k.need.action}
	switch {
	case o.stops():
		e.Status, e.Cause, e.Detail = netpath.StatusFail, k.need.cause, "it does not let "+k.who()+" do "+k.need.action
		o.describe(e.Facts)
		if fixed, ok := k.mend(d, o); ok {
			e.Facts["fixed_policy"] = fixed.String()
		}
	case o.deny == kleene.Maybe || o.allow == kleene.Maybe:
		e.Status, e.Detail = netpath.StatusUnknown, "whether it lets "+k.who()+" do "+k.need.action+" cannot be decided"
	default:
		e.Status = netpath.StatusPass
	}
	return e
}

// namesOnly reports whether conditions on a key name one value and no other.
func (d Document) namesOnly(key, value string) bool {
	found := false
	for _, s := range d.statements {
		for _, c := range s.conditions {
			if !strings.EqualFold(c.key, key) {
				continue
			}
			if slices.ContainsFunc(c.values, func(v string) bool { return v != value }) {
				return false
			}
			found = true
		}
	}
	return found
}

// allowsSome reports whether a statement lets the role do what it needs on some
// resource: on which of them the agent needs it is not known here.
func (k serviceCall) allowsSome(d Document) kleene.Truth {
	found := kleene.No
	for i := range d.statements {
		s := &d.statements[i]
		if s.deny {
			continue
		}
		for _, resource := range append(slices.Clone(s.resources), "*") {
			match, _ := s.match(k.request(k.actionIn(s), resource), newContext(k.request("", "")), d.variables)
			found = kleene.Either(found, match)
		}
	}
	return found
}

// actionIn is the action as a statement would have to allow it. Where any action
// of the service will do, it is one that the statement names.
func (k serviceCall) actionIn(s *statement) string {
	prefix, every := strings.CutSuffix(k.need.action, "*")
	if !every || s.notAction {
		return k.need.action
	}
	for _, action := range s.actions {
		if strings.HasPrefix(strings.ToLower(action), prefix) {
			return action
		}
	}
	return k.need.action
}

func (k serviceCall) request(action, resource string) Request {
	if resource == "" {
		resource = "*"
	}
	ctx := map[string][]string{
		"aws:SecureTransport": {"true"},
		"aws:SourceIp":        nil,
		"aws:SourceVpce":      {k.endpoint.VpcEndpointID},
		"aws:SourceVpc":       {k.endpoint.VpcID},
	}
	set(ctx, "aws:RequestedRegion", k.network.Region)
	set(ctx, "aws:PrincipalAccount", parseIdentity(k.role).account)
	if k.need.anybody && k.perimeter {
		ctx["aws:ResourceAccount"] = []string{"Amazon ECR's"}
	}
	return Request{Principal: k.role, Action: action, Resource: resource, Context: ctx}
}

func (k serviceCall) who() string {
	if k.need.anybody {
		return "the links that Amazon ECR signs"
	}
	return k.role
}

// facts carry agent_role: the evidence is about the agent's own requests, and
// not about those of whoever measures.
func (k serviceCall) facts() netpath.Facts {
	f := netpath.Facts{
		"region": k.network.Region, "endpoint": k.endpoint.VpcEndpointID, "action": k.need.action, "principal": k.role, "agent_role": k.role,
		"layer": string(LayerEndpoint), "policy": k.endpoint.PolicyDocument, "policy_resource": k.endpoint.VpcEndpointID,
	}
	if k.need.anybody {
		f["principal"], f["agent_role"] = "*", "*"
	}
	if k.need.resource != "" {
		f["resource"] = k.need.resource
	}
	return f
}

// mend adds an Allow where none is. What an explicit denial is for is not known.
func (k serviceCall) mend(d Document, o outcome) (Document, bool) {
	if o.deny == kleene.Yes {
		return Document{}, false
	}
	principal, resource := scalar("*"), k.need.resource
	if !k.need.anybody {
		principal = object("AWS", scalar(k.role))
	}
	if resource == "" {
		resource = "*"
	}
	e := newEdit(d)
	e.add(allowStatement("AllowAgent", principal, k.need.action, scalar(resource)))
	return e.verify(func(fixed Document) bool {
		return fixed.Evaluate(k.request(k.need.action, resource)).Effect == EffectAllow
	})
}
