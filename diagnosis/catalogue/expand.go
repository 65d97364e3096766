package catalogue

import (
	"strings"

	"github.com/agentcore-probe/probe/netpath"
)

// Expand replaces each ${name} of a sentence by the fact of that name. It
// reports false when a fact is missing or empty; the text then has a "?" in its
// place.
func Expand(template string, facts netpath.Facts) (string, bool) {
	return expand(template, facts, func(s string) string { return s })
}

// ExpandCommand is Expand for a shell command: a value that the shell would not
// take as one plain word is quoted.
func ExpandCommand(template string, facts netpath.Facts) (string, bool) {
	return expand(template, facts, quote)
}

// Sentence is the entry's summary for an occurrence; where a fact is missing it
// is the title, which needs none.
func (e Entry) Sentence(facts netpath.Facts) string {
	if s, ok := Expand(e.Summary, facts); ok {
		return s
	}
	return e.Title
}

// IsCommand reports whether a line of a fix is a command rather than a step in
// words.
func IsCommand(line string) bool { return !strings.HasPrefix(line, "# ") }

// Commands expands those templates whose facts are all there.
func Commands(templates []string, facts netpath.Facts) []string {
	var commands []string
	for _, t := range templates {
		if c, ok := ExpandCommand(t, facts); ok {
			commands = append(commands, c)
		}
	}
	return commands
}

func expand(template string, facts netpath.Facts, escape func(string) string) (string, bool) {
	var b strings.Builder
	complete := true
	for {
		before, rest, found := strings.Cut(template, "${")
		b.WriteString(before)
		if !found {
			return b.String(), complete
		}
		name, after, _ := strings.Cut(rest, "}")
		if value := facts[name]; value != "" {
			b.WriteString(escape(value))
		} else {
			b.WriteString("?")
			complete = false
		}
		template = after
	}
}

// quote makes s one word of a POSIX shell.
func quote(s string) string {
	if strings.IndexFunc(s, unsafeInShell) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func unsafeInShell(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && !strings.ContainsRune("-_./:@%+,=", r)
}
