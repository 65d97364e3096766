package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	edition "github.com/agentcore-probe/probe/version"
)

// Exit statuses of every verb.
const (
	statusMet   = 0
	statusUsage = 2 // usage or configuration error; nothing was started
)

// exit ends a verb with a status and nothing more to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// hint adds to an error what to do next.
type hint struct {
	err  error
	text string
}

func (h hint) Error() string { return h.err.Error() }
func (h hint) Unwrap() error { return h.err }

// streams are what a verb reads and writes.
type streams struct {
	out, err io.Writer
	env      map[string]string
}

// run is the program: everything above it is the operating system's.
func run(ctx context.Context, args, env []string, in io.Reader, out, errw io.Writer) int {
	root := newRoot(streams{out: out, err: errw, env: environment(env)})
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	return status(root.ExecuteContext(ctx), errw)
}

// status turns an error into an exit status and, for people, a line or two.
func status(err error, errw io.Writer) int {
	var e exit
	switch {
	case err == nil:
		return statusMet
	case errors.As(err, &e):
		return int(e)
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(errw, "probe: interrupted")
		return statusUsage
	}
	fmt.Fprintf(errw, "probe: %v\n", err)
	var h hint
	if errors.As(err, &h) {
		fmt.Fprintf(errw, "hint: %s\n", h.text)
	}
	return statusUsage
}

func environment(list []string) map[string]string {
	env := map[string]string{}
	for _, entry := range list {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return env
}

// terminal reports whether w is a terminal on which colours are wanted
// (no-color.org).
func (s streams) terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || s.env["NO_COLOR"] != "" || s.env["TERM"] == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "probe",
		Short: "Can callers reach the agent, can it reach what it needs, is everything else shut out?",
		Long: `Probe checks the network paths of agents on Amazon Bedrock AgentCore Runtime from
inside the VPC: it measures every path, reads what AWS's configuration says about
the same path, joins both, and names the one thing that is wrong and the command
that mends it.

Nothing has to be configured. What is expected is written down in a file that
--config names, or, where there are no files, in the variable
` + configText + `, which holds the text itself.

Exit status: 0 every expectation is met, 1 at least one is not, 2 usage or
configuration error, 3 nothing is broken but something is unknown.`,
		Example: `  probe check                           # discover everything and check it now
  probe check --config probe.yaml       # check what is written down
  probe check --path 'db/*' -o json     # some paths, for a program
  probe explain sg/ingress-missing      # what a finding means`,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(misused)
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newCheck(s), newServe(s), newHealthz(s), newReach(s), newSnapshot(s), newDiff(s), newTicket(s), newExplain(s), newConfig(s))
	return root
}

func version() string {
	program, commit, goVersion := edition.Of()
	return fmt.Sprintf("%s (%s, %s)", program, cmp.Or(commit, "revision not known"), goVersion)
}
