package vpc

import "strings"

// DBProxy is an entry of rds DescribeDBProxies. Its security groups and subnets
// are its own: of the way to it, and of its way to the database.
type DBProxy struct {
	DBProxyName         string
	DBProxyARN          string `json:"DBProxyArn"`
	Status              string // available, creating, incompatible-network, insufficient-resource-limits, …
	EngineFamily        string // MYSQL, POSTGRESQL, SQLSERVER
	VpcID               string `json:"VpcId"`
	Endpoint            string // DNS name of the default endpoint
	RequireTLS          bool
	VpcSecurityGroupIDs []string `json:"VpcSecurityGroupIds"`
	VpcSubnetIDs        []string `json:"VpcSubnetIds"`
}

// DBProxyTargets is the answer of rds DescribeDBProxyTargets together with the
// proxy that was asked for, which the answer leaves out. A document of its own
// has "DBProxyName" beside "Targets"; many in one read
// {"DBProxyTargets": [{…}, …]}.
type DBProxyTargets struct {
	DBProxyName string
	Targets     []DBProxyTarget
}

// DBProxyTarget is an instance or a cluster that a proxy connects to.
type DBProxyTarget struct {
	TargetARN        string `json:"TargetArn"`
	RDSResourceID    string `json:"RdsResourceId"` // identifier of the instance or the cluster
	TrackedClusterID string `json:"TrackedClusterId"`
	Type             string // RDS_INSTANCE, TRACKED_CLUSTER, RDS_SERVERLESS_ENDPOINT
	Role             string // READ_WRITE, READ_ONLY, UNKNOWN
	Endpoint         string
	Port             int
	TargetHealth     *struct {
		State       string // AVAILABLE, UNAVAILABLE, REGISTERING, …
		Reason      string // UNREACHABLE, CONNECTION_FAILED, AUTH_FAILURE, …
		Description string
	}
}

// DBProxyEndpoint is an entry of rds DescribeDBProxyEndpoints: a further way in
// to a proxy, which may be in another VPC.
type DBProxyEndpoint struct {
	DBProxyEndpointName string
	DBProxyEndpointARN  string `json:"DBProxyEndpointArn"`
	DBProxyName         string
	Status              string
	VpcID               string `json:"VpcId"`
	Endpoint            string // DNS name
	TargetRole          string // READ_WRITE, READ_ONLY
	IsDefault           bool
	VpcSecurityGroupIDs []string `json:"VpcSecurityGroupIds"`
	VpcSubnetIDs        []string `json:"VpcSubnetIds"`
}

// DBProxy finds a proxy by ARN, name or the name of its default endpoint.
func (x *Index) DBProxy(name string) *DBProxy {
	for i := range x.DBProxies {
		p := &x.DBProxies[i]
		if name != "" && (name == p.DBProxyARN || name == p.DBProxyName || strings.EqualFold(name, p.Endpoint)) {
			return p
		}
	}
	return nil
}

// DBProxyTargetsOf lists what a proxy connects to, by the proxy's name. The
// second result is false where that was not read.
func (x *Index) DBProxyTargetsOf(proxy string) ([]DBProxyTarget, bool) {
	for _, t := range x.DBProxyTargets {
		if t.DBProxyName == proxy {
			return t.Targets, true
		}
	}
	return nil, false
}

// DBProxyEndpointsOf lists the endpoints of a proxy by the proxy's name.
func (x *Index) DBProxyEndpointsOf(proxy string) []*DBProxyEndpoint {
	var out []*DBProxyEndpoint
	for i := range x.DBProxyEndpoints {
		if e := &x.DBProxyEndpoints[i]; e.DBProxyName == proxy {
			out = append(out, e)
		}
	}
	return out
}
