package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
)

// width is the column that no line of prose goes past; commands stay whole, so
// that they can be copied.
const width = 100

// TextOptions choose what the text shows.
type TextOptions struct {
	All   bool // the ladder of every path, not only of those that are not ok
	Color bool // ANSI colours; for terminals only

	Before *Report // what differs from it is marked; nil: nothing is
}

// WriteText writes the report for people: what is broken first, then the ladder
// of each path that is not ok, then every path in one line, one closing line.
func (r Report) WriteText(w io.Writer, o TextOptions) error {
	t := text{color: o.Color, names: r.Names, before: o.Before}
	t.headline(r)
	t.since(r)
	for _, f := range r.Findings {
		t.finding(f)
	}
	for _, p := range r.Paths {
		if o.All || p.Verdict != netpath.VerdictOK {
			t.ladder(p)
		}
	}
	t.paths(r)
	t.background(r)
	t.closing(r)
	_, err := io.WriteString(w, t.b.String())
	return err
}

// text builds the report.
type text struct {
	b     strings.Builder
	color bool
	names map[string]string // of ids

	before *Report // nil: there is none
}

func (t *text) line(format string, args ...any) {
	t.b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// headline says in one line how things stand: what does not work, for whom.
func (t *text) headline(r Report) {
	s := r.Summary
	switch {
	case len(r.Paths) == 0 && len(r.Inventory.Unread) > 0:
		t.line("%s", t.paint(yellow, "NOTHING TO CHECK: AWS could not be asked what there is"))
	case len(r.Paths) == 0:
		t.line("%s", t.paint(yellow, "NOTHING TO CHECK"))
	case s.Exposed+s.Broken+s.Degraded > 0:
		t.consequences(r)
	case s.Unknown > 0:
		t.line("%s", t.paint(yellow, "UNKNOWN: nothing is broken as far as can be told"))
	default:
		t.line("%s", t.paint(green, "OK: every path is as it should be"))
	}
	t.line("")
}

// consequences says of each path that is not as it should be what follows from
// it, the gravest first.
func (t *text) consequences(r Report) {
	for _, verdict := range []netpath.Verdict{netpath.VerdictExposed, netpath.VerdictBroken, netpath.VerdictDegraded} {
		for _, p := range r.Paths {
			if p.Verdict != verdict {
				continue
			}
			for _, line := range wrap(strings.ToUpper(string(verdict))+": "+consequence(p), width) {
				t.line("%s", t.paint(colorOf(verdict), line))
			}
		}
	}
}

// finding writes a cause and the commands that mend it.
func (t *text) finding(f netpath.Finding) {
	t.line("%s", t.paint(bold, fmt.Sprintf("[%s] %s%s", f.Severity, f.Code, t.isNew(f))))
	t.wrapped("  ", t.named(f.Summary)+".")
	t.field("component", strings.Join(words(f.Component, f.Owner.Name, owned("account ", f.Owner.Account), owned("stack ", f.Owner.Stack)), ", "))
	t.field("seen on", SeenWords(f))
	t.field("changed", t.named(ChangedWords(f.Changed)))
	t.byWhom(f)
	t.commands("mend", f.Fix)
	t.commands("undo", f.Undo)
	t.line("  %-10s probe explain %s", "more", f.Code)
	t.line("")
}

// byWhom says who changed the component, else why that is not known, with the
// command that asks.
func (t *text) byWhom(f netpath.Finding) {
	ask := AskWhoChanged(f)
	if f.ChangedBy.Known() || ask == "" {
		t.field("by whom", ChangedByWords(f.ChangedBy))
		return
	}
	t.field("by whom", owned("not known: ", f.ChangedBy.Unread))
	name := "by whom"
	if f.ChangedBy.Unread != "" {
		name = ""
	}
	t.commands(name, []string{ask})
}

func (t *text) field(name, value string) {
	if value != "" {
		t.wrapped(fmt.Sprintf("  %-10s ", name), value)
	}
}

func (t *text) commands(name string, commands []string) {
	for _, c := range commands {
		if step, isStep := strings.CutPrefix(c, "# "); isStep {
			t.wrapped(fmt.Sprintf("  %-10s ", name), step)
		} else {
			t.line("  %-10s %s", name, t.paint(bold, c))
		}
		name = ""
	}
}

// ladder writes the hops of a path, live and configured evidence side by side.
func (t *text) ladder(p Path) {
	t.line("%s  %s", t.verdict(p.Verdict), t.paint(bold, p.ID))
	t.wrapped("  ", fmt.Sprintf("%s → %s%s, %s route", cmp.Or(p.Source, "here"), cmp.Or(strings.TrimSpace(p.Name+" "+p.Address), "no address"), others(p), p.Route))
	t.wrapped("  expected:  ", fmt.Sprintf("%s (%s)", p.Expect, p.Because))
	t.wrapped("  seen:      ", fmt.Sprintf("%s (%s)", p.Outcome, seenBasis(p)))
	t.line("  %-16s %-8s %-8s", "hop", "live", "config")
	for _, h := range p.Hops {
		mark := " "
		if h.Status == netpath.StatusFail {
			mark = t.paint(red, ">")
		}
		t.wrapped(fmt.Sprintf("%s %-16s %s %s ", mark, h.Name, t.status(h.Live), t.status(h.Config)), h.Detail)
	}
	t.line("")
}

// others says how many more addresses were measured.
func others(p Path) string {
	if len(p.Addresses) < 2 {
		return ""
	}
	return fmt.Sprintf(" and %s", Count(len(p.Addresses)-1, "other address"))
}

// paths writes every path in one line.
func (t *text) paths(r Report) {
	longest := 0
	for _, p := range r.Paths {
		longest = max(longest, len(p.ID))
	}
	for _, p := range r.Paths {
		t.wrapped(fmt.Sprintf("%s  %-*s  ", t.verdict(p.Verdict), longest, p.ID), pathLine(p)+t.was(p))
	}
	if len(r.Paths) > 0 {
		t.line("")
	}
}

// pathLine is the outcome of a path and what breaks it.
func pathLine(p Path) string {
	line := fmt.Sprintf("%s (%s)", p.Outcome, seenBasis(p))
	if len(p.Findings) > 0 {
		line += ": " + strings.Join(p.Findings, ", ")
	}
	return line
}

// background says where the evidence comes from and what is missing from it.
func (t *text) background(r Report) {
	for _, n := range r.Notes {
		t.wrapped("note: ", n)
	}
	if len(r.Notes) > 0 {
		t.line("")
	}
	t.wrapped("from:   ", t.named(vantageWords(r.Vantage)))
	t.wrapped("config: ", inventoryWords(r.Inventory))
}

func (t *text) closing(r Report) {
	t.line("%s: %s; measured in %.2f s, configuration read in %.2f s", Count(len(r.Paths), "path"), r.Summary, r.Seconds, r.Inventory.Seconds)
}
