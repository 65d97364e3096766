package policy

import (
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/reachability/kleene"
)

// operator is a condition operator of "IAM JSON policy elements: Condition
// operators" without its prefix and suffix.
type operator struct {
	negated   bool
	variables bool // its values may hold policy variables
	// compare says whether a value of the request agrees with one of the
	// policy; maybe when either can't be read.
	compare func(request, policy string) kleene.Truth
}

// findOperator returns the operator of a name; ok is false for one that is not
// known here.
func findOperator(name string) (op operator, ok bool) {
	text := func(equal func(request, policy string) bool) operator {
		return operator{variables: true, compare: func(r, p string) kleene.Truth { return kleene.Of(equal(r, p)) }}
	}
	switch name {
	case "StringEquals", "StringNotEquals", "BinaryEquals":
		op = text(func(r, p string) bool { return r == p })
	case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase":
		op = text(strings.EqualFold)
	case "StringLike", "StringNotLike":
		op = text(func(r, p string) bool { return glob(p, r) })
	case "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike":
		op = text(func(r, p string) bool { return globARN(p, r) })
	case "Bool":
		op = text(strings.EqualFold)
	case "IpAddress", "NotIpAddress":
		op.compare = compareAddress
	default:
		op, ok = findOrdered(name)
		return op, ok
	}
	op.negated = strings.Contains(name, "Not")
	return op, true
}

// findOrdered returns Numeric… and Date… operators.
func findOrdered(name string) (operator, bool) {
	relation, numeric := strings.CutPrefix(name, "Numeric")
	order := compareNumbers
	if !numeric {
		var date bool
		if relation, date = strings.CutPrefix(name, "Date"); !date {
			return operator{}, false
		}
		order = compareDates
	}
	holds, ok := map[string]func(int) bool{
		"Equals":            func(c int) bool { return c == 0 },
		"NotEquals":         func(c int) bool { return c == 0 },
		"LessThan":          func(c int) bool { return c < 0 },
		"LessThanEquals":    func(c int) bool { return c <= 0 },
		"GreaterThan":       func(c int) bool { return c > 0 },
		"GreaterThanEquals": func(c int) bool { return c >= 0 },
	}[relation]
	if !ok {
		return operator{}, false
	}
	return operator{negated: relation == "NotEquals", compare: func(r, p string) kleene.Truth {
		c, comparable := order(r, p)
		if !comparable {
			return kleene.Maybe
		}
		return kleene.Of(holds(c))
	}}, true
}

// holds says whether a condition is met. Its values are alternatives; under a
// negated operator none of them may agree. A request without the key meets
// negated operators and …IfExists, and fails all others.
func (c condition) holds(ctx requestContext, variables bool) kleene.Truth {
	set, name := "", c.operator
	if qualifier, rest, found := strings.Cut(c.operator, ":"); found {
		set, name = qualifier, rest
	}
	if set != "" && set != "ForAllValues" && set != "ForAnyValue" {
		return kleene.Maybe
	}
	if name == "Null" {
		return c.null(ctx)
	}
	name, ifExists := strings.CutSuffix(name, "IfExists")
	op, ok := findOperator(name)
	if !ok {
		return kleene.Maybe
	}
	if arns := ctx.principalARNs(c.key); arns != nil {
		return c.holdsForAll(arns, op, ctx, variables)
	}
	values, known := ctx.lookup(c.key)
	switch {
	case !known:
		return kleene.Maybe
	case len(values) == 0:
		return kleene.Of(ifExists || set == "ForAllValues" || set == "" && op.negated)
	case set == "" && len(values) > 1:
		return kleene.Maybe // a single-valued key with several values: IAM doesn't say
	}
	return c.holdsForSet(set, values, op, ctx, variables)
}

// holdsForAll is certain only where all candidates for the one unknown value
// agree.
func (c condition) holdsForAll(candidates []string, op operator, ctx requestContext, variables bool) kleene.Truth {
	first := negateIf(op.negated, c.agrees(candidates[0], op, ctx, variables))
	for _, other := range candidates[1:] {
		if negateIf(op.negated, c.agrees(other, op, ctx, variables)) != first {
			return kleene.Maybe
		}
	}
	return first
}

// holdsForSet applies ForAllValues and ForAnyValue ("Set operators for
// multivalued context keys"); a single value is a set of one.
func (c condition) holdsForSet(set string, values []string, op operator, ctx requestContext, variables bool) kleene.Truth {
	all, anyOf := kleene.Yes, kleene.No
	for _, value := range values {
		t := negateIf(op.negated, c.agrees(value, op, ctx, variables))
		all, anyOf = kleene.Both(all, t), kleene.Either(anyOf, t)
	}
	if set == "ForAnyValue" {
		return anyOf
	}
	return all
}

// agrees says whether a value of the request agrees with any of the policy's.
func (c condition) agrees(value string, op operator, ctx requestContext, variables bool) kleene.Truth {
	found := kleene.No
	for _, p := range c.values {
		if !op.variables {
			found = kleene.Either(found, op.compare(value, p))
			continue
		}
		found = kleene.Either(found, ctx.compare(p, value, variables, func(want string) bool { return op.compare(value, want) == kleene.Yes }))
	}
	return found
}

// null is the operator Null: true asks for a request without the key.
func (c condition) null(ctx requestContext) kleene.Truth {
	if ctx.principalARNs(c.key) != nil {
		return kleene.Of(c.hasValue("false"))
	}
	values, known := ctx.lookup(c.key)
	if !known {
		return kleene.Maybe
	}
	return kleene.Of(c.hasValue(strconv.FormatBool(len(values) == 0)))
}

func (c condition) hasValue(want string) bool {
	for _, v := range c.values {
		if strings.EqualFold(v, want) {
			return true
		}
	}
	return false
}

func compareAddress(request, policy string) kleene.Truth {
	address, err := netip.ParseAddr(request)
	if err != nil {
		return kleene.Maybe
	}
	if single, err := netip.ParseAddr(policy); err == nil {
		return kleene.Of(single == address)
	}
	block, err := netip.ParsePrefix(policy)
	if err != nil {
		return kleene.Maybe
	}
	return kleene.Of(block.Masked().Contains(address))
}

func compareNumbers(request, policy string) (int, bool) {
	const digits = 64 // of a number that is read; "1e999999999" is refused
	if len(request) > digits || len(policy) > digits || strings.ContainsAny(request+policy, "eEpP_/") {
		return 0, false
	}
	r, okR := new(big.Rat).SetString(request)
	p, okP := new(big.Rat).SetString(policy)
	if !okR || !okP {
		return 0, false
	}
	return r.Cmp(p), true
}

func compareDates(request, policy string) (int, bool) {
	r, okR := parseDate(request)
	p, okP := parseDate(policy)
	return r.Compare(p), okR && okP
}

// parseDate reads the W3C forms of ISO 8601 and seconds since 1970.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(seconds, 0), err == nil
}
