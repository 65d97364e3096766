package vpc_test

import (
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/vpc"
)

// Answers as the examples of rds DescribeDBClusters, DescribeDBClusterEndpoints,
// DescribeDBProxyEndpoints and DescribeDBInstances have them (RDS API Reference).
const ledger = `{
"DBClusters": [{"DBClusterIdentifier": "ledger", "Endpoint": "ledger.cluster-c9zq4xw1vtkf.us-east-1.rds.amazonaws.com",
  "ReaderEndpoint": "ledger.cluster-ro-c9zq4xw1vtkf.us-east-1.rds.amazonaws.com", "DBClusterMembers": [
  {"DBInstanceIdentifier": "ledger-1", "IsClusterWriter": true}, {"DBInstanceIdentifier": "ledger-2", "IsClusterWriter": false}]}],
"DBClusterEndpoints": [
  {"DBClusterIdentifier": "ledger", "Endpoint": "ledger.cluster-c9zq4xw1vtkf.us-east-1.rds.amazonaws.com", "EndpointType": "WRITER"},
  {"DBClusterIdentifier": "ledger", "Endpoint": "reports.cluster-custom-c9zq4xw1vtkf.us-east-1.rds.amazonaws.com", "EndpointType": "CUSTOM", "CustomEndpointType": "READER"},
  {"DBClusterIdentifier": "ledger", "Endpoint": "any.cluster-custom-c9zq4xw1vtkf.us-east-1.rds.amazonaws.com", "EndpointType": "CUSTOM", "CustomEndpointType": "ANY"}],
"DBProxyEndpoints": [{"DBProxyName": "front", "Endpoint": "front-ro.endpoint.proxy-c9zq4xw1vtkf.us-east-1.rds.amazonaws.com", "TargetRole": "READ_ONLY"}],
"DBInstances": [
  {"DBInstanceIdentifier": "ledger-1", "DBClusterIdentifier": "ledger", "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:ledger-1"},
  {"DBInstanceIdentifier": "ledger-2", "DBClusterIdentifier": "ledger"},
  {"DBInstanceIdentifier": "orders"},
  {"DBInstanceIdentifier": "orders-copy", "ReadReplicaSourceDBInstanceIdentifier": "orders"}]
}`

func TestReadOnly(t *testing.T) {
	var d vpc.Decoder
	if err := d.Decode("ledger.json", strings.NewReader(ledger)); err != nil {
		t.Fatal(err)
	}
	x := d.Network().Index()
	const zone = "c9zq4xw1vtkf.us-east-1.rds.amazonaws.com"
	for _, tt := range []struct{ name, host, want string }{
		{"ledger-1", "", ""},
		{"arn:aws:rds:us-east-1:123456789012:db:ledger-1", "ledger-1." + zone, ""},
		{"ledger-2", "ledger-2." + zone, "ledger-2 is a reader of cluster ledger, whose writer is ledger-1"},
		{"ledger-2", "ledger.cluster-" + zone, ""},
		{"ledger", "ledger.cluster-" + zone, ""},
		{"ledger", "Ledger.cluster-ro-" + zone, "Ledger.cluster-ro-" + zone + " is the reader endpoint of cluster ledger"},
		{"ledger", "reports.cluster-custom-" + zone, "reports.cluster-custom-" + zone + " is an endpoint of the readers of cluster ledger"},
		{"ledger", "any.cluster-custom-" + zone, ""},
		{"front", "front-ro.endpoint.proxy-" + zone, "front-ro.endpoint.proxy-" + zone + " is a read-only endpoint of proxy front"},
		{"orders", "", ""},
		{"orders-copy", "", "orders-copy is a read replica of orders"},
		{"nobody", "nobody.example.com", ""},
	} {
		if got := x.ReadOnly(tt.name, tt.host); got != tt.want {
			t.Errorf("%s at %q: %q, want %q", tt.name, tt.host, got, tt.want)
		}
	}
}
