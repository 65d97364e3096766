package aws_test

import (
	"encoding/xml"
	"errors"
	"net/url"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

const (
	roleName = "arn:aws:iam::123456789012:role/reader"
	issuer   = "oidc.eks.us-east-1.amazonaws.com/id/5C2F0E9A7D3B4816A1F0C9E8D7B6A543"
)

// withRole adds a role to the world that trusts as the policy says.
func withRole(t *testing.T, trust string) *lab {
	t.Helper()
	w := newWorld(t, says(200, "{}"))
	w.change(t, func(doc tree.Object) {
		tree.Child(doc, "Lab")["Roles"] = []any{tree.Object{
			"Arn": roleName, "RoleId": "AROAEXAMPLEROLEID0000", "AssumeRolePolicyDocument": `{"Version": "2012-10-17", "Statement": [` + trust + `]}`,
			"IdentityPolicies": []any{`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}]}`},
		}}
	})
	return w
}

type assumed struct {
	Code  string `xml:"Error>Code"`
	Text  string `xml:"Error>Message"`
	ARN   string `xml:"AssumeRoleResult>AssumedRoleUser>Arn"`
	Web   string `xml:"AssumeRoleWithWebIdentityResult>AssumedRoleUser>Arn"`
	ID    string `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
	Key   string `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
	Token string `xml:"AssumeRoleResult>Credentials>SessionToken"`
}

func (w *lab) sts(t *testing.T, signer sdk.Credentials, action string, form ...string) assumed {
	t.Helper()
	values := url.Values{"Action": {action}, "Version": {"2011-06-15"}, "RoleArn": {roleName}, "RoleSessionName": {"s-1"}}
	for i := 0; i+1 < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	got := w.send(t, request{service: "sts", path: "/", body: values.Encode(), signer: signer})
	var a assumed
	if err := xml.Unmarshal([]byte(got.Body), &a); err != nil {
		t.Fatalf("%v: %s", err, got.Body)
	}
	return a
}

// Who may assume a role: its trust policy must allow it, and where that names
// the account the caller's own policies as well ("Policy evaluation logic", IAM
// User Guide). The operator may do everything, the probe nothing of STS.
func TestAssumeRole(t *testing.T) {
	const allow = `{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": `
	const account = allow + `"arn:aws:iam::123456789012:root"}`
	const denial = "User: " + session + " is not authorized to perform: sts:AssumeRole on resource: " + roleName
	opened := assumed{ARN: "arn:aws:sts::123456789012:assumed-role/reader/s-1"}
	for name, test := range map[string]struct {
		trust  string
		signer sdk.Credentials
		form   []string
		want   assumed
	}{
		"the account, and the caller's policy allows":     {account + "}", operator, nil, opened},
		"the account, and the caller's policy is silent":  {account + "}", probe, nil, assumed{Code: "AccessDenied", Text: denial + " because no identity-based policy allows the sts:AssumeRole action"}},
		"the caller's role":                               {allow + `"arn:aws:iam::123456789012:role/probe"}}`, probe, nil, opened},
		"somebody else":                                   {allow + `"arn:aws:iam::123456789012:role/other"}}`, probe, nil, assumed{Code: "AccessDenied", Text: denial}},
		"a service":                                       {`{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}`, probe, nil, assumed{Code: "AccessDenied", Text: denial}},
		"with an external id":                             {account + `, "Condition": {"StringEquals": {"sts:ExternalId": "e-1"}}}`, operator, []string{"ExternalId", "e-1"}, opened},
		"a session name that is none":                     {account + "}", operator, []string{"RoleSessionName", "a b"}, assumed{Code: "ValidationError", Text: "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint"}},
		"a duration that is too short":                    {account + "}", operator, []string{"DurationSeconds", "60"}, assumed{Code: "ValidationError", Text: "DurationSeconds must be between 900 and 43200"}},
		"a role that is not there is denied like another": {account + "}", probe, []string{"RoleArn", roleName + "2"}, assumed{Code: "AccessDenied", Text: denial + "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := withRole(t, test.trust).sts(t, test.signer, "AssumeRole", test.form...)
			got.ID, got.Key, got.Token = "", "", ""
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// A session may do what the policies of its role say, and is told from others by
// its ARN.
func TestASessionSigns(t *testing.T) {
	w := withRole(t, `{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}`)
	got := w.sts(t, operator, "AssumeRole")
	keys := sdk.Credentials{AccessKeyID: got.ID, SecretAccessKey: got.Key, SessionToken: got.Token}
	if a := w.send(t, request{service: "ec2", path: "/", body: "Action=DescribeVpcs&Version=2016-11-15", signer: keys}); a.Status != 200 {
		t.Errorf("what the role may do: %+v", a)
	}
	const denied = "User: arn:aws:sts::123456789012:assumed-role/reader/s-1 is not authorized to perform: ec2:DescribeSubnets because no identity-based policy allows"
	if a := w.send(t, request{service: "ec2", path: "/", body: "Action=DescribeSubnets&Version=2016-11-15", signer: keys}); a.Status != 403 || !strings.Contains(a.Body, denied) {
		t.Errorf("what it may not do: %+v", a)
	}
	w.now = noon.Add(61 * 60 * 1e9)
	if a := w.send(t, request{service: "ec2", path: "/", body: "Action=DescribeVpcs&Version=2016-11-15", signer: keys}); !strings.Contains(a.Body, "RequestExpired") {
		t.Errorf("after its end: %+v", a)
	}
}

// The codes are those of "AssumeRoleWithWebIdentity" (AWS STS API Reference).
func TestWebIdentity(t *testing.T) {
	claims := func(aud, sub string, exp float64) map[string]any {
		return map[string]any{"aud": aud, "sub": sub, "exp": exp}
	}
	later, sub := float64(noon.Unix()+60), "system:serviceaccount:agents:probe"
	for name, test := range map[string]struct {
		claims map[string]any
		want   assumed
	}{
		"the account's own":         {claims("sts.amazonaws.com", sub, later), assumed{Web: "arn:aws:sts::123456789012:assumed-role/reader/s-1"}},
		"another service account's": {claims("sts.amazonaws.com", sub+"-2", later), assumed{Code: "AccessDenied", Text: "Not authorized to perform sts:AssumeRoleWithWebIdentity"}},
		"for somebody else":         {claims("pods.eks.amazonaws.com", sub, later), assumed{Code: "InvalidIdentityToken", Text: "Incorrect token audience"}},
		"one that has ended":        {claims("sts.amazonaws.com", sub, float64(noon.Unix())), assumed{Code: "ExpiredTokenException", Text: "Token expired: current date/time 1795521600 must be before the expiration date/time 1795521600"}},
		"one that nobody signed":    {nil, assumed{Code: "InvalidIdentityToken", Text: "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := withRole(t, `{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/`+issuer+`"},
				"Condition": {"StringEquals": {"`+issuer+`:aud": "sts.amazonaws.com", "`+issuer+`:sub": "`+sub+`"}}}`)
			w.Provider = &aws.Provider{Issuer: "https://" + issuer, Verify: func(string) (map[string]any, error) {
				if test.claims == nil {
					return nil, errors.New("not signed")
				}
				return test.claims, nil
			}}
			if d := cmp.Diff(test.want, w.sts(t, sdk.Credentials{}, "AssumeRoleWithWebIdentity", "WebIdentityToken", "t")); d != "" {
				t.Error(d)
			}
		})
	}
}
