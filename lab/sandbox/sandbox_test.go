package sandbox_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { os.Exit(sandboxtest.Main(m, nil)) }

func TestInsideWeAreRootAndTheFirstProcess(t *testing.T) {
	sandboxtest.Need(t)
	if !sandbox.Inside() || os.Getuid() != 0 || os.Getpid() != 1 {
		t.Errorf("inside %v, user %d, process %d", sandbox.Inside(), os.Getuid(), os.Getpid())
	}
	if out, err := exec.CommandContext(t.Context(), "ps", "-e", "-o", "pid=").Output(); err == nil && bytes.Count(out, []byte("\n")) > 2 {
		t.Errorf("processes of others are seen: %s", out)
	}
}

func TestReplaceShowsAnotherFile(t *testing.T) {
	sandboxtest.Need(t)
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sandbox.Replace(file, []byte("inside")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "inside" {
		t.Errorf("%q, %v", got, err)
	}
	if err := unix.Unmount(file, 0); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "outside" {
		t.Errorf("%q, %v", got, err)
	}
	if left, err := os.ReadDir(sandbox.Scratch); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// TestWhereNamespacesAreNotPermitted takes the permission away from the
// sandbox itself: it comes last.
func TestWhereNamespacesAreNotPermitted(t *testing.T) {
	sandboxtest.Need(t)
	if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
		t.Skip("NOT TESTED: " + err.Error())
	}
	_, err := sandbox.Run(t.Context(), struct{}{}, nil, nil, nil)
	if !errors.Is(err, sandbox.ErrNotPermitted) || !strings.Contains(err.Error(), "sysctl -w user.max_user_namespaces") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error is %v", err)
	}
}
