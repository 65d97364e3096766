package report_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
	"github.com/agentcore-probe/probe/vpc/redact"
)

// changed is the broken report after a rule was revoked.
func changed(by netpath.Author) report.Report {
	r := broken()
	r.Findings[0].Evidence["region"] = "us-east-1"
	r.Findings[0].Changed = netpath.Facts{
		"component": "sg-0db", "kind": "SecurityGroups", "field": "IpPermissions", "from": "tcp 5432 sg-0agent", "after": "2026-11-24T02:58:00Z", "before": "2026-11-24T02:59:00Z",
	}
	r.Findings[0].ChangedBy = by
	return r
}

// ann is who revoked it.
var ann = netpath.Author{
	Principal: "arn:aws:iam::210987654321:user/ann", Event: "RevokeSecurityGroupIngress", Source: "ec2.amazonaws.com", At: time.Date(2026, 11, 24, 2, 58, 41, 0, time.UTC),
	EventID: "5e8d1b7c-0f4e-4a55-9c1e-2f3a4b5c6d7e", Address: "10.0.9.9", UserAgent: "ann's laptop",
}

// What changed stands with the finding, and who did it; where nobody is named,
// why, and the command that asks CloudTrail, whose options are those of its API
// ("LookupEvents").
func TestWhatChanged(t *testing.T) {
	const (
		since = "  changed    IpPermissions of sg-0db said tcp 5432 sg-0agent and does not any more, between\n             2026-11-24T02:58:00Z and 2026-11-24T02:59:00Z\n"
		ask   = "aws cloudtrail lookup-events --region us-east-1 --lookup-attributes AttributeKey=ResourceName,AttributeValue=sg-0db --start-time 2026-11-24T02:58:00Z --end-time 2026-11-24T02:59:00Z\n"
	)
	for name, tt := range map[string]struct {
		by   netpath.Author
		want string
	}{
		"nobody was asked": {netpath.Author{}, "  by whom    " + ask},
		"nobody is named":  {netpath.Author{Unread: "no answer within 2s"}, "  by whom    not known: no answer within 2s\n             " + ask},
		"somebody is":      {ann, "  by whom    arn:aws:iam::210987654321:user/ann, RevokeSecurityGroupIngress at 2026-11-24T02:58:41Z,\n             from 10.0.9.9\n"},
	} {
		var out bytes.Buffer
		if err := changed(tt.by).WriteText(&out, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), since+tt.want+"  mend ") {
			t.Errorf("%s: there is no %q in\n%s", name, since+tt.want, out.String())
		}
	}
}

// A report for others says that somebody changed it, by which call and when, and
// not who, from where or with what.
func TestTheAuthorIsRedacted(t *testing.T) {
	_, names, err := redact.Network(&vpc.Network{}, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	unread := netpath.Author{Unread: "AccessDeniedException: User: arn:aws:sts::210987654321:assumed-role/probe-of-ann/x is not authorized"}
	nameless := ann
	nameless.Principal = "ann"
	for _, by := range []netpath.Author{ann, nameless, unread} {
		hidden, err := changed(by).Redacted(names)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := errors.Join(hidden.WriteText(&out, report.TextOptions{}), hidden.WriteJSON(&out)); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"210987654321", "ann", "10.0.9.9", "laptop"} {
			if regexp.MustCompile(`\b` + regexp.QuoteMeta(secret) + `\b`).MatchString(out.String()) {
				t.Errorf("%q is in\n%s", secret, out.String())
			}
		}
		got := hidden.Findings[0].ChangedBy
		if got.Event != by.Event || got.Source != by.Source || !got.At.Equal(by.At) || got.EventID != by.EventID {
			t.Errorf("%+v does not say what was called, and when", got)
		}
	}
}
