package session_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/session"
	"github.com/agentcore-probe/probe/lab/world"
)

// command is a script in a world.
func command(t *testing.T, script string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(append(os.Environ(), runs+"="+script), env...)
	return cmd
}

// run runs a script in a world and returns its output and exit status.
func run(t *testing.T, script string, env ...string) (string, int) {
	t.Helper()
	cmd := command(t, script, env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	permitted(t, cmd.ProcessState, stderr.String())
	return string(out) + stderr.String(), cmd.ProcessState.ExitCode()
}

func permitted(t *testing.T, state *os.ProcessState, why string) {
	t.Helper()
	if state.ExitCode() == session.StatusNotPermitted {
		t.Skip("NOT TESTED: " + why)
	}
}

func TestTheEnvironmentIsTheWorlds(t *testing.T) {
	out, status := run(t, `env | grep -E '^(AWS_|EXTRA)' | sed 's/=.*//' | sort; cat /etc/resolv.conf; head -1 $AWS_CA_BUNDLE`, "AWS_PROFILE=work", "AWS_ENDPOINT_URL=http://elsewhere.example")
	want := `AWS_ACCESS_KEY_ID
AWS_CA_BUNDLE
AWS_DEFAULT_REGION
AWS_REGION
AWS_SECRET_ACCESS_KEY
AWS_SESSION_TOKEN
EXTRA
search ec2.internal
nameserver 10.0.0.2
options timeout:2 attempts:5
-----BEGIN CERTIFICATE-----
`
	if d := cmp.Diff(want, out); d != "" || status != 0 {
		t.Errorf("status %d: %s", status, d)
	}
}

func TestExitStatuses(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 128 + 9, "exec /nowhere 2>/dev/null": 127} {
		if _, got := run(t, script); got != want {
			t.Errorf("%s: status %d, want %d", script, got, want)
		}
	}
}

func TestFilesOutsideStayAsTheyWere(t *testing.T) {
	before, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	run(t, "echo written > "+file+"; touch /dev/shm/lab/mine")
	after, err := os.ReadFile("/etc/resolv.conf")
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("/etc/resolv.conf is %q, %v", after, err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "written\n" {
		t.Errorf("the file that the command wrote holds %q, %v", got, err)
	}
	if _, err := os.Stat("/dev/shm/lab"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the world's folder: %v", err)
	}
}

// TestSignals sends a signal to the process outside; the command hears it.
func TestSignals(t *testing.T) {
	cmd := command(t, `trap 'echo heard; exit 3' TERM; echo ready; while :; do sleep 0.05; done`)
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	if lines.Scan() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	heard := lines.Scan() && lines.Text() == "heard"
	_ = cmd.Wait()
	permitted(t, cmd.ProcessState, "see TestExitStatuses")
	if !heard || cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("heard %v, status %d", heard, cmd.ProcessState.ExitCode())
	}
}

// TestNothingIsLeft kills the process outside without warning: every process
// inside ends, and with them the namespaces.
func TestNothingIsLeft(t *testing.T) {
	mark := "LAB_TEST_MARK=" + t.TempDir()
	cmd := command(t, `(sleep 1000 &) ; echo ready; sleep 1000`, mark)
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil {
		_ = cmd.Wait()
		permitted(t, cmd.ProcessState, "see TestExitStatuses")
		t.Fatalf("%q, %v", line, err)
	}
	if n := len(marked(t, mark)); n < 4 {
		t.Errorf("%d processes with our mark: outside, inside, shell and two sleeps are expected", n)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, said) // until everything that holds the pipe has gone
	_ = cmd.Wait()
	for limit := time.Now().Add(5 * time.Second); ; {
		left := marked(t, mark)
		if len(left) == 0 {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("left are %v", left)
		}
	}
}

// marked lists the processes that have mark in their environment.
func marked(t *testing.T, mark string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), mark) {
			found = append(found, filepath.Dir(file))
		}
	}
	return found
}

func TestEnvironment(t *testing.T) {
	w, err := world.Healthy("private")
	if err != nil {
		t.Fatal(err)
	}
	got := session.Environment([]string{"HOME=/h", "AWS_ACCESS_KEY_ID=real", "AWS_ROLE_ARN=real"}, w, map[string]string{"AWS_SESSION_TOKEN": "other"})
	p, _ := w.Lab().Principal("probe")
	want := []string{"HOME=/h", "AWS_CA_BUNDLE=/dev/shm/lab/ca.pem", "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + p.AccessKeyId, "AWS_SECRET_ACCESS_KEY=" + p.SecretAccessKey, "AWS_SESSION_TOKEN=other"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAsOutsideOfAWorld(t *testing.T) {
	if err := session.As("operator", []string{"true"}, nil); !errors.Is(err, session.ErrOutside) {
		t.Errorf("error is %v", err)
	}
}
