package reachability

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// uncovered says that an interface endpoint has no interface in a zone from
// which it is used: by the source of the flow, or by the path's runtime. It
// works, across zones ("Access an AWS service using an interface VPC endpoint").
func (a *Analysis) uncovered(e *vpc.Endpoint, p netpath.Path, r Result) (netpath.Evidence, bool) {
	covered := a.zonesOf(e.SubnetIDs, e.VpcID)
	if !strings.EqualFold(e.VpcEndpointType, "Interface") || slices.Contains(covered, "") || len(covered) == 0 {
		return netpath.Evidence{}, false
	}
	var users []string
	if src := a.interfaces[r.Flow.From.ENI]; src != nil {
		users = append(users, src.subnetID)
	}
	if rt := a.network.Runtime(p.Target.RuntimeARN); rt != nil && rt.NetworkConfiguration.NetworkModeConfig != nil {
		users = append(users, rt.NetworkConfiguration.NetworkModeConfig.Subnets...)
	}
	for _, zone := range a.zonesOf(users, e.VpcID) {
		if zone == "" || slices.Contains(covered, zone) {
			continue
		}
		facts := netpath.Facts{"region": a.network.Region, "endpoint": e.VpcEndpointID, "zone": zone, "covered": strings.Join(covered, ", "), "service": e.ServiceName}
		out := fail("endpoint/az-uncovered", e.VpcEndpointID, e.VpcEndpointID+" has no interface in "+zone, facts)
		out.Status = netpath.StatusUnknown // it passes, and not by the shortest way
		return out, true
	}
	return netpath.Evidence{}, false
}

// zonesOf are the ids of the Availability Zones of subnets of a VPC, each once;
// "" stands for those that are not known.
func (a *Analysis) zonesOf(subnets []string, vpcID string) []string {
	var zones []string
	for _, id := range subnets {
		zone := ""
		if s := a.network.Subnet(id); s != nil {
			if s.VpcID != vpcID {
				continue
			}
			zone = s.AvailabilityZoneID
		}
		if !slices.Contains(zones, zone) {
			zones = append(zones, zone)
		}
	}
	slices.Sort(zones)
	return zones
}
