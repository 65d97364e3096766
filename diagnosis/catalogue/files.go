package catalogue

import "github.com/agentcore-probe/probe/netpath"

// files are the faults of file systems that agents mount.
func files() []Entry {
	ingress, noIngress := bothSources("ingress")
	return []Entry{{
		Code:     "fs/nfs-blocked",
		Title:    "the mount target's group does not admit NFS from the agent",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopDestSG,
		Summary:  "${group} of ${mount_target} (${file_system}) admits nothing from ${source} on ${protocol} port ${port}",
		Meaning:  "The agent's file system is mounted over NFS from the mount target in its Availability Zone. Without a rule for the agent the mount waits for an answer that never comes, and sessions do not start.",
		Live:     "connections to port 2049 of the mount target time out",
		Config:   "no inbound rule of the mount target's groups matches source and port 2049",
		Not:      "fs/mount-target-az-missing, where there is nothing to connect to; sg/egress-missing, at the agent's own end",
		Fix:      ingress, Undo: noIngress,
		AWSCode: "ENI_SG_RULES_MISMATCH", AWSPage: "Using VPC security groups",
	}, {
		Code: "fs/mount-target-az-missing", Title: "the file system has no mount target in one of the agent's zones",
		Severity: netpath.SeverityCritical, Hop: netpath.HopRoute,
		Summary: "${file_system} ${why}, where the agent has ${subnet}",
		Meaning: "A file system's name leads to the mount target in the client's own Availability Zone. Sessions in a zone without one cannot mount it; those in other zones can.",
		Config:  "DescribeMountTargets: none that is available in the zone of one of the agent's subnets",
		Not:     "fs/nfs-blocked, where the mount target is there and does not answer",
		Fix:     []string{"# aws efs create-mount-target --region ${region} --file-system-id ${file_system} --subnet-id with a subnet in ${zone} --security-groups with those of its other mount targets"},
		AWSPage: "Managing mount targets",
	}}
}
