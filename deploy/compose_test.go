package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompose(t *testing.T) {
	services := at(t, readYAML(t, "compose/compose.yaml"), "services").(map[string]any)
	probe := services["probe"].(map[string]any)
	accepts(t, words(t, probe["command"])...)
	if probe["user"] != "65532:65532" || probe["read_only"] != true {
		t.Errorf("user %v, read-only %v", probe["user"], probe["read_only"])
	}
	output(t, program, "config", "check", "compose/probe.yaml")
	for name, service := range services {
		for _, mount := range words(t, at(t, service, "volumes")) {
			from, _, _ := strings.Cut(mount, ":")
			if !strings.HasPrefix(from, ".") {
				continue // a volume
			}
			if _, err := os.Stat(filepath.Join("compose", from)); err != nil {
				t.Errorf("%s mounts what is not there: %v", name, err)
			}
		}
	}
}

// TestComposePrometheus lays the files out as the container has them.
func TestComposePrometheus(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "rules"), os.DirFS("mixin/rendered")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, read(t, "compose/prometheus.yml"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := output(t, "promtool", "check", "config", file); strings.Count(out, "rules found") != 2 {
		t.Errorf("promtool check config:\n%s", out)
	}
}
