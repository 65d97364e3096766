package inventory

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Page sizes: the largest that the API reference admits, so that buckets that
// the whole account shares are spent sparingly.
var (
	pageOf1000 = aws.Int32(1000)
	pageOf100  = aws.Int32(100)
)

// reader is an EC2 action that lists what belongs to some VPCs.
type reader struct {
	action
	read func(ctx context.Context, q query) (page, error)
}

// query is what a page is asked with.
type query struct {
	ids   []string // of the filter: VPCs, or whatever the reader filters by
	token *string
}

func (q query) by(filter string) []types.Filter {
	return []types.Filter{{Name: aws.String(filter), Values: q.ids}}
}

// describe makes a reader of an operation, which is a method value of the
// concrete client. No type that a type parameter appears in may mention the
// client itself: the linker takes it for used through an interface then, and as
// soon as anything in the program looks methods up by name, it links every
// operation of EC2.
func describe[In, Out, Item any](operation, file, key string,
	call func(context.Context, *In, ...func(*ec2.Options)) (*Out, error),
	in func(query) *In, out func(*Out) ([]Item, *string),
) reader {
	return reader{action{"ec2", operation, file, key}, func(ctx context.Context, q query) (page, error) {
		answer, err := call(ctx, in(q))
		if err != nil {
			return page{}, err
		}
		list, next := out(answer)
		raw, err := items(list)
		return page{raw, aws.ToString(next)}, err
	}}
}

// readersByVPC are the actions that filter by VPC. Without a client they only
// have names.
func readersByVPC(c *ec2.Client) []reader {
	return []reader{
		vpcsBy(c),
		subnetsBy(c, "vpc-id"),
		describe("DescribeRouteTables", "describe-route-tables.json", "RouteTables", c.DescribeRouteTables,
			func(q query) *ec2.DescribeRouteTablesInput {
				return &ec2.DescribeRouteTablesInput{Filters: q.by("vpc-id"), MaxResults: pageOf100, NextToken: q.token}
			},
			func(o *ec2.DescribeRouteTablesOutput) ([]types.RouteTable, *string) {
				return o.RouteTables, o.NextToken
			}),
		describe("DescribeNetworkAcls", "describe-network-acls.json", "NetworkAcls", c.DescribeNetworkAcls,
			func(q query) *ec2.DescribeNetworkAclsInput {
				return &ec2.DescribeNetworkAclsInput{Filters: q.by("vpc-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeNetworkAclsOutput) ([]types.NetworkAcl, *string) {
				return o.NetworkAcls, o.NextToken
			}),
		securityGroupsBy(c, "vpc-id"),
		describe("DescribeSecurityGroupVpcAssociations", "describe-security-group-vpc-associations.json", "SecurityGroupVpcAssociations", c.DescribeSecurityGroupVpcAssociations,
			func(q query) *ec2.DescribeSecurityGroupVpcAssociationsInput {
				return &ec2.DescribeSecurityGroupVpcAssociationsInput{Filters: q.by("vpc-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeSecurityGroupVpcAssociationsOutput) ([]types.SecurityGroupVpcAssociation, *string) {
				return o.SecurityGroupVpcAssociations, o.NextToken
			}),
		describeInterfaces(c, "describe-network-interfaces.json", "vpc-id"),
		describe("DescribeInternetGateways", "describe-internet-gateways.json", "InternetGateways", c.DescribeInternetGateways,
			func(q query) *ec2.DescribeInternetGatewaysInput {
				return &ec2.DescribeInternetGatewaysInput{Filters: q.by("attachment.vpc-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeInternetGatewaysOutput) ([]types.InternetGateway, *string) {
				return o.InternetGateways, o.NextToken
			}),
		describe("DescribeNatGateways", "describe-nat-gateways.json", "NatGateways", c.DescribeNatGateways,
			func(q query) *ec2.DescribeNatGatewaysInput {
				return &ec2.DescribeNatGatewaysInput{Filter: q.by("vpc-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeNatGatewaysOutput) ([]types.NatGateway, *string) {
				return o.NatGateways, o.NextToken
			}),
		endpointsBy(c),
	}
}

func vpcsBy(c *ec2.Client) reader {
	return describe("DescribeVpcs", "describe-vpcs.json", "Vpcs", c.DescribeVpcs,
		func(q query) *ec2.DescribeVpcsInput {
			return &ec2.DescribeVpcsInput{Filters: q.by("vpc-id"), MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeVpcsOutput) ([]types.Vpc, *string) { return o.Vpcs, o.NextToken })
}

func endpointsBy(c *ec2.Client) reader {
	return describe("DescribeVpcEndpoints", "describe-vpc-endpoints.json", "VpcEndpoints", c.DescribeVpcEndpoints,
		func(q query) *ec2.DescribeVpcEndpointsInput {
			return &ec2.DescribeVpcEndpointsInput{Filters: q.by("vpc-id"), MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeVpcEndpointsOutput) ([]types.VpcEndpoint, *string) {
			return o.VpcEndpoints, o.NextToken
		})
}

func subnetsBy(c *ec2.Client, filter string) reader {
	return describe("DescribeSubnets", "describe-subnets.json", "Subnets", c.DescribeSubnets,
		func(q query) *ec2.DescribeSubnetsInput {
			return &ec2.DescribeSubnetsInput{Filters: q.by(filter), MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeSubnetsOutput) ([]types.Subnet, *string) { return o.Subnets, o.NextToken })
}

func securityGroupsBy(c *ec2.Client, filter string) reader {
	return describe("DescribeSecurityGroups", "describe-security-groups.json", "SecurityGroups", c.DescribeSecurityGroups,
		func(q query) *ec2.DescribeSecurityGroupsInput {
			return &ec2.DescribeSecurityGroupsInput{Filters: q.by(filter), MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeSecurityGroupsOutput) ([]types.SecurityGroup, *string) {
			return o.SecurityGroups, o.NextToken
		})
}

func describeInterfaces(c *ec2.Client, file, filter string) reader {
	return describe("DescribeNetworkInterfaces", file, "NetworkInterfaces", c.DescribeNetworkInterfaces,
		func(q query) *ec2.DescribeNetworkInterfacesInput {
			return &ec2.DescribeNetworkInterfacesInput{Filters: q.by(filter), MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeNetworkInterfacesOutput) ([]types.NetworkInterface, *string) {
			return o.NetworkInterfaces, o.NextToken
		})
}

// describeRules reads the rules of security groups with their ids.
func describeRules(c *ec2.Client) reader {
	return describe("DescribeSecurityGroupRules", "describe-security-group-rules.json", "SecurityGroupRules", c.DescribeSecurityGroupRules,
		func(q query) *ec2.DescribeSecurityGroupRulesInput {
			return &ec2.DescribeSecurityGroupRulesInput{Filters: q.by("group-id"), MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeSecurityGroupRulesOutput) ([]types.SecurityGroupRule, *string) {
			return o.SecurityGroupRules, o.NextToken
		})
}

// describeDHCP reads sets of DHCP options.
func describeDHCP(c *ec2.Client) reader {
	return describe("DescribeDhcpOptions", "describe-dhcp-options.json", "DhcpOptions", c.DescribeDhcpOptions,
		func(q query) *ec2.DescribeDhcpOptionsInput {
			return &ec2.DescribeDhcpOptionsInput{Filters: q.by("dhcp-options-id"), MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeDhcpOptionsOutput) ([]types.DhcpOptions, *string) {
			return o.DhcpOptions, o.NextToken
		})
}

// describeManagedLists reads prefix lists that are a customer's.
func describeManagedLists(c *ec2.Client) reader {
	return describe("DescribeManagedPrefixLists", "describe-managed-prefix-lists.json", "ManagedPrefixLists", c.DescribeManagedPrefixLists,
		func(q query) *ec2.DescribeManagedPrefixListsInput {
			return &ec2.DescribeManagedPrefixListsInput{Filters: q.by("prefix-list-id"), MaxResults: pageOf100, NextToken: q.token}
		},
		func(o *ec2.DescribeManagedPrefixListsOutput) ([]types.ManagedPrefixList, *string) {
			return o.PrefixLists, o.NextToken
		})
}
