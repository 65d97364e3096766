package netpath

import "time"

// Author is who changed a component, as CloudTrail's event history has it, or
// why nobody is named. Its fields are the JSON report's; texts are escaped and
// bounded.
type Author struct {
	Principal string    `json:"principal,omitempty"`    // ARN; where an event has none, the name or service that it has
	Event     string    `json:"event,omitempty"`        // the API's operation: RevokeSecurityGroupIngress
	Source    string    `json:"event_source,omitempty"` // that carried it out: ec2.amazonaws.com
	At        time.Time `json:"event_time,omitzero"`    // when the call was completed, to the second
	EventID   string    `json:"event_id,omitempty"`     // by which CloudTrail finds the event
	Address   string    `json:"address,omitempty"`      // where it came from: an IP address, or an AWS service's name
	UserAgent string    `json:"user_agent,omitempty"`   // the program, as it calls itself
	Unread    string    `json:"unread,omitempty"`       // why nobody is named; "" where somebody is
}

// Known reports whether somebody is named.
func (a Author) Known() bool { return a.Event != "" }
