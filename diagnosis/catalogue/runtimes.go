package catalogue

import "github.com/agentcore-probe/probe/netpath"

// runtimeStates are faults of a runtime that the control plane calls ready.
func runtimeStates() []Entry {
	const page = "Troubleshoot AgentCore Runtime"
	return []Entry{{
		Code:     "runtime/endpoint-propagating",
		Title:    "the control plane calls the endpoint ready and the data plane does not know it",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopRuntime,
		Summary:  "${runtime} is READY, and the data plane does not find it: ${message}",
		Meaning:  "An endpoint that was just created or updated takes some minutes to arrive at the data plane. One that stays unknown was called in another Region or account than it is in.",
		Live:     "404 for the runtime's own qualifier",
		Config:   "GetAgentRuntimeEndpoint: status is READY",
		Not:      "runtime/not-found and runtime/endpoint-not-found, where the control plane does not know it either",
		Fix:      []string{"# wait some minutes and check again; if it stays so, open a case with request id ${request_id}"},
		AWSPage:  page,
		Matches:  []Match{{Hop: netpath.HopRuntime, Failure: netpath.FailureNotFound, Fact: "configuration=pass"}},
	}, {
		Code:     "runtime/mmdsv2-required",
		Title:    "the runtime does not demand MMDSv2 and is not invoked any more",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopRuntime,
		Summary:  "${runtime} does not demand version 2 of the microVM metadata service: it is not invoked without",
		Meaning:  "Since June 30, 2026 AgentCore invokes only runtimes whose metadata service takes version 2 requests alone. Agents created before February 15, 2026 may have it off.",
		Live:     "400 ValidationException: This runtime is not MMDSv2-enabled",
		Config:   "GetAgentRuntime: metadataConfiguration.requireMMDSV2 is false",
		Not:      "runtime/unexpected-answer: another 400",
		Fix:      []string{"# UpdateAgentRuntime of ${runtime} with metadataConfiguration={requireMMDSV2=true} and everything else as GetAgentRuntime has it"},
		AWSPage:  page,
		Matches:  []Match{{Hop: netpath.HopRuntime, Failure: netpath.FailureMMDSv2}},
	}}
}
