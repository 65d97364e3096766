package catalogue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agentcore-probe/probe/netpath"
)

// Expand replaces each ${name} of a sentence by the fact of that name. It
// reports false when a fact is missing or empty; the text then has a "?" in its
// place.
func Expand(template string, facts netpath.Facts) (string, bool) {
	return expand(template, facts, func(value string, _ bool) (string, bool) { return value, true })
}

// ExpandCommand is Expand for a line of a fix. In a command, a value that the
// shell would not take as one plain word is quoted, and one that cannot be shown
// on one line of a terminal makes the command incomplete: values come from the
// network and from whoever may write tags. A step in words stays one line.
func ExpandCommand(template string, facts netpath.Facts) (string, bool) {
	if !IsCommand(template) {
		return expand(template, facts, func(value string, _ bool) (string, bool) { return oneLine(value), true })
	}
	return expand(template, facts, word)
}

// Sentence is the entry's summary for an occurrence; where a fact is missing it
// is the title, which needs none.
func (e Entry) Sentence(facts netpath.Facts) string {
	if s, ok := Expand(e.Summary, withSkew(facts)); ok {
		return s
	}
	return e.Title
}

// withSkew adds in words how far this machine's clock is ahead of a service's, where
// that is known in seconds.
func withSkew(facts netpath.Facts) netpath.Facts {
	ahead, err := strconv.Atoi(facts["skew_seconds"])
	if err != nil {
		return facts
	}
	facts = maps.Clone(facts)
	facts["skew"] = fmt.Sprintf("%d s ahead of", ahead)
	if ahead < 0 {
		facts["skew"] = fmt.Sprintf("%d s behind", -ahead)
	}
	return facts
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

// expand replaces facts by what escape makes of them, which is told whether the
// place is between single quotes.
func expand(template string, facts netpath.Facts, escape func(value string, quoted bool) (string, bool)) (string, bool) {
	var b strings.Builder
	complete, quoted := true, false
	for {
		before, rest, found := strings.Cut(template, "${")
		b.WriteString(before)
		if !found {
			return b.String(), complete
		}
		quoted = quoted != (strings.Count(before, "'")%2 == 1)
		name, after, _ := strings.Cut(rest, "}")
		value, ok := escape(facts[name], quoted)
		if facts[name] == "" || !ok {
			value, complete = "?", false
		}
		b.WriteString(value)
		template = after
	}
}

// word makes a value a word of a POSIX shell, or a part of one that is between
// single quotes. It reports false for a value that is not printable; of a JSON
// document only its line breaks are not, and they mean nothing.
func word(s string, quoted bool) (string, bool) {
	if strings.ContainsFunc(s, unprintable) && json.Valid([]byte(s)) {
		s = compact(s)
	}
	if strings.ContainsFunc(s, unprintable) || !utf8.ValidString(s) {
		return "", false
	}
	inside := strings.ReplaceAll(s, "'", `'\''`)
	switch {
	case quoted:
		return inside, true
	case strings.ContainsFunc(s, unsafeInShell):
		return "'" + inside + "'", true
	}
	return s, true
}

func compact(document string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(document)); err != nil {
		return document
	}
	return b.String()
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return ' '
		}
		return r
	}, s)
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

func unsafeInShell(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && !strings.ContainsRune("-_./:@%+,=", r)
}
