package reachability_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

const tools = "fs-0a1b2c3d4e5f60718"

// mounts is a file system with a mount target in each of two zones, in subnets
// of their own, and a client in each zone.
func mounts(changes ...func(*vpc.Network)) *reachability.Analysis {
	n := &vpc.Network{Region: "us-east-1", Read: map[string]bool{"MountTargets": true, "NetworkInterfaces": true, "SecurityGroups": true}}
	eni := func(id, subnet, address, group, about string) vpc.NetworkInterface {
		return vpc.NetworkInterface{NetworkInterfaceID: id, VpcID: "vpc-1", SubnetID: subnet, PrivateIPAddress: netip.MustParseAddr(address), Groups: []vpc.GroupRef{{GroupID: group}}, Description: about}
	}
	for _, zone := range []struct{ id, name, client, target string }{
		{"use1-az1", "us-east-1a", "10.0.1.10", "10.0.21.40"}, {"use1-az2", "us-east-1b", "10.0.2.10", "10.0.22.40"},
	} {
		client, target := netip.MustParseAddr(zone.client), netip.MustParseAddr(zone.target)
		for name, address := range map[string]netip.Addr{"client-": client, "target-": target} {
			block, _ := address.Prefix(24)
			n.Subnets = append(n.Subnets, vpc.Subnet{SubnetID: name + zone.id, VpcID: "vpc-1", CidrBlock: block, AvailabilityZoneID: zone.id, AvailabilityZone: zone.name})
		}
		mount := "fsmt-" + zone.id
		n.NetworkInterfaces = append(n.NetworkInterfaces, eni("eni-client-"+zone.id, "client-"+zone.id, zone.client, "sg-agent", ""),
			eni("eni-target-"+zone.id, "target-"+zone.id, zone.target, "sg-files", "EFS mount target for "+tools+" (fsmt-0a1b)"))
		n.MountTargets = append(n.MountTargets, vpc.MountTarget{
			MountTargetID: mount, FileSystemID: tools, IPAddress: zone.target, AvailabilityZoneID: zone.id, AvailabilityZoneName: zone.name,
			NetworkInterfaceID: "eni-target-" + zone.id, LifeCycleState: "available",
		})
	}
	n.SecurityGroups = []vpc.SecurityGroup{{GroupID: "sg-agent", IPPermissionsEgress: []vpc.IPPermission{{IPProtocol: "-1", IPRanges: []vpc.IPRange{{CidrIP: "0.0.0.0/0"}}}}}, {GroupID: "sg-files"}}
	for _, change := range changes {
		change(n)
	}
	return reachability.New(n)
}

var toTools = netpath.Path{
	ID: "fs/" + tools, Kind: netpath.KindFile, Route: netpath.RouteVPC,
	Target: netpath.Target{Component: tools, Port: vpc.PortNFS, Protocol: netpath.ProtocolTCP, Zonal: true},
}

// A file system's DNS name is resolved to the mount target in the client's zone
// ("Mounting on Amazon EC2 with a DNS name", Amazon EFS User Guide).
func TestSourcesUseTheMountTargetInTheirZone(t *testing.T) {
	zoneless := func(n *vpc.Network) { n.Subnets = nil }
	type pair struct{ from, to string }
	near := func(a *reachability.Analysis, p netpath.Path) map[pair]bool {
		got := map[pair]bool{}
		for _, from := range []string{"use1-az1", "use1-az2"} {
			for _, to := range []string{"10.0.21.40", "10.0.22.40"} {
				got[pair{from, to}] = a.Near(reachability.Source{ENI: "eni-client-" + from}, p, netip.MustParseAddr(to))
			}
		}
		return got
	}
	everywhere := toTools
	everywhere.Target.Zonal = false
	own := map[pair]bool{{"use1-az1", "10.0.21.40"}: true, {"use1-az2", "10.0.22.40"}: true, {"use1-az1", "10.0.22.40"}: false, {"use1-az2", "10.0.21.40"}: false}
	all := map[pair]bool{{"use1-az1", "10.0.21.40"}: true, {"use1-az2", "10.0.22.40"}: true, {"use1-az1", "10.0.22.40"}: true, {"use1-az2", "10.0.21.40"}: true}
	for label, tt := range map[string]struct {
		analysis *reachability.Analysis
		path     netpath.Path
		want     map[pair]bool
	}{
		"a zonal path":             {mounts(), toTools, own},
		"by the interfaces alone":  {mounts(func(n *vpc.Network) { n.MountTargets = nil }), toTools, own},
		"a path that is not zonal": {mounts(), everywhere, all},
		"subnets were not read":    {mounts(zoneless), toTools, all},
		"the zone of the targets is unknown": {mounts(func(n *vpc.Network) {
			n.MountTargets[0].AvailabilityZoneID, n.MountTargets[0].AvailabilityZoneName = "", ""
		}), toTools, map[pair]bool{{"use1-az1", "10.0.21.40"}: true, {"use1-az2", "10.0.22.40"}: true, {"use1-az1", "10.0.22.40"}: false, {"use1-az2", "10.0.21.40"}: true}},
	} {
		if diff := cmp.Diff(tt.want, near(tt.analysis, tt.path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", label, diff)
		}
	}
}

func TestNoMountTargetInAZone(t *testing.T) {
	from := reachability.Source{ENI: "eni-client-use1-az2"}
	facts := func(why, target string) netpath.Facts {
		f := netpath.Facts{"region": "us-east-1", "file_system": tools, "zone": "use1-az2", "subnet": "client-use1-az2", "why": why}
		if target != "" {
			f["mount_target"] = target
		}
		return f
	}
	for why, tt := range map[string]struct {
		change func(*vpc.Network)
		target string
	}{
		"has no mount target in use1-az2": {func(n *vpc.Network) {
			n.MountTargets, n.NetworkInterfaces = n.MountTargets[:1], n.NetworkInterfaces[:3]
		}, ""},
		"has fsmt-use1-az2 in use1-az2, whose state is creating": {func(n *vpc.Network) { n.MountTargets[1].LifeCycleState = "creating" }, "fsmt-use1-az2"},
	} {
		got := mounts(tt.change).Unmounted(from, toTools)
		want := map[netpath.HopName]netpath.Evidence{netpath.HopRoute: {
			Status: netpath.StatusFail, Cause: "fs/mount-target-az-missing", Component: tools, Detail: tools + " " + why, Facts: facts(why, tt.target),
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", why, diff)
		}
	}
}

// Only port 2049 of a mount target is a file system's; another one is a server's.
func TestMountTargetsGroup(t *testing.T) {
	from, to := reachability.Source{ENI: "eni-client-use1-az1"}, netip.MustParseAddr("10.0.21.40")
	for label, tt := range map[string]struct {
		change func(*vpc.Network)
		port   uint16
		want   string
	}{
		"told by EFS":           {func(*vpc.Network) {}, 2049, "fs/nfs-blocked sg-files fsmt-use1-az1"},
		"told by the interface": {func(n *vpc.Network) { n.MountTargets = nil }, 2049, "fs/nfs-blocked sg-files fsmt-0a1b"},
		"another port":          {func(*vpc.Network) {}, 22, "sg/ingress-missing sg-files "},
		"no mount target's":     {func(n *vpc.Network) { n.MountTargets = nil; n.NetworkInterfaces[1].Description = "a server" }, 2049, "sg/ingress-missing sg-files "},
	} {
		path := toTools
		path.Target.Port = tt.port
		e := mounts(tt.change).Evidence(from, path, to)[netpath.HopDestSG]
		if got := e.Cause + " " + e.Component + " " + e.Facts["mount_target"]; got != tt.want {
			t.Errorf("%s: %s, want %s", label, got, tt.want)
		}
	}
}
