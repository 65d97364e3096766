package vpc

import "slices"

// Uses reports whether an interface is one of the agent's: AgentCore makes one
// for each subnet and set of security groups, of type agentic_ai, and shares it
// between runtimes that have both in common.
func (r Runtime) Uses(eni NetworkInterface) bool {
	network := r.NetworkConfiguration.NetworkModeConfig
	return network != nil && eni.InterfaceType == "agentic_ai" &&
		slices.Contains(network.Subnets, eni.SubnetID) && sameSet(eni.GroupIDs(), network.SecurityGroups)
}

// sameSet reports whether two lists without repetitions hold the same.
func sameSet(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}
