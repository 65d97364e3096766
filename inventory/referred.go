package inventory

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/agentcore-probe/probe/vpc"
)

// reference is a resource type that is read only where a route or a rule
// refers to one: most VPCs have none, and every call costs.
type reference struct {
	reader
	ids func(n *vpc.Network) []string
}

func references(c *ec2.Client) []reference {
	return slices.Concat(networkReferences(c), []reference{vpnGateways(c)}, vpnConnections(c), transitGateways(c))
}

// networkReferences are those that belong to a VPC.
func networkReferences(c *ec2.Client) []reference {
	return []reference{
		{describe("DescribePrefixLists", "describe-prefix-lists.json", "PrefixLists", c.DescribePrefixLists,
			func(q query) *ec2.DescribePrefixListsInput {
				return &ec2.DescribePrefixListsInput{Filters: q.by("prefix-list-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribePrefixListsOutput) ([]types.PrefixList, *string) {
				return o.PrefixLists, o.NextToken
			}), prefixLists},
		{describe("DescribeEgressOnlyInternetGateways", "describe-egress-only-internet-gateways.json", "EgressOnlyInternetGateways", c.DescribeEgressOnlyInternetGateways,
			func(q query) *ec2.DescribeEgressOnlyInternetGatewaysInput {
				return &ec2.DescribeEgressOnlyInternetGatewaysInput{EgressOnlyInternetGatewayIds: q.ids, NextToken: q.token}
			},
			func(o *ec2.DescribeEgressOnlyInternetGatewaysOutput) ([]types.EgressOnlyInternetGateway, *string) {
				return o.EgressOnlyInternetGateways, o.NextToken
			}), targets(func(r vpc.Route) string { return r.EgressOnlyInternetGatewayID }, "eigw-")},
		{describe("DescribeVpcEndpointServices", "describe-vpc-endpoint-services.json", "ServiceDetails", c.DescribeVpcEndpointServices,
			func(q query) *ec2.DescribeVpcEndpointServicesInput {
				return &ec2.DescribeVpcEndpointServicesInput{Filters: q.by("service-name"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeVpcEndpointServicesOutput) ([]types.ServiceDetail, *string) {
				return o.ServiceDetails, o.NextToken
			}), endpointServices},
		{securityGroupsBy(c, "group-id"), foreignGroups},
		{describe("DescribeVpcPeeringConnections", "describe-vpc-peering-connections.json", "VpcPeeringConnections", c.DescribeVpcPeeringConnections,
			func(q query) *ec2.DescribeVpcPeeringConnectionsInput {
				return &ec2.DescribeVpcPeeringConnectionsInput{Filters: q.by("vpc-peering-connection-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeVpcPeeringConnectionsOutput) ([]types.VpcPeeringConnection, *string) {
				return o.VpcPeeringConnections, o.NextToken
			}), targets(func(r vpc.Route) string { return r.VpcPeeringConnectionID }, "pcx-")},
	}
}

// endpointServices lists the services that the endpoints are for.
func endpointServices(n *vpc.Network) []string {
	var names []string
	for _, e := range n.Endpoints {
		if e.ServiceName != "" {
			names = append(names, e.ServiceName)
		}
	}
	return names
}

// foreignGroups lists the security groups that interfaces carry, or rules name
// with an account of their own, and that no VPC's list has told: those of a
// peer, and those that are shared into the VPC.
func foreignGroups(n *vpc.Network) []string {
	x := n.Index()
	var ids []string
	add := func(id string) {
		if id != "" && x.SecurityGroup(id) == nil {
			ids = append(ids, id)
		}
	}
	for _, i := range n.NetworkInterfaces {
		for _, id := range i.GroupIDs() {
			add(id)
		}
	}
	for _, a := range n.SecurityGroupAssociations {
		add(a.GroupID)
	}
	return ids
}

// prefixListEntries reads the ranges of one managed prefix list. The answer
// does not say of which list it is: the document wraps it.
func prefixListEntries(ctx context.Context, c *ec2.Client, id string, token *string) (page, error) {
	answer, err := c.GetManagedPrefixListEntries(ctx, &ec2.GetManagedPrefixListEntriesInput{
		PrefixListId: aws.String(id), MaxResults: pageOf100, NextToken: token,
	})
	if err != nil {
		return page{}, err
	}
	raw, err := items(answer.Entries)
	return page{raw, aws.ToString(answer.NextToken)}, err
}

// targets lists the ids with a prefix that routes name.
func targets(of func(vpc.Route) string, prefix string) func(*vpc.Network) []string {
	return func(n *vpc.Network) []string {
		var ids []string
		for _, t := range n.RouteTables {
			for _, r := range t.Routes {
				if id := of(r); strings.HasPrefix(id, prefix) {
					ids = append(ids, id)
				}
			}
		}
		return ids
	}
}
