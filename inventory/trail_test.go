package inventory_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/netpath"
)

// toServer sends every request to one server, whoever it is for.
type toServer struct{ url *url.URL }

func (s toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host, r.URL.Scheme, r.URL.Host = r.URL.Host, s.url.Scheme, s.url.Host
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

// trail is CloudTrail, as far as answer stands for it.
func trail(t *testing.T, region string, answer http.HandlerFunc) inventory.Trail {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return inventory.Trail{
		Config:    aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider(theKey, theSecret, theToken)},
		Transport: toServer{to},
		Now:       func() time.Time { return time.Date(2026, 11, 26, 3, 5, 0, 0, time.UTC) },
	}
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var revoked = netpath.Facts{"component": "sg-0db", "kind": "SecurityGroups", "after": "2026-11-26T02:58:00Z", "before": "2026-11-26T02:59:00Z"}

// The request is that of "LookupEvents" (AWS CloudTrail API Reference), the host
// that of "AWS CloudTrail endpoints and quotas" (AWS General Reference).
func TestTrailAsks(t *testing.T) {
	for _, tt := range []struct{ region, component, host, name string }{
		{"us-east-1", "sg-0db", "cloudtrail.us-east-1.amazonaws.com", "sg-0db"},
		{"cn-north-1", "arn:aws-cn:rds:cn-north-1:123456789012:db:orders", "cloudtrail.cn-north-1.amazonaws.com.cn", "orders"},
	} {
		asked := 0
		who := trail(t, tt.region, func(w http.ResponseWriter, r *http.Request) {
			asked++
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			var got any
			if err := json.Unmarshal(body, &got); err != nil {
				t.Error(err)
			}
			want := map[string]any{
				"LookupAttributes": []any{map[string]any{"AttributeKey": "ResourceName", "AttributeValue": tt.name}},
				"StartTime":        1795661870.0, "EndTime": 1795661940.0, "MaxResults": 50.0,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			headers := map[string]string{
				"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
				"X-Amz-Date": "20261126T030500Z", "X-Amz-Security-Token": theToken,
			}
			for name, value := range headers {
				if got := r.Header.Get(name); got != value {
					t.Errorf("%s: %q, want %q", name, got, value)
				}
			}
			if scope := "Credential=" + theKey + "/20261126/" + tt.region + "/cloudtrail/aws4_request"; !strings.Contains(r.Header.Get("Authorization"), scope) || r.Host != tt.host {
				t.Errorf("to %s, authorization %q, want one in %s", r.Host, r.Header.Get("Authorization"), scope)
			}
			says(http.StatusOK, `{"Events": []}`)(w, r)
		})
		facts := netpath.Facts{"component": tt.component, "after": revoked["after"], "before": revoked["before"]}
		if got := who.Author(t.Context(), facts, time.Second); got.Known() || !strings.Contains(got.Unread, "yet") || asked != 1 {
			t.Errorf("%+v after %d requests", got, asked)
		}
	}
}

// called is an event as LookupEvents answers it; its record has the fields of
// "CloudTrail record contents" and of "CloudTrail userIdentity element"
// (CloudTrail User Guide).
func called(name, readOnly string, seconds int64, record string) map[string]any {
	return map[string]any{
		"EventId": "5e8d1b7c-0f4e-4a55-9c1e-2f3a4b5c6d7e", "EventName": name, "EventSource": "ec2.amazonaws.com", "EventTime": seconds,
		"ReadOnly": readOnly, "Username": "ann", "CloudTrailEvent": record,
	}
}

const (
	ann       = `{"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/ann"}, "sourceIPAddress": "192.0.2.10", "userAgent": "aws-cli/2.9.19"}`
	failed    = `{"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/ben"}, "errorCode": "Client.UnauthorizedOperation"}`
	byService = `{"userIdentity": {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}, "sourceIPAddress": "autoscaling.amazonaws.com"}`
)

// Of the calls that succeeded and changed something of this kind, the newest
// counts.
func TestTrailNamesTheAuthor(t *testing.T) {
	const at = 1795661921 // 02:58:41
	author := netpath.Author{
		Principal: "arn:aws:iam::123456789012:user/ann", Event: "RevokeSecurityGroupIngress", Source: "ec2.amazonaws.com", At: time.Unix(at, 0).UTC(),
		EventID: "5e8d1b7c-0f4e-4a55-9c1e-2f3a4b5c6d7e", Address: "192.0.2.10", UserAgent: "aws-cli/2.9.19",
	}
	service := author
	service.Principal, service.Address, service.UserAgent = "autoscaling.amazonaws.com", "autoscaling.amazonaws.com", ""
	hostile := author
	hostile.Principal, hostile.Address, hostile.UserAgent = `ann`, `\x1b[2Jx`, ""
	const name = "RevokeSecurityGroupIngress"
	for what, tt := range map[string]struct {
		events []map[string]any
		want   netpath.Author
	}{
		"one":                    {[]map[string]any{called(name, "false", at, ann)}, author},
		"one that failed":        {[]map[string]any{called(name, "false", at+5, failed), called(name, "false", at, ann)}, author},
		"one that only read":     {[]map[string]any{called("DescribeSecurityGroups", "true", at+5, byService), called(name, "false", at, ann)}, author},
		"one that only mentions": {[]map[string]any{called("RunInstances", "false", at+5, byService), called(name, "false", at, ann)}, author},
		"older ones":             {[]map[string]any{called("AuthorizeSecurityGroupIngress", "false", at-5, byService), called(name, "false", at, ann), called(name, "false", at, byService)}, author},
		"a service":              {[]map[string]any{called(name, "false", at, byService)}, service},
		"no record":              {[]map[string]any{called(name, "false", at+5, "{"), called(name, "false", at, ann)}, author},
		"hostile texts":          {[]map[string]any{called(name, "false", at, `{"sourceIPAddress": "\u001b[2Jx"}`)}, hostile},
	} {
		t.Run(what, func(t *testing.T) {
			body, err := json.Marshal(map[string]any{"Events": tt.events})
			if err != nil {
				t.Fatal(err)
			}
			got := trail(t, "us-east-1", says(http.StatusOK, string(body))).Author(t.Context(), revoked, time.Second)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Where nobody can be named the reason is AWS's own, or the way's.
func TestTrailSaysWhyNot(t *testing.T) {
	const denial = "User: arn:aws:sts::123456789012:assumed-role/probe/x is not authorized to perform: cloudtrail:LookupEvents because no identity-based policy allows the cloudtrail:LookupEvents action"
	slow := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	for want, answer := range map[string]http.HandlerFunc{
		"AccessDeniedException: cloudtrail:LookupEvents is not allowed to arn:aws:sts::123456789012:assumed-role/probe/x": says(http.StatusBadRequest, `{"__type": "AccessDeniedException", "message": "`+denial+`"}`),
		"ThrottlingException: Rate exceeded":          says(http.StatusBadRequest, `{"__type": "ThrottlingException", "message": "Rate exceeded"}`),
		"no answer within 50ms":                       slow,
		"document not understood: LookupEvents":       says(http.StatusOK, "<html>"),
		"not an answer that AWS documents (redirect)": says(http.StatusTemporaryRedirect, ""),
	} {
		got := trail(t, "us-east-1", answer).Author(t.Context(), revoked, 50*time.Millisecond)
		if diff := cmp.Diff(netpath.Author{Unread: want}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	got := inventory.Trail{}.Author(t.Context(), netpath.Facts{"component": "sg-0db"}, time.Second)
	if diff := cmp.Diff(netpath.Author{Unread: "it is not known since when"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever CloudTrail's answer says, a report has one line of each text of it, and
// an author or a reason.
func FuzzTrail(f *testing.F) {
	f.Add(`{"Events": []}`)
	f.Add(`{"Events": [{"EventName": "RevokeSecurityGroupIngress", "EventTime": 1795661921, "ReadOnly": "false", "CloudTrailEvent": "{\"userIdentity\": {\"arn\": \"x\"}}"}]}`)
	f.Add(`{"Events": [{"EventName": "CreateSecurityGroup", "EventTime": 1e12, "CloudTrailEvent": "{\"sourceIPAddress\": \"\\u001b\"}"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		answer := roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		who := inventory.Trail{
			Config:    aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(theKey, theSecret, theToken)},
			Transport: answer, Now: time.Now,
		}
		got := who.Author(t.Context(), revoked, time.Minute)
		if _, err := json.Marshal(got); err != nil || got.Known() == (got.Unread != "") {
			t.Errorf("%+v: %v", got, err)
		}
		for _, text := range []string{got.Principal, got.Event, got.Source, got.EventID, got.Address, got.UserAgent, got.Unread} {
			if strings.ContainsFunc(text, unicode.IsControl) || len(text) > 600 {
				t.Errorf("%q", text)
			}
		}
	})
}

// roundTrip answers without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
