package iam_test

import (
	"fmt"

	"github.com/agentcore-probe/probe/lab/aws/iam"
)

// A condition on Allow alone does not shut out a caller of the same account
// whose identity policy allows; an explicit Deny does.
func ExampleEvaluate() {
	identity, _ := iam.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock-agentcore:*","Resource":"*"}}`, iam.KindIdentity)
	resource, _ := iam.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
		"Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}}`, iam.KindResource)
	request := iam.Request{
		Principal: iam.Principal{ARN: "arn:aws:iam::123456789012:user/operator", Account: "123456789012"},
		Action:    "bedrock-agentcore:InvokeAgentRuntime", Resource: "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/a-0123456789", Account: "123456789012",
		Context: map[string][]string{"aws:SourceIp": {"192.0.2.10"}},
	}
	policies := iam.Policies{Identity: []iam.Document{identity}, Resource: []iam.Document{resource}}
	fmt.Println(iam.Evaluate(request, policies).Because())
	request.Context = map[string][]string{"aws:SourceVpce": {"vpce-1"}}
	fmt.Println(iam.Evaluate(request, policies) == nil)
	// Output:
	// with an explicit deny in a resource-based policy
	// true
}
