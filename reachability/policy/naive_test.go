package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/agentcore-probe/probe/reachability/policy"
)

// naiveStatement is a statement as the naive evaluator below reads it: it knows
// every key's state, so it needs two values only.
type naiveStatement struct {
	Deny       bool
	Principal  string // *, the account, the role, or another role
	Action     string
	NotAction  bool
	Operator   string // "" for no condition
	Value      string
	IfExists   bool
	AnyValue   bool // ForAnyValue
	AllValues  bool // ForAllValues
	TwoOfThese string
}

func (s naiveStatement) json() string {
	principal := `"*"`
	if s.Principal != "*" {
		principal = fmt.Sprintf(`{"AWS":%q}`, s.Principal)
	}
	action := "Action"
	if s.NotAction {
		action = "NotAction"
	}
	parts := []string{"Principal", principal, action, fmt.Sprintf("%q", s.Action)}
	if s.Operator != "" {
		parts = append(parts, "Condition", fmt.Sprintf(`{%q:{"aws:SourceVpce":[%q,%q]}}`, s.operator(), s.Value, s.TwoOfThese))
	}
	return statement(map[bool]string{true: "Deny", false: "Allow"}[s.Deny], parts...)
}

func (s naiveStatement) operator() string {
	name := s.Operator
	if s.AnyValue {
		name = "ForAnyValue:" + name
	} else if s.AllValues {
		name = "ForAllValues:" + name
	}
	if s.IfExists {
		name += "IfExists"
	}
	return name
}

// matches is written from the documentation, without the product's structure.
func (s naiveStatement) matches(present bool, value string) bool {
	if s.Principal != "*" && s.Principal != account && s.Principal != role {
		return false
	}
	covered := s.Action == "*" || s.Action == invoke || s.Action == "bedrock-agentcore:*"
	if covered == s.NotAction {
		return false
	}
	if s.Operator == "" {
		return true
	}
	negated := strings.Contains(s.Operator, "Not")
	if !present {
		return s.IfExists || s.AllValues || negated && !s.AnyValue
	}
	same := false
	for _, v := range []string{s.Value, s.TwoOfThese} {
		if v == value || strings.Contains(s.Operator, "Like") && v == "vpce-*" {
			same = true
		}
	}
	return same != negated
}

func drawStatement(t *rapid.T) naiveStatement {
	values := rapid.SampledFrom([]string{"vpce-1", "vpce-2", "vpce-*"})
	set := rapid.IntRange(0, 4).Draw(t, "set")
	return naiveStatement{
		Deny:       rapid.Bool().Draw(t, "deny"),
		Principal:  rapid.SampledFrom([]string{"*", "*", account, role, "arn:aws:iam::123456789012:role/Other"}).Draw(t, "principal"),
		Action:     rapid.SampledFrom([]string{"*", invoke, "bedrock-agentcore:*", "s3:*"}).Draw(t, "action"),
		NotAction:  rapid.IntRange(0, 3).Draw(t, "not") == 0,
		Operator:   rapid.SampledFrom([]string{"", "StringEquals", "StringNotEquals", "StringLike", "StringNotLike"}).Draw(t, "operator"),
		Value:      values.Draw(t, "value"),
		TwoOfThese: values.Draw(t, "second value"),
		IfExists:   rapid.Bool().Draw(t, "if exists"),
		AnyValue:   set == 0,
		AllValues:  set == 1,
	}
}

// With everything known, the three-valued evaluator is the documented one.
func TestEvaluateLikeANaiveEvaluator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var statements []naiveStatement
		var texts []string
		for range rapid.IntRange(0, 5).Draw(t, "statements") {
			s := drawStatement(t)
			statements, texts = append(statements, s), append(texts, s.json())
		}
		value := rapid.SampledFrom([]string{"", "vpce-1", "vpce-9"}).Draw(t, "request")
		context := map[string][]string{"aws:SourceVpce": nil}
		if value != "" {
			context["aws:SourceVpce"] = []string{value}
		}
		want := policy.EffectImplicitDeny
		for _, s := range statements {
			switch {
			case !s.matches(value != "", value):
			case s.Deny:
				want = policy.EffectExplicitDeny
			case want == policy.EffectImplicitDeny:
				want = policy.EffectAllow
			}
		}
		d, err := policy.Parse(document(texts...))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Evaluate(request(context)); got.Effect != want {
			t.Errorf("%s (%s), want %s", got.Effect, got.Why, want)
		}
	})
}
