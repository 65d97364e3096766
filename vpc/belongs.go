package vpc

import (
	"slices"
	"strings"
)

// AgentInterface is the InterfaceType of the ENIs that AgentCore makes. It
// stands in neither the SDK's enumeration nor the API reference.
const AgentInterface = "agentic_ai"

// Uses reports whether an interface is one of the agent's: AgentCore makes one
// for each subnet and set of security groups, and shares it between runtimes
// that have both in common.
func (r *Runtime) Uses(eni *NetworkInterface) bool {
	return eni.InterfaceType == AgentInterface && r.Beside(eni)
}

// Beside reports whether an interface stands where the agent's do: in one of
// the runtime's subnets, with exactly its security groups.
func (r *Runtime) Beside(eni *NetworkInterface) bool {
	network := r.NetworkConfiguration.NetworkModeConfig
	return network != nil && slices.Contains(network.Subnets, eni.SubnetID) &&
		SameGroups(eni.GroupIDs(), network.SecurityGroups)
}

// Uses reports whether an interface is the database's: RDS made it, in one of
// the subnets of its subnet group, with its security groups.
func (db *DBInstance) Uses(eni *NetworkInterface) bool {
	return madeByRDS(eni) && SameGroups(eni.GroupIDs(), db.GroupIDs()) && db.mayBeIn(eni.SubnetID)
}

// Uses reports whether an interface is the proxy's: RDS made it, in one of its
// subnets, with its security groups.
func (p *DBProxy) Uses(eni *NetworkInterface) bool {
	return madeByRDS(eni) && SameGroups(eni.GroupIDs(), p.VpcSecurityGroupIDs) && slices.Contains(p.VpcSubnetIDs, eni.SubnetID)
}

func madeByRDS(eni *NetworkInterface) bool {
	return eni.RequesterID == "amazon-rds" || strings.HasPrefix(eni.Description, "RDS")
}

func (db *DBInstance) mayBeIn(subnet string) bool {
	return db.DBSubnetGroup == nil ||
		slices.ContainsFunc(db.DBSubnetGroup.Subnets, func(s DBSubnet) bool { return s.SubnetIdentifier == subnet })
}

// SameGroups reports whether two lists name the same security groups, in
// whatever order.
func SameGroups(a, b []string) bool {
	missing := func(all []string) func(string) bool {
		return func(id string) bool { return !slices.Contains(all, id) }
	}
	return !slices.ContainsFunc(a, missing(b)) && !slices.ContainsFunc(b, missing(a))
}
