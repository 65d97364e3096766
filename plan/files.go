package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// files plans fs/*: the file systems that the runtimes mount ("File system
// configurations for AgentCore Runtime", AgentCore Developer Guide). Session
// storage and the volumes of a capacity provider are not reached through the VPC.
func (p *planner) files(runtimes []runtime) {
	for _, r := range runtimes {
		if r.known == nil {
			continue
		}
		for _, mount := range r.known.FilesystemConfigurations {
			switch {
			case mount.EFSAccessPoint != nil:
				p.mount(r, *mount.EFSAccessPoint, p.calls(runtimes))
			case mount.S3FilesAccessPoint != nil:
				p.note(fmt.Sprintf("runtime %s mounts %s at %s, which is not checked: mount targets of Amazon S3 Files are not read; name their addresses under destinations, port %d",
					r.name, mount.S3FilesAccessPoint.AccessPointARN, mount.S3FilesAccessPoint.MountPath, vpc.PortNFS))
			}
		}
	}
}

// mount plans the path to the file system behind an access point, once for all
// runtimes that mount it.
func (p *planner) mount(r runtime, m vpc.RuntimeMount, caller bool) {
	point := m.AccessPointARN[strings.LastIndexByte(m.AccessPointARN, '/')+1:]
	id := p.network.FileSystemOf(m.AccessPointARN)
	targets, known := p.network.MountTargetsOf(id)
	switch {
	case id == "" && p.network.Has("AccessPoints"):
		p.note(fmt.Sprintf("runtime %s mounts %s at %s, and there is no such access point: sessions cannot mount it", r.name, point, m.MountPath))
		return
	case id == "":
		p.note(fmt.Sprintf("runtime %s mounts %s at %s, which is not checked: its file system could not be read", r.name, point, m.MountPath))
		return
	case !known && len(targets) == 0:
		p.note(fmt.Sprintf("runtime %s mounts %s of %s, which is not checked: its mount targets could not be read", r.name, point, id))
		return
	case caller:
		p.note(fmt.Sprintf("file system %s is not checked: here is a caller, with neither subnet nor security groups of the agent", id))
		return
	}
	enis := p.agentENIs([]runtime{r})
	if i := slices.IndexFunc(p.plan.Paths, func(known netpath.Path) bool { return known.ID == "fs/"+id }); i >= 0 {
		sources := &p.plan.Paths[i].Source
		sources.ENIs = slices.Compact(slices.Sorted(slices.Values(slices.Concat(sources.ENIs, enis))))
		return
	}
	p.add(netpath.Path{
		ID: "fs/" + id, Kind: netpath.KindFile, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable,
		Because: fmt.Sprintf("runtime %s mounts %s at %s", r.name, point, m.MountPath), Source: netpath.Source{ENIs: enis},
		Target: netpath.Target{Component: id, Port: vpc.PortNFS, Protocol: netpath.ProtocolTCP, Addresses: serving(targets), Zonal: true},
	})
}

// serving are the addresses of those mount targets that are available.
func serving(targets []vpc.MountTarget) []netip.Addr {
	var all []netip.Addr
	for _, t := range targets {
		if address, err := netip.ParseAddr(t.IPAddress); err == nil && t.Available() {
			all = append(all, address)
		}
	}
	return all
}
