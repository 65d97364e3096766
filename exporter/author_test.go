package exporter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/netpath"
)

// The status page says who changed a component; where nobody is named, why, and
// the command that asks.
func TestThePageSaysByWhom(t *testing.T) {
	ann := netpath.Author{Principal: "arn:aws:iam::123456789012:user/ann", Event: "RevokeSecurityGroupIngress", At: now, Address: "192.0.2.10"}
	const (
		named   = "By whom: arn:aws:iam::123456789012:user/ann, RevokeSecurityGroupIngress at 2026-11-24T12:00:00Z, from 192.0.2.10"
		unknown = "By whom is not known: no answer within &lt;2s&gt;"
		command = "aws cloudtrail lookup-events --region us-east-1 --lookup-attributes AttributeKey=ResourceName,AttributeValue=sg-1"
	)
	for name, tt := range map[string]struct {
		by         netpath.Author
		has, lacks []string
	}{
		"somebody":         {ann, []string{named}, []string{"lookup-events", "not known"}},
		"nobody":           {netpath.Author{Unread: "no answer within <2s>"}, []string{unknown, command}, nil},
		"nobody was asked": {netpath.Author{}, []string{"By whom</p>", command}, []string{"not known"}},
	} {
		s := broken()
		s.Report.Findings[0].Evidence = netpath.Facts{"region": "us-east-1"}
		s.Report.Findings[0].Changed = netpath.Facts{"component": "sg-1", "field": "IpPermissions", "from": "tcp 5432", "after": "2026-11-24T11:58:00Z", "before": "2026-11-24T11:59:00Z"}
		s.Report.Findings[0].ChangedBy = tt.by
		_, text, _ := ask(t, http.MethodGet, site(t, s, nil).URL+"/")
		for _, want := range tt.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not on the page:\n%s", name, want, text)
			}
		}
		for _, other := range tt.lacks {
			if strings.Contains(text, other) {
				t.Errorf("%s: %q is on the page", name, other)
			}
		}
	}
}
