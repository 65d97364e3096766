package acceptance_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/diagnosis/catalogue"
)

// mendable are the scenarios with a finding that commands mend.
func mendable(all []broken) []broken {
	return slices.DeleteFunc(all, func(s broken) bool { return !slices.ContainsFunc(s.Want.Findings, named.byCommand) })
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

// elsewhere is part of a command that no world of the lab brings about: an agent's
// interface has no public address, and without one an internet gateway is no way out.
const elsewhere = "--gateway-id ${gateway}"

// untried are the catalogue's commands that none of the runs were of.
func untried(run map[template]bool) []template {
	var left []template
	for _, entry := range catalogue.All() {
		if unserved[entry.Code] != "" {
			continue
		}
		for i, line := range slices.Concat(entry.Fix, entry.Undo) {
			if t := (template{entry.Code, i}); catalogue.IsCommand(line) && !run[t] && !strings.Contains(line, elsewhere) {
				left = append(left, t)
			}
		}
	}
	return left
}
