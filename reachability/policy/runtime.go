package policy

import (
	"github.com/agentcore-probe/probe/netpath"
)

const ready = "READY"

// runtimeState: only a runtime and a runtime endpoint in the state READY take
// requests. It proves the control plane's view and nothing about the container.
func (k call) runtimeState() netpath.Evidence {
	arn := k.path.Target.RuntimeARN
	switch {
	case k.runtime == nil && k.listsRuntimes():
		return k.runtimeFails("runtime/not-found", arn, "", "the account's runtimes do not include it")
	case k.runtime == nil:
		return unknown(arn, "the runtime was not read")
	case k.runtime.Status == "":
		return unknown(arn, "the runtime's status was not read")
	case k.runtime.Status != ready:
		return k.runtimeFails("runtime/not-ready", arn, k.runtime.Status, "the runtime is "+k.runtime.Status)
	}
	e := k.runtimeEndpoint()
	switch {
	case e == nil && k.listsRuntimeEndpoints():
		return k.runtimeFails("runtime/endpoint-not-found", k.runtimeEndpointARN(), "", "the runtime has no endpoint "+k.qualifier())
	case e == nil || e.Status == "":
		return unknown(k.runtimeEndpointARN(), "the runtime endpoint %s was not read", k.qualifier())
	case e.Status != ready:
		return k.runtimeFails("runtime/not-ready", e.ARN, e.Status, "the runtime endpoint is "+e.Status)
	case k.withoutMMDSv2():
		return k.runtimeFails("runtime/mmdsv2-required", arn, "", "the runtime does not demand MMDSv2, and is not invoked without")
	}
	return netpath.Evidence{Status: netpath.StatusPass, Component: arn, Detail: "runtime and endpoint are READY", Facts: k.facts()}
}

// withoutMMDSv2: since June 30, 2026 a runtime that does not demand version 2 of
// the metadata service is not invoked ("Troubleshoot AgentCore Runtime",
// AgentCore Developer Guide). One that does not say is not judged.
func (k call) withoutMMDSv2() bool {
	m := k.runtime.MetadataConfiguration
	return m != nil && m.RequireMMDSv2 != nil && !*m.RequireMMDSv2
}

func (k call) runtimeFails(cause, component, state, detail string) netpath.Evidence {
	f := k.facts()
	f["runtime"] = component
	if k.runtime != nil {
		f["runtime_id"] = k.runtime.ID
	}
	if state != "" {
		f["state"] = state
	}
	f["qualifier"] = k.qualifier()
	return netpath.Evidence{Status: netpath.StatusFail, Cause: cause, Component: component, Detail: detail, Facts: f}
}

// listsRuntimes says that the inventory would show the runtime if it existed:
// its list is of the same Region and account.
func (k call) listsRuntimes() bool {
	n := k.network
	return n.Has("agentRuntimes") && n.Region == k.region && n.Account == k.account
}

// listsRuntimeEndpoints says that the endpoints of this runtime were read: one
// of them is there, as every runtime has a DEFAULT.
func (k call) listsRuntimeEndpoints() bool {
	return len(k.network.RuntimeEndpointsOf(k.path.Target.RuntimeARN)) > 0
}
