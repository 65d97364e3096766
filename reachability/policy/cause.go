package policy

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/kleene"
)

// cause is why a resource policy stops a call, and the condition to blame.
type cause struct {
	code      string
	statement *statement
	condition *condition // nil where the statement as a whole is to blame
	facts     netpath.Facts
}

// findCause tells the well-known mistakes from a denial that is meant. Only a
// call through an endpoint can suffer from them.
func (k call) findCause(a attached) cause {
	plain := cause{code: "policy/resource-denies"}
	if a.outcome.deny == kleene.Yes {
		plain.statement = a.outcome.denying
	}
	if k.path.Route != netpath.RoutePrivate {
		return plain
	}
	for _, s := range k.suspects(a) {
		for i := range s.conditions {
			if c, ok := k.blame(s, &s.conditions[i]); ok {
				return c
			}
		}
	}
	return plain
}

// suspects are the statement that denied, or, where nothing allowed, those that
// would have but for their conditions.
func (k call) suspects(a attached) []*statement {
	if a.outcome.deny == kleene.Yes {
		return []*statement{a.outcome.denying}
	}
	var all []*statement
	r := k.request(a.resource)
	for i := range a.document.statements {
		s := &a.document.statements[i]
		bare := *s
		bare.conditions = nil
		if match, _ := bare.match(r, newContext(r), a.document.variables); !s.deny && match == kleene.Yes {
			all = append(all, s)
		}
	}
	return all
}

// blame says whether a condition that ought to have spared, or admitted, calls
// through the endpoint names something else.
func (k call) blame(s *statement, c *condition) (cause, bool) {
	op, ok := findOperator(strings.TrimSuffix(c.operator, "IfExists"))
	if !ok || op.negated != s.deny {
		return cause{}, false
	}
	switch strings.ToLower(c.key) {
	case "aws:sourcevpce":
		if stale := k.staleEndpoint(c.values); stale != "" {
			return cause{"policy/endpoint-id-stale", s, c, netpath.Facts{"stale_endpoint": stale}}, true
		}
	case "aws:sourcevpc":
		if named := k.otherVPC(c.values); named != "" {
			return cause{"policy/source-vpc-is-hub", s, c, netpath.Facts{"policy_vpc": named, "vpc": k.endpoint.VpcID}}, true
		}
	case "aws:sourceip":
		if s.deny {
			return cause{"policy/locks-out-endpoint", s, c, nil}, true
		}
	}
	return cause{}, false
}

// staleEndpoint returns the first endpoint id that the inventory doesn't have,
// unless the call's own endpoint is among the values.
func (k call) staleEndpoint(values []string) string {
	if !k.network.ListsEndpoints() || slices.Contains(values, k.caller.Endpoint) {
		return ""
	}
	i := slices.IndexFunc(values, k.isStale)
	if i < 0 {
		return ""
	}
	return values[i]
}

func (k call) isStale(id string) bool {
	return strings.HasPrefix(id, "vpce-") && !strings.ContainsAny(id, "*?$") && k.network.Endpoint(id) == nil
}

// otherVPC returns the VPC that a condition names where the endpoint's VPC was
// due: the caller's own, if that is known.
func (k call) otherVPC(values []string) string {
	if k.endpoint == nil || k.endpoint.VpcID == k.caller.VPC || slices.Contains(values, k.endpoint.VpcID) {
		return ""
	}
	i := slices.IndexFunc(values, func(v string) bool {
		return strings.HasPrefix(v, "vpc-") && (k.caller.VPC == "" || v == k.caller.VPC)
	})
	if i < 0 {
		return ""
	}
	return values[i]
}
