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
		"support":            {at("support (eni-agent)", "eni-agent", "10.0.1.10", 0)},
		"support-a1b2c3d4e5": {at("support-a1b2c3d4e5 (eni-agent)", "eni-agent", "10.0.1.10", 0)},
		supportARN:           {at(supportARN+" (eni-agent)", "eni-agent", "10.0.1.10", 0)},
		"orders":             {at("orders (eni-database)", "eni-database", "10.0.21.10", 5432)},
		ordersARN:            {at(ordersARN+" (eni-database)", "eni-database", "10.0.21.10", 5432)},
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
		"payments":  `"payments" is no ENI, address, security group, subnet, endpoint, runtime or database of this inventory`,
		"":          `"" is no ENI, address, security group, subnet, endpoint, runtime or database of this inventory`,
	} {
		if got, err := reachability.Places(x, word); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v; want %s", word, got, err, want)
		}
	}
}
