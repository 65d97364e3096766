// Program lab is a VPC on this machine: the worlds of the article's patterns,
// healthy or with something broken, in which a probe can be tried without an
// AWS account and without root.
package main

import (
	"context"
	"os"

	"github.com/agentcore-probe/probe/lab/fuzz"
	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/session"
)

// inside is the main function of the process in a sandbox, which has the
// arguments of the one outside.
func inside(ctx context.Context) int {
	if len(os.Args) > 1 && os.Args[1] == fuzzVerb {
		return fuzz.Inside(ctx, os.Stdout, os.Stderr)
	}
	return session.Inside(ctx, os.Stdin, os.Stdout, os.Stderr)
}

func main() {
	ctx := context.Background()
	if sandbox.Inside() {
		os.Exit(inside(ctx))
	}
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
