package vpc

import (
	"slices"
	"strings"
)

// DBCluster is an entry of rds DescribeDBClusters.
type DBCluster struct {
	DBClusterIdentifier string
	DBClusterARN        string `json:"DBClusterArn"`
	Status              string
	Engine              string
	EngineMode          string   // provisioned, serverless (the first kind), …
	Endpoint            string   // DNS name of the writer
	ReaderEndpoint      string   // DNS name that alternates between the readers
	CustomEndpoints     []string // DNS names
	Port                int
	DBSubnetGroup       string // a name, not the group itself as in a DBInstance
	PubliclyAccessible  bool
	MultiAZ             bool
	DBClusterMembers    []DBClusterMember
	VpcSecurityGroups   []DBSecurityGroup
	// ScalingConfigurationInfo is of Aurora Serverless v1.
	ScalingConfigurationInfo *struct {
		MinCapacity *int
		AutoPause   *bool
	}
	ServerlessV2ScalingConfiguration *struct {
		MinCapacity           *float64
		MaxCapacity           *float64
		SecondsUntilAutoPause *int
	}
	TagList []Tag
}

// DBClusterMember is an instance of a cluster.
type DBClusterMember struct {
	DBInstanceIdentifier string
	IsClusterWriter      bool
}

// GroupIDs lists the security groups of a cluster.
func (c *DBCluster) GroupIDs() []string {
	var ids []string
	for _, g := range c.VpcSecurityGroups {
		ids = append(ids, g.VpcSecurityGroupID)
	}
	return ids
}

// Writer is the identifier of the instance that takes writes; "" where no
// member is said to.
func (c *DBCluster) Writer() string {
	i := slices.IndexFunc(c.DBClusterMembers, func(m DBClusterMember) bool { return m.IsClusterWriter })
	if i < 0 {
		return ""
	}
	return c.DBClusterMembers[i].DBInstanceIdentifier
}

// PausesWhenIdle reports whether a connection may wake the cluster up: Aurora
// Serverless with a minimum of no capacity ("Scaling to zero ACUs with automatic
// pause and resume", Aurora User Guide), or of the first kind with AutoPause.
func (c *DBCluster) PausesWhenIdle() bool {
	if v1 := c.ScalingConfigurationInfo; v1 != nil && v1.AutoPause != nil && *v1.AutoPause {
		return true
	}
	v2 := c.ServerlessV2ScalingConfiguration
	return v2 != nil && v2.MinCapacity != nil && *v2.MinCapacity == 0
}

// serverless is the class of the instances that Aurora Serverless v2 has.
const serverless = "db.serverless"

// Wakes says what a connection to an instance or a cluster may wake up: an
// instance of Aurora Serverless that pauses when nobody is connected, which costs
// nothing meanwhile. It is "" where it wakes nothing up. Of a cluster that was not
// read the worst is thought. name is an ARN, an identifier or the name of an
// endpoint.
func (x *Index) Wakes(name string) string {
	if db := x.DBInstance(name); db != nil {
		cluster := x.DBCluster(db.DBClusterIdentifier)
		switch {
		case db.DBInstanceClass != serverless || db.DBClusterIdentifier == "":
			return ""
		case cluster == nil:
			return db.DBInstanceIdentifier + ", of a cluster that was not read and may pause when idle"
		case !cluster.PausesWhenIdle():
			return ""
		}
		return db.DBInstanceIdentifier + ", which pauses when idle"
	}
	if cluster := x.DBCluster(name); cluster != nil && cluster.PausesWhenIdle() && !x.provisioned(cluster) {
		return cluster.DBClusterIdentifier + ", which pauses when idle"
	}
	return ""
}

// provisioned reports whether no member of a cluster is serverless.
func (x *Index) provisioned(c *DBCluster) bool {
	return len(c.DBClusterMembers) > 0 && !slices.ContainsFunc(c.DBClusterMembers, func(m DBClusterMember) bool {
		db := x.DBInstance(m.DBInstanceIdentifier)
		return db == nil || db.DBInstanceClass == serverless
	})
}

// DBClusterEndpoint is an entry of rds DescribeDBClusterEndpoints. Those of a
// writer and of readers have no identifier, only a name.
type DBClusterEndpoint struct {
	DBClusterEndpointIdentifier string
	DBClusterEndpointARN        string `json:"DBClusterEndpointArn"`
	DBClusterIdentifier         string
	Endpoint                    string // DNS name
	Status                      string
	EndpointType                string // WRITER, READER, CUSTOM
	CustomEndpointType          string // READER, ANY
	StaticMembers               []string
	ExcludedMembers             []string
}

// DBCluster finds a cluster by ARN, identifier or the name of an endpoint.
func (x *Index) DBCluster(name string) *DBCluster {
	for i := range x.DBClusters {
		c := &x.DBClusters[i]
		if name == "" {
			break
		}
		if name == c.DBClusterARN || name == c.DBClusterIdentifier || strings.EqualFold(name, c.Endpoint) ||
			strings.EqualFold(name, c.ReaderEndpoint) || slices.Contains(c.CustomEndpoints, name) {
			return c
		}
	}
	return nil
}

// DBSubnetGroup finds a DB subnet group by ARN or name, whether it was listed or
// stands in an instance.
func (x *Index) DBSubnetGroup(name string) *DBSubnetGroup {
	is := func(g *DBSubnetGroup) bool {
		return name != "" && (g.DBSubnetGroupARN == name || strings.EqualFold(g.DBSubnetGroupName, name))
	}
	for i := range x.DBSubnetGroups {
		if is(&x.DBSubnetGroups[i]) {
			return &x.DBSubnetGroups[i]
		}
	}
	for i := range x.DBInstances {
		if g := x.DBInstances[i].DBSubnetGroup; g != nil && is(g) {
			return g
		}
	}
	return nil
}
