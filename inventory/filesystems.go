package inventory

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// The EFS actions that are called where a runtime mounts a file system. Either
// accepts the ARN or id of an access point ("Amazon EFS API").
var (
	accessPoints = action{"elasticfilesystem", "DescribeAccessPoints", "describe-access-points.json", "AccessPoints"}
	mountTargets = action{"elasticfilesystem", "DescribeMountTargets", "describe-mount-targets.json", "MountTargets"}
)

// fileSystems reads the access points that the runtimes mount through, and the
// mount targets of their file systems.
func (s *session) fileSystems(ctx context.Context, c *efs.Client) {
	_, n, _, _ := decoded(s.documents())
	var wg sync.WaitGroup
	for _, arn := range mounted(n) {
		wg.Go(func() { s.accessPoint(ctx, c, arn) })
		wg.Go(func() { s.mountTargets(ctx, c, arn) })
	}
	wg.Wait()
}

// mounted are the ARNs of the access points to Amazon EFS that runtimes mount
// through, each once.
func mounted(n *vpc.Network) []string {
	var all []string
	for i := range n.Runtimes {
		for _, m := range n.Runtimes[i].FilesystemConfigurations {
			if m.EFSAccessPoint != nil {
				all = append(all, m.EFSAccessPoint.AccessPointARN)
			}
		}
	}
	return distinct(all)
}

// ofAccessPoint reads what belongs to an access point. That there is no such
// access point is an answer too.
func (s *session) ofAccessPoint(ctx context.Context, a action, read readPage) {
	items, failed := s.all(ctx, a, read)
	s.add(a, items...)
	if failed != nil && failed.Failure != netpath.FailureNotFound {
		s.cut(a)
		s.fail(failed)
	}
}

func (s *session) accessPoint(ctx context.Context, c *efs.Client, arn string) {
	s.ofAccessPoint(ctx, accessPoints, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeAccessPoints(ctx, &efs.DescribeAccessPointsInput{AccessPointId: &arn, NextToken: token})
		if err != nil {
			return page{}, err
		}
		raw, err := items(answer.AccessPoints)
		return page{raw, aws.ToString(answer.NextToken)}, err
	})
}

func (s *session) mountTargets(ctx context.Context, c *efs.Client, accessPoint string) {
	s.ofAccessPoint(ctx, mountTargets, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeMountTargets(ctx, &efs.DescribeMountTargetsInput{AccessPointId: &accessPoint, Marker: token})
		if err != nil {
			return page{}, err
		}
		raw, err := items(answer.MountTargets)
		return page{raw, aws.ToString(answer.NextMarker)}, err
	})
}
