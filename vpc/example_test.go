package vpc_test

import (
	"fmt"
	"strings"

	"github.com/agentcore-probe/probe/vpc"
)

// What "aws ec2 describe-subnets" and "aws ec2 describe-route-tables" print.
const (
	subnetsDocument = `{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1"}]}`
	tablesDocument  = `{"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}],
		"Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"}]}]}`
)

func ExampleDecoder() {
	var d vpc.Decoder
	for name, text := range map[string]string{"subnets.json": subnetsDocument, "tables.json": tablesDocument} {
		if err := d.Decode(name, strings.NewReader(text)); err != nil {
			fmt.Println(err)
			return
		}
	}
	n := d.Network()
	route := n.Index().RouteTable("subnet-1").Routes[0]
	fmt.Println(n.Region, route.Destination(), "to", route.Target())
	fmt.Println("gateways were read:", n.Has("NatGateways"))
	// Output:
	// us-east-1 0.0.0.0/0 to nat-1 (blackhole)
	// gateways were read: false
}

func ExampleDiff() {
	var before, after vpc.Decoder
	before.Decode("monday.json", strings.NewReader(tablesDocument))
	after.Decode("tuesday.json", strings.NewReader(strings.Replace(tablesDocument, "blackhole", "active", 1)))
	for _, c := range vpc.Diff(before.Network(), after.Network()) {
		fmt.Printf("%s %s: %s, was %s\n", c.Component, c.Field, c.To, c.From)
	}
	// Output:
	// rtb-1 Routes[0.0.0.0/0]: nat-1, was nat-1 (blackhole)
}
