package sigv4_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws/sigv4"
)

var at = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func verifier(now time.Time, keys ...sigv4.Key) sigv4.Verifier {
	return sigv4.Verifier{
		Service: "ec2", Region: "us-east-1", Now: func() time.Time { return now },
		Lookup: func(id string) (sigv4.Key, bool) {
			for _, k := range keys {
				if k.ID == id {
					return k, true
				}
			}
			return sigv4.Key{}, false
		},
	}
}

// The examples that AWS publishes, with the key AKIDEXAMPLE.
func TestVerifyAcceptsTheDocumentedExamples(t *testing.T) {
	key := sigv4.Key{ID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	for name, tc := range map[string]struct{ service, url, signedHeaders, contentType, signature string }{
		// "Signature Version 4 Test Suite" (AWS General Reference), get-vanilla.
		"get-vanilla": {"service", "https://example.amazonaws.com/", "host;x-amz-date", "",
			"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		// ibid., get-vanilla-query-order-key-case.
		"get-vanilla-query-order-key-case": {"service", "https://example.amazonaws.com/?Param2=value2&Param1=value1", "host;x-amz-date", "",
			"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		// "Examples of the complete Signature Version 4 signing process" (AWS General Reference).
		"iam-list-users": {"iam", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", "content-type;host;x-amz-date",
			"application/x-www-form-urlencoded; charset=utf-8", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, tc.url, nil)
			r.Header.Set("X-Amz-Date", "20150830T123600Z")
			if tc.contentType != "" {
				r.Header.Set("Content-Type", tc.contentType)
			}
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/"+tc.service+
				"/aws4_request, SignedHeaders="+tc.signedHeaders+", Signature="+tc.signature)
			v := verifier(time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC), key)
			v.Service = tc.service
			if got, err := v.Verify(r, nil); err != nil || got.ID != key.ID {
				t.Errorf("Verify = %v, %v", got, err)
			}
		})
	}
}

var (
	longTerm  = sigv4.Key{ID: "AKIAEXAMPLE", Secret: "secret"}
	temporary = sigv4.Key{ID: "ASIAEXAMPLE", Secret: "secret", Token: "token/+=", Expires: at.Add(time.Hour)}
)

const body = "Action=DescribeVpcs&Version=2016-11-15"

// signed returns a request as a server receives it, signed by key at when.
func signed(t testing.TB, key sigv4.Key, when time.Time, region, service string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://ec2.us-east-1.amazonaws.com/runtimes/arn%3Aaws%3Ax%2Fy/invocations?b=1&a=%2F", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(context.Background(),
		aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.Token},
		r, hex.EncodeToString(sum[:]), service, region, when)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerify(t *testing.T) {
	wrongSecret, otherToken, noToken := longTerm, temporary, temporary
	wrongSecret.Secret, otherToken.Token, noToken.Token = "other", "other", ""
	for name, tc := range map[string]struct {
		key             sigv4.Key
		skew            time.Duration
		region, service string
		now             time.Time
		want            sigv4.Refusal // zero: accepted
	}{
		"long-term key": {key: longTerm},
		"temporary key": {key: temporary},
		"five minutes late is inside of the window": {key: longTerm, skew: -5 * time.Minute},
		"five minutes early too":                    {key: longTerm, skew: 5 * time.Minute},
		"unknown key":                               {key: sigv4.Key{ID: "AKIAOTHER", Secret: "x"}, want: sigv4.Refusal{Fault: sigv4.FaultUnknownKey, Message: "The security token included in the request is invalid."}},
		"wrong token":                               {key: otherToken, want: sigv4.Refusal{Fault: sigv4.FaultToken, Message: "The security token included in the request is invalid."}},
		"temporary key without its token":           {key: noToken, want: sigv4.Refusal{Fault: sigv4.FaultToken, Message: "The security token included in the request is invalid."}},
		"expired session": {key: temporary, now: at.Add(time.Hour), skew: time.Hour,
			want: sigv4.Refusal{Fault: sigv4.FaultTokenExpired, Message: "The security token included in the request is expired"}},
		"region": {key: longTerm, region: "eu-west-1",
			want: sigv4.Refusal{Fault: sigv4.FaultScope, Message: "Credential should be scoped to a valid region, not 'eu-west-1'. "}},
		"service": {key: longTerm, service: "sts",
			want: sigv4.Refusal{Fault: sigv4.FaultScope, Message: "Credential should be scoped to correct service: 'ec2'. "}},
		"twenty minutes late": {key: longTerm, skew: -20 * time.Minute, want: sigv4.Refusal{Fault: sigv4.FaultClock,
			Message: "Signature expired: 20261124T114000Z is now earlier than 20261124T115500Z (20261124T120000Z - 5 min.)"}},
		"twenty minutes early": {key: longTerm, skew: 20 * time.Minute, want: sigv4.Refusal{Fault: sigv4.FaultClock, Early: true,
			Message: "Signature not yet current: 20261124T122000Z is still later than 20261124T120500Z (20261124T120000Z + 5 min.)"}},
		"wrong secret": {key: wrongSecret, want: sigv4.Refusal{Fault: sigv4.FaultMismatch,
			Message: "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}},
		"wrong secret and wrong clock: the clock comes first": {key: wrongSecret, skew: -20 * time.Minute, want: sigv4.Refusal{Fault: sigv4.FaultClock,
			Message: "Signature expired: 20261124T114000Z is now earlier than 20261124T115500Z (20261124T120000Z - 5 min.)"}},
	} {
		t.Run(name, func(t *testing.T) {
			region, service, now := orElse(tc.region, "us-east-1"), orElse(tc.service, "ec2"), tc.now
			if now.IsZero() {
				now = at
			}
			r := signed(t, tc.key, at.Add(tc.skew), region, service)
			_, err := verifier(now, longTerm, temporary).Verify(r, []byte(body))
			if diff := cmp.Diff(tc.want, refusal(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func refusal(t *testing.T, err error) sigv4.Refusal {
	t.Helper()
	var r *sigv4.Refusal
	switch {
	case err == nil:
		return sigv4.Refusal{}
	case !errors.As(err, &r):
		t.Fatalf("not a refusal: %v", err)
	}
	return *r
}

func TestVerifyRefusesOneTamperedByte(t *testing.T) {
	for name, tamper := range map[string]func(r *http.Request) []byte{
		"body":      func(*http.Request) []byte { return []byte(strings.Replace(body, "Vpcs", "Vpct", 1)) },
		"path":      func(r *http.Request) []byte { r.URL.Path += "x"; r.URL.RawPath += "x"; return []byte(body) },
		"query":     func(r *http.Request) []byte { r.URL.RawQuery = "b=2&a=%2F"; return []byte(body) },
		"new query": func(r *http.Request) []byte { r.URL.RawQuery += "&c"; return []byte(body) },
		"header":    func(r *http.Request) []byte { r.Header.Set("Content-Type", "text/plain"); return []byte(body) },
		"host":      func(r *http.Request) []byte { r.Host = "sts.us-east-1.amazonaws.com"; return []byte(body) },
		"method":    func(r *http.Request) []byte { r.Method = http.MethodPut; return []byte(body) },
		"date":      func(r *http.Request) []byte { r.Header.Set("X-Amz-Date", "20261124T120001Z"); return []byte(body) },
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, temporary, at, "us-east-1", "ec2")
			_, err := verifier(at, temporary).Verify(r, tamper(r))
			if got := refusal(t, err).Fault; got != sigv4.FaultMismatch {
				t.Errorf("fault = %q, want mismatch", got)
			}
		})
	}
}

func TestVerifyRefusesIncompleteSignatures(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(r *http.Request)
		want   sigv4.Fault
	}{
		"unsigned":           {func(r *http.Request) { r.Header.Del("Authorization") }, sigv4.FaultMissing},
		"bearer":             {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, sigv4.FaultMissing},
		"no date":            {func(r *http.Request) { r.Header.Del("X-Amz-Date") }, sigv4.FaultIncomplete},
		"date form":          {func(r *http.Request) { r.Header.Set("X-Amz-Date", "yesterday") }, sigv4.FaultIncomplete},
		"no parts":           {func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") }, sigv4.FaultIncomplete},
		"unsigned x-amz-":    {func(r *http.Request) { r.Header.Set("X-Amz-Target", "x") }, sigv4.FaultIncomplete},
		"malformed query":    {func(r *http.Request) { r.URL.RawQuery = "a=%zz" }, sigv4.FaultIncomplete},
		"two authorizations": {func(r *http.Request) { r.Header.Add("Authorization", "x") }, sigv4.FaultIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, longTerm, at, "us-east-1", "ec2")
			tc.change(r)
			_, err := verifier(at, longTerm).Verify(r, []byte(body))
			if got := refusal(t, err).Fault; got != tc.want {
				t.Errorf("fault = %q, want %q", got, tc.want)
			}
		})
	}
}

func presigned(t testing.TB, key sigv4.Key) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", nil)
	empty := sha256.Sum256(nil)
	uri, _, err := v4.NewSigner().PresignHTTP(context.Background(),
		aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.Token},
		r, hex.EncodeToString(empty[:]), "ec2", "us-east-1", at)
	if err != nil {
		t.Fatal(err)
	}
	return httptest.NewRequest(http.MethodGet, uri, nil)
}

func TestVerifyPresigned(t *testing.T) {
	v := verifier(at.Add(time.Minute), temporary)
	if _, err := v.Verify(presigned(t, temporary), nil); err != nil {
		t.Error(err)
	}
	tampered := presigned(t, temporary)
	tampered.URL.RawQuery = strings.Replace(tampered.URL.RawQuery, "GetCaller", "GetCeller", 1)
	if _, err := v.Verify(tampered, nil); refusal(t, err).Fault != sigv4.FaultMismatch {
		t.Errorf("tampered: %v", err)
	}
	late := verifier(at.Add(time.Minute+time.Second), temporary)
	if _, err := late.Verify(presigned(t, temporary), nil); refusal(t, err).Fault != sigv4.FaultClock {
		t.Errorf("after its expiry: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	good := signed(f, temporary, at, "us-east-1", "ec2")
	f.Add(good.Header.Get("Authorization"), good.URL.RawQuery, "20261124T120000Z")
	f.Add("", presigned(f, temporary).URL.RawQuery, "")
	f.Add("AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;;, Signature=", "X-Amz-Signature=&X-Amz-Algorithm", "0")
	f.Fuzz(func(t *testing.T, authorization, query, date string) {
		r := httptest.NewRequest(http.MethodPost, "https://ec2.us-east-1.amazonaws.com/", io.NopCloser(bytes.NewReader(nil)))
		r.URL.RawQuery = query
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		r.Header.Set("X-Amz-Date", date)
		key, err := verifier(at, temporary).Verify(r, []byte("never signed"))
		if err == nil {
			t.Errorf("accepted a forged signature of %s", key.ID)
		}
	})
}
