package acceptance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lastLine is what lab fuzz ends with.
var lastLine = regexp.MustCompile(`^(\d+) flows in (\d+) worlds?: (\d+) agree, (\d+) disagree, (\d+) unknown \(\d+\.\d %\), \d+ s$`)

// fuzz runs lab fuzz and returns its exit status, its lines about
// disagreements, and the counts of its last line.
func fuzz(t *testing.T, args ...string) (status int, disagreements, counts []string) {
	t.Helper()
	needNamespaces(t)
	r := run(t, programs.lab, append([]string{"fuzz"}, args...)...)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	counts = lastLine.FindStringSubmatch(lines[len(lines)-1])
	if counts == nil {
		t.Fatalf("exit status %d, and the last line is not one of totals:\n%s%s", r.status, r.out, r.errors)
	}
	return r.status, lines[:len(lines)-1], counts[1:]
}

// The kernel is the judge: what its packets do, with routes and filters that
// the lab writes from the same documents.
func TestFuzzAgreesWithTheKernel(t *testing.T) {
	status, disagreements, counts := fuzz(t, "--seed", "20", "--count", "200", "--out", t.TempDir())
	if status != 0 || len(disagreements) > 0 || counts[3] != "0" || counts[0] != "200" || counts[1] != "4" {
		t.Errorf("exit status %d, counts %q, disagreements:\n%s", status, counts, strings.Join(disagreements, "\n"))
	}
}

// Worlds and flows follow from the seed: what is not known, neither by clock nor
// by chance, is the same again.
func TestFuzzIsTheSameForASeed(t *testing.T) {
	_, _, first := fuzz(t, "--seed", "21", "--count", "100")
	_, _, second := fuzz(t, "--seed", "21", "--count", "100")
	if strings.Join(first, " ") != strings.Join(second, " ") {
		t.Errorf("seed 21 gave %q, then %q", first, second)
	}
}

// A probe that says the opposite disagrees wherever it is certain; each flow has
// a file, about which the probe itself agrees.
func TestFuzzFindsOppositeVerdicts(t *testing.T) {
	dir := t.TempDir()
	opposite := filepath.Join(dir, "opposite")
	script := "#!/bin/sh\n" + `"$PROBE" "$@" | sed 's/"verdict":"reachable"/"verdict":"-"/; s/"verdict":"blocked"/"verdict":"reachable"/; s/"verdict":"-"/"verdict":"blocked"/'` + "\n"
	if err := os.WriteFile(opposite, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	status, disagreements, counts := fuzz(t, "--seed", "22", "--count", "20", "--probe", opposite, "--shrink=false", "--out", dir)
	if status != 1 || counts[2] != "0" || counts[3] == "0" {
		t.Errorf("exit status %d, counts %q; want 1 and none that agrees", status, counts)
	}
	files, err := filepath.Glob(filepath.Join(dir, "fuzz-22-0-*.json"))
	if err != nil || len(files) == 0 || len(files) != len(disagreements) {
		t.Fatalf("%d files and %d lines, %v", len(files), len(disagreements), err)
	}
	if !strings.Contains(strings.Join(disagreements, "\n"), files[0]) {
		t.Errorf("no line names %s", files[0])
	}
	if r := run(t, programs.lab, "fuzz", "--probe", opposite, "--replay", files[0]); r.status != 1 {
		t.Errorf("the same probe about %s: exit status %d, want 1\n%s%s", files[0], r.status, r.out, r.errors)
	}
	if r := run(t, programs.lab, "fuzz", "--replay", files[0]); r.status != 0 {
		t.Errorf("the probe about %s: exit status %d, want 0\n%s%s", files[0], r.status, r.out, r.errors)
	}
}
