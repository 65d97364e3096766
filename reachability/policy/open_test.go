package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
)

// "Control access to VPC endpoints using endpoint policies" (AWS PrivateLink
// Guide): by default full access. "Gateway endpoints for Amazon S3": policies that
// restrict access to buckets of an account or of an organization, by
// aws:ResourceAccount and aws:ResourceOrgID.
func TestOpenings(t *testing.T) {
	const least = `{"Version":"2012-10-17","Statement":[{"Sid":"LayersAndCode","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*","arn:aws:s3:::acr-code-*-us-east-1-an/*"]},` +
		`{"Sid":"SessionStorage","Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject","s3:ListBucket"],"Resource":["arn:aws:s3:::acr-storage-*-us-east-1-an","arn:aws:s3:::acr-storage-*-us-east-1-an/*"]},` +
		`{"Sid":"OurBuckets","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"` + account + `"}}}]}`
	shut := netpath.Path{Kind: netpath.KindEgress, Expect: netpath.ExpectUnreachable}
	wide := netpath.Path{Kind: netpath.KindEgress, Expect: netpath.ExpectReachable}
	for _, tt := range []struct {
		name, service, policy string
		egress                netpath.Path
		open                  bool
	}{
		{"none stored: the default", "s3", "", shut, true},
		{"the default", "s3", document(statement("Allow")), shut, true},
		{"any bucket, for our account's principals", "s3", document(statement("Allow", "Principal", `{"AWS":"arn:aws:iam::`+account+`:root"}`, "Action", `"s3:*"`)), shut, true},
		{"where the VPC has another way out", "s3", "", wide, false},
		{"another service", "dynamodb", "", shut, false},
		{"reading only", "s3", document(statement("Allow", "Action", `["s3:Get*","s3:List*"]`)), shut, false},
		{"buckets by name", "s3", document(statement("Allow", "Action", `"s3:*"`, "Resource", layerBucket)), shut, false},
		{"buckets of our account", "s3", document(statement("Allow", "Condition", `{"StringEquals":{"aws:ResourceAccount":"`+account+`"}}`)), shut, false},
		{"buckets of our organization", "s3", document(statement("Allow", "Condition", `{"StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}}`)), shut, false},
		{"others' buckets denied", "s3", document(statement("Allow"), statement("Deny", "Action", `"s3:*"`, "Condition", `{"StringNotEquals":{"aws:ResourceAccount":"`+account+`"}}`)), shut, false},
		{"principals of an organization, perhaps ours", "s3", document(statement("Allow", "Condition", `{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`)), shut, false},
		{"what is proposed instead", "s3", least, shut, false},
	} {
		n, p := through(t, tt.service, tt.policy)
		n.Endpoints[len(n.Endpoints)-1].OwnerID = account
		openings := policy.Openings(n.Index(), []netpath.Path{p, tt.egress})
		if (len(openings) == 1) != tt.open {
			t.Errorf("%s: %d openings, want one: %v", tt.name, len(openings), tt.open)
			continue
		}
		if !tt.open {
			continue
		}
		want := netpath.Facts{"region": "us-east-1", "endpoint": serviceGate, "vpc": agentVPC, "action": "s3:PutObject", "account": account, "fixed_policy": least, "policy": tt.policy}
		if tt.policy == "" {
			delete(want, "policy")
		}
		if diff := cmp.Diff(want, openings[0].Config.Facts); diff != "" {
			t.Errorf("%s: facts (-want +got):\n%s", tt.name, diff)
		}
	}
}
