package inventory_test

import (
	"fmt"

	"github.com/agentcore-probe/probe/inventory"
)

func ExampleReadFolder() {
	s, err := inventory.ReadFolder("testdata/folder")
	if err != nil {
		fmt.Println(err)
		return
	}
	v := inventory.Locate(s.Network, s.Region, s.Principal, s.Local)
	fmt.Println(v.Kind, v.ENI, v.AZ)
	for _, u := range s.Unread {
		fmt.Println("not read:", u.Action, "because", u.Reason)
	}
	// Output:
	// sidecar eni-0a1b2c3d4e5f6b001 use1-az1
	// not read: rds:DescribeDBInstances because no answer within 5s
}
