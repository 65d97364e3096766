package main

import (
	"fmt"
	"io"
	"strings"
)

// write writes the page.
func write(w io.Writer, rows []row) error {
	var b strings.Builder
	b.WriteString(`# The same faults, as others report them

Written by ` + "`go run ./bench/compare`" + `, which builds a world of the lab for each row, starts each program in the
sidecar's place, and takes over what it says. `)
	for _, o := range others {
		fmt.Fprintf(&b, "%s %s, ", o.name, o.version)
	}
	fmt.Fprintf(&b, `both under the Apache License 2.0,
probe two things, as an operator would configure them: whether the front of AgentCore answers over HTTPS (by any status
from 200 to 499, since they cannot sign), and whether the database's port can be connected to; %d times each, with a
limit of 3 s. Their last error is quoted. Neither knows the configuration of a VPC: it is not what they are for. What
they have and probe has not: any target and protocol, anywhere.

| in the world | %s | %s | probe check |
|---|---|---|---|
`, attempts, others[0].name, others[1].name)
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.About, cell(r.Others[others[0].name]), cell(r.Others[others[1].name]), cell(r.Probe.lines()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// lines are the paths that are not ok, and the findings, each with its command.
func (j judged) lines() []string {
	var all []string
	for _, p := range j.Paths {
		if p.Verdict != "ok" {
			all = append(all, p.ID+" is "+p.Verdict)
		}
	}
	for _, f := range j.Findings {
		text := fmt.Sprintf("**%s** on %s", f.Code, f.Component)
		if len(f.Fix) > 0 {
			text += ": " + mended(f.Fix[0])
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		return []string{fmt.Sprintf("all %d paths are ok, no finding", len(j.Paths))}
	}
	return all
}

// mended is a step in words, or a command without the document at its end.
func mended(fix string) string {
	if words, isWords := strings.CutPrefix(fix, "# "); isWords {
		return words
	}
	if before, _, found := strings.Cut(fix, " '{"); found {
		fix = before + " '{…}'"
	}
	return "`" + fix + "`"
}

// cell makes lines a cell of a table.
func cell(lines []string) string {
	return strings.ReplaceAll(strings.Join(lines, "<br>"), "|", `\|`)
}
