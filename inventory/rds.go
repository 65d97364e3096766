package inventory

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// The RDS actions that every collection calls: the API has no filter by VPC.
var (
	dbInstances    = action{"rds", "DescribeDBInstances", "describe-db-instances.json", "DBInstances"}
	dbSubnetGroups = action{"rds", "DescribeDBSubnetGroups", "describe-db-subnet-groups.json", "DBSubnetGroups"}
	dbClusters     = action{"rds", "DescribeDBClusters", "describe-db-clusters.json", "DBClusters"}
	dbProxies      = action{"rds", "DescribeDBProxies", "describe-db-proxies.json", "DBProxies"}
)

// Those that are called where there is a cluster or a proxy.
var (
	dbClusterEndpoints = action{"rds", "DescribeDBClusterEndpoints", "describe-db-cluster-endpoints.json", "DBClusterEndpoints"}
	dbProxyEndpoints   = action{"rds", "DescribeDBProxyEndpoints", "describe-db-proxy-endpoints.json", "DBProxyEndpoints"}
	dbProxyTargets     = action{"rds", "DescribeDBProxyTargets", "describe-db-proxy-targets.json", "DBProxyTargets"}
)

// databases reads the region's databases, and what stands in front of them.
func (s *session) databases(ctx context.Context, c *rds.Client) {
	var wg sync.WaitGroup
	wg.Go(func() { s.instances(ctx, c) })
	wg.Go(func() { s.databaseSubnets(ctx, c) })
	wg.Go(func() { s.clusters(ctx, c) })
	wg.Go(func() { s.proxies(ctx, c) })
	wg.Wait()
}

func (s *session) instances(ctx context.Context, c *rds.Client) {
	s.pages(ctx, dbInstances, func(ctx context.Context, token *string) (page, error) {
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

func (s *session) databaseSubnets(ctx context.Context, c *rds.Client) {
	s.pages(ctx, dbSubnetGroups, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{MaxRecords: pageOf100, Marker: token})
		if err != nil {
			return page{}, err
		}
		raw, err := items(answer.DBSubnetGroups)
		return page{raw, aws.ToString(answer.Marker)}, err
	})
}

// clusters reads the clusters, and their endpoints where there are any.
func (s *session) clusters(ctx context.Context, c *rds.Client) {
	s.pages(ctx, dbClusters, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{MaxRecords: pageOf100, Marker: token})
		if err != nil {
			return page{}, err
		}
		for i := range answer.DBClusters {
			if pending := answer.DBClusters[i].PendingModifiedValues; pending != nil {
				pending.MasterUserPassword = nil // as of an instance
			}
		}
		raw, err := items(answer.DBClusters)
		return page{raw, aws.ToString(answer.Marker)}, err
	})
	if len(s.values(dbClusters.file, "DBClusterIdentifier")) == 0 {
		return
	}
	s.pages(ctx, dbClusterEndpoints, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeDBClusterEndpoints(ctx, &rds.DescribeDBClusterEndpointsInput{MaxRecords: pageOf100, Marker: token})
		if err != nil {
			return page{}, err
		}
		raw, err := items(answer.DBClusterEndpoints)
		return page{raw, aws.ToString(answer.Marker)}, err
	})
}

// proxies reads the proxies; where there are any, their endpoints and targets.
func (s *session) proxies(ctx context.Context, c *rds.Client) {
	s.pages(ctx, dbProxies, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeDBProxies(ctx, &rds.DescribeDBProxiesInput{MaxRecords: pageOf100, Marker: token})
		if err != nil {
			return page{}, err
		}
		raw, err := items(answer.DBProxies)
		return page{raw, aws.ToString(answer.Marker)}, err
	})
	names := s.values(dbProxies.file, "DBProxyName")
	if len(names) == 0 {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		s.pages(ctx, dbProxyEndpoints, func(ctx context.Context, token *string) (page, error) {
			answer, err := c.DescribeDBProxyEndpoints(ctx, &rds.DescribeDBProxyEndpointsInput{MaxRecords: pageOf100, Marker: token})
			if err != nil {
				return page{}, err
			}
			raw, err := items(answer.DBProxyEndpoints)
			return page{raw, aws.ToString(answer.Marker)}, err
		})
	})
	for _, name := range s.bounded(dbProxyTargets, names) {
		wg.Go(func() { s.targets(ctx, c, name) })
	}
	wg.Wait()
}

// targets reads what a proxy connects to. The answer leaves out whose they are,
// so the document wraps it.
func (s *session) targets(ctx context.Context, c *rds.Client, proxy string) {
	found, failed := s.all(ctx, dbProxyTargets, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.DescribeDBProxyTargets(ctx, &rds.DescribeDBProxyTargetsInput{DBProxyName: aws.String(proxy), MaxRecords: pageOf100, Marker: token})
		if err != nil {
			return page{}, err
		}
		raw, err := items(answer.Targets)
		return page{raw, aws.ToString(answer.Marker)}, err
	})
	if failed != nil {
		s.fail(failed, "resource", proxy)
		s.cut(dbProxyTargets)
		return
	}
	s.wrap(dbProxyTargets, map[string]any{"DBProxyName": proxy, "Targets": found})
}

// wrap puts an answer into a document together with what it was asked for.
func (s *session) wrap(a action, entry map[string]any) {
	if raw, err := json.Marshal(entry); err == nil {
		s.add(a, raw)
	}
}
