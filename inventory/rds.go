package inventory

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// databases reads the region's DB instances: the API has no filter by VPC.
func (s *session) databases(ctx context.Context, c *rds.Client) {
	a := action{"rds", "DescribeDBInstances", "describe-db-instances.json", "DBInstances"}
	s.pages(ctx, a, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{MaxRecords: pageOf100, Marker: token})
		if err != nil {
			return page{}, err
		}
		for i := range answer.DBInstances {
			hidePending(&answer.DBInstances[i])
		}
		raw, err := items(answer.DBInstances)
		return page{raw, aws.ToString(answer.Marker)}, err
	})
}

// hidePending drops a password that waits to be set. AWS masks it; a server
// that only speaks like AWS may not.
func hidePending(db *types.DBInstance) {
	if db.PendingModifiedValues != nil {
		db.PendingModifiedValues.MasterUserPassword = nil
	}
}

// databaseSubnets reads the region's DB subnet groups.
func (s *session) databaseSubnets(ctx context.Context, c *rds.Client) {
	a := action{"rds", "DescribeDBSubnetGroups", "describe-db-subnet-groups.json", "DBSubnetGroups"}
	s.pages(ctx, a, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{MaxRecords: pageOf100, Marker: token})
		if err != nil {
			return page{}, err
		}
		raw, err := items(answer.DBSubnetGroups)
		return page{raw, aws.ToString(answer.Marker)}, err
	})
}
