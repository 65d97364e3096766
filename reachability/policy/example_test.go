package policy_test

import (
	"fmt"

	"github.com/agentcore-probe/probe/reachability/policy"
)

func ExampleParseDenial() {
	d, _ := policy.ParseDenial("User: arn:aws:sts::123456789012:assumed-role/Probe/i-0abc is not authorized to perform: " +
		"bedrock-agentcore:InvokeAgentRuntime on resource: arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1b2c3d4e5 " +
		"with an explicit deny in a resource-based policy")
	fmt.Println(d.Effect, d.Layer)
	// Output: explicit-deny resource-based
}

// Without a key the request's origin is unknown, and so is the decision.
func ExampleDocument_Evaluate() {
	d, err := policy.Parse(`{
	  "Version": "2012-10-17",
	  "Statement": [
	    {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "bedrock-agentcore:*", "Resource": "*"},
	    {"Sid": "OnlyThroughTheEndpoint", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
	     "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f67890"}}}
	  ]
	}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := policy.Request{
		Principal: "arn:aws:sts::123456789012:assumed-role/Probe/i-0abc",
		Action:    "bedrock-agentcore:InvokeAgentRuntime",
		Resource:  "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1b2c3d4e5",
	}
	fmt.Println(d.Evaluate(r).Effect)
	r.Context = map[string][]string{"aws:SourceVpce": nil} // the public path
	fmt.Println(d.Evaluate(r).Effect)
	r.Context["aws:SourceVpce"] = []string{"vpce-0a1b2c3d4e5f67890"}
	fmt.Println(d.Evaluate(r).Effect)
	// Output:
	// unknown
	// explicit-deny
	// allow
}
