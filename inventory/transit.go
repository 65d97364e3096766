package inventory

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// maxEach bounds how many resources of a kind are asked about one by one.
const maxEach = 50

var (
	transitAssociations = action{"ec2", "GetTransitGatewayRouteTableAssociations", "get-transit-gateway-route-table-associations.json", "TransitGatewayRouteTableAssociations"}
	transitRoutes       = action{"ec2", "SearchTransitGatewayRoutes", "search-transit-gateway-routes.json", "TransitGatewayRoutes"}
)

// bounded cuts a list of resources that each take a call of their own, and
// says so.
func (s *session) bounded(a action, ids []string) []string {
	if len(ids) <= maxEach {
		return ids
	}
	s.cut(a)
	s.fail(&Unread{
		Action: a.name(), Failure: netpath.FailureQuota,
		Reason: fmt.Sprintf("%d to ask about one by one, of which the first %d are", len(ids), maxEach),
	})
	return ids[:maxEach]
}

// transitGateways are the actions that read the transit gateways that routes
// lead to, by their ids.
func transitGateways(c *ec2.Client) []reference {
	ids := targets(func(r vpc.Route) string { return r.TransitGatewayID }, "tgw-")
	return []reference{
		{describe("DescribeTransitGateways", "describe-transit-gateways.json", "TransitGateways", c.DescribeTransitGateways,
			func(q query) *ec2.DescribeTransitGatewaysInput {
				return &ec2.DescribeTransitGatewaysInput{Filters: q.by("transit-gateway-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeTransitGatewaysOutput) ([]types.TransitGateway, *string) {
				return o.TransitGateways, o.NextToken
			}), ids},
		{describe("DescribeTransitGatewayVpcAttachments", "describe-transit-gateway-vpc-attachments.json", "TransitGatewayVpcAttachments", c.DescribeTransitGatewayVpcAttachments,
			func(q query) *ec2.DescribeTransitGatewayVpcAttachmentsInput {
				return &ec2.DescribeTransitGatewayVpcAttachmentsInput{Filters: q.by("transit-gateway-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeTransitGatewayVpcAttachmentsOutput) ([]types.TransitGatewayVpcAttachment, *string) {
				return o.TransitGatewayVpcAttachments, o.NextToken
			}), ids},
		{describe("DescribeTransitGatewayAttachments", "describe-transit-gateway-attachments.json", "TransitGatewayAttachments", c.DescribeTransitGatewayAttachments,
			func(q query) *ec2.DescribeTransitGatewayAttachmentsInput {
				return &ec2.DescribeTransitGatewayAttachmentsInput{Filters: q.by("transit-gateway-id"), MaxResults: pageOf1000, NextToken: q.token}
			},
			func(o *ec2.DescribeTransitGatewayAttachmentsOutput) ([]types.TransitGatewayAttachment, *string) {
				return o.TransitGatewayAttachments, o.NextToken
			}), ids},
		{transitTables(c), ids},
	}
}

// transitTables reads the route tables of transit gateways.
func transitTables(c *ec2.Client) reader {
	return describe("DescribeTransitGatewayRouteTables", "describe-transit-gateway-route-tables.json", "TransitGatewayRouteTables", c.DescribeTransitGatewayRouteTables,
		func(q query) *ec2.DescribeTransitGatewayRouteTablesInput {
			return &ec2.DescribeTransitGatewayRouteTablesInput{Filters: q.by("transit-gateway-id"), MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeTransitGatewayRouteTablesOutput) ([]types.TransitGatewayRouteTable, *string) {
			return o.TransitGatewayRouteTables, o.NextToken
		})
}

// transitContents reads associations and routes of the route tables that were
// found: an answer says neither whose it is, so the documents wrap them.
func (s *session) transitContents(ctx context.Context, c *ec2.Client) {
	var wg sync.WaitGroup
	for _, table := range s.bounded(transitRoutes, s.values(transitTables(c).file, "TransitGatewayRouteTableId")) {
		wg.Go(func() { s.associationsOf(ctx, c, table) })
		wg.Go(func() { s.routesOf(ctx, c, table) })
	}
	wg.Wait()
}

func (s *session) associationsOf(ctx context.Context, c *ec2.Client, table string) {
	found, failed := s.all(ctx, transitAssociations, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.GetTransitGatewayRouteTableAssociations(ctx, &ec2.GetTransitGatewayRouteTableAssociationsInput{
			TransitGatewayRouteTableId: aws.String(table), MaxResults: pageOf1000, NextToken: token,
		})
		if err != nil {
			return page{}, err
		}
		raw, err := items(answer.Associations)
		return page{raw, aws.ToString(answer.NextToken)}, err
	})
	if failed != nil {
		s.fail(failed, "resource", table)
		s.cut(transitAssociations)
		return
	}
	s.wrap(transitAssociations, map[string]any{"TransitGatewayRouteTableId": table, "Associations": found})
}

// routesOf reads all routes of a table, blackholes included: the API demands a
// filter, and this one admits both states.
func (s *session) routesOf(ctx context.Context, c *ec2.Client, table string) {
	more := false
	found, failed := s.all(ctx, transitRoutes, func(ctx context.Context, token *string) (page, error) {
		answer, err := c.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
			TransitGatewayRouteTableId: aws.String(table), Filters: query{ids: []string{"active", "blackhole"}}.by("state"),
			MaxResults: pageOf1000, NextToken: token,
		})
		if err != nil {
			return page{}, err
		}
		next := aws.ToString(answer.NextToken)
		more = aws.ToBool(answer.AdditionalRoutesAvailable) && next == ""
		raw, err := items(answer.Routes)
		return page{raw, next}, err
	})
	if failed != nil {
		s.fail(failed, "resource", table)
		s.cut(transitRoutes)
		return
	}
	s.wrap(transitRoutes, map[string]any{"TransitGatewayRouteTableId": table, "Routes": found, "AdditionalRoutesAvailable": more})
}
