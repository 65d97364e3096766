package report

import (
	"fmt"
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// Since says what differs from an earlier report, a line each: verdicts that
// changed, paths and findings that came or went. What was measured anew and says
// the same is no difference.
func (r Report) Since(before Report) []string {
	lines := []string{}
	for _, p := range r.Paths {
		switch old, known := before.path(p.ID); {
		case !known:
			lines = append(lines, fmt.Sprintf("new path: %s is %s", p.ID, p.Verdict))
		case old.Verdict != p.Verdict:
			lines = append(lines, fmt.Sprintf("%s was %s and is %s", p.ID, old.Verdict, p.Verdict))
		}
	}
	for _, p := range before.Paths {
		if _, still := r.path(p.ID); !still {
			lines = append(lines, fmt.Sprintf("no path any more: %s was %s", p.ID, p.Verdict))
		}
	}
	for _, f := range r.Findings {
		if !before.has(f) {
			lines = append(lines, "new finding: "+mentioned(f))
		}
	}
	for _, f := range before.Findings {
		if !r.has(f) {
			lines = append(lines, "gone: "+mentioned(f))
		}
	}
	return lines
}

func (r Report) path(id string) (Path, bool) {
	i := slices.IndexFunc(r.Paths, func(p Path) bool { return p.ID == id })
	if i < 0 {
		return Path{}, false
	}
	return r.Paths[i], true
}

// has reports whether the same cause is found: the same code on the same component.
func (r Report) has(f netpath.Finding) bool {
	return slices.ContainsFunc(r.Findings, func(g netpath.Finding) bool {
		return g.Code == f.Code && g.Component == f.Component
	})
}

func mentioned(f netpath.Finding) string { return f.Code + owned(" on ", f.Component) }

// since writes what differs from the report before.
func (t *text) since(r Report) {
	if t.before == nil {
		return
	}
	at := t.before.StartedAt.UTC().Format("15:04:05Z")
	lines := r.Since(*t.before)
	if len(lines) == 0 {
		t.line("nothing has changed since %s", at)
	}
	for _, line := range lines {
		t.wrapped("changed since "+at+": ", t.named(line))
	}
	t.line("")
}

// isNew marks a finding that the report before does not have.
func (t *text) isNew(f netpath.Finding) string {
	if t.before == nil || t.before.has(f) {
		return ""
	}
	return " (new)"
}

// was says what verdict a path had in the report before, where it was another.
func (t *text) was(p Path) string {
	if t.before == nil {
		return ""
	}
	if old, known := t.before.path(p.ID); known && old.Verdict != p.Verdict {
		return fmt.Sprintf("; was %s", old.Verdict)
	}
	return ""
}
