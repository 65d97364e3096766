// Package catalogue is the list of everything that a finding can say: codes,
// what each of them means, what proves it, and how it is mended. It is data; it
// decides nothing and imports nothing but the shared words, so that reports,
// exporters and documents can read it.
//
// A code is the path of its page under docs/findings/.
package catalogue

import (
	"slices"
	"strings"
	"sync"

	"github.com/agentcore-probe/probe/netpath"
)

// Entry is one finding that the program can report. Summary, Fix and Undo are
// templates: ${name} stands for a fact of the evidence. See Expand.
type Entry struct {
	Code     string           // family/name, such as sg/ingress-missing
	Title    string           // a few words, no full stop
	Severity netpath.Severity //
	Hop      netpath.HopName  // where it is found; "" where it belongs to no hop

	// Component overrides what the evidence names as the thing to change: a
	// template like Summary.
	Component string

	Summary string // one sentence about this occurrence
	Meaning string // what it means for the agent
	Live    string // what live evidence proves it; "" where packets cannot show it
	Config  string // what configuration proves it; "" where the configuration cannot show it
	Not     string // what it is confused with

	Fix  []string // commands or steps; one that needs a fact which is not there is left out
	Undo []string // what takes the fix back

	Explains []string // codes of findings that are only symptoms of this one; "family/*" for a family
	Needs    []string // paths, by AWS service or else by kind: whatever breaks one of them explains this one
	AWSCode  string   // Reachability Analyzer's explanation code, where one exists
	AWSPage  string   // title of the AWS page behind it

	Matches []Match // live evidence that leads here when no configuration names a cause
}

// Match describes live evidence. Empty fields match anything.
type Match struct {
	Kind    netpath.Kind
	Hop     netpath.HopName
	Failure netpath.Failure
	Fact    string // "name=value" that must be among the evidence's facts
}

// All lists every entry, ordered by code.
func All() []Entry { return slices.Clone(entries()) }

var entries = sync.OnceValue(func() []Entry {
	all := slices.Concat(
		names(), groups(), lostGroups(), files(), acls(), routes(), crossings(), endpoints(), transport(), unsteady(), identity(), exposure(),
		services(),
		runtimes(), runtimeStates(), placement(),
		databases(), servers(),
		self(),
	)
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Code, b.Code) })
	return all
})

// Find returns the entry of a code.
func Find(code string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(entries(), code, func(e Entry, code string) int { return strings.Compare(e.Code, code) })
	if !ok {
		return Entry{}, false
	}
	return entries()[i], true
}

// ForLive returns the entry that live evidence of a failed hop leads to: the
// most specific match wins, the order of codes decides between equals.
func ForLive(kind netpath.Kind, hop netpath.HopName, e netpath.Evidence) (Entry, bool) {
	var best Entry
	score := 0
	for _, entry := range entries() {
		for _, m := range entry.Matches {
			if s := m.score(kind, hop, e); s > score {
				best, score = entry, s
			}
		}
	}
	return best, score > 0
}

// score is the number of fields by which m matches, 0 when one does not.
func (m Match) score(kind netpath.Kind, hop netpath.HopName, e netpath.Evidence) int {
	n := 0
	for _, field := range []struct{ set, same bool }{
		{m.Kind != "", m.Kind == kind},
		{m.Hop != "", m.Hop == hop},
		{m.Failure != "", m.Failure == e.Failure},
		{m.Fact != "", hasFact(e.Facts, m.Fact)},
	} {
		if field.set && !field.same {
			return 0
		}
		if field.set {
			n++
		}
	}
	return n
}

func hasFact(facts netpath.Facts, want string) bool {
	name, value, _ := strings.Cut(want, "=")
	return facts[name] == value
}

// Covers reports whether e says that code is only a symptom of it.
func (e Entry) Covers(code string) bool {
	return slices.ContainsFunc(e.Explains, func(pattern string) bool {
		family, all := strings.CutSuffix(pattern, "*")
		return pattern == code || all && strings.HasPrefix(code, family)
	})
}
