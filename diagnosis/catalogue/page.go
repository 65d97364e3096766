package catalogue

import (
	"fmt"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
)

// Page is the entry as a Markdown page: docs/findings/<code>.md, and what
// "probe explain" prints.
func (e Entry) Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s. Severity: %s.", e.Code, capital(e.Title), e.Severity)
	if e.Hop != "" {
		fmt.Fprintf(&b, " Hop: %s.", e.Hop)
	}
	b.WriteString("\n\n")
	section(&b, "What it means", e.Meaning)
	section(&b, "What proves it", proof(e))
	section(&b, "What it is confused with", sentence(e.Not))
	section(&b, "What it explains", symptoms(e.Explains))
	section(&b, "What explains it", needs(e.Needs))
	commands(&b, "What mends it", e.Fix)
	commands(&b, "What takes the mending back", e.Undo)
	section(&b, "See also", seeAlso(e))
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func section(b *strings.Builder, title, text string) {
	if text != "" {
		fmt.Fprintf(b, "## %s\n\n%s\n\n", title, text)
	}
}

func proof(e Entry) string {
	var lines []string
	if e.Live != "" {
		lines = append(lines, "- live: "+e.Live)
	}
	if e.Config != "" {
		lines = append(lines, "- configuration: "+e.Config)
	}
	return strings.Join(lines, "\n")
}

// symptoms are what is not reported beside the entry, since it follows from it.
func symptoms(codes []string) string {
	var lines []string
	for _, code := range codes {
		lines = append(lines, "- "+code)
	}
	return strings.Join(lines, "\n")
}

// needs are the services of which one that cannot be reached is reported instead.
func needs(paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	var ids []string
	for _, p := range paths {
		id := "service/" + p
		if p == string(netpath.KindFile) {
			id = p + "/*"
		}
		ids = append(ids, id)
	}
	return "Whatever breaks one of these paths is reported instead: " + strings.Join(ids, ", ") + "."
}

// commands writes templates as shell text; what stands in ${…} is filled in
// from the evidence in a report.
func commands(b *strings.Builder, title string, templates []string) {
	if len(templates) > 0 {
		fmt.Fprintf(b, "## %s\n\n```sh\n%s\n```\n\n", title, strings.Join(templates, "\n"))
	}
}

func seeAlso(e Entry) string {
	var lines []string
	if e.AWSPage != "" {
		lines = append(lines, "- AWS documentation: “"+e.AWSPage+"”")
	}
	if e.AWSCode != "" {
		lines = append(lines, "- Reachability Analyzer's explanation code: "+e.AWSCode)
	}
	return strings.Join(lines, "\n")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return s + "."
}
