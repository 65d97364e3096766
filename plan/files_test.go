package plan_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
	"github.com/agentcore-probe/probe/vpc"
)

const (
	fileSystem  = "fs-0a1b2c3d4e5f60718"
	accessPoint = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0a1b2c3d4e5f60718"
	filesPoint  = "arn:aws:s3files:us-east-1:123456789012:file-system/fs-0b1b2c3d4e5f60718/access-point/fsap-0b1b2c3d4e5f60718"
)

func mounting(m vpc.RuntimeFilesystem) func(*vpc.Network) {
	return func(n *vpc.Network) {
		r := &n.Runtimes[len(n.Runtimes)-1]
		r.FilesystemConfigurations = append(r.FilesystemConfigurations, m)
	}
}

func onEFS(path string) func(*vpc.Network) {
	return mounting(vpc.RuntimeFilesystem{EFSAccessPoint: &vpc.RuntimeMount{AccessPointARN: accessPoint, MountPath: path}})
}

func withFileSystem(n *vpc.Network) {
	n.Read["MountTargets"] = true
	n.AccessPoints = []vpc.FileAccessPoint{{AccessPointID: "fsap-0a1b2c3d4e5f60718", FileSystemID: fileSystem}}
	n.MountTargets = []vpc.MountTarget{
		{MountTargetID: "fsmt-1", FileSystemID: fileSystem, IPAddress: "10.0.21.40", LifeCycleState: "available"},
		{MountTargetID: "fsmt-2", FileSystemID: fileSystem, IPAddress: "10.0.22.40", LifeCycleState: "creating"},
		{MountTargetID: "fsmt-3", FileSystemID: "fs-0c1b2c3d4e5f60718", IPAddress: "10.0.23.40", LifeCycleState: "available"},
	}
}

func withAgentENI(n *vpc.Network) {
	n.NetworkInterfaces = append(n.NetworkInterfaces, vpc.NetworkInterface{
		NetworkInterfaceID: "eni-a1", InterfaceType: vpc.AgentInterface, SubnetID: inside, Groups: []vpc.GroupRef{{GroupID: agentSG}},
	})
}

func withSecondRuntime(n *vpc.Network) {
	r := n.Runtimes[0]
	r.ARN, r.ID, r.Name, r.FilesystemConfigurations = arn+"2", "second", "second", nil
	n.Runtimes = append(n.Runtimes, r)
}

// The ports and the meaning of the members of filesystemConfigurations are those of
// "File system configurations for AgentCore Runtime" (AgentCore Developer Guide).
func TestFileSystems(t *testing.T) {
	from := netpath.Vantage{ENI: "eni-s", VPC: theVPC, Subnet: inside, SecurityGroups: []string{agentSG}, Region: "us-east-1"}
	path := netpath.Path{
		ID: "fs/" + fileSystem, Kind: netpath.KindFile, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable,
		Because: "runtime support mounts fsap-0a1b2c3d4e5f60718 at /mnt/tools", Source: netpath.Source{ENIs: []string{"eni-a1"}},
		Target: netpath.Target{Component: fileSystem, Port: 2049, Protocol: netpath.ProtocolTCP, Zonal: true, Addresses: []netip.Addr{netip.MustParseAddr("10.0.21.40")}},
	}
	elsewhere := from
	elsewhere.Subnet, elsewhere.SecurityGroups = "subnet-9", []string{"sg-9"}
	type change = func(*vpc.Network)
	for _, tt := range []struct {
		label   string
		changes []change
		from    netpath.Vantage
		want    []netpath.Path
		note    string
	}{
		{"nothing is mounted", nil, from, nil, ""},
		{"session storage", []change{mounting(vpc.RuntimeFilesystem{SessionStorage: &vpc.RuntimeMount{MountPath: "/mnt/work"}})}, from, nil, ""},
		{"Amazon EFS", []change{withFileSystem, onEFS("/mnt/tools")}, from, []netpath.Path{path}, ""},
		{"mounted twice", []change{withFileSystem, onEFS("/mnt/tools"), onEFS("/mnt/more")}, from, []netpath.Path{path}, ""},
		{"by two runtimes", []change{withFileSystem, onEFS("/mnt/tools"), withSecondRuntime, onEFS("/mnt/more")}, from, []netpath.Path{path}, ""},
		{"no access point", []change{onEFS("/mnt/tools")}, from, nil, "runtime support mounts fsap-0a1b2c3d4e5f60718 at /mnt/tools, which is not checked: its file system could not be read"},
		{"an access point that is gone", []change{onEFS("/mnt/tools"), func(n *vpc.Network) { n.Read["AccessPoints"] = true }}, from, nil,
			"runtime support mounts fsap-0a1b2c3d4e5f60718 at /mnt/tools, and there is no such access point: sessions cannot mount it"},
		{"no mount targets", []change{withFileSystem, onEFS("/mnt/tools"), func(n *vpc.Network) { n.MountTargets, n.Read["MountTargets"] = nil, false }}, from, nil,
			"runtime support mounts fsap-0a1b2c3d4e5f60718 of " + fileSystem + ", which is not checked: its mount targets could not be read"},
		{"from a caller", []change{withFileSystem, onEFS("/mnt/tools")}, elsewhere, nil,
			"file system " + fileSystem + " is not checked: here is a caller, with neither subnet nor security groups of the agent"},
		{"Amazon S3 Files", []change{mounting(vpc.RuntimeFilesystem{S3FilesAccessPoint: &vpc.RuntimeMount{AccessPointARN: filesPoint, MountPath: "/mnt/data"}})}, from, nil,
			"runtime support mounts " + filesPoint + " at /mnt/data, which is not checked: mount targets of Amazon S3 Files are not read; name their addresses under destinations, port 2049"},
	} {
		t.Run(tt.label, func(t *testing.T) {
			got := plan.Make(config.Config{}, world(append([]change{withAgentENI}, tt.changes...)...), tt.from)
			files := slices.DeleteFunc(got.Paths, func(p netpath.Path) bool { return p.Kind != netpath.KindFile })
			if diff := cmp.Diff(tt.want, files, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tt.note != "" && !slices.Contains(got.Notes, tt.note) {
				t.Errorf("no note %q in %q", tt.note, got.Notes)
			}
		})
	}
}
