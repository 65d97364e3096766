package report

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// ChangedWords says what changed when a finding came up, and between which
// times: "IpPermissions of sg-1 said tcp 5432 sg-2 and does not any more, between
// … and …". It says "" where nothing is known.
func ChangedWords(f netpath.Facts) string {
	if len(f) == 0 {
		return ""
	}
	what := strings.TrimPrefix(f["field"]+" of "+f["component"], " of ")
	switch {
	case f["to"] == vpc.Absent:
		what += " is gone"
	case f["from"] == vpc.Absent:
		what += " is new"
	case f["to"] == "":
		what += " said " + f["from"] + " and does not any more"
	case f["from"] == "":
		what += " says " + f["to"] + ", which is new"
	default:
		what += " said " + f["from"] + " and says " + f["to"]
	}
	return fmt.Sprintf("%s, between %s and %s", what, f["after"], f["before"])
}

// ChangedByWords says who changed a finding's component, by which call and when:
// "arn:aws:iam::…:user/ann, RevokeSecurityGroupIngress at 2026-11-24T02:58:41Z,
// from 192.0.2.10". It says "" where nobody is named.
func ChangedByWords(a netpath.Author) string {
	if !a.Known() {
		return ""
	}
	return fmt.Sprintf("%s, %s at %s%s", a.Principal, a.Event, a.At.UTC().Format(time.RFC3339), owned(", from ", a.Address))
}

// AskWhoChanged is the command that asks CloudTrail's event history, which goes back
// 90 days, who changed a finding's component, and by which call ("LookupEvents",
// AWS CloudTrail API Reference); "" where nothing is known to have changed.
func AskWhoChanged(f netpath.Finding) string {
	const ask = "aws cloudtrail lookup-events --region ${region} --lookup-attributes AttributeKey=ResourceName,AttributeValue=${component} --start-time ${after} --end-time ${before}"
	facts := netpath.Facts{"region": f.Evidence["region"]}
	maps.Copy(facts, f.Changed)
	facts["component"] = vpc.RecordedName(f.Changed["component"])
	command, complete := catalogue.ExpandCommand(ask, facts)
	if !complete {
		return ""
	}
	return command
}
