package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
	"github.com/agentcore-probe/probe/vpc"
)

// Mistake is something in a policy that does not do what it seems to.
type Mistake struct {
	Resource  string // what carries the policy: an ARN, or the id of a VPC endpoint
	Statement string // its Sid, or "#2" for the second
	Text      string
}

// String is one line for a reader.
func (m Mistake) String() string {
	return fmt.Sprintf("statement %s of the policy of %s %s", m.Statement, m.Resource, m.Text)
}

// Mistakes lists what is written in the policies that judge an invocation on
// path p and has no effect, or another than it seems to have. Whether a call is
// let in is not said here: that is Evidence's, and a mistake may well stop
// nobody. Policies that cannot be read have none.
func Mistakes(n *vpc.Network, p netpath.Path) []Mistake {
	if n == nil || p.Kind != netpath.KindInvoke {
		return nil
	}
	k := newCall(n.Index(), p, Caller{})
	var all []Mistake
	for _, a := range k.attachedPolicies() {
		for i := range a.document.statements {
			all = append(all, k.mistakes(a.resource, &a.document.statements[i], resourceMistakes)...)
		}
		all = append(all, k.onlyAllows(a)...)
	}
	if k.endpoint == nil || k.endpoint.PolicyDocument == "" {
		return all
	}
	if d, err := Parse(k.endpoint.PolicyDocument); err == nil {
		for i := range d.statements {
			all = append(all, k.mistakes(k.endpoint.VpcEndpointID, &d.statements[i], endpointMistakes)...)
		}
	}
	return all
}

// look is one thing that may be wrong with a statement; "" where it is not.
type look func(k call, carrier string, s *statement) string

var (
	resourceMistakes = []look{malformed, wildcardPrincipal, otherService, unknownAction, otherResource, namedPrincipals, deniesByAddress, unknownEndpoints}
	endpointMistakes = []look{malformed, wildcardPrincipal, otherService, unknownAction, withoutEndpoint, namedPrincipals}
)

func (k call) mistakes(carrier string, s *statement, looks []look) []Mistake {
	var all []Mistake
	for _, look := range looks {
		if text := look(k, carrier, s); text != "" {
			all = append(all, Mistake{carrier, s.name, text})
		}
	}
	return all
}

// inFull quotes a value of a policy: an ARN fits ("CreateRole", IAM API Reference:
// names of 64 characters, paths of 512), a hostile text does not.
func inFull(s string) string {
	const limit = 700
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return strconv.Quote(s)
}

// isPattern reports whether a value may stand for more than itself.
func isPattern(value string) bool { return strings.ContainsAny(value, "*?$") }

// malformed: an ARN has six parts, of which partition, service and resource are
// not empty ("Identify AWS resources with Amazon Resource Names (ARNs)", IAM User
// Guide).
func malformed(_ call, _ string, s *statement) string {
	for _, value := range s.resources {
		parts := strings.SplitN(value, ":", 6)
		if !isPattern(value) && (len(parts) < 6 || parts[0] != "arn" || parts[1] == "" || parts[2] == "" || parts[5] == "") {
			return "names the resource " + inFull(value) + ", which is no ARN: it never matches"
		}
	}
	return ""
}

// wildcardPrincipal: "You cannot use a wildcard to match part of a principal name
// or ARN" ("AWS JSON policy elements: Principal").
func wildcardPrincipal(_ call, _ string, s *statement) string {
	for _, p := range s.principals {
		if p.kind == "AWS" && p.value != "*" && strings.ContainsAny(p.value, "*?") {
			return "names the principal " + inFull(p.value) + ": a wildcard matches no part of a principal; a condition on aws:PrincipalArn does"
		}
	}
	return ""
}

// ownActions is how actions of AgentCore begin.
const ownActions = "bedrock-agentcore:"

// onRuntimes are AgentCore's actions on runtimes and their endpoints, in lower
// case ("Actions, resources, and condition keys for Amazon Bedrock Agentcore",
// Service Authorization Reference, and "Resource-based policies for Amazon
// Bedrock AgentCore").
var onRuntimes = lowered(
	"InvokeAgentRuntime", "InvokeAgentRuntimeForUser", "InvokeAgentRuntimeWithWebSocketStream", "InvokeAgentRuntimeWithWebSocketStreamForUser",
	"InvokeAgentRuntimeCommand", "InvokeAgentRuntimeCommandShell", "StopRuntimeSession", "GetAgentCard", "GetRuntimeProtectedResourceMetadata",
	"CreateAgentRuntime", "GetAgentRuntime", "UpdateAgentRuntime", "DeleteAgentRuntime", "ListAgentRuntimes", "ListAgentRuntimeVersions",
	"ListAgentRuntimeVersionsByCapacityProvider", "CreateAgentRuntimeEndpoint", "GetAgentRuntimeEndpoint", "UpdateAgentRuntimeEndpoint",
	"DeleteAgentRuntimeEndpoint", "ListAgentRuntimeEndpoints", "GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy",
	"TagResource", "UntagResource", "ListTagsForResource", "AllowVendedLogDeliveryForResource",
)

func lowered(names ...string) []string {
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	return names
}

// otherService: AgentCore asks its policies about its own actions only.
func otherService(_ call, _ string, s *statement) string {
	for _, action := range s.actions {
		if name := strings.ToLower(action); !s.notAction && !isPattern(name) && !strings.HasPrefix(name, ownActions) {
			return "names the action " + inFull(action) + ", which is not AgentCore's: it never matches"
		}
	}
	return ""
}

// unknownAction: what stands in the policy of a runtime is about runtimes; other
// resources have actions that are not listed here.
func unknownAction(k call, carrier string, s *statement) string {
	for _, action := range s.actions {
		name, ours := strings.CutPrefix(strings.ToLower(action), ownActions)
		about := strings.Contains(name, "runtime") || k.endpoint == nil || carrier != k.endpoint.VpcEndpointID
		known := slices.ContainsFunc(onRuntimes, func(one string) bool { return glob(name, one) })
		if ours && about && !known && !s.notAction {
			return "names the action " + inFull(action) + ", which is none of AgentCore's documented ones on runtimes"
		}
	}
	return ""
}

// otherResource: the policy of a resource is asked about that resource only. A
// runtime and its endpoint have a policy each.
func otherResource(k call, carrier string, s *statement) string {
	r := k.request(carrier)
	if s.notResource || len(s.resources) == 0 || s.matchResource(carrier, newContext(r), true) != kleene.No {
		return ""
	}
	return "names " + inFull(s.resources[0]) + ", and is asked about " + carrier + " only: it never matches"
}

// withoutEndpoint: a call is judged for the runtime and for its endpoint
// ("Resource-based policies for Amazon Bedrock AgentCore"). Whether the policy of
// a VPC endpoint has to cover both, AWS does not say.
func withoutEndpoint(k call, _ string, s *statement) string {
	runtime, endpoint := k.resources()[0], k.resources()[1]
	ctx := newContext(k.request(runtime))
	covers := func(arn string) bool { return s.matchResource(arn, ctx, true) != kleene.No }
	if s.notResource || s.matchAction(k.caller.Action) == kleene.No || !covers(runtime) || covers(endpoint) {
		return ""
	}
	return "names the runtime and not its endpoint " + endpoint + ", for which a call is judged, too"
}

// namedPrincipals: the bearer of a token is no IAM principal, so that an Allow
// has to name "*" ("Resource-based policies for Amazon Bedrock AgentCore").
func namedPrincipals(k call, _ string, s *statement) string {
	if !k.oauth || s.deny || s.everyone() || s.notPrincipal || s.matchAction(k.caller.Action) == kleene.No {
		return ""
	}
	return "allows IAM principals, and the runtime takes bearer tokens, whose bearers are none: only the principal * means them"
}

// deniesByAddress: a call through a VPC endpoint has no aws:SourceIp, and a
// negated operator matches where its key is absent ("AWS global condition context
// keys"; "IAM JSON policy elements: Condition operators"). Conditions on where a
// call comes from may spare those. Where a path through an endpoint is judged, its
// evidence says so.
func deniesByAddress(k call, _ string, s *statement) string {
	found := false
	for _, c := range s.conditions {
		switch key := strings.ToLower(c.key); {
		case key == "aws:sourceip" && c.operator == "NotIpAddress":
			found = true
		case strings.HasPrefix(key, "aws:sourcevpc"), strings.HasPrefix(key, "aws:vpc"), key == "aws:sourceip":
			return ""
		}
	}
	if !s.deny || !found || k.path.Route == netpath.RoutePrivate {
		return ""
	}
	return "denies by aws:SourceIp, which calls through a VPC endpoint do not have: it denies all of them"
}

// unknownEndpoints: nobody comes through an endpoint that is gone.
func unknownEndpoints(k call, _ string, s *statement) string {
	for _, c := range s.conditions {
		gone := len(c.values) > 0 && !slices.ContainsFunc(c.values, func(id string) bool { return !k.isStale(id) })
		if strings.EqualFold(c.key, "aws:SourceVpce") && k.network.ListsEndpoints() && gone {
			return "is about " + strings.Join(c.values, ", ") + ", which was not found among the VPC endpoints"
		}
	}
	return ""
}

// onlyAllows: where IAM decides for the account's own callers, an Allow that is
// tied to a VPC shuts nobody out; a Deny does ("Resource-based policies for
// Amazon Bedrock AgentCore").
func (k call) onlyAllows(a attached) []Mistake {
	if k.oauth {
		return nil
	}
	tied := func(s *statement) bool {
		return slices.ContainsFunc(s.conditions, func(c condition) bool {
			key := strings.ToLower(c.key)
			return key == "aws:sourcevpc" || key == "aws:sourcevpce" || key == "aws:vpcsourceip"
		})
	}
	var all []Mistake
	for i := range a.document.statements {
		s := &a.document.statements[i]
		switch {
		case s.deny && tied(s):
			return nil
		case tied(s):
			all = append(all, Mistake{a.resource, s.name, "allows by where a call comes from; callers of the account whom IAM allows get in from anywhere, unless a statement denies it"})
		}
	}
	return all
}
