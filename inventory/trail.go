package inventory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/answer"
	"github.com/agentcore-probe/probe/vpc"
)

// LookupAction is the IAM action by which Trail asks. Nothing else depends on it.
const LookupAction = "cloudtrail:LookupEvents"

// Trail asks CloudTrail's event history who changed a component: the management
// events of the credentials' own account and Region, of the last 90 days, which
// need no trail to be set up. An account has two questions a second
// ("LookupEvents", AWS CloudTrail API Reference). The request is signed here: the
// SDK's client of CloudTrail would be linked whole for one operation.
type Trail struct {
	Config    aws.Config        // Region and credentials
	Transport http.RoundTripper // carries the requests
	Now       func() time.Time
}

// Author names who made a change, by its facts: component, kind, after and
// before (netpath.Finding, Changed). It asks once, within limit, and retries and
// follows nothing. Where nobody can be named, the Author says why.
func (t Trail) Author(ctx context.Context, changed netpath.Facts, limit time.Duration) netpath.Author {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	q, err := newLookup(changed)
	if err != nil {
		return netpath.Author{Unread: err.Error()}
	}
	found, err := t.lookup(ctx, q)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return netpath.Author{Unread: refused.Error()}
	case err != nil:
		return netpath.Author{Unread: unread(LookupAction, err, limit).Reason}
	}
	if author := found.author(changed["kind"]); author.Known() {
		return author
	}
	return netpath.Author{Unread: "no call that changed it is in the event history yet: events come within about 5 minutes, which is not guaranteed"}
}

// lookup is the input of LookupEvents; times are seconds since 1970.
type lookup struct {
	LookupAttributes []attribute
	StartTime        int64
	EndTime          int64
	MaxResults       int
}

type attribute struct{ AttributeKey, AttributeValue string }

// mostEvents is how many a page has at most. There is one: whoever has changed
// this component more often within minutes is looked up by hand.
const mostEvents = 50

// settling is by how much a call may be older than the last run that showed
// nothing of it: rules take seconds to reach the interfaces.
const settling = 10 * time.Second

func newLookup(changed netpath.Facts) (lookup, error) {
	after, err := time.Parse(time.RFC3339, changed["after"])
	if err != nil {
		return lookup{}, errors.New("it is not known since when")
	}
	before, err := time.Parse(time.RFC3339, changed["before"])
	if err != nil {
		return lookup{}, errors.New("it is not known until when")
	}
	name := attribute{"ResourceName", vpc.RecordedName(changed["component"])}
	return lookup{[]attribute{name}, after.Add(-settling).Unix(), before.Unix(), mostEvents}, nil
}

// refusal is an answer of the service that is an error.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func (t Trail) lookup(ctx context.Context, q lookup) (events, error) {
	keys, err := t.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return events{}, err
	}
	body, err := json.Marshal(q)
	if err != nil {
		return events{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+t.host()+"/", strings.NewReader(string(body)))
	if err != nil {
		return events{}, err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents")
	if err := credentials.Sign(ctx, keys, request, string(body), "cloudtrail", t.Config.Region, t.Now()); err != nil {
		return events{}, err
	}
	response, err := t.Transport.RoundTrip(request)
	if err != nil {
		return events{}, err
	}
	defer response.Body.Close() //nolint:errcheck // read, not written
	text, err := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	if err != nil {
		return events{}, err
	}
	if response.StatusCode != http.StatusOK {
		said := answer.Read(response.StatusCode, response.Header, text)
		failure, facts := answer.Classify(response.StatusCode, said.Type, said.Message)
		if failure == netpath.FailureDenied {
			return events{}, &refusal{facts["aws_error"] + ": " + LookupAction + " is not allowed to " + cmp.Or(facts["principal"], "the probe")}
		}
		return events{}, &refusal{sentence(failure, facts)}
	}
	var found events
	if err := json.Unmarshal(text, &found); err != nil {
		return events{}, fmt.Errorf("%w: LookupEvents", errDocument)
	}
	return found, nil
}

// host is the Region's endpoint ("AWS CloudTrail endpoints and quotas", AWS
// General Reference).
func (t Trail) host() string {
	suffix := ".amazonaws.com"
	if strings.HasPrefix(t.Config.Region, "cn-") {
		suffix += ".cn"
	}
	return "cloudtrail." + t.Config.Region + suffix
}
