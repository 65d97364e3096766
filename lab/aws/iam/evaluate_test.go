package iam_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws/iam"
)

const (
	session  = "arn:aws:sts::123456789012:assumed-role/probe/task-1"
	role     = "arn:aws:iam::123456789012:role/probe"
	runtime  = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-AbCdEf1234"
	invoke   = "bedrock-agentcore:InvokeAgentRuntime"
	allowAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	denyAll  = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`
	allowAny = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`
	denyAny  = `{"Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"bedrock-agentcore:*","Resource":"*"}}`
	nothing  = `{"Statement":[]}`
	notEP    = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"bedrock-agentcore:InvokeAgentRuntime","Resource":"*"},
		{"Effect":"Deny","Principal":"*","Action":"bedrock-agentcore:InvokeAgentRuntime","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}]}`
	onlyVPC = `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}}}`
)

func identity(t *testing.T, texts ...string) []iam.Document { return parse(t, iam.KindIdentity, texts) }
func resource(t *testing.T, texts ...string) []iam.Document { return parse(t, iam.KindResource, texts) }

func parse(t *testing.T, kind iam.Kind, texts []string) []iam.Document {
	t.Helper()
	documents := []iam.Document{}
	for _, text := range texts {
		d, err := iam.Parse(text, kind)
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, d)
	}
	return documents
}

func principalPolicy(arn string) string {
	return `{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":"` + invoke + `","Resource":"` + runtime + `"}}`
}

func managed(t *testing.T, text, arn string) []iam.Document {
	d := identity(t, text)
	d[0].ARN = arn
	return d
}

// Sentences: "Troubleshoot access denied error messages" (IAM User Guide).
// Outcomes: "Policy evaluation logic" and "Determining whether a request is
// allowed or denied within an account" (IAM User Guide).
func TestEvaluate(t *testing.T) {
	prefix := "User: " + session + " is not authorized to perform: " + invoke + " on resource: " + runtime
	for name, tc := range map[string]struct {
		policies iam.Policies
		context  map[string][]string
		owner    string
		want     string // "" for allowed
	}{
		"identity allows":                           {policies: iam.Policies{Identity: identity(t, allowAll)}},
		"nothing allows":                            {want: prefix + " because no identity-based policy allows the " + invoke + " action"},
		"identity denies":                           {policies: iam.Policies{Identity: identity(t, allowAll, denyAll)}, want: prefix + " with an explicit deny in an identity-based policy"},
		"a denial names its managed policy":         {policies: iam.Policies{Identity: managed(t, denyAll, "arn:aws:iam::aws:policy/X")}, want: prefix + " with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/X"},
		"resource alone allows the role":            {policies: iam.Policies{Resource: resource(t, principalPolicy(role))}},
		"resource alone allows everyone":            {policies: iam.Policies{Resource: resource(t, allowAny)}},
		"resource alone names the account only":     {policies: iam.Policies{Resource: resource(t, principalPolicy("123456789012"))}, want: prefix + " because no identity-based policy allows the " + invoke + " action"},
		"resource names another role":               {policies: iam.Policies{Resource: resource(t, principalPolicy(role+"2"))}, want: prefix + " because no identity-based policy allows the " + invoke + " action"},
		"resource silent, identity allows":          {policies: iam.Policies{Identity: identity(t, allowAll), Resource: resource(t, nothing)}},
		"resource denies everyone":                  {policies: iam.Policies{Identity: identity(t, allowAll), Resource: resource(t, denyAny)}, want: prefix + " with an explicit deny in a resource-based policy"},
		"boundary silent":                           {policies: iam.Policies{Identity: identity(t, allowAll), Boundary: identity(t, nothing)}, want: prefix + " because no permissions boundary allows the " + invoke + " action"},
		"boundary denies":                           {policies: iam.Policies{Identity: identity(t, allowAll), Boundary: identity(t, denyAll)}, want: prefix + " with an explicit deny in a permissions boundary"},
		"boundary caps a grant to the role":         {policies: iam.Policies{Resource: resource(t, principalPolicy(role)), Boundary: identity(t, nothing)}, want: prefix + " because no permissions boundary allows the " + invoke + " action"},
		"boundary does not cap one to the session":  {policies: iam.Policies{Resource: resource(t, principalPolicy(session)), Boundary: identity(t, nothing), Session: identity(t, nothing)}},
		"session silent":                            {policies: iam.Policies{Identity: identity(t, allowAll), Session: identity(t, nothing)}, want: prefix + " because no session policy allows the " + invoke + " action"},
		"session denies":                            {policies: iam.Policies{Identity: identity(t, allowAll), Session: identity(t, denyAll)}, want: prefix + " with an explicit deny in a sessions policy"},
		"endpoint silent":                           {policies: iam.Policies{Identity: identity(t, allowAll), Endpoint: resource(t, nothing)}, want: prefix + " because no VPC endpoint policy allows the " + invoke + " action"},
		"endpoint denies":                           {policies: iam.Policies{Identity: identity(t, allowAll), Endpoint: resource(t, allowAny, denyAny)}, want: prefix + " with an explicit deny in a VPC endpoint policy"},
		"endpoint caps a grant to the session":      {policies: iam.Policies{Resource: resource(t, principalPolicy(session)), Endpoint: resource(t, nothing)}, want: prefix + " because no VPC endpoint policy allows the " + invoke + " action"},
		"service control silent":                    {policies: iam.Policies{Identity: identity(t, allowAll), ServiceControl: identity(t, nothing)}, want: prefix + " because no service control policy allows the " + invoke + " action"},
		"service control denies":                    {policies: iam.Policies{Identity: identity(t, allowAll), ServiceControl: identity(t, allowAll, denyAll)}, want: prefix + " with an explicit deny in a service control policy"},
		"resource control denies":                   {policies: iam.Policies{Identity: identity(t, allowAll), ResourceControl: resource(t, denyAny)}, want: prefix + " with an explicit deny in a resource control policy"},
		"across accounts, identity alone":           {owner: "999999999999", policies: iam.Policies{Identity: identity(t, allowAll)}, want: prefix + " because no resource-based policy allows the " + invoke + " action"},
		"across accounts, resource alone":           {owner: "999999999999", policies: iam.Policies{Resource: resource(t, allowAny)}, want: prefix + " because no identity-based policy allows the " + invoke + " action"},
		"across accounts, both":                     {owner: "999999999999", policies: iam.Policies{Identity: identity(t, allowAll), Resource: resource(t, principalPolicy("arn:aws:iam::123456789012:root"))}},
		"through the endpoint":                      {context: map[string][]string{"aws:SourceVpce": {"vpce-1"}}, policies: iam.Policies{Identity: identity(t, allowAll), Resource: resource(t, notEP)}},
		"not through the endpoint: key is absent":   {policies: iam.Policies{Identity: identity(t, allowAll), Resource: resource(t, notEP)}, want: prefix + " with an explicit deny in a resource-based policy"},
		"allow-only condition shuts nobody out":     {policies: iam.Policies{Identity: identity(t, allowAll), Resource: resource(t, onlyVPC)}},
		"allow-only condition without identity":     {policies: iam.Policies{Resource: resource(t, onlyVPC)}, want: prefix + " because no identity-based policy allows the " + invoke + " action"},
		"allow-only condition met without identity": {context: map[string][]string{"aws:sourcevpc": {"vpc-1"}}, policies: iam.Policies{Resource: resource(t, onlyVPC)}},
	} {
		t.Run(name, func(t *testing.T) {
			owner := tc.owner
			if owner == "" {
				owner = "123456789012"
			}
			denial := iam.Evaluate(iam.Request{
				Principal: iam.Principal{ARN: session, Role: role, Account: "123456789012"},
				Action:    invoke, Resource: runtime, Account: owner, Context: tc.context,
			}, tc.policies)
			got := ""
			if denial != nil {
				got = denial.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDenialWithoutAResource(t *testing.T) {
	denial := iam.Evaluate(iam.Request{Principal: iam.Principal{ARN: session, Role: role}, Action: "ec2:DescribeVpcs", Resource: "*"}, iam.Policies{})
	want := "User: " + session + " is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action"
	if diff := cmp.Diff(want, denial.Error()); diff != "" {
		t.Error(diff)
	}
}
