package netpath

import "slices"

// Finding is a cause, named once: what is wrong, where, how it was seen, and
// the command that mends it. Its fields are the JSON report's.
type Finding struct {
	Code      string   `json:"code"`           // the catalogue's, such as sg/ingress-missing
	Severity  Severity `json:"severity"`       //
	Path      string   `json:"path"`           // the path that shows it best; "" where it belongs to none
	Also      []string `json:"also,omitempty"` // the other paths that it breaks
	Hop       HopName  `json:"hop"`            //
	Component string   `json:"component"`
	Owner     Owner    `json:"owner,omitzero"`      // of the component
	Summary   string   `json:"summary"`             // one sentence
	Evidence  Facts    `json:"evidence,omitempty"`  // what proves it
	Changed   Facts    `json:"changed,omitempty"`   // what changed between the last good and the first bad run
	ChangedBy Author   `json:"changed_by,omitzero"` // who did; zero where nobody was asked
	Fix       []string `json:"fix,omitempty"`       // commands or steps that mend it
	Undo      []string `json:"undo,omitempty"`      // commands that take the fix back
}

// Owner says whom a component belongs to, as far as its description tells.
type Owner struct {
	Name    string `json:"name,omitempty"`    // its name, or its Name tag
	Account string `json:"account,omitempty"` // 12 digits
	Stack   string `json:"stack,omitempty"`   // the CloudFormation stack that made it
}

// Rank orders severities, the gravest first.
func (s Severity) Rank() int {
	return slices.Index([]Severity{SeverityCritical, SeverityWarning, SeverityInfo}, s)
}
