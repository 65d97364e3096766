package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// condition is one operator with one key.
type condition struct {
	key      string // lower case
	values   []string
	test     func(want, got string) bool
	negated  bool
	ifExists bool
	null     bool // the operator Null: values say whether the key must be absent
	set      string
}

// keys are the condition keys whose value, or absence, is certain in the lab.
// Anything else in a policy is refused: its absence here would be a guess.
var keys = []string{
	"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:sourceip",
	"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice", "aws:userid",
	"aws:securetransport", "aws:currenttime", "aws:requestedregion", "aws:viaawsservice", "aws:calledvia", "aws:resourceaccount",
	"sts:externalid",
}

// federated reports a key of an OpenID provider's token, such as
// oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE:sub: in the lab they come with
// AssumeRoleWithWebIdentity only.
func federated(key string) bool {
	return strings.HasPrefix(key, "oidc.") && (strings.HasSuffix(key, ":sub") || strings.HasSuffix(key, ":aud"))
}

type operator struct {
	test    func(want, got string) bool
	negated bool
	valid   func(want string) bool
}

// operators: "IAM JSON policy elements: Condition operators" (IAM User Guide).
// ArnEquals behaves identically to ArnLike, says the same page.
func operators(name string) (operator, bool) {
	text := func(string) bool { return true }
	base, negated := name, false
	if i := strings.Index(name, "Not"); i >= 0 {
		base, negated = name[:i]+name[i+3:], true
	}
	o, ok := map[string]operator{
		"StringEquals":           {test: func(w, g string) bool { return w == g }, valid: text},
		"StringEqualsIgnoreCase": {test: strings.EqualFold, valid: text},
		"StringLike":             {test: wild, valid: text},
		"ArnEquals":              {test: wildARN, valid: isARN},
		"ArnLike":                {test: wildARN, valid: isARN},
		"IpAddress":              {test: inPrefix, valid: func(w string) bool { _, ok := prefix(w); return ok }},
		"Bool":                   {test: strings.EqualFold, valid: isBool},
		"DateEquals":             {test: dates(func(w, g time.Time) bool { return g.Equal(w) }), valid: isDate},
		"DateLessThan":           {test: dates(func(w, g time.Time) bool { return g.Before(w) }), valid: isDate},
		"DateLessThanEquals":     {test: dates(func(w, g time.Time) bool { return !g.After(w) }), valid: isDate},
		"DateGreaterThan":        {test: dates(func(w, g time.Time) bool { return g.After(w) }), valid: isDate},
		"DateGreaterThanEquals":  {test: dates(func(w, g time.Time) bool { return !g.Before(w) }), valid: isDate},
	}[base]
	o.negated = negated
	if negated {
		ok = ok && negatable[base] == name
	}
	return o, ok
}

// negatable gives the negated spelling of the operators that have one.
var negatable = map[string]string{
	"StringEquals": "StringNotEquals", "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase", "StringLike": "StringNotLike",
	"ArnEquals": "ArnNotEquals", "ArnLike": "ArnNotLike", "IpAddress": "NotIpAddress", "DateEquals": "DateNotEquals",
}

func parseConditions(raw json.RawMessage) ([]condition, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var block map[string]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &block); err != nil {
		return nil, fmt.Errorf("condition: %w", err)
	}
	var out []condition
	for name, byKey := range block {
		for key, values := range byKey {
			c, err := parseCondition(name, key, values)
			if err != nil {
				return nil, fmt.Errorf("condition %s %s: %w", name, key, err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func parseCondition(name, key string, raw json.RawMessage) (condition, error) {
	c := condition{key: strings.ToLower(key)}
	if !slices.Contains(keys, c.key) && !federated(c.key) {
		return c, fmt.Errorf("key: %w", ErrUnsupported)
	}
	if set, rest, ok := strings.Cut(name, ":"); ok {
		if set != "ForAllValues" && set != "ForAnyValue" {
			return c, fmt.Errorf("set operator: %w", ErrUnsupported)
		}
		c.set, name = set, rest
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	var err error
	if c.values, err = scalars(raw); err != nil {
		return c, err
	}
	if name == "Null" {
		c.null = true
		if c.ifExists || c.set != "" || slices.ContainsFunc(c.values, func(v string) bool { return !isBool(v) }) {
			return c, errors.New("malformed")
		}
		return c, nil
	}
	o, ok := operators(name)
	if !ok {
		return c, fmt.Errorf("operator: %w", ErrUnsupported)
	}
	for _, value := range c.values {
		if !o.valid(value) {
			return c, fmt.Errorf("value %q", value)
		}
	}
	c.test, c.negated = o.test, o.negated
	return c, nil
}

// scalars decodes a value or a list of them; booleans may be bare.
func scalars(raw json.RawMessage) ([]string, error) {
	if string(raw) == "true" || string(raw) == "false" {
		return []string{string(raw)}, nil
	}
	return texts(raw)
}

// holds applies the operator to the values that the request has for the key;
// got is nil for an absent key.
func (c condition) holds(got []string) bool {
	if c.null {
		return slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, strconv.FormatBool(len(got) == 0)) })
	}
	if len(got) == 0 {
		return c.set != "ForAnyValue" && c.negated || c.ifExists || c.set == "ForAllValues"
	}
	one := func(g string) bool {
		met := slices.ContainsFunc(c.values, func(w string) bool { return c.test(w, g) })
		return met != c.negated
	}
	if c.set == "ForAllValues" {
		return !slices.ContainsFunc(got, func(g string) bool { return !one(g) })
	}
	return slices.ContainsFunc(got, one)
}

func isARN(s string) bool { return strings.Count(s, ":") >= 5 }

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }

func prefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func inPrefix(want, got string) bool {
	p, ok := prefix(want)
	a, err := netip.ParseAddr(got)
	return ok && err == nil && p.Contains(a.Unmap())
}

func date(s string) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(seconds, 0), true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func isDate(s string) bool { _, ok := date(s); return ok }

func dates(compare func(want, got time.Time) bool) func(want, got string) bool {
	return func(want, got string) bool {
		w, ok := date(want)
		g, ok2 := date(got)
		return ok && ok2 && compare(w, g)
	}
}
