package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
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

// TestRemoteWrite has Prometheus's own program read the configuration of an agent,
// and the scrape that stands in ADOT's; what else ADOT takes is held against the
// names that its documentation uses ("Using the AWS Distro for OpenTelemetry",
// Amazon Managed Service for Prometheus User Guide).
func TestRemoteWrite(t *testing.T) {
	output(t, "promtool", "check", "config", "--agent", "compose/remote-write.yml")
	adot := readYAML(t, "compose/adot.yaml")
	scrape, err := yaml.Marshal(at(t, adot, "receivers", "prometheus", "config"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(file, scrape, 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, "promtool", "check", "config", file)

	agent := readYAML(t, "compose/remote-write.yml")
	for name, pair := range map[string][2]any{
		"endpoint":        {at(t, agent, "remote_write", 0, "url"), at(t, adot, "exporters", "prometheusremotewrite", "endpoint")},
		"external labels": {at(t, agent, "global", "external_labels"), at(t, adot, "exporters", "prometheusremotewrite", "external_labels")},
		"relabelling":     {at(t, agent, "scrape_configs", 0, "metric_relabel_configs"), at(t, adot, "receivers", "prometheus", "config", "scrape_configs", 0, "metric_relabel_configs")},
		"authenticator":   {"sigv4auth", at(t, adot, "exporters", "prometheusremotewrite", "auth", "authenticator")},
		"signed for":      {"aps", at(t, adot, "extensions", "sigv4auth", "service")},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s of Prometheus's agent (-) and of ADOT (+):\n%s", name, diff)
		}
	}
	if endpoint := at(t, adot, "exporters", "prometheusremotewrite", "endpoint").(string); !strings.HasPrefix(endpoint, "https://aps-workspaces.") {
		t.Errorf("%s is not the name of the interface endpoint aps-workspaces", endpoint)
	}
}
