// Program lab is a VPC on this machine: the worlds of the article's patterns,
// healthy or with something broken, in which a probe can be tried without an
// AWS account and without root.
package main

import (
	"context"
	"os"

	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/session"
)

func main() {
	ctx := context.Background()
	if sandbox.Inside() {
		os.Exit(session.Inside(ctx, os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
