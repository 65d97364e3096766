package policy_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability/policy"
	"github.com/agentcore-probe/probe/vpc"
)

const (
	agentVPC        = "vpc-0aaaaaaaaaaaaaaaa"
	runtimeEndpoint = runtime + "/runtime-endpoint/DEFAULT"
	onlyThrough     = `{"StringNotEquals":{"aws:SourceVpce":"` + endpoint + `"}}`
)

var (
	natAddress  = netip.MustParseAddr("192.0.2.10")
	ownAddress  = netip.MustParseAddr("10.0.1.20")
	probeCaller = policy.Caller{Principal: session, VPC: agentVPC, SourceIP: natAddress, VpcSourceIP: ownAddress}
	private     = path(netpath.RoutePrivate)
	public      = path(netpath.RoutePublic)
)

func path(route netpath.Route) netpath.Path {
	p := netpath.Path{Kind: netpath.KindInvoke, Route: route}
	p.Source.ENIs = []string{"eni-1"}
	p.Target = netpath.Target{RuntimeARN: runtime, Qualifier: "DEFAULT"}
	if route == netpath.RoutePrivate {
		p.Target.Endpoint = endpoint
	}
	return p
}

// closed is the resource policy that shuts the public path: the account may,
// and nobody who doesn't come through the endpoint.
func closed(condition string) string {
	return document(
		statement("Allow", "Principal", `{"AWS":"`+account+`"}`, "Action", `"`+invoke+`"`),
		statement("Deny", "Action", `"`+invoke+`"`, "Condition", condition))
}

// world is a healthy private pattern with one thing changed.
func world(t *testing.T, change func(*vpc.Network)) *vpc.Network {
	t.Helper()
	n := &vpc.Network{Region: "us-east-1", Account: account, Read: map[string]bool{
		"VpcEndpoints": true, "agentRuntimes": true, "agentRuntimeEndpoints": true, "resourcePolicies": true,
	}}
	n.Endpoints = []vpc.Endpoint{{VpcEndpointID: endpoint, VpcEndpointType: "Interface", VpcID: agentVPC, ServiceName: "com.amazonaws.us-east-1.bedrock-agentcore", State: "available"}}
	n.Runtimes = []vpc.Runtime{{ARN: runtime, ID: "support-a1b2c3d4e5", Status: "READY"}}
	n.RuntimeEndpoints = []vpc.RuntimeEndpoint{{ARN: runtimeEndpoint, RuntimeARN: runtime, Name: "DEFAULT", Status: "READY"}}
	n.ResourcePolicies = []vpc.ResourcePolicy{{ResourceARN: runtime, Policy: closed(onlyThrough)}, {ResourceARN: runtimeEndpoint, Policy: closed(onlyThrough)}}
	if change != nil {
		change(n)
	}
	return n
}

func bearer(n *vpc.Network) {
	if err := json.Unmarshal([]byte(`{"authorizerConfiguration":{"customJWTAuthorizer":{"discoveryUrl":"https://example.org"}}}`), &n.Runtimes[0]); err != nil {
		panic(err)
	}
}

// judged is the part of a hop's evidence that tables compare.
type judged struct {
	Status                   netpath.Status
	Cause, Component, Effect string
}

func judge(e netpath.Evidence) judged {
	return judged{e.Status, e.Cause, e.Component, e.Facts["effect"]}
}

func TestResourcePolicy(t *testing.T) {
	const (
		pass, fail, unknown = netpath.StatusPass, netpath.StatusFail, netpath.StatusUnknown
		explicit, implicit  = "explicit", "implicit"
	)
	both := func(text string) func(*vpc.Network) {
		return func(n *vpc.Network) { n.ResourcePolicies[0].Policy, n.ResourcePolicies[1].Policy = text, text }
	}
	other := strings.Replace(session, account, "999999999999", 1)
	for _, tt := range []struct {
		name   string
		path   netpath.Path
		caller string
		change func(*vpc.Network)
		want   judged
	}{
		{"healthy, private", private, session, nil, judged{pass, "", runtime, "allow"}},
		{"healthy, public", public, session, nil, judged{fail, "policy/resource-denies", runtime, explicit}},
		{"no policy", private, session, both(""), judged{pass, "", runtime, implicit}},
		{"no policy, public", public, session, both(""), judged{pass, "", runtime, implicit}},
		{"an Allow with a condition shuts nobody of the account out", public, session, both(document(statement("Allow", "Condition", `{"StringEquals":{"aws:SourceVpce":"`+endpoint+`"}}`))), judged{pass, "", runtime, implicit}},
		{"only the runtime endpoint's policy denies", public, session, func(n *vpc.Network) { n.ResourcePolicies[0].Policy = "" }, judged{fail, "policy/resource-denies", runtimeEndpoint, explicit}},
		{"denies everybody", private, session, both(document(statement("Deny"))), judged{fail, "policy/resource-denies", runtime, explicit}},
		{"denies another role only", public, session, both(document(statement("Deny", "Principal", `{"AWS":"arn:aws:iam::123456789012:role/Other"}`))), judged{pass, "", runtime, implicit}},
		{"names an endpoint that is gone", private, session, both(closed(`{"StringNotEquals":{"aws:SourceVpce":"vpce-0dead"}}`)), judged{fail, "policy/endpoint-id-stale", runtime, explicit}},
		{"names another endpoint that exists", private, session, func(n *vpc.Network) {
			n.Endpoints = append(n.Endpoints, vpc.Endpoint{VpcEndpointID: "vpce-0beef", VpcID: agentVPC})
			both(closed(`{"StringNotEquals":{"aws:SourceVpce":"vpce-0beef"}}`))(n)
		}, judged{fail, "policy/resource-denies", runtime, explicit}},
		{"names the caller's VPC, the endpoint is in a hub", private, session, func(n *vpc.Network) {
			n.Endpoints[0].VpcID = "vpc-0hub"
			both(closed(`{"StringNotEquals":{"aws:SourceVpc":"` + agentVPC + `"}}`))(n)
		}, judged{fail, "policy/source-vpc-is-hub", runtime, explicit}},
		{"names the VPC of the source's interface", private, session, func(n *vpc.Network) {
			n.Endpoints[0].VpcID = "vpc-0hub"
			n.NetworkInterfaces = []vpc.NetworkInterface{{NetworkInterfaceID: "eni-1", VpcID: "vpc-0spoke"}}
			both(closed(`{"StringNotEquals":{"aws:SourceVpc":"vpc-0spoke"}}`))(n)
		}, judged{fail, "policy/source-vpc-is-hub", runtime, explicit}},
		{"denies by source address", private, session, both(closed(`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)), judged{fail, "policy/locks-out-endpoint", runtime, explicit}},
		{"admits the NAT gateway's address", public, session, both(closed(`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)), judged{pass, "", runtime, "allow"}},
		{"a key that is not known", public, session, both(closed(`{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`)), judged{unknown, "", runtime, ""}},
		{"not read", private, session, func(n *vpc.Network) { n.ResourcePolicies = nil }, judged{unknown, "", runtime, ""}},
		{"one not read, the other denies", public, session, func(n *vpc.Network) { n.ResourcePolicies = n.ResourcePolicies[:1] }, judged{fail, "policy/resource-denies", runtime, explicit}},
		{"one not read", private, session, func(n *vpc.Network) { n.ResourcePolicies = n.ResourcePolicies[:1] }, judged{unknown, "", runtimeEndpoint, ""}},
		{"damaged", private, session, both(`{"Statement":`), judged{unknown, "", runtime, ""}},
		{"principal not known", private, "", nil, judged{unknown, "", runtime, ""}},
		{"another account without a grant", private, other, nil, judged{fail, "policy/resource-denies", runtime, implicit}},
		{"another account without a policy", private, other, both(""), judged{fail, "policy/resource-denies", runtime, implicit}},
		{"another account with grants", private, other, both(document(statement("Allow"))), judged{pass, "", runtime, "allow"}},
		{"bearer token, no policy", private, "", func(n *vpc.Network) { bearer(n); both("")(n) }, judged{pass, "", runtime, implicit}},
		{"bearer token, policy for IAM principals", private, "", bearer, judged{fail, "policy/resource-denies", runtime, implicit}},
		{"bearer token, an Allow with a condition does shut out", public, "", func(n *vpc.Network) {
			bearer(n)
			both(document(statement("Allow", "Condition", `{"StringEquals":{"aws:SourceVpce":"`+endpoint+`"}}`)))(n)
		}, judged{fail, "policy/resource-denies", runtime, implicit}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			caller := probeCaller
			caller.Principal = tt.caller
			e := policy.Evidence(world(t, tt.change), tt.path, caller)[netpath.HopResourcePolicy]
			if diff := cmp.Diff(tt.want, judge(e)); diff != "" {
				t.Errorf("(-want +got):\n%s%s", diff, e.Detail)
			}
		})
	}
}

func TestResourcePolicyFacts(t *testing.T) {
	got := policy.Evidence(world(t, nil), public, probeCaller)[netpath.HopResourcePolicy].Facts
	want := netpath.Facts{
		"region": "us-east-1", "runtime": runtime, "runtime_arn": runtime, "action": invoke, "principal": session,
		"source_ip": "192.0.2.10", "layer": "resource-based", "effect": "explicit", "statement": "#2", "scope": "everyone",
		"policy_resource": runtime, "policy": closed(onlyThrough),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is offered as a fix has the least change, and puts the request right.
func TestFixedPolicies(t *testing.T) {
	hub := func(n *vpc.Network) { n.Endpoints[0].VpcID = "vpc-0hub" }
	for _, tt := range []struct {
		name, policy string
		path         netpath.Path
		change       func(*vpc.Network)
		want         string
	}{
		{"stale endpoint", closed(`{"StringNotEquals":{"aws:SourceVpce":"vpce-0dead"}}`), private, nil, closed(onlyThrough)},
		{"stale endpoint among others", closed(`{"StringNotEquals":{"aws:SourceVpce":["vpce-0dead","vpce-0a*"],"aws:SourceVpc":"vpc-1"}}`), private, func(n *vpc.Network) { n.Endpoints[0].VpcEndpointID = "vpce-0b" },
			closed(`{"StringNotEquals":{"aws:SourceVpce":["vpce-0a*","vpce-0b"],"aws:SourceVpc":"vpc-1"}}`)},
		{"hub", closed(`{"StringNotEquals":{"aws:SourceVpc":"` + agentVPC + `"}}`), private, hub, closed(`{"StringNotEquals":{"aws:SourceVpc":["` + agentVPC + `","vpc-0hub"]}}`)},
		{"source address", closed(`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`), private, nil, closed(`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"},"Null":{"aws:SourceVpce":"true"}}`)},
		{"denies everybody", document(statement("Deny")), private, nil, document(statement("Deny", "Condition", onlyThrough))},
		{"denies the caller by name", document(statement("Deny", "Principal", `{"AWS":"`+role+`"}`)), private, nil, ""},
		{"public path open", document(statement("Allow")), public, nil, document(statement("Allow"),
			`{"Sid":"DenyOutsideEndpoint","Effect":"Deny","Principal":"*","Action":"bedrock-agentcore:InvokeAgentRuntime*","Resource":"`+runtime+`","Condition":`+onlyThrough+`}`)},
		{"public path open, no policy", "", public, nil, document(
			`{"Sid":"AllowAccount","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"bedrock-agentcore:InvokeAgentRuntime*","Resource":"`+runtime+`"}`,
			`{"Sid":"DenyOutsideEndpoint","Effect":"Deny","Principal":"*","Action":"bedrock-agentcore:InvokeAgentRuntime*","Resource":"`+runtime+`","Condition":`+onlyThrough+`}`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := world(t, tt.change)
			n.ResourcePolicies[0].Policy, n.ResourcePolicies[1].Policy = tt.policy, ""
			p := tt.path
			if p.Target.Endpoint != "" {
				p.Target.Endpoint = n.Endpoints[0].VpcEndpointID
			}
			e := policy.Evidence(n, p, probeCaller)[netpath.HopResourcePolicy]
			if diff := cmp.Diff(tt.want, e.Facts["fixed_policy"]); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if tt.want == "" {
				return
			}
			n.ResourcePolicies[0].Policy = tt.want
			after := policy.Evidence(n, p, probeCaller)[netpath.HopResourcePolicy]
			if after.Status == e.Status {
				t.Errorf("still %s: %s", after.Status, after.Detail)
			}
		})
	}
}

// Where the policies of the runtime and of its endpoint both deny, one mended
// alone leaves the caller out ("Resource-based policies for Amazon Bedrock
// AgentCore": both are evaluated): the fix is of both.
func TestBothPoliciesAreMended(t *testing.T) {
	stale := closed(`{"StringNotEquals":{"aws:SourceVpce":"vpce-0dead"}}`)
	n := world(t, nil)
	n.ResourcePolicies[0].Policy, n.ResourcePolicies[1].Policy = stale, stale
	evidence := func() netpath.Evidence {
		return policy.Evidence(n, private, probeCaller)[netpath.HopResourcePolicy]
	}
	facts := evidence().Facts
	got := []string{facts["policy_resource"], facts["fixed_policy"], facts["also_resource"], facts["also_policy"], facts["also_fixed_policy"]}
	if diff := cmp.Diff([]string{runtime, closed(onlyThrough), runtimeEndpoint, stale, closed(onlyThrough)}, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	n.ResourcePolicies[0].Policy = facts["fixed_policy"]
	if e := evidence(); e.Status != netpath.StatusFail || e.Component != runtimeEndpoint || e.Facts["also_resource"] != "" {
		t.Errorf("with the runtime's mended: %s on %s, also %s", e.Status, e.Component, e.Facts["also_resource"])
	}
	n.ResourcePolicies[1].Policy = facts["also_fixed_policy"]
	if e := evidence(); e.Status != netpath.StatusPass {
		t.Errorf("with both mended: %s: %s", e.Status, e.Detail)
	}
}

func TestEndpointPolicy(t *testing.T) {
	const pass, fail, unknown = netpath.StatusPass, netpath.StatusFail, netpath.StatusUnknown
	others := statement("Allow", "Action", `"bedrock-agentcore:GetAgentCard"`)
	admit := `{"Sid":"AllowInvokeAgentRuntime","Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":"` + invoke + `","Resource":["` + runtime + `","` + runtime + `/*"]}`
	spare := statement("Deny", "NotResource", `["`+runtime+`","`+runtime+`/*"]`)
	for _, tt := range []struct {
		name, policy string
		want         judged
		fixed        string
	}{
		{"default", "", judged{pass, "", endpoint, ""}, ""},
		{"allows", document(statement("Allow")), judged{pass, "", endpoint, "allow"}, ""},
		{"allows something else", document(others), judged{fail, "endpoint/policy-denies", endpoint, "implicit"}, document(others, admit)},
		{"has been mended once, for another", document(strings.Replace(others, "{", `{"Sid":"AllowInvokeAgentRuntime",`, 1)), judged{fail, "endpoint/policy-denies", endpoint, "implicit"},
			document(strings.Replace(others, "{", `{"Sid":"AllowInvokeAgentRuntime",`, 1), strings.Replace(admit, "AllowInvokeAgentRuntime", "AllowInvokeAgentRuntime2", 1))},
		{"denies everything", document(statement("Allow"), statement("Deny")), judged{fail, "endpoint/policy-denies", endpoint, "explicit"}, document(statement("Allow"), spare)},
		{"denies, and allows nothing", document(statement("Deny")), judged{fail, "endpoint/policy-denies", endpoint, "explicit"}, document(spare, admit)},
		{"denies this runtime by name", document(statement("Allow"), statement("Deny", "Resource", `"`+runtime+`"`)), judged{fail, "endpoint/policy-denies", endpoint, "explicit"}, ""},
		{"nothing allows, and a denial is in doubt", document(statement("Deny", "Condition", `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)), judged{fail, "endpoint/policy-denies", endpoint, "implicit"}, ""},
		{"in doubt", document(statement("Allow", "Condition", `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)), judged{unknown, "", endpoint, ""}, ""},
		{"allows the runtime, not its endpoint", document(statement("Allow", "Resource", `"`+runtime+`"`)), judged{unknown, "", endpoint, ""}, ""},
		{"damaged", "{", judged{unknown, "", endpoint, ""}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := world(t, func(n *vpc.Network) { n.Endpoints[0].PolicyDocument = tt.policy })
			e := policy.Evidence(n, private, probeCaller)[netpath.HopEndpointPolicy]
			if diff := cmp.Diff(tt.want, judge(e)); diff != "" {
				t.Errorf("(-want +got):\n%s%s", diff, e.Detail)
			}
			if diff := cmp.Diff(tt.fixed, e.Facts["fixed_policy"]); diff != "" {
				t.Errorf("fix (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEndpointPolicyUnread(t *testing.T) {
	for name, change := range map[string]func(*vpc.Network){
		"endpoints not read":   func(n *vpc.Network) { n.Read["VpcEndpoints"] = false },
		"endpoint not in list": func(n *vpc.Network) { n.Endpoints = nil },
	} {
		e := policy.Evidence(world(t, change), private, probeCaller)[netpath.HopEndpointPolicy]
		if e.Status != netpath.StatusUnknown {
			t.Errorf("%s: %s", name, e.Status)
		}
	}
}

func TestRuntime(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*vpc.Network)
		want   judged
	}{
		{"ready", nil, judged{netpath.StatusPass, "", runtime, ""}},
		{"updating", func(n *vpc.Network) { n.Runtimes[0].Status = "UPDATING" }, judged{netpath.StatusFail, "runtime/not-ready", runtime, ""}},
		{"endpoint failed", func(n *vpc.Network) { n.RuntimeEndpoints[0].Status = "UPDATE_FAILED" }, judged{netpath.StatusFail, "runtime/not-ready", runtimeEndpoint, ""}},
		{"gone", func(n *vpc.Network) { n.Runtimes = nil }, judged{netpath.StatusFail, "runtime/not-found", runtime, ""}},
		{"gone, or in another account's list", func(n *vpc.Network) { n.Runtimes, n.Account = nil, "999999999999" }, judged{netpath.StatusUnknown, "", runtime, ""}},
		{"not read", func(n *vpc.Network) { n.Runtimes, n.Read = nil, nil }, judged{netpath.StatusUnknown, "", runtime, ""}},
		{"another endpoint only", func(n *vpc.Network) { n.RuntimeEndpoints[0].Name = "blue" }, judged{netpath.StatusFail, "runtime/endpoint-not-found", runtimeEndpoint, ""}},
		{"endpoints not read", func(n *vpc.Network) { n.RuntimeEndpoints = nil }, judged{netpath.StatusUnknown, "", runtimeEndpoint, ""}},
	} {
		e := policy.Evidence(world(t, tt.change), private, probeCaller)[netpath.HopRuntime]
		if diff := cmp.Diff(tt.want, judge(e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestEvidenceHops(t *testing.T) {
	names := func(p netpath.Path) map[netpath.HopName]bool {
		got := map[netpath.HopName]bool{}
		for name := range policy.Evidence(world(t, nil), p, probeCaller) {
			got[name] = true
		}
		return got
	}
	want := map[netpath.HopName]bool{netpath.HopIdentityPolicy: true, netpath.HopResourcePolicy: true, netpath.HopRuntime: true}
	if diff := cmp.Diff(want, names(public)); diff != "" {
		t.Errorf("public (-want +got):\n%s", diff)
	}
	want[netpath.HopEndpointPolicy] = true
	if diff := cmp.Diff(want, names(private)); diff != "" {
		t.Errorf("private (-want +got):\n%s", diff)
	}
	if got := names(netpath.Path{Kind: netpath.KindDatabase}); len(got) != 0 {
		t.Errorf("a database path has policy hops: %v", got)
	}
}
