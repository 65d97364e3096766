//go:build release

// Package release_test makes a release and looks at what came out. It compiles the
// tool that writes the bills of materials, and is run by 'make release'.
package release_test

import (
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	version = "v1.2.3"
	dist    = "../../dist"
)

func TestRelease(t *testing.T) {
	run(t, "../..", "tools/release.sh", version)
	want := []string{"SHA256SUMS", "probe.1", "probe.bash", "probe.fish", "probe.zsh"}
	for architecture, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		name := "probe-" + version + "-linux-" + architecture
		want = append(want, name, name+".cdx.json", name+".modules")
		program(t, filepath.Join(dist, name), machine)
		bill(t, filepath.Join(dist, name))
	}
	slices.Sort(want)
	files, err := os.ReadDir(dist)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range files {
		got = append(got, file.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a release has (-) and this one (+):\n%s", diff)
	}
	checked := run(t, dist, "sha256sum", "--check", "--strict", "SHA256SUMS")
	if ok := strings.Count(checked, ": OK\n"); ok != len(want)-1 { // not itself
		t.Errorf("%d of %d files have a checksum", ok, len(want)-1)
	}
	run(t, dist, "bash", "-n", "probe.bash")
	if lint := run(t, dist, "mandoc", "-T", "lint", "-W", "warning", "probe.1"); lint != "" {
		t.Errorf("mandoc says of the manual page:\n%s", lint)
	}
}

// program wants a static program of an architecture.
func program(t *testing.T, file string, machine elf.Machine) {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Machine != machine {
		t.Errorf("%s is for %s", file, f.Machine)
	}
	for _, segment := range f.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Errorf("%s is not static", file)
		}
	}
}

// bill compares the bill of materials with the modules that Go wrote into the
// program.
func bill(t *testing.T, file string) {
	t.Helper()
	built, err := buildinfo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file + ".cdx.json")
	if err != nil {
		t.Fatal(err)
	}
	type component struct{ Name, Version string }
	var bom struct {
		BomFormat  string
		Metadata   struct{ Component component }
		Components []component
	}
	if err := json.Unmarshal(data, &bom); err != nil {
		t.Fatal(err)
	}
	if bom.BomFormat != "CycloneDX" || bom.Metadata.Component != (component{"github.com/agentcore-probe/probe", version}) {
		t.Errorf("%s is a bill of %v", bom.BomFormat, bom.Metadata.Component)
	}
	want := map[component]bool{}
	for _, module := range built.Deps {
		want[component{module.Path, module.Version}] = true
	}
	got := map[component]bool{}
	for _, each := range bom.Components {
		got[each] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: the program's modules (-) and its bill's (+):\n%s", file, diff)
	}
	t.Logf("%s: %d modules, each in the bill", filepath.Base(file), len(want))
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}
