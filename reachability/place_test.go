package reachability_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

const (
	supportARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1b2c3d4e5"
	ordersARN  = "arn:aws:rds:us-east-1:123456789012:db:orders"

	// owners are what the interfaces of the world belong to, and a few that
	// have none.
	owners = `{
	"agentRuntimes": [
	 {"agentRuntimeArn": "` + supportARN + `", "agentRuntimeId": "support-a1b2c3d4e5", "agentRuntimeName": "support",
	  "networkConfiguration": {"networkMode": "VPC", "networkModeConfig": {"subnets": ["subnet-agent-a"], "securityGroups": ["sg-agent"]}}},
	 {"agentRuntimeArn": "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/open-a1b2c3d4e5", "agentRuntimeName": "open",
	  "networkConfiguration": {"networkMode": "PUBLIC"}}],
	"DBInstances": [
	 {"DBInstanceIdentifier": "orders", "DBInstanceArn": "` + ordersARN + `", "Endpoint": {"Address": "orders.rds", "Port": 5432},
	  "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-database"}], "DBSubnetGroup": {"Subnets": [{"SubnetIdentifier": "subnet-database"}]}},
	 {"DBInstanceIdentifier": "new", "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:new", "DBInstanceStatus": "creating"}],
	"DBClusters": [{"DBClusterIdentifier": "shop", "Port": 5432, "DBClusterMembers": [{"DBInstanceIdentifier": "orders", "IsClusterWriter": true}]}],
	"DBProxies": [{"DBProxyName": "front", "EngineFamily": "MYSQL", "VpcSecurityGroupIds": ["sg-front"], "VpcSubnetIds": ["subnet-public"]}],
	"LoadBalancers": [{"LoadBalancerName": "api", "LoadBalancerArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/api/50dc6c495c0c9188"}],
	"NetworkInterfaces": [
	 {"NetworkInterfaceId": "eni-worker", "VpcId": "vpc-1", "SubnetId": "subnet-public", "PrivateIpAddress": "10.0.101.30", "Attachment": {"InstanceId": "i-0a1b2c3d4e5f60001"}},
	 {"NetworkInterfaceId": "eni-front", "VpcId": "vpc-1", "SubnetId": "subnet-public", "PrivateIpAddress": "10.0.101.31", "RequesterId": "amazon-rds", "Groups": [{"GroupId": "sg-front"}]},
	 {"NetworkInterfaceId": "eni-api", "VpcId": "vpc-1", "SubnetId": "subnet-public", "PrivateIpAddress": "10.0.101.32", "Description": "ELB app/api/50dc6c495c0c9188"},
	 {"NetworkInterfaceId": "eni-files", "VpcId": "vpc-1", "SubnetId": "subnet-public", "PrivateIpAddress": "10.0.101.33", "Description": "EFS mount target for fs-0a1b2c3d (fsmt-0a1b2c3d)"}],
	"SecurityGroups": [{"GroupId": "sg-unused", "VpcId": "vpc-1"}]}`
)

// inhabited is the index of the healthy world together with owners.
func inhabited(t *testing.T) *vpc.Index {
	t.Helper()
	rds := strings.Replace(healthy, `"NetworkInterfaceId": "eni-database",`, `"NetworkInterfaceId": "eni-database", "RequesterId": "amazon-rds",`, 1)
	var d vpc.Decoder
	for name, text := range map[string]string{"world": rds, "owners": owners} {
		if err := d.Decode(name, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return d.Network().Index()
}

func TestPlaces(t *testing.T) {
	at := func(name, eni, address string, port uint16) reachability.Place {
		return reachability.Place{Name: name, ENI: eni, Address: netip.MustParseAddr(address), Port: port}
	}
	x := inhabited(t)
	for word, want := range map[string][]reachability.Place{
		"internet":       {at("internet", "", "203.0.113.1", 0)},
		"10.0.1.10":      {at("10.0.1.10", "", "10.0.1.10", 0)},
		"2001:db8::1":    {at("2001:db8::1", "", "2001:db8::1", 0)},
		"eni-agent":      {at("eni-agent", "eni-agent", "10.0.1.10", 0)},
		"sg-agent":       {at("sg-agent (eni-agent)", "eni-agent", "10.0.1.10", 0), at("sg-agent (eni-sidecar)", "eni-sidecar", "10.0.1.20", 0)},
		"subnet-agent-a": {at("subnet-agent-a (eni-agent)", "eni-agent", "10.0.1.10", 0), at("subnet-agent-a (eni-sidecar)", "eni-sidecar", "10.0.1.20", 0)},
		"vpce-agentcore": {at("vpce-agentcore (eni-endpoint)", "eni-endpoint", "10.0.11.10", 443)},
		// The sidecar has the agent's subnet and group, and is not the agent's.
		"support":             {at("support (eni-agent)", "eni-agent", "10.0.1.10", 0)},
		"support-a1b2c3d4e5":  {at("support-a1b2c3d4e5 (eni-agent)", "eni-agent", "10.0.1.10", 0)},
		supportARN:            {at(supportARN+" (eni-agent)", "eni-agent", "10.0.1.10", 0)},
		"orders":              {at("orders (eni-database)", "eni-database", "10.0.21.10", 5432)},
		ordersARN:             {at(ordersARN+" (eni-database)", "eni-database", "10.0.21.10", 5432)},
		"shop":                {at("shop (eni-database)", "eni-database", "10.0.21.10", 5432)},
		"front":               {at("front (eni-front)", "eni-front", "10.0.101.31", 3306)},
		"api":                 {at("api (eni-api)", "eni-api", "10.0.101.32", 0)},
		"fs-0a1b2c3d":         {at("fs-0a1b2c3d (eni-files)", "eni-files", "10.0.101.33", 2049)},
		"i-0a1b2c3d4e5f60001": {at("i-0a1b2c3d4e5f60001 (eni-worker)", "eni-worker", "10.0.101.30", 0)},
	} {
		got, err := reachability.Places(x, word)
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", word, err, diff)
		}
	}
}

func TestPlacesThatAreNone(t *testing.T) {
	const without = " has no network interface in this inventory: name an ENI or an address instead"
	x := inhabited(t)
	for word, want := range map[string]string{
		"sg-unused": "sg-unused" + without,
		"vpce-s3":   "vpce-s3" + without, // a gateway endpoint
		"open":      "open" + without,    // network mode PUBLIC
		"new":       "new" + without,     // a database that is not there yet
		"payments":  `"payments" is no ENI, instance, address, security group, subnet, endpoint, runtime, database, load balancer or file system of this inventory`,
		"":          `"" is no ENI, instance, address, security group, subnet, endpoint, runtime, database, load balancer or file system of this inventory`,
	} {
		if got, err := reachability.Places(x, word); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v; want %s", word, got, err, want)
		}
	}
}
