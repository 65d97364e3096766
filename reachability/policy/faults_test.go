package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
	"github.com/agentcore-probe/probe/vpc"
)

// notPolicies are codes of these families that no document decides alone.
var notPolicies = map[string]string{
	"endpoint/policy-open":          "TestOpenings: the document of the endpoint for S3, where nothing else leads out",
	"endpoint/prm-denied":           "measured: the request for the metadata is denied",
	"endpoint/policy-unstable":      "measured: equal requests are allowed and denied",
	"policy/allow-list-hit":         "diagnosis: the public path, which the pattern shuts, gets in from an address on a list",
	"policy/public-exposed":         "diagnosis: the public path gets in",
	"policy/public-egress":          "diagnosis: a way out that the pattern shuts is open",
	"endpoint/policy-blocks-layers": "TestEndpointPoliciesOfServices: the agent's role before the policy of the endpoint for S3",
	"endpoint/missing":              "reachability: TestEveryOtherFaultNamesItsComponent",
	"endpoint/not-available":        "reachability: TestEveryOtherFaultNamesItsComponent",
	"endpoint/address-down":         "diagnosis: measured",
	"endpoint/az-uncovered":         "diagnosis: by the zones of the paths",
}

// Each fault of a policy: the hop that decides names its code, and the document
// that is to blame by its resource.
func TestEveryPolicyFaultNamesItsComponent(t *testing.T) {
	resource := func(text string) func(*vpc.Network) {
		return func(n *vpc.Network) { n.ResourcePolicies[0].Policy, n.ResourcePolicies[1].Policy = text, text }
	}
	endpointsOwn := func(text string) func(*vpc.Network) {
		return func(n *vpc.Network) { n.Endpoints[0].PolicyDocument = text }
	}
	oauth := func(text string) func(*vpc.Network) {
		return func(n *vpc.Network) { bearer(n); resource("")(n); endpointsOwn(text)(n) }
	}
	hub := func(n *vpc.Network) {
		n.Endpoints[0].VpcID = "vpc-0hub"
		resource(closed(`{"StringNotEquals":{"aws:SourceVpc":"` + agentVPC + `"}}`))(n)
	}
	forRoles := statement("Allow", "Principal", `{"AWS":"`+account+`"}`)
	seen := map[string]bool{}
	for _, tt := range []struct {
		code      string
		path      netpath.Path
		change    func(*vpc.Network)
		hop       netpath.HopName
		component string
	}{
		{"endpoint/policy-denies", private, endpointsOwn(document(statement("Allow", "Action", `"bedrock-agentcore:GetAgentCard"`))), netpath.HopEndpointPolicy, endpoint},
		{"endpoint/policy-denies", private, endpointsOwn(document(statement("Allow", "Resource", `"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/other"`))), netpath.HopEndpointPolicy, endpoint},
		{"endpoint/policy-denies", private, endpointsOwn(document(statement("Allow", "Principal", `{"AWS":"999999999999"}`))), netpath.HopEndpointPolicy, endpoint},
		{"endpoint/policy-blocks-oauth", private, oauth(document(forRoles)), netpath.HopEndpointPolicy, endpoint},
		{"endpoint/policy-denies", private, oauth(document(statement("Allow", "Principal", `{"AWS":"`+account+`"}`, "Action", `"s3:*"`))), netpath.HopEndpointPolicy, endpoint},
		{"", private, oauth(document(statement("Allow"))), netpath.HopEndpointPolicy, endpoint},
		{"policy/resource-denies", private, resource(document(statement("Deny"))), netpath.HopResourcePolicy, runtime},
		{"policy/resource-denies", public, func(n *vpc.Network) { n.ResourcePolicies[0].Policy = "" }, netpath.HopResourcePolicy, runtimeEndpoint},
		{"policy/endpoint-id-stale", private, resource(closed(`{"StringNotEquals":{"aws:SourceVpce":"vpce-0dead"}}`)), netpath.HopResourcePolicy, runtime},
		{"policy/source-vpc-is-hub", private, hub, netpath.HopResourcePolicy, runtime},
		{"policy/locks-out-endpoint", private, resource(closed(`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)), netpath.HopResourcePolicy, runtime},
	} {
		seen[tt.code] = true
		t.Run(strings.ReplaceAll(tt.code, "/", " "), func(t *testing.T) {
			e := policy.Evidence(world(t, tt.change), tt.path, probeCaller)[tt.hop]
			if diff := cmp.Diff([]string{tt.code, tt.component}, []string{e.Cause, e.Component}); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", e.Status, e.Detail, diff)
			}
		})
	}
	for _, e := range catalogue.All() {
		family, _, _ := strings.Cut(e.Code, "/")
		if (family == "policy" || family == "endpoint") && !seen[e.Code] && notPolicies[e.Code] == "" {
			t.Errorf("%s has no row", e.Code)
		}
	}
}

// For OAuth calls the principal of an endpoint's policy has to be "*": the fix
// adds such a statement and leaves the others. The runtime's metadata, by which
// clients find out where to get a token, is behind the same policy.
func TestEndpointPolicyForBearersIsMended(t *testing.T) {
	forRoles := statement("Allow", "Principal", `{"AWS":"`+account+`"}`)
	n := world(t, func(n *vpc.Network) { bearer(n); n.Endpoints[0].PolicyDocument = document(forRoles) })
	got := policy.Evidence(n, private, probeCaller)[netpath.HopEndpointPolicy].Facts
	want := document(forRoles, `{"Sid":"AllowInvokeAgentRuntime","Effect":"Allow","Principal":"*","Action":["`+invoke+`","bedrock-agentcore:GetRuntimeProtectedResourceMetadata"],"Resource":["`+runtime+`","`+runtime+`/*"]}`)
	if diff := cmp.Diff([]string{want, "#1"}, []string{got["fixed_policy"], got["statement"]}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
