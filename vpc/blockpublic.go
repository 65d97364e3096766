package vpc

import (
	"slices"
	"strings"
)

// BlockPublicAccess is the answer of DescribeVpcBlockPublicAccessOptions: the
// setting of an account in a region.
type BlockPublicAccess struct {
	AwsAccountID             string `json:"AwsAccountId"`
	AwsRegion                string
	State                    string // default-state, update-in-progress, update-complete
	InternetGatewayBlockMode string // off, block-bidirectional, block-ingress
	ExclusionsAllowed        string // allowed, not-allowed
	ManagedBy                string // account, declarative-policy
}

// BlockPublicAccessExclusion is an entry of
// DescribeVpcBlockPublicAccessExclusions: a VPC or a subnet that the setting
// spares.
type BlockPublicAccessExclusion struct {
	ExclusionID                  string `json:"ExclusionId"`
	ResourceARN                  string `json:"ResourceArn"` // of a VPC or a subnet
	InternetGatewayExclusionMode string // allow-bidirectional, allow-egress
	State                        string // create-in-progress, create-complete, update-…, delete-…, disable-…
	Tags                         []Tag
}

// BlockPublicAccess finds the setting for an account's VPCs; "" is any account.
// It is nil where the setting was not read, or where several are known and none
// is the account's.
func (x *Index) BlockPublicAccess(account string) *BlockPublicAccess {
	all := x.BlockPublicAccessOptions
	if i := slices.IndexFunc(all, func(b BlockPublicAccess) bool { return account != "" && b.AwsAccountID == account }); i >= 0 {
		return &all[i]
	}
	if len(all) == 1 && (account == "" || all[0].AwsAccountID == "") {
		return &all[0]
	}
	return nil
}

// BlockPublicAccessExclusion finds what spares a VPC or a subnet, by the id of
// either: of an exclusion that is being deleted or has failed nothing is said.
func (x *Index) BlockPublicAccessExclusion(id string) *BlockPublicAccessExclusion {
	for i := range x.BlockPublicAccessExclusions {
		e := &x.BlockPublicAccessExclusions[i]
		applies := e.State == "" || e.State == "create-complete" || strings.HasPrefix(e.State, "update-")
		if id != "" && applies && strings.HasSuffix(e.ResourceARN, "/"+id) {
			return e
		}
	}
	return nil
}
