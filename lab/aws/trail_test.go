package aws_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

// form is a request of EC2's or RDS's protocol.
func form(service, body string) request {
	return request{service: service, path: "/", body: body, signer: operator, header: http.Header{"User-Agent": {"aws-cli/2.9.19"}}}
}

// What the operator did, and tried, is told by Debian's awscli, which reads the
// answers by the API model and sends times as it does. Names of members are those
// of "CloudTrail record contents" and of "CloudTrail userIdentity element"
// (CloudTrail User Guide).
func TestAWSCLIAsksWhoChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	start := time.Now().Truncate(time.Second)
	w.now = start
	var calls atomic.Int64
	later := func() time.Time { return start.Add(time.Duration(calls.Load()) * time.Second) }
	// Each call comes a second after the one before it: two lookups a second are
	// admitted, and awscli may be faster.
	w.Services = aws.NewFromStore(w.store, func() time.Time { calls.Add(1); return later() }, nil)
	const group = "sg-000000000000000b3"
	revoke := "Action=RevokeSecurityGroupIngress&Version=2016-11-15&GroupId=" + group +
		"&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=5432&IpPermissions.1.ToPort=5432&IpPermissions.1.Groups.1.GroupId=sg-000000000000000b1"
	for _, q := range []request{
		form(aws.ServiceEC2, "Action=DescribeSecurityGroups&Version=2016-11-15"),
		form(aws.ServiceEC2, revoke),
		form(aws.ServiceEC2, revoke), // there is nothing any more
		form(aws.ServiceRDS, "Action=StartDBInstance&Version=2014-10-31&DBInstanceIdentifier=archive"),
		{service: aws.ServiceAgentCoreControl, method: http.MethodDelete, path: "/resourcepolicy/" + label, signer: operator},
		{service: aws.ServiceEC2, path: "/", body: revoke, signer: probe},
	} {
		w.send(t, q)
	}
	c := newAWSCLI(t, w, aws.ServiceTrail).operator()
	named := func(key, value string) []string {
		return []string{"lookup-events", "--lookup-attributes", "AttributeKey=" + key + ",AttributeValue=" + value}
	}

	events, failure := c.run(t, append(named("ResourceName", group), "--start-time", start.UTC().Format(time.RFC3339))...)
	if failure != "" {
		t.Fatal(failure)
	}
	type call struct{ Event, Who, Type, Code, ReadOnly, Resources string }
	var got []call
	for _, e := range tree.Objects(events, "Events") {
		var record struct {
			EventID, ErrorCode, SourceIPAddress, UserAgent string
			UserIdentity                                   struct{ Type, ARN string }
		}
		if err := json.Unmarshal([]byte(tree.Text(e, "CloudTrailEvent")), &record); err != nil {
			t.Fatal(err)
		}
		if record.EventID != tree.Text(e, "EventId") || record.SourceIPAddress != "192.0.2.10" {
			t.Errorf("event %s from %s, want %s from 192.0.2.10", record.EventID, record.SourceIPAddress, tree.Text(e, "EventId"))
		}
		at, err := time.Parse(time.RFC3339, tree.Text(e, "EventTime"))
		if err != nil || at.Before(start) || at.After(later()) {
			t.Errorf("event time %s (%v)", tree.Text(e, "EventTime"), err)
		}
		got = append(got, call{tree.Text(e, "EventName"), record.UserIdentity.ARN, record.UserIdentity.Type, record.ErrorCode, tree.Text(e, "ReadOnly"), strings.Join(tree.Values(e, "Resources.ResourceType"), " ")})
	}
	const name, kind = "RevokeSecurityGroupIngress", "AWS::EC2::SecurityGroup"
	want := []call{ // the newest first
		{name, session, "AssumedRole", "Client.UnauthorizedOperation", "false", kind},
		{name, "arn:aws:iam::123456789012:user/operator", "IAMUser", "Client.InvalidPermission.NotFound", "false", kind},
		{name, "arn:aws:iam::123456789012:user/operator", "IAMUser", "", "false", kind},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	c.wants(t, []string{"StartDBInstance"}, "Names", append(named("ResourceName", "archive"), "--query", "{Names: Events[].EventName}")...)
	c.wants(t, []string{"DeleteResourcePolicy"}, "Names", append(named("ResourceName", runtime), "--query", "{Names: Events[].EventName}")...)
	c.wants(t, []string{"DescribeSecurityGroups"}, "Names", append(named("ReadOnly", "true"), "--query", "{Names: Events[].EventName}")...)
	c.wants(t, []any{}, "Events", append(named("ResourceName", group), "--end-time", start.Add(-time.Minute).UTC().Format(time.RFC3339))...)

	paged, failure := c.run(t, append(named("ResourceName", group), "--page-size", "2")...)
	if n := len(tree.Objects(paged, "Events")); n != 3 {
		t.Errorf("%d events by pages of two, want 3: %s", n, failure)
	}
	denied := newAWSCLI(t, w, aws.ServiceTrail)
	if _, failure := denied.run(t, "lookup-events"); !strings.Contains(failure, "(AccessDeniedException) when calling the LookupEvents operation: User: "+session+" is not authorized to perform: cloudtrail:LookupEvents") {
		t.Errorf("without permission: %s", failure)
	}
}

// "LookupEvents": the rate is two a second for each account, there is one
// attribute, and between one and fifty results.
func TestLookingUpIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ask := func(input string) string {
		got := w.send(t, request{service: aws.ServiceTrail, path: "", body: input, signer: operator, header: http.Header{
			"X-Amz-Target": {"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"}, "Content-Type": {"application/x-amz-json-1.1"},
		}})
		var failure struct {
			Type string `json:"__type"`
		}
		if err := json.Unmarshal([]byte(got.Body), &failure); err != nil {
			t.Fatal(err)
		}
		return failure.Type
	}
	got := []string{ask("{}"), ask("{}"), ask("{}")}
	for _, input := range []string{
		`{"MaxResults": 51}`, `{"LookupAttributes": [{"AttributeKey": "Color", "AttributeValue": "red"}]}`,
		`{"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "x"}, {"AttributeKey": "Username", "AttributeValue": "x"}]}`,
		`{"StartTime": 1800000000, "EndTime": 1700000000}`, `{"NextToken": "x"}`,
	} {
		w.now = w.now.Add(time.Second)
		got = append(got, ask(input))
	}
	want := []string{"", "", "ThrottlingException", "InvalidMaxResultsException", "InvalidLookupAttributesException", "InvalidLookupAttributesException", "InvalidTimeRangeException", "InvalidNextTokenException"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
