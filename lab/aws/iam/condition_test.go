package iam_test

import (
	"errors"
	"testing"

	"github.com/agentcore-probe/probe/lab/aws/iam"
)

// Semantics: "IAM JSON policy elements: Condition operators" and "Creating a
// condition with multiple keys or values" (IAM User Guide).
func TestConditions(t *testing.T) {
	absent := map[string][]string{}
	ip := func(a string) map[string][]string { return map[string][]string{"aws:SourceIp": {a}} }
	vpc := func(v ...string) map[string][]string { return map[string][]string{"aws:SourceVpc": v} }
	for _, tc := range []struct {
		condition string
		context   map[string][]string
		want      bool
	}{
		{`{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, vpc("vpc-1"), true},
		{`{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, vpc("vpc-2"), false},
		{`{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, absent, false},
		{`{"StringEquals":{"AWS:sourcevpc":["vpc-2","vpc-1"]}}`, vpc("vpc-1"), true},
		{`{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}}`, absent, true},
		{`{"StringEqualsIgnoreCase":{"aws:SourceVpc":"VPC-1"}}`, vpc("vpc-1"), true},
		{`{"StringNotEquals":{"aws:SourceVpc":["vpc-1","vpc-2"]}}`, vpc("vpc-1"), false},
		{`{"StringNotEquals":{"aws:SourceVpc":["vpc-1","vpc-2"]}}`, vpc("vpc-3"), true},
		{`{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}`, absent, true},
		{`{"StringLike":{"aws:SourceVpc":"vpc-?*"}}`, vpc("vpc-1"), true},
		{`{"StringLike":{"aws:SourceVpc":"vpc-?*"}}`, vpc("vpc-"), false},
		{`{"StringNotLike":{"aws:SourceVpc":"vpc-*"}}`, vpc("vpc-1"), false},
		{`{"StringNotLikeIfExists":{"aws:SourceVpc":"vpc-*"}}`, absent, true},
		{`{"StringEquals":{"aws:SourceVpc":"vpc-*"}}`, vpc("vpc-1"), false},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, ip("192.0.2.7"), true},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.7"}}`, ip("192.0.2.7"), true},
		{`{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, ip("2001:db8::1"), true},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, absent, false},
		{`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, ip("192.0.2.7"), false},
		{`{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","198.51.100.0/24"]}}`, ip("203.0.113.1"), true},
		{`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, absent, true},
		{`{"NotIpAddressIfExists":{"aws:SourceIp":"192.0.2.0/24"}}`, absent, true},
		{`{"Bool":{"aws:SecureTransport":false}}`, map[string][]string{"aws:SecureTransport": {"true"}}, false},
		{`{"Bool":{"aws:SecureTransport":"true"}}`, map[string][]string{"aws:SecureTransport": {"true"}}, true},
		{`{"BoolIfExists":{"aws:ViaAWSService":"false"}}`, absent, true},
		{`{"Null":{"aws:SourceVpce":"true"}}`, absent, true},
		{`{"Null":{"aws:SourceVpc":"true"}}`, vpc("vpc-1"), false},
		{`{"Null":{"aws:SourceVpc":false}}`, vpc("vpc-1"), true},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/pro*"}}`, absent, true},
		{`{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/pro*"}}`, absent, true},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::9*:role/probe"}}`, absent, false},
		{`{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/probe"}}`, absent, false},
		{`{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/other"}}`, absent, true},
		{`{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}`, absent, true},
		{`{"ForAllValues:StringEquals":{"aws:CalledVia":["a","b"]}}`, absent, true},
		{`{"ForAllValues:StringEquals":{"aws:CalledVia":["a","b"]}}`, map[string][]string{"aws:CalledVia": {"a", "c"}}, false},
		{`{"ForAnyValue:StringEquals":{"aws:CalledVia":["a","b"]}}`, map[string][]string{"aws:CalledVia": {"a", "c"}}, true},
		{`{"ForAnyValue:StringNotEquals":{"aws:CalledVia":["a"]}}`, absent, false},
		{`{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`, map[string][]string{"aws:CurrentTime": {"2026-11-24T12:00:00Z"}}, true},
		{`{"DateLessThan":{"aws:CurrentTime":"2026-01-01"}}`, map[string][]string{"aws:CurrentTime": {"2026-11-24T12:00:00Z"}}, false},
		{`{"StringEquals":{"aws:SourceVpc":"vpc-1"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, vpc("vpc-1"), false},
	} {
		d := identity(t, `{"Statement":{"Effect":"Allow","Action":"a:B","Resource":"*","Condition":`+tc.condition+`}}`)
		got := iam.Evaluate(iam.Request{
			Principal: iam.Principal{ARN: session, Role: role, Account: "123456789012"}, Action: "a:B", Resource: "*", Context: tc.context,
		}, iam.Policies{Identity: d}) == nil
		if got != tc.want {
			t.Errorf("%s with %v = %t", tc.condition, tc.context, got)
		}
	}
}

// "IAM JSON policy elements: Action", "NotAction", "Resource", "NotResource":
// actions ignore case, * and ? are wildcards.
func TestActionsAndResources(t *testing.T) {
	for _, tc := range []struct {
		statement, action, resource string
		want                        bool
	}{
		{`"Action":"ec2:describe*","Resource":"*"`, "ec2:DescribeVpcs", "*", true},
		{`"Action":["s3:*","ec2:Describe?pcs"],"Resource":"*"`, "ec2:DescribeVpcs", "*", true},
		{`"Action":"ec2:Describe","Resource":"*"`, "ec2:DescribeVpcs", "*", false},
		{`"NotAction":"ec2:*","Resource":"*"`, "ec2:DescribeVpcs", "*", false},
		{`"NotAction":"ec2:*","Resource":"*"`, "rds:DescribeDBInstances", "*", true},
		{`"Action":"*","Resource":"arn:aws:x:r:1:runtime/a/*"`, "a:B", "arn:aws:x:r:1:runtime/a/runtime-endpoint/DEFAULT", true},
		{`"Action":"*","Resource":"arn:aws:x:r:1:runtime/a"`, "a:B", "arn:aws:x:r:1:runtime/a/runtime-endpoint/DEFAULT", false},
		{`"Action":"*","Resource":"arn:aws:x:r:1:runtime/a"`, "a:B", "*", false},
		{`"Action":"*","NotResource":"arn:aws:x:*"`, "a:B", "arn:aws:x:r:1:b", false},
		{`"Action":"*","NotResource":"arn:aws:x:*"`, "a:B", "arn:aws:y:r:1:b", true},
	} {
		d := identity(t, `{"Statement":{"Effect":"Allow",`+tc.statement+`}}`)
		got := iam.Evaluate(iam.Request{Action: tc.action, Resource: tc.resource}, iam.Policies{Identity: d}) == nil
		if got != tc.want {
			t.Errorf("%s on %s %s = %t", tc.statement, tc.action, tc.resource, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		text        string
		kind        iam.Kind
		unsupported bool
	}{
		"not JSON":                    {text: `{`},
		"text after the document":     {text: allowAll + "x"},
		"a list":                      {text: `[]`},
		"null":                        {text: `null`},
		"no statement":                {text: `{"Version":"2012-10-17"}`},
		"version":                     {text: `{"Version":"2020-01-01","Statement":[]}`},
		"key in another case":         {text: `{"statement":[]}`, unsupported: true},
		"key twice":                   {text: `{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}`},
		"effect":                      {text: `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`},
		"no action":                   {text: `{"Statement":{"Effect":"Allow","Resource":"*"}}`},
		"action and NotAction":        {text: `{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}`},
		"no resource":                 {text: `{"Statement":{"Effect":"Allow","Action":"*"}}`},
		"principal in an identity":    {text: allowAny},
		"no principal in a resource":  {text: allowAll, kind: iam.KindResource},
		"NotPrincipal":                {text: `{"Statement":{"Effect":"Deny","NotPrincipal":"*","Action":"*","Resource":"*"}}`, kind: iam.KindResource, unsupported: true},
		"wildcard in a principal":     {text: `{"Statement":{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:role/*"},"Action":"*","Resource":"*"}}`, kind: iam.KindResource, unsupported: true},
		"unknown element":             {text: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","When":1}}`, unsupported: true},
		"unknown operator":            {text: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"aws:SourceVpc":"1"}}}}`, unsupported: true},
		"negated Bool":                {text: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NotBool":{"aws:SecureTransport":"true"}}}}`, unsupported: true},
		"unknown set operator":        {text: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForSome:StringEquals":{"aws:SourceVpc":"1"}}}}`, unsupported: true},
		"condition key it cannot set": {text: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}}`, unsupported: true},
		"policy variable":             {text: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:${aws:username}"}}`, unsupported: true},
		"not an address":              {text: `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"here"}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := iam.Parse(tc.text, tc.kind)
			if err == nil || errors.Is(err, iam.ErrUnsupported) != tc.unsupported {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{allowAll, denyAny, notEP, onlyVPC, `{"Statement":[{"Effect":"Deny","NotAction":["a"],"NotResource":"b","Condition":{"Null":{"aws:SourceIp":true}}}]}`} {
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		for _, kind := range []iam.Kind{iam.KindIdentity, iam.KindResource} {
			if d, err := iam.Parse(text, kind); err == nil {
				iam.Evaluate(iam.Request{Action: "a:B", Resource: "*"}, iam.Policies{Identity: []iam.Document{d}})
			}
		}
	})
}
