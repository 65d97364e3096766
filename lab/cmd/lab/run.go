package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/session"
)

const about = `lab builds a VPC on this machine, without root: network namespaces for every ENI
and host, the kernel's own routing and packet filters for what AWS says about
them, and servers that speak DNS, TLS, PostgreSQL and the AWS APIs.

Exit status: that of the command that was run; 1 a scenario differs, 2 usage,
77 namespaces are not permitted here, 125 the world could not be built,
126 the command cannot be executed, 127 there is no such command.`

// status is an error that ends the program with an exit status of its own.
type status struct {
	code int
	err  error // nil where everything is said
}

func (s *status) Error() string { return fmt.Sprintf("exit status %d: %v", s.code, s.err) }
func (s *status) Unwrap() error { return s.err }

// run is the program. It returns the exit status.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{Use: "lab", Short: "A VPC on this machine", Long: about, SilenceErrors: true, SilenceUsage: true}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(showCommand(), runCommand(env), asCommand(env), matrixCommand(), fuzzCommand())
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := 2
	var own *status
	if errors.As(err, &own) {
		code, err = own.code, own.err
	}
	if errors.Is(err, sandbox.ErrNotPermitted) {
		code = session.StatusNotPermitted
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "lab:", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return code
}

// afterDash returns the command that stands behind "--".
func afterDash(cmd *cobra.Command, args []string, before int) ([]string, error) {
	if dash := cmd.ArgsLenAtDash(); dash != before || len(args) == before {
		return nil, fmt.Errorf("a command is missing: %s", cmd.UseLine())
	}
	return args[before:], nil
}
