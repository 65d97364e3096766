// Command probe answers whether callers can reach an agent on Amazon Bedrock
// AgentCore Runtime, whether the agent can reach what it needs, and whether
// everything else is shut out; and if not, which one thing is wrong and which
// command mends it.
//
//	probe check                     # discover and check everything, now
//	probe check --config probe.yaml # with what is expected written down
//
// Exit status: 0 every expectation is met, 1 at least one is not, 2 usage or
// configuration error, 3 nothing is broken but something is unknown.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
