//go:build image

package image_test

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// store is podman with images of its own, which the test takes away again, and
// Go's cache for the build.
type store struct{ dir, cache string }

func newStore(t *testing.T) store {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: not root: the image is neither built nor run")
	}
	if _, err := exec.LookPath("podman"); err != nil {
		t.Skip("SKIPPED: podman is not installed (apt-get install podman buildah): the image is neither built nor run")
	}
	s := store{t.TempDir(), goenv(t, "GOCACHE")}
	t.Cleanup(func() { s.podman(t, "image", "unmount", "--all") })
	return s
}

func (s store) options() []string {
	return []string{"--root", filepath.Join(s.dir, "store"), "--runroot", filepath.Join(s.dir, "run"), "--storage-driver", "vfs"}
}

func (s store) podman(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("podman", append(s.options(), args...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("podman %s: %v\n%s", args, err, errs.String())
	}
	return string(out)
}

// base makes the build stage's image of what is here, because nothing is pulled:
// a shell and the certificates. Go and the modules are mounted.
func (s store) base(t *testing.T, image string) {
	t.Helper()
	root := filepath.Join(s.dir, "base")
	copies := map[string]string{"/bin/sh": "/bin/sh", "/etc/ssl/certs/ca-certificates.crt": "/etc/ssl/certs/ca-certificates.crt"}
	needs, err := exec.Command("ldd", "/bin/sh").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.Fields(string(needs)) {
		if filepath.IsAbs(word) {
			copies[word] = word
		}
	}
	for from, to := range copies {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(root, to), data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(s.dir, "base.tar")
	if out, err := exec.Command("tar", "-C", root, "-cf", archive, ".").CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	args := []string{"import"}
	for _, env := range []string{"PATH=/go/bin:/bin", "GOTOOLCHAIN=local", "GOPROXY=off", "GOMODCACHE=/modules", "GOCACHE=/cache"} {
		args = append(args, "-c", "ENV "+env)
	}
	s.podman(t, append(args, archive, image)...)
}

func goenv(t *testing.T, variable string) string {
	t.Helper()
	out, err := exec.Command("go", "env", variable).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// build builds an image with tools/image.sh.
func (s store) build(t *testing.T, image string, more ...string) {
	t.Helper()
	args := []string{image, "--isolation", "chroot", "--build-arg", "GO=localhost/go:local"}
	for from, inside := range map[string]string{goenv(t, "GOROOT"): "/go", goenv(t, "GOMODCACHE"): "/modules", s.cache: "/cache"} {
		args = append(args, "--volume", from+":"+inside)
	}
	// image.sh calls podman by its name; here it is one with the test's store.
	shim := filepath.Join(s.dir, "bin", "podman")
	program, err := exec.LookPath("podman")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(shim), 0o755)
	}
	if err == nil {
		err = os.WriteFile(shim, []byte("#!/bin/sh\nexec "+program+" "+strings.Join(s.options(), " ")+" \"$@\"\n"), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("../../tools/image.sh", append(args, more...)...)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(shim)+":"+os.Getenv("PATH"), "SOURCE_DATE_EPOCH="+epoch, "VERSION="+version)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tools/image.sh: %v\n%s", err, out)
	}
}

// each walks through an archive.
func each(t *testing.T, archive io.Reader, visit func(*tar.Header, io.Reader)) {
	t.Helper()
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			if _, err := io.Copy(io.Discard, archive); err != nil {
				t.Fatal(err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		visit(h, r)
	}
}

// counter counts what is written.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
