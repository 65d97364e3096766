package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// need is what an agent does at a service.
type need struct {
	actions  []string // each of them
	resource string   // "" where it depends on the agent
	anybody  bool     // not by the agent's role: the request is signed by AWS
	cause    string   // when it is denied
}

// needs are what every agent in a VPC does by itself ("Amazon ECR interface VPC
// endpoints", Amazon ECR User Guide, which also gives the least policy of the
// gateway endpoint; "IAM Permissions for AgentCore Runtime", which has the names of
// log groups). Layers are fetched by links that Amazon ECR has signed; who fetches code
// that is uploaded, and from which bucket, is not documented.
func needs(service, region string, of *vpc.Runtime) need {
	n := need{cause: denies}
	switch service {
	case "ecr.api":
		n.actions, n.resource = []string{"ecr:GetAuthorizationToken"}, "*"
	case "ecr.dkr":
		n.actions, n.resource = []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, repositoryOf(of)
	case "logs":
		n.actions, n.resource = []string{"logs:CreateLogStream", "logs:PutLogEvents"}, logStreamOf(of)
	case "s3":
		n.actions = []string{"s3:GetObject"}
		if of == nil || of.Artifact.CodeConfiguration == nil {
			n.resource, n.anybody, n.cause = "arn:aws:s3:::prod-"+region+"-starport-layer-bucket/*", true, "endpoint/policy-blocks-layers"
		}
	default:
		n.actions = []string{actionPrefix(service) + ":*"}
	}
	return n
}

// image are the parts of an image's name in Amazon ECR ("Pulling an image", Amazon ECR
// User Guide): account, Region and repository.
var image = regexp.MustCompile(`^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)`)

// repositoryOf is the ARN of the repository that an agent's image is in, "" where it
// is not known.
func repositoryOf(r *vpc.Runtime) string {
	if r == nil || r.Artifact.ContainerConfiguration == nil {
		return ""
	}
	parts := image.FindStringSubmatch(r.Artifact.ContainerConfiguration.ContainerURI)
	if parts == nil {
		return ""
	}
	return fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", partitionOf(r.ARN), parts[2], parts[1], parts[3])
}

// logStreamOf is the ARN of a log stream of an agent's, "" where it is not known.
func logStreamOf(r *vpc.Runtime) string {
	if r == nil {
		return ""
	}
	fields := strings.SplitN(r.ARN, ":", 6)
	if len(fields) < 6 {
		return ""
	}
	id := strings.TrimPrefix(fields[5], "runtime/")
	return fmt.Sprintf("arn:%s:logs:%s:%s:log-group:/aws/bedrock-agentcore/runtimes/%s-DEFAULT:log-stream:runtime-logs", fields[1], fields[3], fields[4], id)
}

func partitionOf(arn string) string {
	if fields := strings.SplitN(arn, ":", 3); len(fields) == 3 {
		return fields[1]
	}
	return "aws"
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
	action   string // of the need
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
	k := serviceCall{network: x, path: p, endpoint: x.Endpoint(p.Target.Endpoint)}
	agents := runtimesOf(x, p.Source.ENIs)
	if len(agents) == 0 && needs(p.Target.Service, x.Region, nil).anybody {
		agents = []*vpc.Runtime{nil}
	}
	worst := k.unjudged(len(agents) > 0)
	if worst.Status == "" {
		for _, agent := range agents {
			k.need, k.role = needs(p.Target.Service, x.Region, agent), ""
			if !k.need.anybody {
				k.role = agent.RoleARN
			}
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

// runtimesOf are the runtimes whose agents have some interfaces, and whose roles are
// known.
func runtimesOf(x *vpc.Index, enis []string) []*vpc.Runtime {
	var all []*vpc.Runtime
	for i := range x.Runtimes {
		r := &x.Runtimes[i]
		uses := func(id string) bool { eni := x.Interface(id); return eni != nil && r.Uses(eni) }
		if r.RoleARN != "" && slices.ContainsFunc(enis, uses) {
			all = append(all, r)
		}
	}
	return all
}

// rolesOf are the execution roles of the runtimes whose agents have some
// interfaces.
func rolesOf(x *vpc.Index, enis []string) []string {
	var roles []string
	for _, r := range runtimesOf(x, enis) {
		if !slices.Contains(roles, r.RoleARN) {
			roles = append(roles, r.RoleARN)
		}
	}
	return roles
}

// unjudged is the evidence where there is nothing to judge; its status is ""
// where there is.
func (k serviceCall) unjudged(known bool) netpath.Evidence {
	id := k.path.Target.Endpoint
	switch {
	case !k.network.Has("VpcEndpoints"):
		return unknown(id, "VPC endpoints were not read")
	case k.endpoint == nil:
		return unknown(id, "the endpoint is not in the inventory")
	case k.endpoint.PolicyDocument == "":
		return netpath.Evidence{Status: netpath.StatusPass, Component: id, Detail: "the default policy: full access"}
	case !known:
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
	var worst netpath.Evidence
	for _, k.action = range k.need.actions {
		if e := k.judgeAction(d); worst.Status == "" || graver(e, worst) {
			worst = e
		}
	}
	return worst
}

func (k serviceCall) judgeAction(d Document) netpath.Evidence {
	o := d.outcome(k.request(k.action, k.need.resource))
	if k.need.resource == "" {
		o.allow = k.allowsSome(d)
	}
	e := netpath.Evidence{Component: k.endpoint.VpcEndpointID, Facts: k.facts(), Detail: "it lets " + k.who() + " do " + strings.Join(k.need.actions, " and ")}
	switch {
	case o.stops():
		e.Status, e.Cause, e.Detail = netpath.StatusFail, k.need.cause, "it does not let "+k.who()+" do "+k.action
		o.describe(e.Facts)
		if fixed, ok := k.mend(d, o); ok {
			e.Facts["fixed_policy"] = fixed.String()
		}
	case o.deny == kleene.Maybe || o.allow == kleene.Maybe:
		e.Status, e.Detail = netpath.StatusUnknown, "whether it lets "+k.who()+" do "+k.action+" cannot be decided"
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
	prefix, every := strings.CutSuffix(k.action, "*")
	if !every || s.notAction {
		return k.action
	}
	for _, action := range s.actions {
		if strings.HasPrefix(strings.ToLower(action), prefix) {
			return action
		}
	}
	return k.action
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
		"region": k.network.Region, "endpoint": k.endpoint.VpcEndpointID, "action": k.action, "principal": k.role, "agent_role": k.role,
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
	e.add(allowStatement("AllowAgent", principal, k.need.actions, scalar(resource)))
	return e.verify(func(fixed Document) bool {
		return !slices.ContainsFunc(k.need.actions, func(action string) bool {
			return fixed.Evaluate(k.request(action, resource)).Effect != EffectAllow
		})
	})
}
