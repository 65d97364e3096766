package aws

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/stsapi"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Provider is an OpenID provider that the account trusts.
type Provider struct {
	Issuer string                                     // URL
	Verify func(token string) (map[string]any, error) // checks the signature, and returns the claims
}

// assumeRole hands out a session of a role to a principal that its trust policy
// and its own policies let in. A role that does not exist is denied like one that
// trusts nobody ("AssumeRole": AccessDenied).
func (x *exchange) assumeRole(caller principal) (tree.Object, error) {
	order, err := stsapi.ReadOrder(x.form)
	if err != nil {
		return nil, err
	}
	trust, err := x.trust(order.Role)
	if err != nil {
		return nil, err
	}
	policies, err := caller.policies(x.doc, x.arrival, x.turn)
	if err != nil {
		return nil, err
	}
	context, err := x.context(caller)
	if err != nil {
		return nil, err
	}
	if order.ExternalID != "" {
		context["sts:ExternalId"] = []string{order.ExternalID}
	}
	account, err := accountOf(order.Role)
	if err != nil {
		return nil, wire.Faultf(http.StatusBadRequest, "ValidationError", "%s is invalid", order.Role)
	}
	context["aws:ResourceAccount"] = []string{account}
	request := iam.Request{Principal: caller.Principal, Action: "sts:AssumeRole", Resource: order.Role, Account: account, Context: context}
	if denial := iam.Assume(request, trust, policies); denial != nil {
		return nil, denied(wire.Query, denial)
	}
	return stsapi.Open(x.services.store, order, x.call.At)
}

// trust reads a role's trust policy; that of a role which is not there allows
// nothing.
func (x *exchange) trust(role string) (iam.Document, error) {
	found, ok := stsapi.FindRole(x.doc, role)
	if !ok {
		return iam.Document{}, nil
	}
	return iam.Parse(tree.Text(found, "AssumeRolePolicyDocument"), iam.KindTrust)
}

// webIdentity hands out a session of a role for a token of an OpenID provider:
// nobody signs ("AssumeRoleWithWebIdentity", AWS STS API Reference).
func (x *exchange) webIdentity() error {
	order, err := stsapi.ReadOrder(x.form)
	if err != nil {
		return err
	}
	issuer, claims, err := x.claims(order.Token)
	if err != nil {
		return err
	}
	trust, err := x.trust(order.Role)
	if err != nil {
		return err
	}
	account, err := accountOf(order.Role)
	if err != nil {
		return wire.Faultf(http.StatusBadRequest, "ValidationError", "%s is invalid", order.Role)
	}
	who := iam.Principal{ARN: "arn:aws:iam::" + account + ":oidc-provider/" + issuer, Account: account}
	request := iam.Request{Principal: who, Action: "sts:AssumeRoleWithWebIdentity", Resource: order.Role, Account: account, Context: map[string][]string{
		issuer + ":sub": texts(claims["sub"]), issuer + ":aud": texts(claims["aud"]),
	}}
	if !iam.Federate(request, trust) {
		return wire.Faultf(http.StatusForbidden, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	result, err := stsapi.Open(x.services.store, order, x.call.At)
	if err == nil {
		wire.WriteQuery(x.w, stsapi.Names(), stsapi.Namespace, x.call.Action, result, x.id)
	}
	return err
}

// stsAudience is the audience of the provider that eksctl and the consoles set
// up for a cluster ("Create an IAM OIDC provider for your cluster").
const stsAudience = "sts.amazonaws.com"

// claims checks a token: whose it is, that it has not ended, for whom it is.
func (x *exchange) claims(token string) (issuer string, claims map[string]any, err error) {
	p := x.services.Provider
	if p == nil {
		return "", nil, wire.Faultf(http.StatusBadRequest, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for the token's issuer")
	}
	if claims, err = p.Verify(token); err != nil {
		return "", nil, wire.Faultf(http.StatusBadRequest, "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
	}
	ends, ok := claims["exp"].(float64)
	if end := time.Unix(int64(ends), 0); !ok || !x.call.At.Before(end) {
		return "", nil, wire.Faultf(http.StatusBadRequest, "ExpiredTokenException", "Token expired: current date/time %d must be before the expiration date/time %d", x.call.At.Unix(), end.Unix())
	}
	if !slices.Contains(texts(claims["aud"]), stsAudience) {
		return "", nil, wire.Faultf(http.StatusBadRequest, "InvalidIdentityToken", "Incorrect token audience")
	}
	return strings.TrimPrefix(p.Issuer, "https://"), claims, nil
}

// texts are a claim that is one text or a list of them.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		return tree.Values(v, "")
	}
	return nil
}

// checkRoles refuses a trust policy that is beyond the lab's evaluator.
func checkRoles(doc tree.Object) error {
	var all []error
	for _, r := range tree.Objects(tree.Child(doc, "Lab"), "Roles") {
		_, err := iam.Parse(tree.Text(r, "AssumeRolePolicyDocument"), iam.KindTrust)
		if err != nil {
			all = append(all, errors.New("trust policy of "+tree.Text(r, "Arn")+": "+err.Error()))
		}
		_, err = parsed(iam.KindIdentity, tree.Strings(r, "IdentityPolicies")...)
		all = append(all, err)
	}
	return errors.Join(all...)
}
