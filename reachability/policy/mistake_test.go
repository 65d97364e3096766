package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
	"github.com/agentcore-probe/probe/vpc"
)

// What AWS's documentation recommends holds no mistake: the examples of
// "Resource-based policies for Amazon Bedrock AgentCore", and the endpoint policy
// of "Use interface VPC endpoints (AWS PrivateLink)" for tokens.
func TestDocumentedPoliciesHoldNoMistake(t *testing.T) {
	for _, tt := range []struct {
		name, resource, endpoint string
		oauth                    bool
	}{
		{"the lab's private pattern", closed(onlyThrough), document(statement("Allow", "Principal", `{"AWS":"`+account+`"}`, "Action", `"bedrock-agentcore:*"`)), false},
		{"one role of another account", document(statement("Allow", "Principal", `{"AWS":"arn:aws:iam::444455556666:role/Caller"}`, "Action", `"`+invoke+`"`, "Resource", `"`+runtime+`"`)), "", false},
		{"tokens from a VPC", document(statement("Allow", "Action", `"`+invoke+`"`, "Resource", `"`+runtime+`"`, "Condition", `{"StringEquals":{"aws:SourceVpc":"`+agentVPC+`"}}`)), document(statement("Allow", "Action", `"`+invoke+`"`)), true},
		{"a denial that spares the VPC", document(statement("Deny", "Condition", `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"},"StringNotEquals":{"aws:SourceVpc":"`+agentVPC+`"}}`)), "", false},
		{"the other names of an invocation", document(statement("Allow", "Action", `["bedrock-agentcore:invokeagentruntimeforuser","bedrock-agentcore:Invoke*","bedrock-agentcore:StopRuntimeSession","bedrock-agentcore:GetAgentCard"]`)), "", false},
		{"gateways and memories behind the same endpoint", document(statement("Allow")), document(statement("Allow", "Action", `["bedrock-agentcore:InvokeGateway","bedrock-agentcore:CreateEvent"]`)), false},
	} {
		n := world(t, func(n *vpc.Network) {
			n.ResourcePolicies = []vpc.ResourcePolicy{{ResourceARN: runtime, Policy: tt.resource}, {ResourceARN: runtimeEndpoint}}
			n.Endpoints[0].PolicyDocument = tt.endpoint
			if tt.oauth {
				bearer(n)
			}
		})
		for _, p := range []netpath.Path{private, public} {
			if diff := cmp.Diff([]policy.Mistake(nil), policy.Mistakes(n, p)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", tt.name, p.Route, diff)
			}
		}
	}
}

func TestMistakes(t *testing.T) {
	const gone, other = "vpce-0fffffffffffffff0", "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/billing-z9y8x7w6v5"
	for _, tt := range []struct {
		name      string
		path      netpath.Path
		oauth     bool
		statement string
		want      string
	}{
		// "Identify AWS resources with Amazon Resource Names (ARNs)", IAM User Guide.
		{"a part of the ARN is missing", public, false, statement("Allow", "Resource", `["`+runtime+`","arn:aws:bedrock-agentcore:us-east-1:runtime/support-a1b2c3d4e5"]`),
			`names the resource "arn:aws:bedrock-agentcore:us-east-1:runtime/support-a1b2c3d4e5", which is no ARN: it never matches`},
		{"a bare id", public, false, statement("Deny", "Resource", `["`+runtime+`","support-a1b2c3d4e5"]`), `names the resource "support-a1b2c3d4e5", which is no ARN: it never matches`},
		// "AWS JSON policy elements: Principal".
		{"a wildcard in a principal", public, false, statement("Allow", "Principal", `{"AWS":"arn:aws:iam::123456789012:role/Agent*"}`),
			`names the principal "arn:aws:iam::123456789012:role/Agent*": a wildcard matches no part of a principal; a condition on aws:PrincipalArn does`},
		// "Actions, resources, and condition keys for Amazon Bedrock Agentcore".
		{"an action that does not exist", public, false, statement("Allow", "Action", `"bedrock-agentcore:InvokeRuntime"`), `names the action "bedrock-agentcore:InvokeRuntime", which is none of AgentCore's documented ones on runtimes`},
		{"an action of Amazon Bedrock Agents", public, false, statement("Allow", "Action", `["`+invoke+`","bedrock:InvokeAgent"]`), `names the action "bedrock:InvokeAgent", which is not AgentCore's: it never matches`},
		{"the control plane's endpoint is no prefix of actions", public, false, statement("Deny", "Action", `"bedrock-agentcore-control:InvokeAgentRuntime"`), `names the action "bedrock-agentcore-control:InvokeAgentRuntime", which is not AgentCore's: it never matches`},
		// "Resource-based policies for Amazon Bedrock AgentCore".
		{"another runtime's ARN", public, false, statement("Deny", "Resource", `"`+other+`"`), `names "` + other + `", and is asked about ` + runtime + ` only: it never matches`},
		{"the endpoint's ARN in the runtime's policy", public, false, statement("Deny", "Resource", `"`+runtimeEndpoint+`"`), `names "` + runtimeEndpoint + `", and is asked about ` + runtime + ` only: it never matches`},
		{"a role where tokens are taken", public, true, statement("Allow", "Principal", `{"AWS":"`+role+`"}`), "allows IAM principals, and the runtime takes bearer tokens, whose bearers are none: only the principal * means them"},
		{"an Allow tied to a VPC", public, false, statement("Allow", "Condition", `{"StringEquals":{"aws:SourceVpc":"`+agentVPC+`"}}`),
			"allows by where a call comes from; callers of the account whom IAM allows get in from anywhere, unless a statement denies it"},
		// "AWS global condition context keys", aws:SourceIp.
		{"a denial by address", public, false, statement("Deny", "Condition", `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`), "denies by aws:SourceIp, which calls through a VPC endpoint do not have: it denies all of them"},
		// "AWS global condition context keys", aws:SourceVpce.
		{"an endpoint that is gone", public, false, statement("Deny", "Condition", `{"StringNotEquals":{"aws:SourceVpce":"`+gone+`"}}`), "is about " + gone + ", which was not found among the VPC endpoints"},
	} {
		n := world(t, func(n *vpc.Network) {
			n.ResourcePolicies = []vpc.ResourcePolicy{{ResourceARN: runtime, Policy: document(tt.statement)}, {ResourceARN: runtimeEndpoint}}
			if tt.oauth {
				bearer(n)
			}
		})
		want := []policy.Mistake{{Resource: runtime, Statement: "#1", Text: tt.want}}
		if diff := cmp.Diff(want, policy.Mistakes(n, tt.path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The policy of a VPC endpoint that covers the runtime's ARN alone.
func TestMistakesOfEndpointPolicies(t *testing.T) {
	n := world(t, func(n *vpc.Network) {
		n.Endpoints[0].PolicyDocument = document(statement("Allow", "Action", `"`+invoke+`"`, "Resource", `"`+runtime+`"`), statement("Allow", "Action", `"bedrock-agentcore:InvokeAgentRunTimes"`))
	})
	want := []policy.Mistake{
		{Resource: endpoint, Statement: "#1", Text: "names the runtime and not its endpoint " + runtimeEndpoint + ", for which a call is judged, too"},
		{Resource: endpoint, Statement: "#2", Text: `names the action "bedrock-agentcore:InvokeAgentRunTimes", which is none of AgentCore's documented ones on runtimes`},
	}
	if diff := cmp.Diff(want, policy.Mistakes(n, private)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
