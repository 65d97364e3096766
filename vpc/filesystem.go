package vpc

import (
	"regexp"
	"strings"
)

// FileSystem is an entry of efs DescribeFileSystems.
type FileSystem struct {
	FileSystemID   string `json:"FileSystemId"`
	FileSystemARN  string `json:"FileSystemArn"`
	Name           string
	OwnerID        string `json:"OwnerId"`
	LifeCycleState string // creating, available, updating, deleting, deleted, error
	Tags           []Tag
}

// MountTarget is an entry of efs DescribeMountTargets: an interface of a file
// system, at most one in each Availability Zone. Its security groups are those
// of its interface.
type MountTarget struct {
	MountTargetID        string `json:"MountTargetId"`
	FileSystemID         string `json:"FileSystemId"`
	VpcID                string `json:"VpcId"`
	SubnetID             string `json:"SubnetId"`
	LifeCycleState       string
	IPAddress            string `json:"IpAddress"`
	NetworkInterfaceID   string `json:"NetworkInterfaceId"`
	AvailabilityZoneID   string `json:"AvailabilityZoneId"`
	AvailabilityZoneName string
}

// In reports whether the mount target is in an Availability Zone, by its id or
// name; where the mount target's is not known, it may be.
func (t *MountTarget) In(zone string) bool {
	unknown := t.AvailabilityZoneID == "" && t.AvailabilityZoneName == ""
	return unknown || zone == t.AvailabilityZoneID || zone == t.AvailabilityZoneName
}

// Available reports whether the mount target serves, as far as is known.
func (t *MountTarget) Available() bool {
	return t.LifeCycleState == "" || t.LifeCycleState == "available"
}

// FileAccessPoint is an entry of efs DescribeAccessPoints, by which a runtime
// mounts a file system.
type FileAccessPoint struct {
	AccessPointID  string `json:"AccessPointId"`
	AccessPointARN string `json:"AccessPointArn"`
	FileSystemID   string `json:"FileSystemId"`
	LifeCycleState string
	Tags           []Tag
}

// mountInterface is how EFS describes the interface of a mount target: "EFS
// mount target for fs-… (fsmt-…)" ("Managing mount targets", Amazon EFS User
// Guide).
var mountInterface = regexp.MustCompile(`^EFS mount target for (fs-[0-9a-f]+) \((fsmt-[0-9a-f]+)\)`)

// PortNFS is where mount targets listen ("Using VPC security groups", Amazon EFS
// User Guide).
const PortNFS = 2049

// FileSystemOf finds the id of the file system that an access point's ARN or id
// belongs to; "" where the access point is not known.
func (x *Index) FileSystemOf(accessPoint string) string {
	id := accessPoint[strings.LastIndexByte(accessPoint, '/')+1:]
	for _, p := range x.AccessPoints {
		if id != "" && p.AccessPointID == id {
			return p.FileSystemID
		}
	}
	return ""
}

// MountTargetsOf lists the mount targets of a file system: those that EFS told
// of, else those whose interfaces say so. The second result is false where the
// list may lack some: neither was read.
func (x *Index) MountTargetsOf(fileSystem string) ([]MountTarget, bool) {
	var out []MountTarget
	for _, t := range x.MountTargets {
		if t.FileSystemID == fileSystem {
			out = append(out, t)
		}
	}
	if len(out) > 0 {
		return out, x.Has("MountTargets")
	}
	for i := range x.NetworkInterfaces {
		eni := &x.NetworkInterfaces[i]
		if t, ok := x.MountTargetAt(eni); ok && t.FileSystemID == fileSystem {
			out = append(out, t)
		}
	}
	return out, x.Has("MountTargets") || x.Has("NetworkInterfaces")
}

// MountTargetAt finds the mount target that an interface belongs to.
func (x *Index) MountTargetAt(eni *NetworkInterface) (MountTarget, bool) {
	for _, t := range x.MountTargets {
		if t.NetworkInterfaceID == eni.NetworkInterfaceID {
			return t, true
		}
	}
	if m := mountInterface.FindStringSubmatch(eni.Description); m != nil {
		return x.mountTargetAt(eni, m[1], m[2]), true
	}
	return MountTarget{}, false
}

// mountTargetAt is what an interface says of its mount target.
func (x *Index) mountTargetAt(eni *NetworkInterface, fileSystem, id string) MountTarget {
	t := MountTarget{
		MountTargetID: id, FileSystemID: fileSystem, VpcID: eni.VpcID, SubnetID: eni.SubnetID,
		IPAddress: eni.PrivateIPAddress.String(), NetworkInterfaceID: eni.NetworkInterfaceID, AvailabilityZoneName: eni.AvailabilityZone,
	}
	if s := x.Subnet(eni.SubnetID); s != nil {
		t.AvailabilityZoneID = s.AvailabilityZoneID
	}
	return t
}
