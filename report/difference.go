package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// Difference is what changed between two inventories: the answer of "probe
// diff".
type Difference struct {
	Version    int      `json:"version"`
	From       Reading  `json:"from"`
	To         Reading  `json:"to"`
	Changes    []Change `json:"changes"`
	Uncompared []string `json:"uncompared"` // top-level keys that only one of the two holds as a whole
}

// Reading is one of the inventories.
type Reading struct {
	Source      string    `json:"source"`
	CollectedAt time.Time `json:"collected_at,omitzero"` // zero where the folder does not say
}

// Change is one changed field of a resource; From and To are "absent" and
// "present" where the resource itself came or went.
type Change struct {
	Component string        `json:"component"`
	Owner     netpath.Owner `json:"owner,omitzero"`
	Kind      string        `json:"kind"`            // top-level key of its list
	Field     string        `json:"field,omitempty"` //
	From      string        `json:"from,omitempty"`  // what it no longer says
	To        string        `json:"to,omitempty"`    // what it says now
}

// NewDifference compares two networks; a resource's owner is told by the newer
// one that has it.
func NewDifference(from, to Reading, old, new *vpc.Network) Difference {
	d := Difference{Version: Version, From: from, To: to, Changes: []Change{}, Uncompared: orEmpty(vpc.Uncompared(old, new))}
	before, after := old.Index(), new.Index()
	for _, c := range vpc.Diff(old, new) {
		owner := after.Owner(c.Component)
		if owner.Name == "" {
			owner = before.Owner(c.Component)
		}
		d.Changes = append(d.Changes, Change{c.Component, owner, c.Kind, c.Field, c.From, c.To})
	}
	return d
}

// Status is the exit status: 1 where something changed, 3 where nothing did as
// far as both were read and something was read once, else 0.
func (d Difference) Status() int {
	switch {
	case len(d.Changes) > 0:
		return 1
	case len(d.Uncompared) > 0:
		return 3
	}
	return 0
}

// WriteJSON writes the difference as one indented JSON document.
func (d Difference) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(d)
}

// WriteText writes the difference for people, a resource each.
func (d Difference) WriteText(w io.Writer, o TextOptions) error {
	t := text{color: o.Color}
	last := ""
	for _, c := range d.Changes {
		if c.Component != last {
			t.line("%s", t.paint(bold, strings.Join(words(c.Component, c.Owner.Name, c.Kind), ", ")))
		}
		last = c.Component
		t.change(c)
	}
	if len(d.Changes) > 0 {
		t.line("")
	}
	for _, key := range d.Uncompared {
		t.line("not compared, read only once: %s", key)
	}
	t.line("%s between %s and %s", Count(len(d.Changes), "change"), d.From.words(), d.To.words())
	_, err := io.WriteString(w, t.b.String())
	return err
}

// change writes what a field said and says. Documents are long: they stay whole.
func (t *text) change(c Change) {
	switch {
	case c.From == vpc.Absent:
		t.line("  %s", t.paint(green, "it is new"))
		return
	case c.To == vpc.Absent:
		t.line("  %s", t.paint(red, "it is gone"))
		return
	}
	t.line("  %s", c.Field)
	if c.From != "" {
		t.line("    %s", t.paint(red, "- "+c.From))
	}
	if c.To != "" {
		t.line("    %s", t.paint(green, "+ "+c.To))
	}
}

func (r Reading) words() string {
	if r.CollectedAt.IsZero() {
		return r.Source
	}
	return fmt.Sprintf("%s (read at %s)", r.Source, r.CollectedAt.UTC().Format(time.RFC3339))
}
