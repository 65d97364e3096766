package policy_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/agentcore-probe/probe/reachability/policy"
)

const (
	account  = "123456789012"
	session  = "arn:aws:sts::123456789012:assumed-role/Probe/i-0abc"
	role     = "arn:aws:iam::123456789012:role/Probe"
	runtime  = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1b2c3d4e5"
	invoke   = "bedrock-agentcore:InvokeAgentRuntime"
	endpoint = "vpce-0a1b2c3d4e5f67890"
)

func parse(t *testing.T, text string) policy.Document {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d
}

// statement writes one statement with everything allowed but for what parts
// replace.
func statement(effect string, parts ...string) string {
	elements := map[string]string{"Principal": `"*"`, "Action": `"*"`, "Resource": `"*"`}
	for i := 0; i+1 < len(parts); i += 2 {
		delete(elements, strings.TrimPrefix(parts[i], "Not"))
		elements[parts[i]] = parts[i+1]
	}
	text := fmt.Sprintf(`{"Effect":%q`, effect)
	for _, name := range []string{"Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"} {
		if elements[name] != "" {
			text += fmt.Sprintf(`,%q:%s`, name, elements[name])
		}
	}
	return text + "}"
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func request(context map[string][]string) policy.Request {
	return policy.Request{Principal: session, Action: invoke, Resource: runtime, Context: context}
}

// "Policy evaluation logic", IAM User Guide.
func TestEvaluateEffects(t *testing.T) {
	unknownKey := `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`
	falseKey := `{"StringEquals":{"aws:SourceVpce":"vpce-other"},"StringLike":{"aws:PrincipalOrgID":"o-*"}}`
	context := map[string][]string{"aws:SourceVpce": {endpoint}}
	for _, tt := range []struct {
		name, document string
		want           policy.Decision
	}{
		{"allow", document(statement("Allow")), policy.Decision{Effect: policy.EffectAllow, Statement: "#1", Why: "statement #1 allows it"}},
		{"nothing matches", document(statement("Allow", "Action", `"s3:*"`)), policy.Decision{Effect: policy.EffectImplicitDeny, Why: "no statement allows it"}},
		{"deny wins, wherever it stands", document(statement("Deny"), statement("Allow")), policy.Decision{Effect: policy.EffectExplicitDeny, Statement: "#1", Why: "statement #1 denies it"}},
		{"deny that may match", document(statement("Allow"), statement("Deny", "Condition", unknownKey)), policy.Decision{Effect: policy.EffectUnknown, Statement: "#2", Why: "statement #2 may deny it: StringEquals aws:PrincipalOrgID cannot be decided"}},
		{"deny that cannot match, whatever is unknown", document(statement("Allow"), statement("Deny", "Condition", falseKey)), policy.Decision{Effect: policy.EffectAllow, Statement: "#1", Why: "statement #1 allows it"}},
		{"a certain deny beats one in doubt", document(statement("Deny", "Condition", unknownKey), statement("Deny")), policy.Decision{Effect: policy.EffectExplicitDeny, Statement: "#2", Why: "statement #2 denies it"}},
		{"allow that may match", document(statement("Allow", "Condition", unknownKey)), policy.Decision{Effect: policy.EffectUnknown, Statement: "#1", Why: "statement #1 may allow it: StringEquals aws:PrincipalOrgID cannot be decided"}},
		{"a certain allow beats one in doubt", document(statement("Allow", "Condition", unknownKey), statement("Allow")), policy.Decision{Effect: policy.EffectAllow, Statement: "#2", Why: "statement #2 allows it"}},
		{"an operator that is not known", document(statement("Allow", "Condition", `{"StringSounds":{"aws:SourceVpce":"x"}}`)), policy.Decision{Effect: policy.EffectUnknown, Statement: "#1", Why: "statement #1 may allow it: StringSounds aws:SourceVpce cannot be decided"}},
		{"the account as a whole", document(statement("Allow", "Principal", `{"AWS":"`+account+`"}`)), policy.Decision{Effect: policy.EffectAllow, Statement: "#1", Why: "statement #1 allows it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parse(t, tt.document).Evaluate(request(context))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// "AWS JSON policy elements": Principal, NotPrincipal, Action, NotAction,
// Resource, NotResource.
func TestEvaluateElements(t *testing.T) {
	for _, tt := range []struct {
		element, value string
		want           policy.Effect
	}{
		{"Principal", `"*"`, allow},
		{"Principal", `{"AWS":"*"}`, allow},
		{"Principal", `{"AWS":"123456789012"}`, allow},
		{"Principal", `{"AWS":"arn:aws:iam::123456789012:root"}`, allow},
		{"Principal", `{"AWS":"` + role + `"}`, allow},
		{"Principal", `{"AWS":"arn:aws:iam::123456789012:role/teams/a/Probe"}`, allow}, // role names are unique whatever their path
		{"Principal", `{"AWS":"` + session + `"}`, allow},
		{"Principal", `{"AWS":["arn:aws:iam::123456789012:role/Other","` + role + `"]}`, allow},
		{"Principal", `{"AWS":"arn:aws:iam::123456789012:role/Other"}`, deny},
		{"Principal", `{"AWS":"arn:aws:iam::123456789012:user/Probe"}`, deny},
		{"Principal", `{"AWS":"arn:aws:sts::123456789012:assumed-role/Probe/other"}`, deny},
		{"Principal", `{"AWS":"arn:aws:iam::999999999999:role/Probe"}`, deny},
		{"Principal", `{"AWS":"999999999999"}`, deny},
		{"Principal", `{"AWS":"AROAEXAMPLEID"}`, unknown},
		{"Principal", `{"Service":"bedrock-agentcore.amazonaws.com"}`, deny},
		{"NotPrincipal", `{"AWS":"999999999999"}`, allow},
		{"NotPrincipal", `{"AWS":"` + role + `"}`, unknown},
		{"NotPrincipal", `{"AWS":["` + account + `","` + role + `","` + session + `"]}`, deny},
		{"Action", `"bedrock-agentcore:InvokeAgentRuntime"`, allow},
		{"Action", `"Bedrock-AgentCore:invokeagentruntime"`, allow},
		{"Action", `"bedrock-agentcore:Invoke*"`, allow},
		{"Action", `["s3:Get*","bedrock-agentcore:*"]`, allow},
		{"Action", `"bedrock-agentcore:InvokeAgentRuntim?"`, allow},
		{"Action", `"bedrock:*"`, deny},
		{"NotAction", `"s3:*"`, allow},
		{"NotAction", `"bedrock-agentcore:*"`, deny},
		{"Resource", `"` + runtime + `"`, allow},
		{"Resource", `"arn:aws:bedrock-agentcore:*:123456789012:runtime/*"`, allow},
		{"Resource", `"` + strings.ToUpper(runtime) + `"`, deny},
		{"Resource", `"` + runtime + `/runtime-endpoint/DEFAULT"`, deny},
		{"Resource", `"arn:aws:bedrock-agentcore:us-east-1:${aws:PrincipalAccount}:runtime/*"`, allow},
		{"Resource", `"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/${aws:PrincipalTag/team}-*"`, unknown},
		{"Resource", `"arn:aws:s3:::${aws:PrincipalTag/team}"`, deny},
		{"Resource", `"${aws:unclosed"`, unknown},
		{"NotResource", `"` + runtime + `"`, deny},
		{"NotResource", `"arn:aws:s3:::*"`, allow},
	} {
		d := parse(t, document(statement("Allow", tt.element, tt.value)))
		if got := d.Evaluate(request(nil)); got.Effect != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.element, tt.value, got.Effect, tt.want)
		}
	}
}

const (
	allow   = policy.EffectAllow
	deny    = policy.EffectImplicitDeny
	unknown = policy.EffectUnknown
)

type conditionRow struct {
	condition string
	want      policy.Effect
}

// checkConditions evaluates an Allow with each condition for one request.
func checkConditions(t *testing.T, rows []conditionRow) {
	t.Helper()
	context := map[string][]string{
		"aws:SourceVpce": {endpoint}, "aws:SourceIp": {"192.0.2.10"}, "aws:VpcSourceIp": {"2001:db8::7"},
		"aws:TagKeys": {"team", "stage"}, "aws:CalledVia": nil, "aws:SecureTransport": {"true"},
		"s3:max-keys": {"10"}, "aws:CurrentTime": {"2026-11-24T12:00:00Z"}, "aws:SourceArn": {"arn:aws:sns:us-east-1:123456789012:topic"},
	}
	for _, tt := range rows {
		d := parse(t, document(statement("Allow", "Condition", "{"+tt.condition+"}")))
		if got := d.Evaluate(request(context)); got.Effect != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.condition, got.Effect, got.Why, tt.want)
		}
	}
}

// "IAM JSON policy elements: Condition operators".
func TestEvaluateOperators(t *testing.T) {
	checkConditions(t, []conditionRow{
		{`"StringEquals":{"aws:SourceVpce":"vpce-0a1b2c3d4e5f67890"}`, allow},
		{`"StringEquals":{"AWS:sourcevpce":["vpce-1","vpce-0a1b2c3d4e5f67890"]}`, allow},
		{`"StringEquals":{"aws:SourceVpce":"VPCE-0A1B2C3D4E5F67890"}`, deny},
		{`"StringEqualsIgnoreCase":{"aws:SourceVpce":"VPCE-0A1B2C3D4E5F67890"}`, allow},
		{`"StringNotEqualsIgnoreCase":{"aws:SourceVpce":"VPCE-0A1B2C3D4E5F67890"}`, deny},
		{`"StringLike":{"aws:SourceVpce":"vpce-0a*"}`, allow},
		{`"StringNotLike":{"aws:SourceVpce":"vpce-0a*"}`, deny},
		{`"StringEquals":{"aws:SourceVpce":"vpce-0a*"}`, deny},
		{`"StringNotEquals":{"aws:SourceVpce":["vpce-1","vpce-2"]}`, allow},
		{`"StringNotEquals":{"aws:SourceVpce":["vpce-1","vpce-0a1b2c3d4e5f67890"]}`, deny},
		{`"StringEquals":{"aws:SourceVpce":"${aws:PrincipalTag/x}"}`, unknown},
		{`"StringEquals":{"aws:SourceVpce":"subnet-${aws:PrincipalTag/x}"}`, deny},
		{`"StringEquals":{"aws:SourceVpce":"${aws:CalledVia, 'vpce-0a1b2c3d4e5f67890'}"}`, allow},
		{`"IpAddress":{"aws:SourceIp":["198.51.100.0/24","192.0.2.0/24"]}`, allow},
		{`"IpAddress":{"aws:SourceIp":"192.0.2.10"}`, allow},
		{`"IpAddress":{"aws:VpcSourceIp":"2001:db8::/32"}`, allow},
		{`"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, deny},
		{`"IpAddress":{"aws:SourceIp":"not a block"}`, unknown},
		{`"Bool":{"aws:SecureTransport":"True"}`, allow},
		{`"Bool":{"aws:SecureTransport":false}`, deny},
		{`"NumericLessThan":{"s3:max-keys":"11"}`, allow},
		{`"NumericLessThanEquals":{"s3:max-keys":10}`, allow},
		{`"NumericGreaterThan":{"s3:max-keys":"10"}`, deny},
		{`"NumericEquals":{"s3:max-keys":"10.0"}`, allow},
		{`"NumericNotEquals":{"s3:max-keys":"10"}`, deny},
		{`"NumericEquals":{"s3:max-keys":"1e9999999"}`, unknown},
		{`"DateGreaterThan":{"aws:CurrentTime":"2026-11-24T11:59:59Z"}`, allow},
		{`"DateLessThan":{"aws:CurrentTime":"2026-11-24"}`, deny},
		{`"DateNotEquals":{"aws:CurrentTime":"1795521600"}`, deny},
		{`"DateLessThan":{"aws:CurrentTime":"soon"}`, unknown},
		{`"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:123456789012:*"}`, allow},
		{`"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:123456789012:top?c"}`, allow},
		{`"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:topic"}`, deny}, // a * does not reach over a colon
		{`"ArnNotLike":{"aws:SourceArn":"arn:aws:sqs:*:*:*"}`, allow},
	})
}

// A key that the request does not carry, and one with several values: "Set
// operators for multivalued context keys".
func TestEvaluateAbsentAndSeveralValues(t *testing.T) {
	checkConditions(t, []conditionRow{
		// Absent keys.
		{`"StringEquals":{"aws:CalledVia":"x"}`, deny},
		{`"StringNotEquals":{"aws:CalledVia":"x"}`, allow},
		{`"ArnNotLike":{"aws:CalledVia":"x"}`, allow},
		{`"NotIpAddress":{"aws:CalledVia":"192.0.2.0/24"}`, allow},
		{`"StringEqualsIfExists":{"aws:CalledVia":"x"}`, allow},
		{`"StringNotEqualsIfExists":{"aws:SourceVpce":"vpce-0a1b2c3d4e5f67890"}`, deny},
		{`"ForAllValues:StringEquals":{"aws:CalledVia":"x"}`, allow},
		{`"ForAnyValue:StringEquals":{"aws:CalledVia":"x"}`, deny},
		{`"ForAnyValue:StringNotEquals":{"aws:CalledVia":"x"}`, deny},
		{`"Null":{"aws:CalledVia":"true"}`, allow},
		{`"Null":{"aws:CalledVia":false}`, deny},
		{`"Null":{"aws:SourceVpce":"false"}`, allow},

		// Several values.
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["team","stage","owner"]}`, allow},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}`, deny},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}`, allow},
		{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":["team"]}`, allow},
		{`"ForAllValues:StringNotEquals":{"aws:TagKeys":["team"]}`, deny},
		{`"StringEquals":{"aws:TagKeys":["team"]}`, unknown},
		{`"ForSomeValues:StringEquals":{"aws:TagKeys":["team"]}`, unknown},
	})
}

func TestEvaluateUnknownKeys(t *testing.T) {
	checkConditions(t, []conditionRow{
		// Unknown keys.
		{`"StringEquals":{"aws:PrincipalOrgID":"o-1"}`, unknown},
		{`"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}`, unknown},
		{`"Null":{"aws:PrincipalOrgID":"true"}`, unknown},
		{`"StringEquals":{"aws:PrincipalOrgID":"o-1","aws:SourceVpce":"vpce-1"}`, deny},

		// A session's ARN doesn't carry its role's path.
		{`"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/Probe"}`, unknown},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*Probe"}`, allow},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/Other"}`, deny},
		{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Other"}`, allow},
		{`"Null":{"aws:PrincipalArn":"true"}`, deny},
		{`"StringEquals":{"aws:PrincipalAccount":"123456789012"}`, allow},
	})
}

// Policy variables are in force from version 2012-10-17 on ("IAM JSON policy
// elements: Version").
func TestEvaluateVariablesNeedTheVersion(t *testing.T) {
	old := `{"Statement":` + statement("Allow", "Resource", `"arn:aws:bedrock-agentcore:us-east-1:${aws:PrincipalAccount}:runtime/*"`) + `}`
	if got := parse(t, old).Evaluate(request(nil)).Effect; got != policy.EffectImplicitDeny {
		t.Errorf("a variable was replaced in a document without a version: %s", got)
	}
}

// A caller without IAM identity, such as the bearer of a token, is matched by
// everyone and nothing else.
func TestEvaluateAnonymous(t *testing.T) {
	r := policy.Request{Action: invoke, Resource: runtime}
	for text, want := range map[string]policy.Effect{
		`"*"`:                         policy.EffectAllow,
		`{"AWS":"*"}`:                 policy.EffectAllow,
		`{"AWS":"` + account + `"}`:   policy.EffectImplicitDeny,
		`{"AWS":["` + role + `"]}`:    policy.EffectImplicitDeny,
		`{"Federated":"example.org"}`: policy.EffectImplicitDeny,
	} {
		if got := parse(t, document(statement("Allow", "Principal", text))).Evaluate(r).Effect; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Wildcards against the regular expression that says the same.
func TestWildcardsLikeARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab:*?]{1,12}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab:]{0,12}`).Draw(t, "text")
		expression := regexp.QuoteMeta(pattern)
		expression = strings.ReplaceAll(strings.ReplaceAll(expression, `\*`, ".*"), `\?`, ".")
		want := regexp.MustCompile("^" + expression + "$").MatchString(text)
		d, err := policy.Parse(document(statement("Allow", "Resource", `"`+pattern+`"`)))
		if err != nil {
			t.Fatal(err)
		}
		got := d.Evaluate(policy.Request{Principal: session, Action: invoke, Resource: text}).Effect == policy.EffectAllow
		if got != want {
			t.Errorf("%q against %q: %v, want %v", pattern, text, got, want)
		}
	})
}

// What is unknown may become known: the decision must have been unknown, or
// stay what it was.
func TestUnknownIsNeverAGuess(t *testing.T) {
	keys := []string{"aws:SourceVpce", "aws:SourceVpc", "aws:SourceIp"}
	operators := []string{"StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAnyValue:StringNotEquals", "Null", "NotIpAddress"}
	values := rapid.SampledFrom([]string{"true", "false", "vpce-1", "vpc-1", "192.0.2.1"})
	rapid.Check(t, func(t *rapid.T) {
		var statements []string
		for range rapid.IntRange(1, 4).Draw(t, "statements") {
			condition := fmt.Sprintf(`{%q:{%q:%q}}`, rapid.SampledFrom(operators).Draw(t, "operator"), rapid.SampledFrom(keys).Draw(t, "key"), values.Draw(t, "value"))
			statements = append(statements, statement(rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect"), "Condition", condition))
		}
		d, err := policy.Parse(document(statements...))
		if err != nil {
			t.Fatal(err)
		}
		known := map[string][]string{}
		for _, key := range keys {
			known[key] = rapid.SliceOfN(values, 0, 1).Draw(t, key)
		}
		partly := map[string][]string{}
		for _, key := range keys {
			if rapid.Bool().Draw(t, "knows "+key) {
				partly[key] = known[key]
			}
		}
		before, after := d.Evaluate(request(partly)), d.Evaluate(request(known))
		if before.Effect != policy.EffectUnknown && before.Effect != after.Effect {
			t.Errorf("%s with %v, %s with %v", before.Effect, partly, after.Effect, known)
		}
	})
}
