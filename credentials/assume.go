package credentials

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// sessionName is what the probe calls itself in the sessions of other accounts'
// roles, where their CloudTrail shows it.
const sessionName = "agentcore-probe"

// Assume hands out sessions of a role of another account, which STS gives for the
// credentials of c. A session is kept until it is about to end. Errors are those
// of the SDK.
func Assume(c aws.Config, role, externalID string) aws.CredentialsProvider {
	client := sts.NewFromConfig(c, func(o *sts.Options) { o.Retryer = aws.NopRetryer{} })
	return aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client, role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		if externalID != "" {
			o.ExternalID = aws.String(externalID)
		}
	}))
}
