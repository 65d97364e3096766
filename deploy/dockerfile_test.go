package deploy_test

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDockerignore wants the build stage to be given what the program is made of
// and nothing else; 'make image' builds it.
func TestDockerignore(t *testing.T) {
	const module = "github.com/agentcore-probe/probe/"
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/probe")
	list.Dir = ".."
	packages, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"go.mod", "go.sum", "tools/build.sh"}
	for name := range strings.Lines(string(packages)) {
		if name, ours := strings.CutPrefix(strings.TrimSpace(name), module); ours {
			folder, _, _ := strings.Cut(name, "/")
			want = append(want, folder)
		}
	}
	slices.Sort(want)
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^!(\S+)$`).FindAllStringSubmatch(string(read(t, "../.dockerignore")), -1) {
		got = append(got, m[1])
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
		t.Errorf(".dockerignore lets something else through than the program is made of:\n%s", diff)
	}
}

// TestDockerfile wants the build stage's image by its exact version and its Debian,
// with or without a digest, and no other image but scratch.
func TestDockerfile(t *testing.T) {
	source := string(read(t, "../Dockerfile"))
	image := regexp.MustCompile(`(?m)^ARG GO=(.+)$`).FindStringSubmatch(source)[1]
	if !regexp.MustCompile(`^docker\.io/library/golang:\d+\.\d+\.\d+-[a-z]+(@sha256:[0-9a-f]{64})?$`).MatchString(image) {
		t.Errorf("%s is not an exact version of Go on one Debian", image)
	}
	var from []string
	for _, m := range regexp.MustCompile(`(?m)^FROM (.+)$`).FindAllStringSubmatch(source, -1) {
		from = append(from, m[1])
	}
	if diff := cmp.Diff([]string{"--platform=$BUILDPLATFORM ${GO} AS build", "scratch"}, from); diff != "" {
		t.Error(diff)
	}
}
