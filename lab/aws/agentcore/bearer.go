package agentcore

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// metadataOperation is asked without any authorization (RFC 9728).
const metadataOperation = "GetRuntimeProtectedResourceMetadata"

// Verifier checks the signatures of tokens of the provider with a discovery
// document; ok is false where nobody knows it.
type Verifier func(discoveryURL string) (verify func(token string) (map[string]any, error), ok bool)

// Bearer is the token of a request, "" for none.
func Bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// Admit judges a request that nobody signed with SigV4: nil means that it may go
// on to the policies, as a caller that IAM does not know. handled is false for one
// that is to be answered as any unsigned request is.
//
// The order of the checks, and texts that the AgentCore Developer Guide does not
// have, are beliefs.
func (d *Data) Admit(r *http.Request, doc tree.Object, now time.Time, header http.Header) (handled bool, err error) {
	if d.Operation(r) == metadataOperation {
		return true, nil
	}
	token := Bearer(r)
	authorizer, arn := authorizerOf(r, doc)
	switch {
	case token == "" && authorizer == nil:
		return false, nil
	case authorizer == nil:
		return true, MethodMismatch()
	case token == "":
		header.Set("Www-Authenticate", fmt.Sprintf("Bearer resource_metadata=%q", "https://"+r.Host+"/runtimes/"+url.QueryEscape(arn)+"/invocations/.well-known/oauth-protected-resource?qualifier="+qualifierOf(r)))
		return true, wire.Faultf(http.StatusUnauthorized, "MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	return true, d.admit(token, authorizer, now)
}

// authorizerOf is the JWT authorizer of the runtime that a request is for; nil
// where it has none, or there is no such runtime.
func authorizerOf(r *http.Request, doc tree.Object) (authorizer tree.Object, arn string) {
	parts, ok := segments(r.URL)
	if !ok || len(parts) < 2 || parts[0] != "runtimes" {
		return nil, ""
	}
	v, err := read(r, nil, doc, parts[1])
	if err != nil {
		return nil, ""
	}
	runtime, _ := tree.Find(doc, "agentRuntimes", "agentRuntimeArn", v.arn)
	return tree.Child(tree.Child(runtime, "authorizerConfiguration"), "customJWTAuthorizer"), v.arn
}

func qualifierOf(r *http.Request) string {
	if q := r.URL.Query().Get("qualifier"); q != "" {
		return q
	}
	return "DEFAULT"
}

func refuseToken(why string) *wire.Fault {
	return wire.Faultf(http.StatusForbidden, "AccessDeniedException", "%s", why)
}

// admit checks a token: whose it is, that it holds now, for whom it is
// (customJWTAuthorizer, "CreateAgentRuntime").
func (d *Data) admit(token string, authorizer tree.Object, now time.Time) error {
	discovery := tree.Text(authorizer, "discoveryUrl")
	var verify func(string) (map[string]any, error)
	ok := false
	if d.Verifier != nil {
		verify, ok = d.Verifier(discovery)
	}
	if !ok {
		return refuseToken("OAuth authorization failed: the discovery document could not be retrieved")
	}
	claims, err := verify(token)
	if err != nil {
		return refuseToken("OAuth authorization failed: Failed to verify the token's signature")
	}
	ends, ok := claims["exp"].(float64)
	from, _ := claims["nbf"].(float64)
	switch {
	case !ok:
		return refuseToken("OAuth authorization failed: the token has no expiration")
	case now.Unix() >= int64(ends):
		return refuseToken("Token has expired")
	case now.Unix() < int64(from):
		return refuseToken("OAuth authorization failed: the token is not valid yet")
	case claims["iss"] != strings.TrimSuffix(discovery, "/.well-known/openid-configuration"):
		return refuseToken("Claim 'iss' value mismatch with configuration.")
	}
	return suits(claims, authorizer)
}

// suits checks audience and client; a list that the authorizer leaves out admits
// everybody.
func suits(claims map[string]any, authorizer tree.Object) error {
	audiences, clients := tree.Strings(authorizer, "allowedAudience"), tree.Strings(authorizer, "allowedClients")
	of := tree.Strings(claims, "aud")
	if one, ok := claims["aud"].(string); ok {
		of = []string{one}
	}
	if len(audiences) > 0 && !slices.ContainsFunc(of, func(a string) bool { return slices.Contains(audiences, a) }) {
		return refuseToken("Token audience mismatch")
	}
	if client, _ := claims["client_id"].(string); len(clients) > 0 && !slices.Contains(clients, client) {
		return refuseToken("Claim 'client_id' value mismatch with configuration.")
	}
	return nil
}

// metadata answers what a runtime wants of its callers. The policy of an endpoint
// is asked for it ("GetRuntimeProtectedResourceMetadata").
func (d *Data) metadata(v invocation, authorizer tree.Object) (Result, error) {
	if err := v.authorize("bedrock-agentcore:"+metadataOperation, v.arn, ""); err != nil {
		return Result{}, err
	}
	if authorizer == nil {
		return Result{}, v.absent()
	}
	return Result{Status: http.StatusOK, Body: tree.Object{
		"resource":              "https://" + v.request.Host + "/runtimes/" + url.QueryEscape(v.arn) + "/invocations?qualifier=" + v.qualifier,
		"authorization_servers": []string{strings.TrimSuffix(tree.Text(authorizer, "discoveryUrl"), "/.well-known/openid-configuration")},
	}}, nil
}
