package reachability

import (
	"net/netip"
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

// Near reports whether a path's source uses an address: of a zonal path, the
// mount target in its own Availability Zone. Where a zone is not known it may.
func (a *Analysis) Near(from Source, p netpath.Path, to netip.Addr) bool {
	zone := a.zoneOf(from)
	if !p.Target.Zonal || zone == "" {
		return true
	}
	targets, _ := a.network.MountTargetsOf(p.Target.Component)
	return slices.ContainsFunc(targets, func(t vpc.MountTarget) bool {
		return t.IPAddress == to.String() && t.In(zone)
	})
}

// zoneOf is the Availability Zone of a source, "" where it is not known.
func (a *Analysis) zoneOf(from Source) string {
	if e := a.interfaces[from.ENI]; e != nil && e.subnet != nil {
		return e.subnet.zone
	}
	return ""
}

// Unmounted is the evidence for a source with no mount target near: a file
// system's name is resolved to the mount target in the client's Availability Zone
// ("Mounting on Amazon EC2 with a DNS name", Amazon EFS User Guide).
func (a *Analysis) Unmounted(from Source, p netpath.Path) map[netpath.HopName]netpath.Evidence {
	id, zone := p.Target.Component, a.zoneOf(from)
	facts := netpath.Facts{"region": a.network.Region, "file_system": id, "zone": zone, "why": "has no mount target in " + zone}
	if e := a.interfaces[from.ENI]; e != nil {
		facts["subnet"] = e.subnetID
	}
	targets, _ := a.network.MountTargetsOf(id)
	for _, t := range targets {
		if t.In(zone) {
			facts["mount_target"] = t.MountTargetID
			facts["why"] = "has " + t.MountTargetID + " in " + zone + ", whose state is " + t.LifeCycleState
		}
	}
	return map[netpath.HopName]netpath.Evidence{netpath.HopRoute: fail("fs/mount-target-az-missing", id, id+" "+facts["why"], facts)}
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
