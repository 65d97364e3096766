package probe_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// maxBinary is the budget for the stripped program: a sidecar must be small.
const maxBinary = 24 << 20

func TestBinarySize(t *testing.T) {
	file := filepath.Join(t.TempDir(), "probe")
	cmd := exec.CommandContext(t.Context(), "tools/build.sh", file, "./cmd/probe")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tools/build.sh: %v\n%s", err, out)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the stripped program has %.1f MiB of %d MiB", float64(info.Size())/(1<<20), maxBinary>>20)
	if info.Size() > maxBinary {
		t.Errorf("the program has %d bytes, its budget is %d", info.Size(), maxBinary)
	}
}
