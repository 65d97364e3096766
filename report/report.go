// Package report turns a judgement into what people and programs read: a plain
// value with the JSON report's shape, and a text for somebody who was just
// woken up.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// Version is the version of the JSON report. Within a version fields are only
// added. Its schema is report.schema.json beside this file.
const Version = 1

// Report is the JSON report.
type Report struct {
	Version   int               `json:"version"`
	StartedAt time.Time         `json:"started_at"`
	Seconds   float64           `json:"seconds"` // live evidence of all paths, without the inventory
	Vantage   netpath.Vantage   `json:"vantage"`
	Inventory Inventory         `json:"inventory"`
	Paths     []Path            `json:"paths"`
	Findings  []netpath.Finding `json:"findings"`
	Notes     []string          `json:"notes"`           // what was seen and is not checked
	Names     map[string]string `json:"names,omitempty"` // of ids that findings and vantage mention
	Summary   Summary           `json:"summary"`
}

// Inventory says where the configuration comes from.
type Inventory struct {
	Source      string    `json:"source"`                // "aws" or a folder
	CollectedAt time.Time `json:"collected_at,omitzero"` // zero where nothing could be read, or a folder does not say
	Seconds     float64   `json:"seconds"`
	Unread      []Unread  `json:"unread"`
	Error       string    `json:"error,omitempty"` // why a later reading is not used
}

// Unread is an API action whose answer is missing.
type Unread struct {
	Action string `json:"action"`
	Reason string `json:"reason"`
}

// Path is the judgement of one path.
type Path struct {
	ID        string              `json:"id"`
	Kind      netpath.Kind        `json:"kind"`
	Route     netpath.Route       `json:"route"`
	Expect    netpath.Expectation `json:"expect"`
	Because   string              `json:"because"`
	Outcome   string              `json:"outcome"`
	Verdict   netpath.Verdict     `json:"verdict"`
	Basis     netpath.Basis       `json:"basis"`
	StartedAt time.Time           `json:"started_at,omitzero"` // of the live evidence
	Seconds   float64             `json:"seconds"`
	Name      string              `json:"name,omitempty"`
	Source    string              `json:"source,omitempty"` // the ENI whose ladder is shown
	Address   string              `json:"address,omitempty"`
	Hops      []Hop               `json:"hops"`
	Addresses []Address           `json:"addresses"`
	Findings  []string            `json:"findings"` // codes
}

// Hop is one joined hop of the ladder that decided the path.
type Hop struct {
	Name      netpath.HopName   `json:"name"`
	Status    netpath.Status    `json:"status"`
	Basis     netpath.Basis     `json:"basis"`
	Live      netpath.Status    `json:"live"`
	Config    netpath.Status    `json:"config"`
	Component string            `json:"component,omitempty"`
	Flaws     []netpath.Failure `json:"flaws,omitempty"` // what is wrong beside the status
	Detail    string            `json:"detail,omitempty"`
	Request   string            `json:"request_id,omitempty"` // by which AWS finds what it was asked
	Seconds   float64           `json:"seconds"`
}

// Address is what was measured at one address.
type Address struct {
	Address netip.AddrPort `json:"address"`
	Local   netip.Addr     `json:"local,omitzero"`
	Steps   []Step         `json:"steps"`
}

// Step is one operation of a probe.
type Step struct {
	Operation netpath.Operation `json:"operation"`
	Seconds   float64           `json:"seconds"`
	RTT       float64           `json:"rtt_seconds,omitempty"` // the kernel's (TCP_INFO)
	Failure   netpath.Failure   `json:"failure,omitempty"`
	Detail    string            `json:"detail,omitempty"`
}

// Summary counts paths by verdict.
type Summary struct {
	OK       int `json:"ok"`
	Broken   int `json:"broken"`
	Exposed  int `json:"exposed"`
	Degraded int `json:"degraded"`
	Unknown  int `json:"unknown"`
}

// String is the verdicts that there are, with how many paths have each.
func (s Summary) String() string {
	var parts []string
	for _, c := range []struct {
		n    int
		name string
	}{{s.OK, "ok"}, {s.Broken, "broken"}, {s.Exposed, "exposed"}, {s.Degraded, "degraded"}, {s.Unknown, "unknown"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.name))
		}
	}
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	return strings.Join(parts, ", ")
}

// Status is the exit status that the report leads to: 1 when an expectation is
// not met, 3 when nothing is broken and something is unknown, else 0.
func (s Summary) Status() int {
	switch {
	case s.Broken+s.Exposed+s.Degraded > 0:
		return 1
	case s.Unknown > 0:
		return 3
	}
	return 0
}

// WriteJSON writes the report as one indented JSON document.
func (r Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
