package version_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A build that is told its version and revision says them: releases and images
// are, and their checkouts have no history to ask.
func TestStamp(t *testing.T) {
	program := filepath.Join(t.TempDir(), "probe")
	build := exec.CommandContext(t.Context(), "tools/build.sh", program, "./cmd/probe")
	build.Dir = ".."
	build.Env = append(build.Environ(), "VERSION=1.2.3", "REVISION=0123456789abcdef0123456789abcdef01234567")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if want := "probe 1.2.3 (0123456789abcdef0123456789abcdef01234567, go"; err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("%q, %v; want %q", out, err, want)
	}
}
