package policy_test

import (
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/reachability/policy"
)

func TestParseErrorsNameThePlace(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "policy, line 1, column 1: the text ends too early"},
		{"cut off", "{\n  \"Statement\": [", "policy, line 2, column 17: the text ends too early"},
		{"not JSON", "{\n\"Statement\": x}", "policy, line 2, column 11: invalid character 'x'"},
		{"more behind it", `{"Statement":[]} {}`, "more text behind the policy"},
		{"not an object", `[]`, "policy: not a JSON object"},
		{"no statement", `{"Version":"2012-10-17"}`, "Statement: is missing"},
		{"version", `{"Version":"2026-01-01","Statement":[]}`, `Version: "2026-01-01" is not a version of the policy language`},
		{"doubled key", `{"Statement":[],"Statement":[]}`, `"Statement" appears twice`},
		{"element", `{"Statement":[],"Statements":[]}`, `"Statements" is not an element of the policy language`},
		{"effect missing", `{"Statement":{"Action":"*","Resource":"*"}}`, "Statement[0].Effect: is missing"},
		{"effect", `{"Statement":{"Effect":"deny","Action":"*","Resource":"*"}}`, `Statement[0].Effect: "deny" is neither Allow nor Deny`},
		{"both", `{"Statement":{"Effect":"Deny","Action":"*","NotAction":"*","Resource":"*"}}`, "Statement[0].NotAction: stands beside Action"},
		{"no resource", `{"Statement":{"Effect":"Deny","Action":"*"}}`, "Statement[0].Resource: is missing"},
		{"action", `{"Statement":{"Effect":"Deny","Action":[{}],"Resource":"*"}}`, "Statement[0].Action: not a string"},
		{"principal", `{"Statement":{"Effect":"Deny","Principal":"me","Action":"*","Resource":"*"}}`, `Statement[0].Principal: "me" is neither * nor an object`},
		{"kind of principal", `{"Statement":{"Effect":"Deny","Principal":{"Aws":"*"},"Action":"*","Resource":"*"}}`, `Statement[0].Principal: "Aws" is not a kind of principal`},
		{"condition", `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":"x"}}}`, "Statement[0].Condition.StringEquals: not a JSON object"},
		{"depth", strings.Repeat("[", 100), "nested too deeply"},
		{"size", strings.Repeat(" ", 2<<20), "more than 1048576"},
	} {
		_, err := policy.Parse(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error has more than one line: %v", tt.name, err)
		}
	}
}

func TestDocumentStringKeepsOrder(t *testing.T) {
	text := `{"Version":"2012-10-17","Id":"a&b","Statement":[{"Sid":"x","Resource":"*","Effect":"Deny","Action":["*"],"Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"x":1.50}}}]}`
	if got := parse(t, text).String(); got != text {
		t.Errorf("got %s", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(document(statement("Deny", "Condition", `{"StringNotEquals":{"aws:SourceVpce":["vpce-1","${aws:x, 'y'}"]}}`)))
	f.Add(document(statement("Allow", "NotPrincipal", `{"AWS":"`+session+`"}`), statement("Deny", "NotResource", `"${"`)))
	f.Add(`{"Statement":{"Effect":"Allow","Action":1,"Resource":true,"Condition":{"ForAllValues:DateLessThanIfExists":{"k":1}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := policy.Parse(text)
		if err != nil {
			return
		}
		r := request(map[string][]string{"aws:SourceVpce": {endpoint}, "k": {"2026-11-24"}, "aws:SourceIp": nil})
		decision := d.Evaluate(r)
		again, err := policy.Parse(d.String())
		if err != nil {
			t.Fatalf("%s cannot be read again: %v", d, err)
		}
		if second := again.Evaluate(r); second != decision {
			t.Errorf("%+v became %+v in %s", decision, second, d)
		}
	})
}
