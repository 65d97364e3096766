package acceptance_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
)

// every asks for the fixes of all scenarios: make mend.
var every = flag.Bool("every", false, "run the fixes of every scenario, not of one for each template")

// others are scenarios that render another template of a finding than the
// cheapest scenario of its code. With -every the test says which are missing.
var others = []string{}

// mendable are the scenarios with a finding that commands mend.
func mendable(all []broken) []broken {
	return slices.DeleteFunc(all, func(s broken) bool { return !slices.ContainsFunc(s.Want.Findings, named.byCommand) })
}

// chosen are scenarios in which each code is mended once, the cheapest to check:
// with the fewest findings, then with the shortest limit.
func chosen(all []broken) []broken {
	best := map[string]broken{}
	for _, s := range all {
		for _, f := range s.Want.Findings {
			if old, ok := best[f.Code]; f.byCommand() && (!ok || s.cheaper(old)) {
				best[f.Code] = s
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s broken) bool {
		return !slices.Contains(others, s.Name) && !slices.ContainsFunc(slices.Collect(maps.Values(best)), func(b broken) bool { return b.Name == s.Name })
	})
}

func (s broken) cheaper(than broken) bool {
	return cmp.Or(
		cmp.Compare(len(s.Want.Findings), len(than.Want.Findings)),
		cmp.Compare(s.Want.Within, than.Want.Within),
		strings.Compare(s.Name, than.Name),
	) < 0
}

// template is a line of the catalogue's fixes: the code, and which of its lines.
type template struct {
	code string
	line int
}

func (t template) String() string {
	entry, _ := catalogue.Find(t.code)
	return fmt.Sprintf("%s: %s", t.code, slices.Concat(entry.Fix, entry.Undo)[t.line])
}

var hole = regexp.MustCompile(`\\\$\\\{[a-z0-9_]+\\\}`)

// templates are those whose commands were run for a finding.
func (m mending) templates() []template {
	if !m.Finding.byCommand() {
		return nil
	}
	entry, _ := catalogue.Find(m.Finding.Code)
	var all []template
	for i, line := range slices.Concat(entry.Fix, entry.Undo) {
		shape := regexp.MustCompile("^" + hole.ReplaceAllString(regexp.QuoteMeta(line), "(.+)") + "$")
		if catalogue.IsCommand(line) && slices.ContainsFunc(m.Commands, shape.MatchString) {
			all = append(all, template{m.Finding.Code, i})
		}
	}
	return all
}

// leftOut are the templates that were run in a scenario and in none of a few, by
// scenario; none where -run has left out one of the few.
func leftOut(few []broken, run map[string][]template) map[string][]template {
	covered := map[template]bool{}
	for _, s := range few {
		if _, ran := run[s.Name]; !ran {
			return nil
		}
		for _, t := range run[s.Name] {
			covered[t] = true
		}
	}
	left := map[string][]template{}
	for scenario, all := range run {
		for _, t := range all {
			if !covered[t] {
				left[scenario] = append(left[scenario], t)
			}
		}
	}
	return left
}
