package inventory

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
)

// events is what LookupEvents answers, as far as it is used.
type events struct{ Events []event }

// event is one call. Most of it stands in the record, a document of its own.
type event struct {
	EventID         string `json:"EventId"`
	EventName       string
	EventSource     string
	EventTime       float64 // seconds since 1970
	ReadOnly        string  // "true" or "false"
	Username        string
	CloudTrailEvent string // a record
}

// record is an event as CloudTrail keeps it ("CloudTrail record contents",
// CloudTrail User Guide).
type record struct {
	ErrorCode       string `json:"errorCode"`
	SourceIPAddress string `json:"sourceIPAddress"`
	UserAgent       string `json:"userAgent"`
	UserIdentity    struct {
		ARN       string `json:"arn"`
		InvokedBy string `json:"invokedBy"`
	} `json:"userIdentity"`
}

// Bounds of what is kept of an event, in bytes. Its texts are the caller's.
const (
	maxPrincipal = 256
	maxWord      = 128
)

// maxTime is the end of the year 9999, after which JSON has no times (RFC 3339).
const maxTime = 253402300799

// author names who made the newest call that changed something of this kind and
// succeeded; the zero Author where there is none.
func (e events) author(kind string) netpath.Author {
	var newest netpath.Author
	for _, call := range e.Events {
		var r record
		if call.ReadOnly == "true" || call.EventTime > maxTime || !changes(kind, call.EventName) || json.Unmarshal([]byte(call.CloudTrailEvent), &r) != nil || r.ErrorCode != "" {
			continue
		}
		if at := time.Unix(int64(call.EventTime), 0).UTC(); at.After(newest.At) { // of one second the first is the newest
			newest = call.author(r, at)
		}
	}
	return newest
}

func (e event) author(r record, at time.Time) netpath.Author {
	return netpath.Author{
		Principal: escape.Line(cmp.Or(r.UserIdentity.ARN, r.UserIdentity.InvokedBy, e.Username, "a caller without a name"), maxPrincipal),
		Event:     escape.Line(e.EventName, maxWord),
		Source:    escape.Line(e.EventSource, maxWord),
		At:        at,
		EventID:   escape.Line(e.EventID, maxWord),
		Address:   escape.Line(r.SourceIPAddress, maxWord),
		UserAgent: escape.Line(r.UserAgent, maxPrincipal),
	}
}

// nouns are in the names of the calls that change what a list holds. Other calls
// that change something are about it, too: RunInstances has the security groups
// of the instance among its resources, and leaves them as they are. A list that is
// not here is changed by whatever is no reading.
var nouns = map[string][]string{
	"SecurityGroups":    {"SecurityGroup"},
	"RouteTables":       {"Route"},
	"NetworkAcls":       {"NetworkAcl"},
	"VpcEndpoints":      {"VpcEndpoint"},
	"Subnets":           {"Subnet"},
	"Vpcs":              {"Vpc", "DhcpOptions"},
	"VpcAttributes":     {"Vpc"},
	"NatGateways":       {"NatGateway"},
	"InternetGateways":  {"InternetGateway"},
	"NetworkInterfaces": {"NetworkInterface"},
}

// changes reports whether a call of this name can change something of a kind.
func changes(kind, call string) bool {
	words := nouns[kind]
	return words == nil || slices.ContainsFunc(words, func(noun string) bool { return strings.Contains(call, noun) })
}
