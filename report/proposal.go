package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
)

// Proposal is what a change would do that nobody has made: the answer of "probe
// check --patch".
type Proposal struct {
	Version int               `json:"version"`
	Patch   string            `json:"patch"`   // the file
	Changes []Outlook         `json:"changes"` // paths whose verdict would be another
	New     []netpath.Finding `json:"new"`     // findings that would come up
	Gone    []netpath.Finding `json:"gone"`    // findings that would be gone
	Before  Report            `json:"before"`  // as things are
	After   Report            `json:"after"`   // as they would be
}

// Outlook is a path whose verdict would change; Was or Would is "" where there
// is no such path before or after.
type Outlook struct {
	Path     string          `json:"path"`
	Was      netpath.Verdict `json:"was,omitempty"`
	Would    netpath.Verdict `json:"would,omitempty"`
	Outcome  string          `json:"outcome,omitempty"`
	Basis    netpath.Basis   `json:"basis,omitempty"`
	Findings []string        `json:"findings"` // codes
}

// NewProposal compares the reports of before and after a change. A verdict that
// would be another stands on the configuration: nobody has measured it.
func NewProposal(patch string, before, after Report) Proposal {
	after.Paths = slices.Clone(after.Paths)
	p := Proposal{Version: Version, Patch: patch, Changes: []Outlook{}, New: []netpath.Finding{}, Gone: []netpath.Finding{}, Before: before, After: after}
	for i, path := range after.Paths {
		old, _ := before.path(path.ID)
		if old.Verdict != path.Verdict {
			after.Paths[i].Basis = netpath.BasisConfig
			p.Changes = append(p.Changes, Outlook{path.ID, old.Verdict, path.Verdict, path.Outcome, netpath.BasisConfig, path.Findings})
		}
	}
	for _, path := range before.Paths {
		if _, still := after.path(path.ID); !still {
			p.Changes = append(p.Changes, Outlook{Path: path.ID, Was: path.Verdict, Findings: []string{}})
		}
	}
	for _, f := range after.Findings {
		if !before.has(f) {
			p.New = append(p.New, f)
		}
	}
	for _, f := range before.Findings {
		if !after.has(f) {
			p.Gone = append(p.Gone, f)
		}
	}
	return p
}

// WriteJSON writes the proposal as one indented JSON document.
func (p Proposal) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(p)
}

// WriteText writes the proposal for people: the paths that would change their
// verdict, the findings that would come or go, and the ladder of each path that
// would change.
func (p Proposal) WriteText(w io.Writer, o TextOptions) error {
	t := text{color: o.Color, names: p.After.Names}
	t.line("%s", t.paint(bold, "WHAT IF: "+p.Patch+" was applied. Nothing has been changed."))
	t.line("")
	for _, c := range p.Changes {
		t.wrapped(t.verdict(c.Would)+"  ", c.words())
	}
	if len(p.Changes) == 0 {
		t.line("no path would change its verdict")
	}
	t.line("")
	for _, f := range p.New {
		t.mentioned("would come up", f)
	}
	for _, f := range p.Gone {
		t.mentioned("would be gone", f)
	}
	for _, path := range p.After.Paths {
		old, known := p.Before.path(path.ID)
		if o.All || !known || old.Verdict != path.Verdict {
			t.ladder(path)
		}
	}
	t.background(p.After)
	t.line("%s now:     %s", Count(len(p.Before.Paths), "path"), p.Before.Summary)
	t.line("%s with it: %s", Count(len(p.After.Paths), "path"), p.After.Summary)
	_, err := io.WriteString(w, t.b.String())
	return err
}

// words say what a path was and would be.
func (o Outlook) words() string {
	switch {
	case o.Would == "":
		return fmt.Sprintf("%s would be no path any more; it is %s", o.Path, o.Was)
	case o.Was == "":
		o.Was = "no path"
	}
	line := fmt.Sprintf("%s is %s now and would be %s: %s (%s)", o.Path, o.Was, o.Would, o.Outcome, basisWords(o.Basis))
	if len(o.Findings) > 0 {
		line += ", " + strings.Join(o.Findings, ", ")
	}
	return line
}

// mentioned writes a finding without its commands: they mend what is not there.
func (t *text) mentioned(would string, f netpath.Finding) {
	t.line("%s", t.paint(bold, fmt.Sprintf("[%s] %s %s", f.Severity, f.Code, would)))
	t.wrapped("  ", t.named(f.Summary)+".")
	t.field("component", strings.Join(words(f.Component, f.Owner.Name, owned("account ", f.Owner.Account), owned("stack ", f.Owner.Stack)), ", "))
	t.line("")
}
