package policy

import (
	"strings"

	"github.com/agentcore-probe/probe/reachability/kleene"
)

// requestContext are the condition keys of a request, in lower case: IAM does
// not tell them apart by case.
type requestContext struct {
	values map[string][]string
	// role is the name of the role behind an assumed-role session whose path
	// is not known; aws:PrincipalArn is then known but for its path.
	role identity
}

func newContext(r Request) requestContext {
	c := requestContext{values: map[string][]string{}}
	for key, values := range r.Context {
		c.values[strings.ToLower(key)] = values
	}
	id := parseIdentity(r.Principal)
	switch {
	case id.arn == "":
		c.derive("aws:principalarn")
		c.derive("aws:principalaccount")
		return c
	case id.session:
		c.role = id
	default:
		c.derive("aws:principalarn", id.arn)
	}
	if id.account != "" {
		c.derive("aws:principalaccount", id.account)
	}
	return c
}

// derive sets a key that the request did not state.
func (c requestContext) derive(key string, values ...string) {
	if _, stated := c.values[key]; !stated {
		c.values[key] = values
	}
}

// lookup returns a key's values; known is false for a key of unknown state.
func (c requestContext) lookup(key string) (values []string, known bool) {
	values, known = c.values[strings.ToLower(key)]
	return values, known
}

// principalARNs are two ARNs that a session's role may have: one without a
// path and one with a path that no policy names. What holds for both of them
// holds whatever the path is.
func (c requestContext) principalARNs(key string) []string {
	if c.role.arn == "" || !strings.EqualFold(key, "aws:PrincipalArn") {
		return nil
	}
	prefix := "arn:" + c.role.partition + ":iam::" + c.role.account + ":role/"
	return []string{prefix + c.role.role, prefix + "\x00/" + c.role.role}
}

// compare matches a value of the policy, which may hold variables such as
// ${aws:PrincipalAccount} ("IAM policy elements: Variables and tags"), with
// subject. A variable that can't be resolved makes it unknown, unless nothing
// that it could stand for would match.
func (c requestContext) compare(value, subject string, variables bool, matches func(value string) bool) kleene.Truth {
	if !variables || !strings.Contains(value, "${") {
		return kleene.Of(matches(value))
	}
	resolved, wildcard, ok := c.expand(value)
	switch {
	case ok:
		return kleene.Of(matches(resolved))
	case glob(strings.ToLower(wildcard), strings.ToLower(subject)):
		return kleene.Maybe
	}
	return kleene.No
}

// expand replaces the variables of a value. Those that can't be resolved are
// replaced by * in wildcard.
func (c requestContext) expand(value string) (resolved, wildcard string, ok bool) {
	var full, loose strings.Builder
	ok = true
	for {
		before, rest, found := strings.Cut(value, "${")
		full.WriteString(before)
		loose.WriteString(before)
		if !found {
			return full.String(), loose.String(), ok
		}
		name, after, closed := strings.Cut(rest, "}")
		text, known := c.variable(name)
		if !closed || !known {
			ok, text = false, "*"
		}
		full.WriteString(text)
		loose.WriteString(text)
		value = after
	}
}

// variable resolves what stands between ${ and }. ${*}, ${?} and ${$} mean the
// characters themselves, which a pattern can't express: they stay unknown,
// except for the dollar.
func (c requestContext) variable(name string) (string, bool) {
	if name == "$" {
		return "$", true
	}
	key, fallback, hasFallback := strings.Cut(name, ",")
	values, known := c.lookup(strings.TrimSpace(key))
	switch {
	case known && len(values) == 1 && !strings.ContainsAny(values[0], "*?"):
		return values[0], true
	case known && len(values) == 0 && hasFallback:
		return strings.Trim(strings.TrimSpace(fallback), "'"), true
	}
	return "", false
}
