package session_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/session"
	"github.com/agentcore-probe/probe/lab/world"
)

// runs is the environment variable that makes this binary run a command in a
// world, as lab run does.
const runs = "LAB_TEST_RUNS"

// Environment variables that change its world: the source of the command's
// credentials, and a patch.
const (
	credentialsFrom = "LAB_TEST_CREDENTIALS"
	patches         = "LAB_TEST_PATCH"
)

func TestMain(m *testing.M) {
	ctx := context.Background()
	switch {
	case sandbox.Inside():
		os.Exit(session.Inside(ctx, os.Stdin, os.Stdout, os.Stderr))
	case os.Getenv(runs) != "":
		os.Exit(runCommand(ctx, os.Getenv(runs)))
	}
	os.Exit(m.Run())
}

func runCommand(ctx context.Context, script string) int {
	w, err := world.Healthy("private")
	if err == nil {
		w, err = w.From(world.CredentialSource(os.Getenv(credentialsFrom)))
	}
	if patch := os.Getenv(patches); err == nil && patch != "" {
		w, err = w.Patch(json.RawMessage(patch))
	}
	if err != nil {
		return session.StatusWorldFailed
	}
	order := session.Order{World: w, Host: session.Sidecar, Command: []string{"sh", "-c", script}, Quiet: true, Env: map[string]string{"EXTRA": "set"}}
	status, err := session.Run(ctx, order, os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		return session.StatusNotPermitted
	}
	return status
}
