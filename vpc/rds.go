package vpc

// DBInstance is an entry of rds DescribeDBInstances.
type DBInstance struct {
	DBInstanceIdentifier string
	DBInstanceARN        string `json:"DBInstanceArn"`
	DBInstanceStatus     string
	Engine               string
	Endpoint             *DBEndpoint
	AvailabilityZone     string
	DBClusterIdentifier  string
	DbiResourceID        string `json:"DbiResourceId"`
	// ReadReplicaSourceDBInstanceIdentifier is set of a read replica.
	ReadReplicaSourceDBInstanceIdentifier string
	CACertificateIdentifier               string
	DBInstanceClass                       string
	PubliclyAccessible                    bool
	MultiAZ                               bool
	VpcSecurityGroups                     []DBSecurityGroup
	DBSubnetGroup                         *DBSubnetGroup
	TagList                               []Tag
}

// DBEndpoint is where a database takes connections.
type DBEndpoint struct {
	Address string // DNS name
	Port    int
}

// DBSecurityGroup is a security group that a database's interface carries.
type DBSecurityGroup struct {
	VpcSecurityGroupID string `json:"VpcSecurityGroupId"`
	Status             string
}

// GroupIDs lists the security groups of a database.
func (db *DBInstance) GroupIDs() []string {
	var ids []string
	for _, g := range db.VpcSecurityGroups {
		ids = append(ids, g.VpcSecurityGroupID)
	}
	return ids
}

// DBSubnetGroup is an entry of rds DescribeDBSubnetGroups, and stands inside
// of a DBInstance.
type DBSubnetGroup struct {
	DBSubnetGroupName string
	DBSubnetGroupARN  string `json:"DBSubnetGroupArn"`
	VpcID             string `json:"VpcId"`
	SubnetGroupStatus string
	Subnets           []DBSubnet
}

// DBSubnet is a subnet of a DB subnet group.
type DBSubnet struct {
	SubnetIdentifier       string
	SubnetStatus           string
	SubnetAvailabilityZone struct{ Name string }
}
