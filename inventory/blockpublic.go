package inventory

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// publicAccessExclusions reads what VPC Block Public Access spares.
func publicAccessExclusions(c *ec2.Client) reader {
	return describe("DescribeVpcBlockPublicAccessExclusions", "describe-vpc-block-public-access-exclusions.json", "VpcBlockPublicAccessExclusions",
		c.DescribeVpcBlockPublicAccessExclusions,
		func(q query) *ec2.DescribeVpcBlockPublicAccessExclusionsInput {
			return &ec2.DescribeVpcBlockPublicAccessExclusionsInput{MaxResults: pageOf1000, NextToken: q.token}
		},
		func(o *ec2.DescribeVpcBlockPublicAccessExclusionsOutput) ([]types.VpcBlockPublicAccessExclusion, *string) {
			return o.VpcBlockPublicAccessExclusions, o.NextToken
		})
}

// blockPublicAccess reads the region's setting of VPC Block Public Access and,
// where it blocks anything, its exclusions.
func (s *session) blockPublicAccess(ctx context.Context, c *ec2.Client) {
	var raw json.RawMessage
	mode := types.InternetGatewayBlockModeOff
	failed := s.call(ctx, "ec2", "DescribeVpcBlockPublicAccessOptions", func(ctx context.Context) error {
		answer, err := c.DescribeVpcBlockPublicAccessOptions(ctx, &ec2.DescribeVpcBlockPublicAccessOptionsInput{})
		if err != nil {
			return err
		}
		options := answer.VpcBlockPublicAccessOptions
		if options == nil {
			return errDocument
		}
		mode = options.InternetGatewayBlockMode
		all, err := items([]types.VpcBlockPublicAccessOptions{*options})
		if err == nil {
			raw, err = json.Marshal(map[string]json.RawMessage{"VpcBlockPublicAccessOptions": all[0]})
		}
		return err
	})
	if failed != nil {
		s.fail(failed)
		return
	}
	s.set("describe-vpc-block-public-access-options.json", "ec2:DescribeVpcBlockPublicAccessOptions", raw)
	if mode != types.InternetGatewayBlockModeOff {
		r := publicAccessExclusions(c)
		s.pages(ctx, r.action, func(ctx context.Context, token *string) (page, error) { return r.read(ctx, query{token: token}) })
	}
}
