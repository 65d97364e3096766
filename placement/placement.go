// Package placement judges from the configuration alone where a runtime stands:
// its network mode, the Availability Zones of its subnets, its network
// interfaces, and the addresses that are left for more of them. Nothing of it
// stops a packet today; it is what stops the next session, or all of them when a
// zone fails.
//
// It is pure, and says nothing where something was not read.
package placement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// Remark is something that is wrong, with the path that it is shown with.
type Remark struct {
	Path   netpath.Path
	Hop    netpath.HopName
	Config netpath.Evidence
}

// Judge remarks on the runtimes and endpoints of some paths. zones are the ids
// of the Availability Zones that AgentCore supports in the network's Region;
// none means those that AWS documents.
func Judge(n *vpc.Index, paths []netpath.Path, zones []string) []Remark {
	j := judge{network: n, zones: zones}
	if len(zones) == 0 {
		j.zones = documented[n.Region]
	}
	seen := map[string]bool{}
	for _, p := range paths {
		if arn := p.Target.RuntimeARN; arn != "" && !seen[arn] {
			seen[arn] = true
			j.runtime(p, n.Runtime(arn))
		}
	}
	for _, p := range paths {
		if id := p.Target.Endpoint; id != "" && !seen[id] {
			seen[id] = true
			j.endpoint(p, n.Endpoint(id))
		}
	}
	return j.remarks
}

type judge struct {
	network *vpc.Index
	zones   []string
	full    []string // subnets without a free address that were remarked on
	remarks []Remark
}

func (j *judge) remark(p netpath.Path, hop netpath.HopName, code, component, detail string, facts netpath.Facts) {
	facts["region"] = j.network.Region
	j.remarks = append(j.remarks, Remark{Path: p, Hop: hop, Config: netpath.Evidence{
		Status: netpath.StatusFail, Cause: code, Component: component, Detail: detail, Facts: facts,
	}})
}

// runtime remarks on a runtime, as far as it is known.
func (j *judge) runtime(p netpath.Path, r *vpc.Runtime) {
	if r == nil {
		return
	}
	j.mode(p, r)
	network := r.NetworkConfiguration.NetworkModeConfig
	if network == nil {
		return
	}
	j.spread(p, r, network.Subnets)
	for _, id := range network.Subnets {
		if s := j.network.Subnet(id); s != nil {
			j.subnet(p, r, s)
		}
	}
}

// mode: the patterns vpc, private and isolated have the agent in a VPC, the
// pattern public has it outside.
func (j *judge) mode(p netpath.Path, r *vpc.Runtime) {
	want := "VPC"
	if p.Target.Declared == netpath.PatternPublic {
		want = "PUBLIC"
	}
	have := r.NetworkConfiguration.NetworkMode
	if p.Target.Declared == "" || have == "" || have == want {
		return
	}
	j.remark(p, netpath.HopRuntime, "runtime/mode-mismatch", r.ARN,
		fmt.Sprintf("network mode is %s, pattern %s wants %s", have, p.Target.Declared, want),
		netpath.Facts{"runtime": r.ARN, "mode": have, "wanted_mode": want, "pattern": string(p.Target.Declared)})
}

// spread: AWS advises subnets in at least two zones ("Configure Amazon Bedrock
// AgentCore Runtime and tools for VPC").
func (j *judge) spread(p netpath.Path, r *vpc.Runtime, subnets []string) {
	var zones []string
	for _, id := range subnets {
		s := j.network.Subnet(id)
		if s == nil || s.AvailabilityZoneID == "" {
			return
		}
		if !slices.Contains(zones, s.AvailabilityZoneID) {
			zones = append(zones, s.AvailabilityZoneID)
		}
	}
	if len(zones) != 1 {
		return
	}
	j.remark(p, netpath.HopRuntime, "runtime/one-az", r.ARN, "every subnet of the runtime is in "+zones[0],
		netpath.Facts{"runtime": r.ARN, "runtime_id": r.ID, "zone": zones[0], "subnets": strings.Join(subnets, ", ")})
}

// subnet remarks on one of a runtime's subnets. A zone that is not supported and
// a subnet that is full explain why no interface is there.
func (j *judge) subnet(p netpath.Path, r *vpc.Runtime, s *vpc.Subnet) {
	facts := netpath.Facts{"runtime": r.ARN, "runtime_id": r.ID, "subnet": s.SubnetID, "zone": s.AvailabilityZoneID, "vpc": s.VpcID}
	switch {
	case len(j.zones) > 0 && s.AvailabilityZoneID != "" && !slices.Contains(j.zones, s.AvailabilityZoneID):
		facts["supported"] = strings.Join(j.zones, ", ")
		j.remark(p, netpath.HopRuntime, "runtime/unsupported-az", s.SubnetID, s.SubnetID+" is in "+s.AvailabilityZoneID+", which AgentCore does not support", facts)
	case j.isFull(s):
		j.noAddresses(p, netpath.HopRuntime, s)
	case j.lacksInterface(r, s):
		j.remark(p, netpath.HopRuntime, "runtime/enis-missing", s.SubnetID, "no network interface of the agent is in "+s.SubnetID, facts)
	}
}

// lacksInterface reports whether AgentCore has made no interface in a subnet of
// the runtime. On the instances of a capacity provider there need not be one.
func (j *judge) lacksInterface(r *vpc.Runtime, s *vpc.Subnet) bool {
	if !j.network.Has("NetworkInterfaces") || r.Status != "READY" || r.CapacityProviderConfiguration != nil {
		return false
	}
	return !slices.ContainsFunc(j.network.NetworkInterfaces, func(eni vpc.NetworkInterface) bool {
		return eni.SubnetID == s.SubnetID && r.Uses(&eni)
	})
}

func (j *judge) isFull(s *vpc.Subnet) bool {
	return s.AvailableIPAddressCount != nil && *s.AvailableIPAddressCount == 0
}

// endpoint remarks on the subnets of an interface endpoint.
func (j *judge) endpoint(p netpath.Path, e *vpc.Endpoint) {
	if e == nil {
		return
	}
	for _, id := range e.SubnetIDs {
		if s := j.network.Subnet(id); s != nil && j.isFull(s) {
			j.noAddresses(p, netpath.HopEndpoint, s)
		}
	}
}

func (j *judge) noAddresses(p netpath.Path, hop netpath.HopName, s *vpc.Subnet) {
	if slices.Contains(j.full, s.SubnetID) {
		return
	}
	j.full = append(j.full, s.SubnetID)
	j.remark(p, hop, "subnet/no-free-addresses", s.SubnetID, "no address of "+s.CidrBlock.String()+" is free",
		netpath.Facts{"subnet": s.SubnetID, "cidr": s.CidrBlock.String(), "vpc": s.VpcID})
}
