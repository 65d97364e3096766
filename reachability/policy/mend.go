package policy

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
)

// A mended document is the old one with the least change. It is only offered
// when evaluating it shows that it does what it is for.

const invokeActions = InvokeAction + "*" // also ForUser, WithWebSocketStream and Command

// metadataAction is what a client without a token asks for first, without
// credentials ("GetRuntimeProtectedResourceMetadata", AgentCore API Reference).
const metadataAction = "bedrock-agentcore:GetRuntimeProtectedResourceMetadata"

// mendEndpointPolicy takes the runtime out of a Deny that is about everything,
// and adds an Allow where none is.
func (k call) mendEndpointPolicy(d Document, o outcome) (Document, bool) {
	runtime := k.path.Target.RuntimeARN
	e := newEdit(d)
	if o.deny == kleene.Yes {
		s := e.statement(o.denying, d)
		if len(o.denying.resources) != 1 || o.denying.resources[0] != "*" || o.denying.notResource {
			return Document{}, false
		}
		s.rename("Resource", "NotResource", list(runtime, runtime+"/*"))
	}
	if o.allow != kleene.Yes {
		e.add(k.allowThroughEndpoint(d, list(runtime, runtime+"/*")))
	}
	return e.verify(func(fixed Document) bool {
		for _, arn := range k.resources() {
			if fixed.Evaluate(k.request(arn)).Effect != EffectAllow {
				return false
			}
		}
		return true
	})
}

// allowThroughEndpoint lets the caller in: callers with tokens as everybody, and
// to where they learn how to get one if they are shut out there, too.
func (k call) allowThroughEndpoint(d Document, resources *node) *node {
	if !k.oauth {
		return allowStatement("AllowInvokeAgentRuntime", object("AWS", scalar(k.rolePrincipal())), []string{k.caller.Action}, resources)
	}
	s := allowStatement("AllowInvokeAgentRuntime", scalar("*"), []string{k.caller.Action}, resources)
	discovery := k.request(k.resources()[0])
	discovery.Action = metadataAction
	if d.outcome(discovery).allow != kleene.Yes {
		s.set("Action", list(k.caller.Action, metadataAction))
	}
	return s
}

// rolePrincipal is how a policy names the caller for good: a session by its
// role. IAM refuses to store a role that it does not know, so a role with a
// path is noticed and not granted to another.
func (k call) rolePrincipal() string {
	id := parseIdentity(k.caller.Principal)
	if id.session {
		return "arn:" + id.partition + ":iam::" + id.account + ":role/" + id.role
	}
	return id.arn
}

// mendResourcePolicy lets calls through this endpoint in.
func (k call) mendResourcePolicy(a attached, c cause) (Document, bool) {
	if k.path.Route != netpath.RoutePrivate || k.caller.Endpoint == "" || a.text == "" {
		return Document{}, false
	}
	e := newEdit(a.document)
	switch {
	case c.condition != nil && c.code == "policy/locks-out-endpoint":
		e.statement(c.statement, a.document).condition("Null", "aws:SourceVpce", "true")
	case c.condition != nil && c.code == "policy/endpoint-id-stale":
		s := e.statement(c.statement, a.document)
		s.dropValues(c.condition, k.isStale)
		s.condition(c.condition.operator, c.condition.key, k.caller.Endpoint)
	case c.condition != nil:
		e.statement(c.statement, a.document).condition(c.condition.operator, c.condition.key, k.endpoint.VpcID)
	case c.statement != nil && c.statement.everyone():
		e.statement(c.statement, a.document).condition("StringNotEquals", "aws:SourceVpce", k.caller.Endpoint)
	case c.statement == nil && k.oauth:
		s := allowStatement("AllowThroughEndpoint", scalar("*"), []string{k.caller.Action}, scalar(a.resource))
		s.condition("StringEquals", "aws:SourceVpce", k.caller.Endpoint)
		e.add(s)
	default:
		return Document{}, false
	}
	return e.verify(func(fixed Document) bool {
		o := fixed.outcome(k.request(a.resource))
		return o.deny == kleene.No && (o.allow == kleene.Yes || a.outcome.deny == kleene.Yes && !k.oauth)
	})
}

// shutPublicPath adds a Deny for everything that doesn't come through one of
// the Region's AgentCore endpoints.
func (k call) shutPublicPath(a attached) (Document, bool) {
	endpoints := k.serviceEndpoints()
	if len(endpoints) == 0 {
		return Document{}, false
	}
	e := newEdit(a.document)
	if a.text == "" {
		principal := object("AWS", scalar(k.account))
		if k.oauth {
			principal = scalar("*")
		}
		e = newEdit(Document{tree: object("Version", scalar("2012-10-17"))})
		e.add(allowStatement("AllowAccount", principal, []string{invokeActions}, scalar(a.resource)))
	}
	deny := allowStatement("DenyOutsideEndpoint", scalar("*"), []string{invokeActions}, scalar(a.resource))
	deny.set("Effect", scalar("Deny"))
	for _, id := range endpoints {
		deny.condition("StringNotEquals", "aws:SourceVpce", id)
	}
	e.add(deny)
	private := k.path
	private.Route, private.Target.Endpoint = netpath.RoutePrivate, endpoints[0]
	through := newCall(k.network, private, Caller{Principal: k.caller.Principal, Action: k.caller.Action})
	return e.verify(func(fixed Document) bool {
		return fixed.outcome(k.request(a.resource)).deny == kleene.Yes && fixed.outcome(through.request(a.resource)).deny != kleene.Yes
	})
}

func (k call) serviceEndpoints() []string {
	var ids []string
	for _, e := range k.network.Endpoints {
		if e.VpcEndpointType == "Interface" && strings.HasSuffix(e.ServiceName, "."+k.region+".bedrock-agentcore") {
			ids = append(ids, e.VpcEndpointID)
		}
	}
	slices.Sort(ids)
	return ids
}
