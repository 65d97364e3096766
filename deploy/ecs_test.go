package deploy_test

import (
	"slices"
	"testing"
)

func TestECS(t *testing.T) {
	definition := readJSON(t, "ecs/task-definition.json")
	registers(t, definition)
	contained(t, at(t, definition, "containerDefinitions", 0).(map[string]any))
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
