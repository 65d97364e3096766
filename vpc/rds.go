package vpc

// DBInstance is an entry of rds DescribeDBInstances.
type DBInstance struct {
	DBInstanceIdentifier string
	DBInstanceARN        string `json:"DBInstanceArn"`
	DBInstanceStatus     string
	Engine               string
	Endpoint             *struct {
		Address string
		Port    int
	}
	AvailabilityZone        string
	DBClusterIdentifier     string
	CACertificateIdentifier string
	DBInstanceClass         string
	PubliclyAccessible      bool
	MultiAZ                 bool
	VpcSecurityGroups       []struct {
		VpcSecurityGroupID string `json:"VpcSecurityGroupId"`
		Status             string
	}
	DBSubnetGroup *DBSubnetGroup
	TagList       []Tag
}

// DBSubnetGroup is an entry of rds DescribeDBSubnetGroups, and stands inside
// of a DBInstance.
type DBSubnetGroup struct {
	DBSubnetGroupName string
	DBSubnetGroupARN  string `json:"DBSubnetGroupArn"`
	VpcID             string `json:"VpcId"`
	SubnetGroupStatus string
	Subnets           []struct {
		SubnetIdentifier       string
		SubnetStatus           string
		SubnetAvailabilityZone struct{ Name string }
	}
}
