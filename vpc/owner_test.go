package vpc_test

import (
	"testing"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

func TestOwner(t *testing.T) {
	named := []vpc.Tag{{Key: "Name", Value: "support"}, {Key: "aws:cloudformation:stack-name", Value: "network"}}
	n := &vpc.Network{
		SecurityGroups: []vpc.SecurityGroup{{GroupID: "sg-1", GroupName: "database", OwnerID: "123456789012", Tags: named}},
		RouteTables:    []vpc.RouteTable{{RouteTableID: "rtb-1", Tags: named}},
		NetworkACLs:    []vpc.NetworkACL{{NetworkACLID: "acl-1", Tags: named[:1]}},
		DBInstances:    []vpc.DBInstance{{DBInstanceIdentifier: "orders", DBInstanceARN: "arn:aws:rds:us-east-1:123456789012:db:orders", TagList: named}},
	}
	x := n.Index()
	for id, want := range map[string]netpath.Owner{
		"sg-1":  {Name: "database", Account: "123456789012", Stack: "network"},
		"rtb-1": {Name: "support", Stack: "network"},
		"acl-1": {Name: "support"},
		"arn:aws:rds:us-east-1:123456789012:db:orders": {Name: "orders", Account: "123456789012", Stack: "network"},
		"arn:aws:iam::123456789012:role/probe":         {Account: "123456789012"},
		"vpce-unknown":                                 {},
	} {
		if got := x.Owner(id); got != want {
			t.Errorf("%s: %+v, want %+v", id, got, want)
		}
	}
}
