package vpc

import (
	"slices"
	"strings"
)

// Uses reports whether an interface is one of the agent's: AgentCore makes one
// for each subnet and set of security groups, of type agentic_ai, and shares it
// between runtimes that have both in common.
func (r Runtime) Uses(eni *NetworkInterface) bool {
	network := r.NetworkConfiguration.NetworkModeConfig
	return network != nil && eni.InterfaceType == "agentic_ai" &&
		slices.Contains(network.Subnets, eni.SubnetID) && SameGroups(eni.GroupIDs(), network.SecurityGroups)
}

// Uses reports whether an interface is the database's: RDS made it, in one of
// the subnets of its subnet group, with its security groups.
func (db DBInstance) Uses(eni *NetworkInterface) bool {
	var groups []string
	for _, g := range db.VpcSecurityGroups {
		groups = append(groups, g.VpcSecurityGroupID)
	}
	return (eni.RequesterID == "amazon-rds" || strings.HasPrefix(eni.Description, "RDS")) &&
		SameGroups(eni.GroupIDs(), groups) && db.mayBeIn(eni.SubnetID)
}

func (db DBInstance) mayBeIn(subnet string) bool {
	if db.DBSubnetGroup == nil {
		return true
	}
	for _, s := range db.DBSubnetGroup.Subnets {
		if s.SubnetIdentifier == subnet {
			return true
		}
	}
	return false
}

// SameGroups reports whether two lists without repetitions hold the same.
func SameGroups(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}
