package deploy_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWorkflows wants the workflows to be YAML with jobs, to call scripts and
// targets that are there, and to use actions by their commit, with the version
// that it is. GitHub itself has not run them.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	targets := string(read(t, "../Makefile"))
	pinned := regexp.MustCompile(`uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n`)
	for _, file := range files {
		source := string(read(t, file))
		if uses, pins := strings.Count(source, "uses:"), len(pinned.FindAllString(source, -1)); uses != pins {
			t.Errorf("%s: %d of %d actions are pinned to a commit", file, pins, uses)
		}
		jobs := at(t, readYAML(t, file), "jobs").(map[string]any)
		for _, job := range jobs {
			for _, step := range at(t, job, "steps").([]any) {
				step := step.(map[string]any)
				command, _ := step["run"].(string)
				for _, script := range regexp.MustCompile(`(?:tools/|\.ci/)[\w.]+`).FindAllString(command, -1) {
					read(t, filepath.Join("..", script))
				}
				if made, ok := strings.CutPrefix(command, "make "); ok {
					for target := range strings.FieldsSeq(made) {
						if !strings.Contains(targets, "\n"+target+":") {
							t.Errorf("%s: there is no target %s", file, target)
						}
					}
				}
			}
		}
	}
	// Releases and the image are built with the Go that CI has.
	version := regexp.MustCompile(`(?:golang:|go-version: )([\d.]+)`)
	var versions []string
	for _, file := range append(files, "../Dockerfile") {
		for _, m := range version.FindAllStringSubmatch(string(read(t, file)), -1) {
			versions = append(versions, m[1])
		}
	}
	slices.Sort(versions)
	if versions = slices.Compact(versions); len(versions) != 1 {
		t.Errorf("versions of Go: %v", versions)
	}
}

// TestVersion wants every file to install the image of the chart's version.
func TestVersion(t *testing.T) {
	want := readYAML(t, "helm/agentcore-probe/Chart.yaml")["appVersion"].(string)
	image := regexp.MustCompile(`ghcr\.io/agentcore-probe/probe:([\w.-]+)`)
	for _, file := range []string{"compose/compose.yaml", "ecs/task-definition.json", "cloudformation/template.yaml", "terraform/variables.tf"} {
		m := image.FindAllStringSubmatch(string(read(t, file)), -1)
		if len(m) != 1 || m[0][1] != want {
			t.Errorf("%s: %v, want version %s", file, m, want)
		}
	}
}
