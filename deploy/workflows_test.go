package deploy_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWorkflows wants the workflows to be YAML with jobs, to call scripts and
// targets that are there, and to use actions of a fixed major version. GitHub
// itself has not run them.
func TestWorkflows(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	targets := string(read(t, "../Makefile"))
	for _, file := range files {
		jobs := at(t, readYAML(t, file), "jobs").(map[string]any)
		for name, job := range jobs {
			for _, step := range at(t, job, "steps").([]any) {
				step := step.(map[string]any)
				if action, ok := step["uses"].(string); ok && !regexp.MustCompile(`^[\w-]+/[\w-]+@v\d+$`).MatchString(action) {
					t.Errorf("%s: %s uses %s", file, name, action)
				}
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
	// The image is built with the Go that CI has.
	version := regexp.MustCompile(`golang:([\d.]+)`)
	var versions []string
	for _, file := range []string{"../Dockerfile", "../.github/workflows/ci.yml"} {
		for _, m := range version.FindAllStringSubmatch(string(read(t, file)), -1) {
			versions = append(versions, m[1])
		}
	}
	slices.Sort(versions)
	if versions = slices.Compact(versions); len(versions) != 1 {
		t.Errorf("versions of Go: %v", versions)
	}
}
