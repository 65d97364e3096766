package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestSystemd(t *testing.T) {
	unit := string(read(t, "systemd/agentcore-probe.service"))
	start := regexp.MustCompile(`(?m)^ExecStart=(\S+) (.+)$`).FindStringSubmatch(unit)
	if start == nil {
		t.Fatal("no ExecStart")
	}
	accepts(t, strings.Fields(start[2])...)
	here, err := filepath.Abs(program)
	if err != nil {
		t.Fatal(err)
	}
	// systemd-analyze wants the program to be there.
	file := filepath.Join(t.TempDir(), "agentcore-probe.service")
	if err := os.WriteFile(file, []byte(strings.Replace(unit, start[1], here, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := output(t, "systemd-analyze", "verify", "--man=no", file); strings.Contains(out, file) {
		t.Errorf("systemd-analyze verify:\n%s", out)
	}
	// From 0, locked up, to 100, which it prints divided by ten (systemd-analyze(1)).
	verdict := strings.TrimSpace(output(t, "systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", file))
	t.Log(verdict[strings.LastIndex(verdict, "\n")+1:])
}
