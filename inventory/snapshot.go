// Package inventory collects what AWS says about a network: from the AWS APIs,
// or from a folder of documents in the shape that the AWS CLI prints. Both
// ways lead through the same decoder (package vpc), so that a saved inventory
// says the same as a live one.
//
// What could not be read is part of the answer and never an abort: every
// action that failed is listed with its reason, and what was read is used.
package inventory

import (
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/metadata"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// Snapshot is an inventory: the documents as they were read, and the network
// that they describe.
type Snapshot struct {
	Source      string        // where it comes from, for a reader
	CollectedAt time.Time     // when the collection began, UTC; zero where nothing could be read, or a folder does not say
	Duration    time.Duration // of the collection
	Documents   []Document    // by name
	Unread      []Unread      // by action
	Ignored     []string      // top-level keys that nobody understands
	Network     *vpc.Network  // never nil
	Region      string
	Principal   string       // IAM ARN of the caller; "" where it could not be learned
	Account     string       // ditto
	Local       []netip.Addr // addresses of the host that collected it

	// Host is what the platform says of the machine, asked where the network
	// does not show it.
	Host metadata.Host
}

// Document is one JSON document in the shape that the AWS CLI prints.
type Document struct {
	Name string // a file name, such as describe-security-groups.json
	JSON json.RawMessage
}

// Unread is an API action that gave no answer, or an incomplete one.
type Unread struct {
	Action  string          `json:"action"`            // the IAM action: ec2:DescribeVpcs
	Reason  string          `json:"reason"`            // one line
	Failure netpath.Failure `json:"failure,omitempty"` // from the closed set
	Facts   netpath.Facts   `json:"facts,omitempty"`   // of the answer; resource where one was asked for
}

// operation is the API's name of the action, without the IAM prefix.
func (u Unread) operation() string {
	_, name, _ := strings.Cut(u.Action, ":")
	return name
}

// derive fills in what follows from the rest: the caller from its document,
// the region from whichever side knows it.
func (s Snapshot) derive() Snapshot {
	if caller := s.Network.Caller; caller != nil {
		s.Principal, s.Account = caller.ARN, caller.Account
	}
	if s.Account == "" {
		s.Account = s.Network.Account
	}
	if s.Network.Region == "" {
		s.Network.Region = s.Region
	}
	if s.Region == "" {
		s.Region = s.Network.Region
	}
	return s
}
