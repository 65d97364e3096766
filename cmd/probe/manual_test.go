package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var write = flag.String("write", "", "the manual page is written to this `FILE`, for a release")

// The manual page says what --help says. It is made here and not by the program,
// which would be larger for it.
func TestManual(t *testing.T) {
	file := filepath.Join(t.TempDir(), "probe.1")
	if *write != "" {
		file = *write
	}
	page := manual(newRoot(streams{out: io.Discard, err: io.Discard, env: map[string]string{}}))
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"CHECK", "SERVE", "REACH", "EXPLAIN", `CONFIG IAM\-POLICY`} {
		if !strings.Contains(page, ".SH PROBE "+verb+"\n") {
			t.Errorf("no section for %s", verb)
		}
	}
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip("SKIPPED: mandoc is not installed: whether the manual page is well formed is not known here")
	}
	if out, err := exec.CommandContext(t.Context(), mandoc, "-T", "lint", "-W", "warning", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("mandoc: %v\n%s", err, out)
	}
}

// manual is the program's page in the macros of man(7).
func manual(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".\\\" Made from --help.\n.TH PROBE 1 2026-11-25 \"AgentCore Probe\" \"User Commands\"\n")
	fmt.Fprintf(&b, ".SH NAME\nprobe \\- checks the network paths of agents on Amazon Bedrock AgentCore Runtime\n")
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B probe\n.I verb\n[\\fIoption\\fR ...]\n.SH DESCRIPTION\n%s", literal(root.Long))
	verbs(&b, root)
	fmt.Fprintf(&b, ".SH EXAMPLES\n%s", literal(root.Example))
	return b.String()
}

func verbs(b *strings.Builder, parent *cobra.Command) {
	for _, c := range parent.Commands() {
		if c.Hidden || !c.IsAvailableCommand() || c.Name() == "help" {
			continue
		}
		if c.HasSubCommands() {
			verbs(b, c)
			continue
		}
		fmt.Fprintf(b, ".SH %s\n", text(strings.ToUpper(c.CommandPath())))
		fmt.Fprintf(b, ".B %s\n.PP\n%s.\n", text(c.UseLine()), text(c.Short))
		if c.Long != "" {
			fmt.Fprintf(b, ".PP\n%s", literal(c.Long))
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden {
				return
			}
			kind, usage := pflag.UnquoteUsage(f)
			name := "--" + f.Name
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			fmt.Fprintf(b, ".TP\n.B %s\n%s\n", text(strings.TrimSpace(name+" "+kind)), text(usage))
		})
		if c.Example != "" {
			fmt.Fprintf(b, ".PP\nExamples:\n%s", literal(c.Example))
		}
	}
}

// literal keeps lines as they are.
func literal(s string) string {
	return ".nf\n" + text(strings.Trim(s, "\n")) + "\n.fi\n"
}

// text escapes what roff(7) would take for its own: backslashes, hyphens, and a
// dot or an apostrophe at the beginning of a line.
func text(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
