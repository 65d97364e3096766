package aws_test

import (
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

const (
	fileSystem  = "fs-0a1b2c3d4e5f60718"
	accessPoint = "fsap-0a1b2c3d4e5f60718"
)

// withFiles adds two file systems: one with an access point and as many mount
// targets as are more than a page, and one with neither.
func withFiles(doc tree.Object) {
	tree.SetObjects(doc, "FileSystems", []tree.Object{{"FileSystemId": fileSystem}, {"FileSystemId": "fs-0b1b2c3d4e5f60718"}})
	tree.SetObjects(doc, "AccessPoints", []tree.Object{{"AccessPointId": accessPoint, "FileSystemId": fileSystem, "LifeCycleState": "available"}})
	var targets []tree.Object
	for _, letter := range "abcdefghijkl" {
		targets = append(targets, tree.Object{
			"MountTargetId": "fsmt-0a1b2c3d" + string(letter), "FileSystemId": fileSystem, "SubnetId": "subnet-" + string(letter),
			"LifeCycleState": "available", "IpAddress": "10.0.1.9",
		})
	}
	tree.SetObjects(doc, "MountTargets", targets)
}

func TestAWSCLIReadsEFS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.change(t, withFiles)
	c := newAWSCLI(t, w, aws.ServiceFiles)
	c.service = "efs"
	c = c.operator()
	doc, err := w.store.Read()
	if err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/" + accessPoint
	c.wants(t, doc["AccessPoints"], "AccessPoints", "describe-access-points", "--access-point-id", arn)
	c.wants(t, doc["AccessPoints"], "AccessPoints", "describe-access-points", "--file-system-id", fileSystem)
	c.wants(t, doc["MountTargets"], "MountTargets", "describe-mount-targets", "--access-point-id", arn)
	c.wants(t, doc["MountTargets"], "MountTargets", "describe-mount-targets", "--file-system-id", fileSystem)
	c.wants(t, []any{}, "MountTargets", "describe-mount-targets", "--file-system-id", "fs-0b1b2c3d4e5f60718")

	// Error codes: the operations' pages of the "Amazon EFS API".
	for _, tt := range []struct{ want, args string }{
		{"(AccessPointNotFound)", "describe-access-points --access-point-id fsap-0c1b2c3d4e5f60718"},
		{"(FileSystemNotFound)", "describe-mount-targets --file-system-id fs-0c1b2c3d4e5f60718"},
		{"(BadRequest)", "describe-mount-targets --file-system-id " + fileSystem + " --access-point-id " + accessPoint},
	} {
		if _, failure := c.run(t, strings.Fields(tt.args)...); !strings.Contains(failure, tt.want) {
			t.Errorf("%s: %s, want %s", tt.args, failure, tt.want)
		}
	}
	denied := newAWSCLI(t, w, aws.ServiceFiles)
	denied.service = "efs"
	if _, failure := denied.run(t, "describe-mount-targets", "--file-system-id", fileSystem); !strings.Contains(failure, "is not authorized to perform: elasticfilesystem:DescribeMountTargets on resource: arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/"+fileSystem) {
		t.Errorf("without permission: %s", failure)
	}
}
