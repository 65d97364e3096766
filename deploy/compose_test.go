package deploy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// TestCompose reads the file with the Compose specification's own library, which
// validates it, resolves its variables, and finds what it mounts.
func TestCompose(t *testing.T) {
	project, err := load(t, read(t, "compose/compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	probe := project.Services["probe"]
	accepts(t, probe.Command...)
	if probe.User != "65532:65532" || !probe.ReadOnly {
		t.Errorf("user %v, read-only %v", probe.User, probe.ReadOnly)
	}
	if region := probe.Environment["AWS_REGION"]; region == nil || *region != "us-east-1" {
		t.Errorf("the README's command gives the Region %v", region)
	}
	output(t, program, "config", "check", "compose/probe.yaml")
	if !slices.Contains(project.Services["prometheus"].Command, "--enable-feature=exemplar-storage") {
		t.Error("the ids of refused requests are dropped: Prometheus stores no exemplars")
	}
	for name, service := range project.Services {
		if !slices.Equal(service.CapDrop, []string{"ALL"}) || !service.ReadOnly || service.NetworkMode != "host" {
			t.Errorf("%s drops %v, read-only %v, on the network %s", name, service.CapDrop, service.ReadOnly, service.NetworkMode)
		}
		for _, mount := range service.Volumes {
			if mount.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(mount.Source); err != nil || !mount.ReadOnly {
				t.Errorf("%s mounts %s, read-only %v: %v", name, mount.Source, mount.ReadOnly, err)
			}
		}
	}
}

// TestComposeRefuses misspells a field of a service, and leaves a variable out.
func TestComposeRefuses(t *testing.T) {
	right := string(read(t, "compose/compose.yaml"))
	for is, becomes := range map[string]string{"read_only: true": "readonly: true", "cap_drop: [ALL]": "cap_drop: ALL", "${AWS_REGION:?": "${REGION:?"} {
		if _, err := load(t, []byte(strings.Replace(right, is, becomes, 1))); err == nil {
			t.Errorf("%q was accepted", becomes)
		}
	}
}

// load is what Compose makes of a file that stands in compose/.
func load(t *testing.T, source []byte) (*types.Project, error) {
	t.Helper()
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  "compose",
		ConfigFiles: []types.ConfigFile{{Filename: "compose/compose.yaml", Content: source}},
		Environment: types.Mapping{"AWS_REGION": "us-east-1"},
	})
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
		"instance":        {"${env:HOSTNAME}", at(t, adot, "receivers", "prometheus", "config", "scrape_configs", 0, "static_configs", 0, "labels", "instance")},
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
