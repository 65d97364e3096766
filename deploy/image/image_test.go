//go:build image

// Package image_test builds the container image and looks at what came out. It
// needs root, podman and the lab, and is run by 'make image'.
package image_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	megabyte = 1 << 20
	name     = "localhost/agentcore-probe:test"
	epoch    = "1700000000"
	version  = "1.2.3"
)

func TestImage(t *testing.T) {
	s := newStore(t)
	s.base(t, "localhost/go:local")
	s.build(t, name)
	t.Run("is reproducible", func(t *testing.T) { reproducible(t, s) })
	t.Run("is made for arm64, too", func(t *testing.T) {
		s.build(t, "localhost/agentcore-probe:arm64", "--platform", "linux/arm64")
		if got := strings.TrimSpace(s.podman(t, "image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", "localhost/agentcore-probe:arm64")); got != "linux/arm64" {
			t.Errorf("the image says that it is for %s", got)
		}
		program, err := elf.Open(filepath.Join(strings.TrimSpace(s.podman(t, "image", "mount", "localhost/agentcore-probe:arm64")), "probe"))
		if err != nil {
			t.Fatal(err)
		}
		defer program.Close()
		if libraries, err := program.ImportedLibraries(); program.Machine != elf.EM_AARCH64 || err == nil && len(libraries) > 0 {
			t.Errorf("the program is for %s and needs %v", program.Machine, libraries)
		}
	})
	t.Run("says how it is run", func(t *testing.T) { settings(t, s) })
	t.Run("holds two files", func(t *testing.T) { content(t, s) })
	root := strings.TrimSpace(s.podman(t, "image", "mount", name))
	t.Run("runs read-only as an ordinary user", func(t *testing.T) { runs(t, root) })
	t.Run("judges a world of the lab", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), "../../bin/lab", "run", "-q", "--pattern", "private", "--", filepath.Join(root, "probe"), "check")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		} else {
			t.Logf("%s", out)
		}
	})
}

// reproducible builds the image twice in OCI's format, the second time with no
// cache of Go's or podman's, and compares the images' digests. Docker's format,
// which has the health check, holds an id that podman makes up: there the layers
// are compared.
func reproducible(t *testing.T, s store) {
	layers := func() string { return s.podman(t, "image", "inspect", "--format", "{{.RootFS.Layers}}", name) }
	digest := func(image string, more ...string) string {
		s.build(t, image, append(more, "--no-cache", "--layers=false", "--format", "oci")...)
		return strings.TrimSpace(s.podman(t, "image", "inspect", "--format", "{{.Digest}}", image))
	}
	before, first := layers(), digest("localhost/agentcore-probe:first")
	s.cache = t.TempDir()
	start := time.Now()
	second := digest("localhost/agentcore-probe:second")
	if second != first {
		t.Errorf("the second image is %s, the first %s", second, first)
	}
	t.Logf("twice %s; from empty caches in %s", first, time.Since(start).Round(time.Second))
	if s.build(t, name, "--no-cache"); layers() != before {
		t.Errorf("the second build has the layers %s, the first %s", layers(), before)
	}
}

// settings compares what the image's configuration tells a container runtime.
func settings(t *testing.T, s store) {
	type config struct {
		User            string
		Entrypoint, Cmd []string
		ExposedPorts    map[string]struct{}
		Labels          map[string]string
	}
	images := decode[[]struct {
		Config      config
		Created     time.Time
		HealthCheck struct{ Test []string }
	}](t, s.podman(t, "image", "inspect", name))
	got := images[0]
	for _, label := range []string{"title", "description", "source", "documentation", "licenses", "version", "revision"} {
		if got.Config.Labels["org.opencontainers.image."+label] == "" {
			t.Errorf("the image has no label %s", label) // Annotations, OCI image specification
		}
	}
	got.Config.Labels = nil
	want := config{User: "65532:65532", Entrypoint: []string{"/probe"}, Cmd: []string{"serve", "--web.listen-address=:9879"}, ExposedPorts: map[string]struct{}{"9879/tcp": {}}}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"CMD", "/probe", "healthz"}, got.HealthCheck.Test); diff != "" {
		t.Errorf("health check: %s", diff)
	}
	if got.Created.Unix() != 1700000000 {
		t.Errorf("created at %s, not at SOURCE_DATE_EPOCH", got.Created)
	}
}

// content wants the certificates and the program, and no more than 12 MB of them.
func content(t *testing.T, s store) {
	archive := filepath.Join(t.TempDir(), "image.tar")
	s.podman(t, "save", "--output", archive, name)
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var files []string
	var compressed int64
	each(t, f, func(h *tar.Header, layer io.Reader) {
		if !strings.HasSuffix(h.Name, ".tar") {
			return
		}
		size := &counter{}
		packed := gzip.NewWriter(size) // as registries store layers
		each(t, io.TeeReader(layer, packed), func(h *tar.Header, _ io.Reader) {
			if h.Typeflag == tar.TypeReg {
				files = append(files, h.Name)
			}
		})
		if err := packed.Close(); err != nil {
			t.Fatal(err)
		}
		compressed += size.n
	})
	slices.Sort(files)
	if diff := cmp.Diff([]string{"etc/ssl/certs/ca-certificates.crt", "probe"}, files); diff != "" {
		t.Error(diff)
	}
	t.Logf("%.1f MB compressed", float64(compressed)/megabyte)
	if compressed > 12*megabyte {
		t.Errorf("%.1f MB compressed, want at most 12", float64(compressed)/megabyte)
	}
}

// runs starts the program on a read-only root as the image's user, as a runtime
// does it, in a network without anything, and asks the image's own health check.
func runs(t *testing.T, root string) {
	// A runtime lays resolv.conf over the image.
	etc := filepath.Join(t.TempDir(), "etc")
	if err := os.CopyFS(etc, os.DirFS(filepath.Join(root, "etc"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(etc, "resolv.conf"), []byte("nameserver 127.0.0.1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	inside := func(enter []string, args ...string) *exec.Cmd {
		script := `ip link set lo up && mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && mount --bind "$ETC" "$0/etc" && exec chroot --userspec=65532:65532 "$0" /probe "$@"`
		args = append(append(enter, "unshare", "--mount", "sh", "-c", script, root), args...)
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "AWS_REGION=us-east-1", "ETC=" + etc}
		return cmd
	}
	if out, err := exec.CommandContext(t.Context(), "chroot", root, "/bin/sh", "-c", "true").CombinedOutput(); err == nil {
		t.Errorf("there is a shell: %s", out)
	}
	if out, err := inside(nil, "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "probe "+version+" (") {
		t.Errorf("--version: %v: %s, want %s", err, out, version)
	}
	serve := inside([]string{"unshare", "--net"}, "serve", "--web.listen-address=:9879")
	var logged bytes.Buffer
	serve.Stdout, serve.Stderr = &logged, &logged
	start := time.Now()
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		if err := serve.Wait(); err != nil {
			t.Errorf("serve ended with %v\n%s", err, logged.String())
		}
	}()
	there := []string{"nsenter", "--net=/proc/" + strconv.Itoa(serve.Process.Pid) + "/ns/net"}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		out, err := inside(there, "healthz").CombinedOutput()
		if err == nil {
			break
		}
		if time.Since(start) > 10*time.Second {
			t.Fatalf("not healthy after 10s: %v\n%s\n%s", err, out, logged.String())
		}
	}
	t.Logf("healthy %s after the start, with the root read-only, as user 65532", time.Since(start).Round(time.Millisecond))
	status, err := os.ReadFile("/proc/" + strconv.Itoa(serve.Process.Pid) + "/status")
	if err != nil || !bytes.Contains(status, []byte("Uid:\t65532\t65532")) {
		t.Errorf("not user 65532: %v\n%s", err, status)
	}
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return v
}
