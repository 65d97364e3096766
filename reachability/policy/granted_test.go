package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
	"github.com/agentcore-probe/probe/vpc"
)

const managed = "arn:aws:iam::" + account + ":policy/Invoke"

// details is an answer of iam get-account-authorization-details as the AWS CLI
// prints it ("GetAccountAuthorizationDetails", IAM API Reference).
func details(inline, attached, boundary string) string {
	parts := `{"RoleName": "Probe", "RoleId": "AROA0EXAMPLE", "Arn": "arn:aws:iam::` + account + `:role/ops/Probe", "RolePolicyList": [`
	if inline != "" {
		parts += `{"PolicyName": "inline", "PolicyDocument": ` + inline + `}`
	}
	parts += `], "AttachedManagedPolicies": [`
	if attached != "" {
		parts += `{"PolicyName": "Invoke", "PolicyArn": "` + managed + `"}`
	}
	parts += `]`
	if boundary != "" {
		parts += `, "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::` + account + `:policy/Boundary"}`
	}
	text := `{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [` + parts + `}], "Policies": [`
	if attached != "" && attached != "unread" {
		text += `{"PolicyName": "Invoke", "Arn": "` + managed + `", "DefaultVersionId": "v2", "PolicyVersionList": [{"VersionId": "v2", "IsDefaultVersion": true, "Document": ` + attached + `}, {"VersionId": "v1", "IsDefaultVersion": false, "Document": ` + document(statement("Deny")) + `}]},`
	}
	if boundary != "" {
		text += `{"PolicyName": "Boundary", "Arn": "arn:aws:iam::` + account + `:policy/Boundary", "PolicyVersionList": [{"IsDefaultVersion": true, "Document": ` + boundary + `}]},`
	}
	return strings.TrimSuffix(text, ",") + `]}`
}

// identityStatement is one of an identity's policy: it has no principal.
func identityStatement(effect string, parts ...string) string {
	return statement(effect, append([]string{"Principal", ""}, parts...)...)
}

// "Policy evaluation logic", IAM User Guide, section "Evaluating identity-based
// policies with resource-based policies" and "... with permissions boundaries".
func TestIdentityPolicies(t *testing.T) {
	allow := document(identityStatement("Allow", "Action", `"bedrock-agentcore:Invoke*"`))
	other := document(identityStatement("Allow", "Action", `"s3:*"`))
	denied := document(identityStatement("Allow"), identityStatement("Deny", "Action", `"`+invoke+`"`))
	onlyHere := document(identityStatement("Allow", "Condition", `{"StringEquals":{"aws:SourceVpce":"`+endpoint+`"}}`))
	runtimeOnly := document(identityStatement("Allow", "Resource", `"`+runtime+`"`))
	encoded := `"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Deny%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"`
	noGrant := func(n *vpc.Network) {
		n.ResourcePolicies = []vpc.ResourcePolicy{{ResourceARN: runtime}, {ResourceARN: runtimeEndpoint}}
	}
	ofAnother := policy.Caller{Principal: "arn:aws:sts::999999999999:assumed-role/Probe/i-0abc", VPC: agentVPC}
	for _, tt := range []struct {
		name, details string
		path          netpath.Path
		change        func(*vpc.Network)
		caller        policy.Caller
		want          string
	}{
		{"an inline policy allows it", details(allow, "", ""), private, nil, probeCaller, "unknown"},
		{"a managed one does", details("", allow, ""), private, nil, probeCaller, "unknown"},
		{"neither does, and the resource policy grants it", details(other, "", ""), private, nil, probeCaller, "unknown"},
		{"neither does", details(other, "", ""), private, noGrant, probeCaller, "fail iam/identity-denies implicit"},
		{"no policy at all", details("", "", ""), private, noGrant, probeCaller, "fail iam/identity-denies implicit"},
		{"an explicit denial", details(denied, "", ""), private, nil, probeCaller, "fail iam/identity-denies explicit"},
		{"one that is encoded for URLs", details(encoded, "", ""), private, nil, probeCaller, "fail iam/identity-denies explicit"},
		{"a condition that the way meets", details(onlyHere, "", ""), private, noGrant, probeCaller, "unknown"},
		{"a condition that the way misses", details(onlyHere, "", ""), public, noGrant, probeCaller, "fail iam/identity-denies implicit"},
		{"the runtime and not its endpoint", details(runtimeOnly, "", ""), private, noGrant, probeCaller, "unknown"},
		{"a managed policy that was not read", details(other, "unread", ""), private, noGrant, probeCaller, "unknown"},
		{"a boundary", details(allow, "", other), private, nil, probeCaller, "fail iam/boundary-denies implicit"},
		{"a boundary that admits it", details(allow, "", allow), private, nil, probeCaller, "unknown"},
		{"another account's role of the same name", details(denied, "", ""), private, nil, ofAnother, "unknown"},
		{"roles were not read", `{"Policies": []}`, private, nil, probeCaller, "unknown"},
	} {
		var d vpc.Decoder
		if err := d.Decode("iam.json", strings.NewReader(tt.details)); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		n := world(t, tt.change)
		n.Roles, n.ManagedPolicies = d.Network().Roles, d.Network().ManagedPolicies
		e := policy.Evidence(n, tt.path, tt.caller)[netpath.HopIdentityPolicy]
		got := strings.TrimSpace(string(e.Status) + " " + e.Cause + " " + e.Facts["effect"])
		if diff := cmp.Diff(tt.want, strings.TrimSpace(got)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", tt.name, e.Detail, diff)
		}
	}
}
