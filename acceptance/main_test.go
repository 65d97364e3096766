// Package acceptance_test runs the real programs in the lab: probe against
// packets, names, certificates and APIs that share no code with it.
package acceptance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// programs are built once for all tests.
var programs struct{ dir, probe, lab, home string }

func TestMain(m *testing.M) {
	if err := calledAs(filepath.Base(os.Args[0]), os.Args[1:]); !errors.Is(err, errNotOurs) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	status, err := withPrograms(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func withPrograms(run func() int) (int, error) {
	if os.Getenv(inWorld) != "" {
		return run(), nil // this is a test's second half, on a host of the lab
	}
	dir, err := os.MkdirTemp("", "probe-acceptance-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // for the ordinary user's tests
		return 0, err
	}
	programs.dir, programs.home = dir, filepath.Join(dir, "home")
	programs.probe, programs.lab = filepath.Join(dir, "probe"), filepath.Join(dir, "lab")
	if err := os.Mkdir(programs.home, 0o700); err != nil {
		return 0, err
	}
	build, err := filepath.Abs("../tools/build.sh")
	if err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	for _, name := range []string{cli, mender} {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			return 0, err
		}
	}
	for _, b := range []struct{ folder, out, pkg string }{{"..", programs.probe, "./cmd/probe"}, {"../lab", programs.lab, "./cmd/lab"}} {
		cmd := exec.CommandContext(context.Background(), build, b.out, b.pkg)
		cmd.Dir = b.folder
		if out, err := cmd.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("building %s: %w\n%s", b.pkg, err, out)
		}
	}
	return run(), nil
}

// result is what a command left behind.
type result struct {
	status      int
	out, errors string
}

// limit of one command; every command in the lab is bounded.
const limit = 2 * time.Minute

// run runs a command with a clean environment.
func run(t *testing.T, name string, args ...string) result {
	t.Helper()
	return runIn(t, nil, name, args...)
}

// runIn lets prepare change the command before it starts.
func runIn(t *testing.T, prepare func(*exec.Cmd), name string, args ...string) result {
	t.Helper()
	return runWithin(t, limit, prepare, name, args...)
}

// runWithin is runIn with another limit.
func runWithin(t *testing.T, limit time.Duration, prepare func(*exec.Cmd), name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + programs.home, "LANG=C.UTF-8", "PROBE=" + programs.probe, "LAB=" + programs.lab}
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if prepare != nil {
		prepare(cmd)
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// inLab runs a command in the sidecar of the healthy private world.
func inLab(t *testing.T, args ...string) result {
	t.Helper()
	needNamespaces(t)
	return run(t, programs.lab, append([]string{"run", "--pattern", "private", "--"}, args...)...)
}

// needNamespaces skips where the kernel or a container does not permit the
// lab's namespaces.
func needNamespaces(t *testing.T) {
	t.Helper()
	permitted.Do(func() { first = run(t, programs.lab, "run", "--pattern", "private", "--", "true") })
	switch first.status {
	case 0:
	case notPermitted:
		t.Skipf("the lab's namespaces are not permitted here: %s", strings.TrimSpace(first.errors))
	default:
		t.Fatalf("lab run: exit status %d\n%s", first.status, first.errors)
	}
}

// notPermitted is the lab's exit status where it may not make namespaces.
const notPermitted = 77

var (
	permitted sync.Once
	first     result // of the first world
)

// decode reads one JSON document.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return v
}
