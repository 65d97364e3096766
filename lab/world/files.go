package world

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Of the file system that WithFiles adds.
const (
	filesID     = "fs-0c8d1f7a3b9e24650"
	filesPoint  = "fsap-07f2b6e9d0a4c8135"
	filesGroup  = "sg-0a61c3e8f95d7b204"
	filesDomain = "elasticfilesystem"
	filesPort   = 2049
)

// mount is a mount target of the file system, in a subnet by its block.
type mount struct{ host, target, eni, block, address string }

var mounts = []mount{
	{"files-a", "fsmt-03a9e1c7b5d82f460", "eni-0e5b2d8f1c7a94036", "10.0.21.0/24", "10.0.21.40"},
	{"files-b", "fsmt-0b48f6d2a97c1e305", "eni-0a97d4c3e6f1b2805", "10.0.22.0/24", "10.0.22.40"},
}

// WithFiles returns a copy of the world with a file system of Amazon EFS that its
// runtimes mount: a mount target in each of the database's subnets, in a group of
// their own that admits the agents. What listens there takes connections and
// speaks no NFS.
func (w *World) WithFiles() (*World, error) {
	document, _ := clone(w.document).(map[string]any)
	agent, ok := w.agentGroup(document)
	if !ok || len(w.network.Runtimes) == 0 {
		return nil, fmt.Errorf("the pattern %s has no agent in a VPC that could mount a file system", w.lab.Pattern)
	}
	account := w.lab.Account
	from, to := admits(agent["GroupId"], account, filesPort), admits(filesGroup, account, filesPort)
	egress, _ := agent["IpPermissionsEgress"].([]any)
	agent["IpPermissionsEgress"] = append(egress, to)
	grow(document, "SecurityGroups", map[string]any{
		"GroupId": filesGroup, "GroupName": "files", "Description": "mount targets", "OwnerId": account, "VpcId": agent["VpcId"], "Tags": []any{},
		"IpPermissions": []any{from}, "IpPermissionsEgress": []any{},
	})
	arn := "arn:aws:" + filesDomain + ":" + w.lab.Region + ":" + account
	grow(document, "FileSystems", map[string]any{
		"FileSystemId": filesID, "FileSystemArn": arn + ":file-system/" + filesID, "OwnerId": account, "Name": "tools", "LifeCycleState": "available",
		"CreationToken": "tools", "NumberOfMountTargets": len(mounts), "Encrypted": true, "PerformanceMode": "generalPurpose",
	})
	grow(document, "AccessPoints", map[string]any{
		"AccessPointId": filesPoint, "AccessPointArn": arn + ":access-point/" + filesPoint, "FileSystemId": filesID, "OwnerId": account,
		"ClientToken": "tools", "LifeCycleState": "available", "Name": "tools", "RootDirectory": map[string]any{"Path": "/tools"},
	})
	lab, _ := document["Lab"].(map[string]any)
	for _, m := range mounts {
		subnet, ok := find(objects(document["Subnets"]), func(s map[string]any) bool { return s["CidrBlock"] == m.block })
		if !ok {
			return nil, errors.New("no subnet " + m.block)
		}
		m.into(document, subnet, account)
		grow(lab, "Hosts", map[string]any{"Name": m.host, "NetworkInterfaceId": m.eni, "Services": []any{map[string]any{"Type": ServiceTCP, "Port": filesPort}}})
	}
	grow(lab, "Hosts", map[string]any{"Name": "aws-files", "Addresses": []any{"198.51.100.28"}, "Services": []any{
		map[string]any{"Type": ServiceAWS, "API": filesDomain, "Port": 443, "Names": []any{filesDomain + "." + w.lab.Region + ".amazonaws.com"}},
	}})
	for _, r := range objects(document["agentRuntimes"]) {
		r["filesystemConfigurations"] = []any{map[string]any{"efsAccessPoint": map[string]any{"accessPointArn": arn + ":access-point/" + filesPoint, "mountPath": "/mnt/tools"}}}
	}
	data, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// into adds the mount target and its interface.
func (m mount) into(document, subnet map[string]any, account string) {
	grow(document, "MountTargets", map[string]any{
		"MountTargetId": m.target, "FileSystemId": filesID, "OwnerId": account, "VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], "NetworkInterfaceId": m.eni,
		"IpAddress": m.address, "LifeCycleState": "available", "AvailabilityZoneId": subnet["AvailabilityZoneId"], "AvailabilityZoneName": subnet["AvailabilityZone"],
	})
	about := "EFS mount target for " + filesID + " (" + m.target + ")"
	grow(document, "NetworkInterfaces", owned{m.eni, m.address, about, account, filesGroup, "files"}.in(subnet, account))
}
