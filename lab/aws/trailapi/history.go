// Package trailapi is AWS CloudTrail's event history as far as the lab's worlds
// need it: the management events of an account, and looking them up ("AWS
// CloudTrail API Reference", 2013-11-01).
package trailapi

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
)

// Event is a call of an AWS API, as CloudTrail records it ("CloudTrail record
// contents", CloudTrail User Guide).
type Event struct {
	At        time.Time // when the call was completed; kept to the second
	Source    string    // the service's host name without a Region: ec2.amazonaws.com
	Name      string    // of the operation
	Caller    Caller
	Address   string // of the caller
	Agent     string // the User-Agent header
	Endpoint  string // VPC endpoint id; "" for the public path
	Region    string
	RequestID string
	Code      string // of the error; "" for success
	Resources []Resource

	id string
}

// Caller is who made a call ("CloudTrail userIdentity element").
type Caller struct{ ARN, Role, Account, UserID, AccessKey string }

// Resource is what a call is about.
type Resource struct{ Type, Name string }

// maxEvents bounds a history: the oldest events are forgotten first. CloudTrail
// keeps them for 90 days.
const maxEvents = 10_000

// History is the events of all accounts of a world.
type History struct {
	mu     sync.Mutex
	events []Event // the oldest first
	asked  map[string][]time.Time
}

// Add takes an event in.
func (h *History) Add(e Event) {
	e.id = newID()
	e.At = e.At.UTC().Truncate(time.Second)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) >= maxEvents {
		h.events = slices.Delete(h.events, 0, len(h.events)-maxEvents+1)
	}
	h.events = append(h.events, e)
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	s := hex.EncodeToString(b[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// newest are the events of an account, the newest first.
func (h *History) newest(account string) []Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(h.events), func(e Event) bool { return e.Caller.Account != account })
	slices.Reverse(all)
	return all
}

// readOnly reports whether a call changes nothing.
func (e Event) readOnly() bool {
	return slices.ContainsFunc([]string{"Describe", "Get", "List", "Search"}, func(verb string) bool { return strings.HasPrefix(e.Name, verb) })
}

// user is the name under which events are looked up: a user's, or a session's.
func (c Caller) user() string { return c.ARN[strings.LastIndex(c.ARN, "/")+1:] }

// identity is the userIdentity element.
func (c Caller) identity() tree.Object {
	out := tree.Object{"type": "IAMUser", "principalId": c.UserID, "arn": c.ARN, "accountId": c.Account, "accessKeyId": c.AccessKey}
	if c.Role == "" {
		out["userName"] = c.user()
		return out
	}
	issuer, _, _ := strings.Cut(c.UserID, ":")
	out["type"] = "AssumedRole"
	out["sessionContext"] = tree.Object{"sessionIssuer": tree.Object{
		"type": "Role", "principalId": issuer, "arn": c.Role, "accountId": c.Account, "userName": c.Role[strings.LastIndex(c.Role, "/")+1:],
	}}
	return out
}

// errorCode is how CloudTrail calls an error: EC2's begin with whose they are
// (many published events).
func (e Event) errorCode() string {
	if e.Code != "" && e.Source == "ec2.amazonaws.com" {
		return "Client." + e.Code
	}
	return e.Code
}

// record is the event itself. What was asked and answered is left out.
func (e Event) record() tree.Object {
	out := tree.Object{
		"eventVersion": "1.08", "eventID": e.id, "eventTime": e.At.Format(time.RFC3339), "eventSource": e.Source, "eventName": e.Name, "eventType": "AwsApiCall",
		"eventCategory": "Management", "managementEvent": true, "readOnly": e.readOnly(), "awsRegion": e.Region, "recipientAccountId": e.Caller.Account,
		"sourceIPAddress": e.Address, "userAgent": e.Agent, "requestID": e.RequestID, "userIdentity": e.Caller.identity(),
	}
	if e.Endpoint != "" {
		out["vpcEndpointId"] = e.Endpoint
	}
	if e.Code != "" {
		out["errorCode"] = e.errorCode()
	}
	return out
}
