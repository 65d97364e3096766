package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/session"
	"github.com/agentcore-probe/probe/lab/world"
)

func TestMain(m *testing.M) {
	if sandbox.Inside() {
		os.Exit(inside(context.Background()))
	}
	testscript.Main(m, map[string]func(){"lab": main})
}

// permitted reports whether worlds can be built here.
var permitted = sync.OnceValue(func() bool {
	w, err := world.Healthy("private")
	if err != nil {
		return true // the scripts say it better
	}
	order := session.Order{World: w, Host: session.Sidecar, Command: []string{"true"}, Quiet: true}
	status, err := session.Run(context.Background(), order, os.Environ(), nil, io.Discard, os.Stderr)
	return status != session.StatusNotPermitted && !errors.Is(err, sandbox.ErrNotPermitted)
})

// Each file of testdata is a story of a user.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			cache, err := os.UserCacheDir()
			e.Setenv("XDG_CACHE_HOME", cache)
			return err
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "namespaces":
				return permitted(), nil
			case "postgresql":
				installed, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
				return len(installed) > 0, err
			}
			return false, fmt.Errorf("no condition %q", name)
		},
	})
}
