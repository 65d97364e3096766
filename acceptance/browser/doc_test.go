// Package browser_test looks at the status page as people do: with Chromium, in
// worlds of the lab, and leaves screenshots in build/screenshots. It is a module of
// its own, so that no one who builds the probe gets the browser's libraries.
package browser_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// inWorld names the environment variable that makes this program look at a page in
// the world that it runs in.
const inWorld = "PROBE_TEST_BROWSER"

// worlds are the states of the page, by what the lab is told to build.
var worlds = []struct {
	name   string
	world  []string
	looked func(*testing.T, *browser)
}{
	{"healthy", []string{"--pattern", "private"}, healthy},
	{"isolated", []string{"--pattern", "isolated"}, isolated},
	{"group", scenario("sg-ingress-missing"), group},
	{"loss", scenario("tcp-loss-endpoint-a"), loss},
	{"certificate", scenario("tls-untrusted"), certificate},
	{"exposure", scenario("policy-public-exposed"), exposure},
}

func scenario(name string) []string {
	return []string{"--scenario", "../../lab/scenarios/" + name + ".json"}
}

// program is a program of the build, or of the environment.
func program(variable, name string) string {
	if p := os.Getenv(variable); p != "" {
		return p
	}
	path, err := filepath.Abs("../../bin/" + name)
	if err != nil {
		return name
	}
	return path
}

// notPermitted is the lab's exit status where it may not make namespaces.
const notPermitted = 77

func TestStatusPage(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("SKIPPED: chromium of Debian is not installed (apt-get install chromium): how the page looks and behaves is not known here")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range worlds {
		t.Run(w.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
			defer cancel()
			args := append(append([]string{"run", "-q"}, w.world...), "--", self, "-test.run", "^TestInsideTheWorld$", "-test.v")
			cmd := exec.CommandContext(ctx, program("LAB", "lab"), args...)
			cmd.Env = []string{
				"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C.UTF-8", inWorld + "=" + w.name,
				"PROBE=" + program("PROBE", "probe"), "LAB=" + program("LAB", "lab"), "SCREENSHOTS=" + screenshots(t),
			}
			cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
			cmd.WaitDelay = 10 * time.Second
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == notPermitted {
				t.Skipf("SKIPPED: the lab's namespaces are not permitted here: %s", out)
			}
			t.Logf("%s", out)
			if err != nil || !strings.Contains(string(out), "--- PASS: TestInsideTheWorld") {
				t.Error(err)
			}
		})
	}
}

// screenshots is the folder for what the browser showed.
func screenshots(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../build/screenshots")
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestInsideTheWorld is the part of TestStatusPage that runs on the sidecar's host;
// elsewhere there is nothing for it to do.
func TestInsideTheWorld(t *testing.T) {
	for _, w := range worlds {
		if w.name == os.Getenv(inWorld) {
			sidecar(t)
			w.looked(t, open(t, w.name))
		}
	}
}

const page = "http://127.0.0.1:9879/"

// sidecar starts the probe and waits until every path has had two results, so that
// what it shows is settled.
func sidecar(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "probe.yaml")
	text := "serve:\n  intervals: {invoke: 2s, db: 2s, service: 2s, egress: 2s, onprem: 2s, inventory: 3s}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := os.Create(filepath.Join(dir, "probe.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Getenv("PROBE"), "serve", "--config", config)
	cmd.Stderr = output
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // the context has ended
		_ = output.Close()
		if text, err := os.ReadFile(output.Name()); err == nil && t.Failed() {
			t.Logf("probe:\n%s", text)
		}
	})
	await(t, "every path has results", settled)
}

// await asks again and again until f is content.
func await(t *testing.T, what string, f func() error) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal(fmt.Errorf("not in time: %s: %w", what, err))
		}
	}
}
