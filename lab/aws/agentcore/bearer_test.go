package agentcore_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/identity"
	"github.com/agentcore-probe/probe/lab/world"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func provider(t *testing.T) *identity.Provider {
	t.Helper()
	p, err := identity.New(world.OpenIDIssuer, identity.ES256, nil, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The claims are those that customJWTAuthorizer speaks of ("CreateAgentRuntime");
// which texts are AWS's own stands in beliefs.md.
func TestTokens(t *testing.T) {
	good, other := provider(t), provider(t)
	for name, tc := range map[string]struct {
		by     *identity.Provider
		change map[string]any // of the good claims; nil leaves one out
		patch  string
		public bool
		want   string
	}{
		"good":            {want: `404 {"message":"No endpoint or agent found with qualifier 'NONE' for agent 'ARN'"}`},
		"another key":     {by: other, want: `403 {"message":"OAuth authorization failed: Failed to verify the token's signature"}`},
		"expired":         {change: map[string]any{"exp": noon.Unix()}, want: `403 {"message":"Token has expired"}`},
		"no expiration":   {change: map[string]any{"exp": nil}, want: `403 {"message":"OAuth authorization failed: the token has no expiration"}`},
		"not yet":         {change: map[string]any{"nbf": noon.Unix() + 60}, want: `403 {"message":"OAuth authorization failed: the token is not valid yet"}`},
		"another issuer":  {change: map[string]any{"iss": "https://elsewhere.example.com"}, want: `403 {"message":"Claim 'iss' value mismatch with configuration."}`},
		"for others":      {change: map[string]any{"aud": "billing"}, want: `403 {"message":"Token audience mismatch"}`},
		"one of several":  {change: map[string]any{"aud": []any{"billing", "support"}}, want: `404 {"message":"No endpoint or agent found with qualifier 'NONE' for agent 'ARN'"}`},
		"another client":  {change: map[string]any{"client_id": "crawler"}, want: `403 {"message":"Claim 'client_id' value mismatch with configuration."}`},
		"the public path": {public: true, want: `403 {"message":"User: anonymous is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime on resource: ARN with an explicit deny in a resource-based policy"}`},
		"an endpoint policy for principals of IAM": {
			patch: `[{"op":"replace","path":"/VpcEndpoints/0/PolicyDocument","value":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"123456789012\"},\"Action\":\"*\",\"Resource\":\"*\"}}"}]`,
			want:  `403 {"message":"User: anonymous is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime on resource: ARN because no VPC endpoint policy allows the bedrock-agentcore:InvokeAgentRuntime action"}`},
		"a resource policy for principals of IAM": {
			patch: `[{"op":"replace","path":"/resourcePolicies/0/policy","value":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"123456789012\"},\"Action\":\"*\",\"Resource\":\"*\"}}"}]`,
			want:  `403 {"message":"User: anonymous is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime on resource: ARN because no resource-based policy allows the bedrock-agentcore:InvokeAgentRuntime action"}`},
		"no resource policy": {patch: `[{"op":"remove","path":"/resourcePolicies"}]`, public: true, want: `404 {"message":"No endpoint or agent found with qualifier 'NONE' for agent 'ARN'"}`},
		"a runtime with SigV4": {patch: `[{"op":"remove","path":"/agentRuntimes/0/authorizerConfiguration"}]`,
			want: `403 {"message":"Authorization method mismatch. The agent is configured for a different authorization method than what was used in your request. Check the agent's authorization configuration and ensure your request uses the matching method (OAuth or SigV4)"}`},
	} {
		t.Run(name, func(t *testing.T) {
			claims := map[string]any{"iss": world.OpenIDIssuer, "aud": world.OpenIDAudience, "client_id": world.OpenIDClient, "exp": noon.Unix() + 60}
			for claim, value := range tc.change {
				if claims[claim] = value; value == nil {
					delete(claims, claim)
				}
			}
			by := good
			if tc.by != nil {
				by = tc.by
			}
			token, err := by.Sign(claims)
			if err != nil {
				t.Fatal(err)
			}
			got := send(t, good, tc.patch, tc.public, http.MethodPost, "/invocations?qualifier=NONE", token)
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// What a runtime wants may be asked without a token, and the endpoint's policy
// counts ("GetRuntimeProtectedResourceMetadata").
func TestMetadata(t *testing.T) {
	const path = "/invocations/.well-known/oauth-protected-resource"
	p := provider(t)
	got := []string{
		send(t, p, "", false, http.MethodGet, path, ""),
		send(t, p, `[{"op":"replace","path":"/VpcEndpoints/0/PolicyDocument","value":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"bedrock-agentcore:InvokeAgentRuntime\",\"Resource\":\"*\"}}"}]`, false, http.MethodGet, path, ""),
		send(t, p, "", true, http.MethodPost, "/invocations", ""),
	}
	want := []string{
		`200 {"authorization_servers":["https://login.example.com/agents"],"resource":"https://bedrock-agentcore.us-east-1.amazonaws.com/runtimes/` + url.QueryEscape("ARN") + `/invocations?qualifier=DEFAULT"}`,
		`403 {"message":"User: anonymous is not authorized to perform: bedrock-agentcore:GetRuntimeProtectedResourceMetadata on resource: ARN because no VPC endpoint policy allows the bedrock-agentcore:GetRuntimeProtectedResourceMetadata action"}`,
		`401 {"message":"Missing Authentication Token"}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// send asks the private world with bearer tokens; in the answer the runtime is
// "ARN".
func send(t *testing.T, p *identity.Provider, patch string, public bool, method, path, token string) string {
	t.Helper()
	w, err := world.Healthy("private")
	if err == nil {
		w, err = w.Authorize(world.AuthorizerJWT)
	}
	if err == nil && patch != "" {
		w, err = w.Patch([]byte(patch))
	}
	if err != nil {
		t.Fatal(err)
	}
	services := aws.New(world.NewLive(w), func() time.Time { return noon }, nil)
	services.Verify(func(string) (func(string) (map[string]any, error), bool) { return p.Verify, true })
	arn, arrival := w.Network().Runtimes[0].ARN, aws.Arrival{}
	if e := w.Network().Endpoints[0]; !public {
		arrival = aws.Arrival{Endpoint: e.VpcEndpointID, VPC: e.VpcID}
	}
	r := httptest.NewRequest(method, "https://bedrock-agentcore.us-east-1.amazonaws.com/runtimes/"+url.QueryEscape(arn)+path, strings.NewReader("{}"))
	r.RemoteAddr = "10.0.1.20:40000"
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	services.Handler(aws.ServiceAgentCore, arrival).ServeHTTP(recorder, r)
	text := strings.ReplaceAll(recorder.Body.String(), url.QueryEscape(arn), "ARN")
	return recorder.Result().Status[:3] + " " + strings.ReplaceAll(text, arn, "ARN")
}
