package agentcore

import (
	"net/http"
	"slices"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// knob reports whether a service of the world has a knob at a value.
func knob(doc tree.Object, name, value string) bool {
	return slices.Contains(tree.Values(doc["Lab"], "Hosts.Services."+name), value)
}

// refused answers every call with what the account has used up ("Common
// errors" of InvokeAgentRuntime, AgentCore API Reference).
func refused(doc tree.Object) error {
	switch {
	case knob(doc, "Refuses", "throttled"):
		return wire.Faultf(http.StatusTooManyRequests, "ThrottlingException", "Rate exceeded")
	case knob(doc, "Refuses", "quota"):
		return wire.Faultf(http.StatusPaymentRequired, "ServiceQuotaExceededException", "maxVms limit exceeded")
	}
	return nil
}

// enabled answers for a runtime that does not demand MMDSv2: since June 30, 2026
// it is not invoked any more ("Troubleshoot AgentCore Runtime", AgentCore
// Developer Guide). Where this stands among the other checks is not documented.
func (v invocation) enabled() error {
	runtime, _ := tree.Find(v.doc, "agentRuntimes", "agentRuntimeArn", v.arn)
	if tree.Text(tree.Child(runtime, "metadataConfiguration"), "requireMMDSV2") == "true" {
		return nil
	}
	return validation("This runtime is not MMDSv2-enabled and can no longer be invoked. " +
		"Enable MMDSv2 by calling UpdateAgentRuntime with requireMMDSV2=True in metadataConfiguration.")
}
