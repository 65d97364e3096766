// Command mutants plants bugs in the analyser, one at a time, and says which
// test finds each. Nothing is changed in the tree: "go test -overlay" reads the
// broken file in the place of the sound one.
//
//	cd tools/mutants && go run . ../..
//
// It exits with 1 where a bug is not found, or can no longer be planted.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mutants ROOT")
		os.Exit(2)
	}
	root, err := filepath.Abs(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	missed := 0
	for _, m := range mutants {
		found, err := m.hunt(context.Background(), root)
		if err != nil {
			found = "NOT FOUND: " + err.Error()
			missed++
		}
		fmt.Printf("%-62s %s\n", m.bug, found)
	}
	fmt.Printf("%d bugs planted, %d found\n", len(mutants), len(mutants)-missed)
	if missed > 0 {
		os.Exit(1)
	}
}

// mutant is a bug: a text of a file and what it is replaced by.
type mutant struct {
	bug      string
	file     string // below reachability/
	old, new string // old stands in the file exactly once
}

// hunt plants the bug and returns the test that finds it.
func (m mutant) hunt(ctx context.Context, root string) (string, error) {
	path := filepath.Join(root, "reachability", filepath.FromSlash(m.file))
	sound, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(sound), m.old); n != 1 {
		return "", fmt.Errorf("%s has the text %d times, once is wanted", m.file, n)
	}
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	broken, overlay := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json")
	table, err := json.Marshal(map[string]map[string]string{"Replace": {path: broken}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(broken, []byte(strings.Replace(string(sound), m.old, m.new, 1)), 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, table, 0o600); err != nil {
		return "", err
	}
	return firstFailure(ctx, root, overlay, "./"+filepath.ToSlash(filepath.Join("reachability", filepath.Dir(m.file))))
}

var (
	failed   = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	panicked = regexp.MustCompile(`(?m)^panic: .*`)
)

// firstFailure runs the tests of a package, and of all that is below it, up to
// the first that fails.
func firstFailure(ctx context.Context, root, overlay, packages string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "-failfast", "-overlay", overlay, packages, "-rapid.nofailfile")
	cmd.Dir = root
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err == nil {
		return "", fmt.Errorf("every test of %s passes", packages)
	}
	names := failed.FindAllStringSubmatch(out.String(), -1)
	switch {
	case len(names) > 1 && strings.HasPrefix(names[1][1], names[0][1]+"/"):
		return names[1][1], nil // the row of a table
	case len(names) > 0:
		return names[0][1], nil
	case panicked.Match(out.Bytes()):
		return string(panicked.Find(out.Bytes())), nil
	}
	return "", fmt.Errorf("it does not build: %s", strings.TrimSpace(out.String()))
}
