package deploy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestECS(t *testing.T) {
	definition := readJSON(t, "ecs/task-definition.json")
	registers(t, definition)
	contained(t, at(t, definition, "containerDefinitions", 0).(map[string]any))
}

// TestECSCommands gives the README's commands to the AWS CLI, as a shell would. It
// validates their arguments before it connects, and nobody listens where it does.
func TestECSCommands(t *testing.T) {
	output(t, "aws", "--version")
	readme := strings.ReplaceAll(string(read(t, "ecs/README.md")), "\\\n", " ")
	commands := regexp.MustCompile(`(?m)^    (aws .+)$`).FindAllStringSubmatch(readme, -1)
	if len(commands) != 7 {
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
