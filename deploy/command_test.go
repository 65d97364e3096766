// Package deploy_test reads what deploy/ installs with the programs that will
// read it, or with their own libraries and API models.
package deploy_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// program is the probe as 'make build' leaves it.
const program = "../bin/probe"

// accepts wants the probe to parse a command line: with --help it does that, and
// refuses what it does not know, but starts nothing.
func accepts(t *testing.T, args ...string) {
	t.Helper()
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		t.Fatalf("%q names no verb", args)
	}
	if out, err := exec.CommandContext(t.Context(), program, append(args, "--help")...).CombinedOutput(); err != nil {
		t.Errorf("probe %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// configures wants the probe to take a text that a container's environment holds
// for its configuration.
func configures(t *testing.T, name, text string) {
	t.Helper()
	if out, err := configured(t, name, text); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}

func configured(t *testing.T, name, text string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "config", "check")
	cmd.Env = []string{name + "=" + text}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestConfiguresRefuses(t *testing.T) {
	for name, text := range map[string]string{"AGENTCORE_PROBE_CONFIG": "databases: orders", "AGENTCORE_PROBE_CONF": "pattern: private"} {
		if out, err := configured(t, name, text); err == nil {
			t.Errorf("%s=%q was accepted: %s", name, text, out)
		}
	}
}

func TestAcceptsRefuses(t *testing.T) {
	if err := exec.CommandContext(t.Context(), program, "serve", "--web.listening=:9879", "--help").Run(); err == nil {
		t.Error("a flag that there is not was accepted")
	}
}

// output runs a program that a package brings, with nothing of the outside's AWS
// configuration.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("SKIPPED: %s is not installed: what it says is not known here", name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_DEFAULT_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// registers has the AWS CLI validate a task definition against the model of the
// ECS API. It sends nothing ("Generate AWS CLI skeletons", value output).
func registers(t *testing.T, definition map[string]any) {
	t.Helper()
	data, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "task.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out := output(t, "aws", "ecs", "register-task-definition", "--cli-input-json", "file://"+file, "--generate-cli-skeleton", "output")
	if !strings.Contains(out, "taskDefinitionArn") {
		t.Errorf("the AWS CLI said:\n%s", out)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readJSON(t *testing.T, file string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(read(t, file), &v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

func readYAML(t *testing.T, file string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal(read(t, file), &v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

// at walks through a document: names for objects, numbers for lists.
func at(t *testing.T, v any, steps ...any) any {
	t.Helper()
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
		if v == nil {
			t.Fatalf("nothing at %v of %v", step, steps)
		}
	}
	return v
}

func words(t *testing.T, v any) []string {
	t.Helper()
	var all []string
	for _, w := range v.([]any) {
		all = append(all, w.(string))
	}
	return all
}
