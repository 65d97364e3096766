package answer_test

import (
	"fmt"
	"net/http"

	"github.com/agentcore-probe/probe/probes/answer"
)

func Example() {
	header := http.Header{"X-Amzn-Errortype": {"AccessDeniedException:http://internal.amazon.com/"}}
	body := `{"message":"User: arn:aws:iam::123456789012:user/ann is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime on resource: arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/a with an explicit deny in a resource-based policy"}`
	a := answer.Read(http.StatusForbidden, header, []byte(body))
	failure, facts := answer.Classify(a.Status, a.Type, a.Message)
	fmt.Println(failure, facts["layer"], facts["effect"], facts["principal"])
	// Output: access_denied resource-based explicit arn:aws:iam::123456789012:user/ann
}
