package vpc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of several endpoints for a service the one that serves comes first: one may have
// private DNS in a VPC ("Access an AWS service using an interface VPC endpoint", AWS
// PrivateLink Guide), and DescribeVpcEndpoints lists them in no documented order.
func TestEndpointsForAService(t *testing.T) {
	n, _ := decode(t, `{"VpcEndpoints": [
		{"VpcEndpointId": "deleted", "VpcId": "vpc-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.logs", "State": "deleted", "PrivateDnsEnabled": true},
		{"VpcEndpointId": "elsewhere", "VpcId": "vpc-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.logs", "State": "available", "PrivateDnsEnabled": false},
		{"VpcEndpointId": "deleting", "VpcId": "vpc-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.logs", "State": "deleting", "PrivateDnsEnabled": true},
		{"VpcEndpointId": "plain", "VpcId": "vpc-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.logs", "State": "available", "PrivateDnsEnabled": false},
		{"VpcEndpointId": "inbound", "VpcId": "vpc-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.logs", "State": "available", "PrivateDnsEnabled": true, "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": true}},
		{"VpcEndpointId": "pending", "VpcId": "vpc-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.logs", "State": "pending", "PrivateDnsEnabled": true},
		{"VpcEndpointId": "serves", "VpcId": "vpc-1", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.logs", "State": "available", "PrivateDnsEnabled": true},
		{"VpcEndpointId": "other", "VpcId": "vpc-2", "VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.us-east-1.logs", "State": "available", "PrivateDnsEnabled": true}]}`)
	n.Region = "us-east-1"
	var got []string
	for _, e := range n.Index().EndpointsFor("vpc-1", "logs", "Interface") {
		got = append(got, e.VpcEndpointID)
	}
	if diff := cmp.Diff([]string{"serves", "pending", "plain", "inbound", "deleting"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
