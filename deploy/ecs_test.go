package deploy_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestECS(t *testing.T) {
	definition := readJSON(t, "ecs/task-definition.json")
	registers(t, definition)
	contained(t, at(t, definition, "containerDefinitions", 0).(map[string]any))
}

// TestECSConfiguration follows the configuration from the command that stores it to
// the container: one parameter, which the execution role may read and nothing else.
func TestECSConfiguration(t *testing.T) {
	readme := string(read(t, "ecs/README.md"))
	stored := regexp.MustCompile(`aws ssm put-parameter --name (\S+) .*--value file://(\S+)`).FindAllStringSubmatch(readme, -1)
	if len(stored) != 2 || !slices.Equal(stored[0][1:], stored[1][1:]) {
		t.Fatalf("stored and changed: %q", stored)
	}
	parameter := "arn:aws:ssm:us-east-1:123456789012:parameter" + stored[0][1] // "Actions, resources, and condition keys for AWS Systems Manager"
	secrets := at(t, readJSON(t, "ecs/task-definition.json"), "containerDefinitions", 0, "secrets")
	if diff := cmp.Diff([]any{map[string]any{"name": "AGENTCORE_PROBE_CONFIG", "valueFrom": parameter}}, secrets); diff != "" {
		t.Error(diff)
	}
	want := map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": parameter}}}
	if diff := cmp.Diff(want, readJSON(t, "ecs/execution-policy.json")); diff != "" {
		t.Error(diff)
	}
	text := string(read(t, filepath.Join("ecs", stored[0][2])))
	configures(t, "AGENTCORE_PROBE_CONFIG", text)
	if len(text) > 4096 { // "PutParameter", AWS Systems Manager API Reference
		t.Errorf("%d bytes are more than a standard parameter holds", len(text))
	}
}

// TestECSCommands gives the README's commands to the AWS CLI, as a shell would. It
// validates their arguments before it connects, and nobody listens where it does.
func TestECSCommands(t *testing.T) {
	output(t, "aws", "--version")
	readme := strings.ReplaceAll(string(read(t, "ecs/README.md")), "\\\n", " ")
	commands := regexp.MustCompile(`(?m)^    (aws .+)$`).FindAllStringSubmatch(readme, -1)
	if len(commands) != 11 {
		t.Fatalf("%d commands", len(commands))
	}
	for _, command := range commands {
		said := output(t, "sh", "-c", `cd ecs && export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_MAX_ATTEMPTS=1
			`+command[1]+` --endpoint-url http://127.0.0.1:1 2>&1 || true`)
		if !strings.Contains(said, "Could not connect to the endpoint URL") {
			t.Errorf("%s:\n%s", command[1], said)
		}
	}
}

// contained wants a container as ECS's API names its parts to be locked up, and
// its command and health check to be ones of the probe.
func contained(t *testing.T, container map[string]any) {
	t.Helper()
	if container["user"] != "65532:65532" || container["readonlyRootFilesystem"] != true {
		t.Errorf("user %v, read-only %v", container["user"], container["readonlyRootFilesystem"])
	}
	if drop := words(t, at(t, container, "linuxParameters", "capabilities", "drop")); !slices.Equal(drop, []string{"ALL"}) {
		t.Errorf("dropped capabilities: %v", drop)
	}
	accepts(t, words(t, container["command"])...)
	check := words(t, at(t, container, "healthCheck", "command"))
	if !slices.Equal(check[:2], []string{"CMD", "/probe"}) {
		t.Fatalf("health check: %v: the image has no shell", check)
	}
	accepts(t, check[2:]...)
}
