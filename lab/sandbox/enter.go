package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Scratch is a folder inside that belongs to the sandbox: a file system in
// memory that goes with it.
const Scratch = "/dev/shm"

// Enter completes the namespaces from inside and reads the order into into.
// When the process outside ends, this one does. ErrNotPermitted means that the
// namespaces are there and may not be used.
func Enter(into any) error {
	unix.CloseOnExec(lifeline)
	line := os.NewFile(lifeline, "lifeline")
	if err := json.NewDecoder(line).Decode(into); err != nil {
		return fmt.Errorf("sandbox: read the order: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, line) // ends when the process outside does
		os.Exit(128 + int(unix.SIGKILL))
	}()
	if err := mounts(); err != nil {
		return notPermitted(err)
	}
	return nil
}

// mounts makes the file system our own: changes are not seen outside, /proc
// shows our processes, and there is a scratch folder.
func mounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := unix.Mount("tmpfs", Scratch, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
		return fmt.Errorf("mount %s: %w", Scratch, err)
	}
	return writable("/proc/sys/net/ipv4/ip_forward")
}

// writable fails where a kernel setting cannot be written, such as in a
// container whose /proc/sys is read-only.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// Replace shows content in the place of an existing file, inside only.
func Replace(path string, content []byte) error {
	source, err := os.CreateTemp(Scratch, "replace")
	if err != nil {
		return err
	}
	_, err = source.Write(content)
	if err := errors.Join(err, source.Chmod(0o644), source.Close()); err != nil {
		return err
	}
	if err := unix.Mount(source.Name(), path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("show another %s: %w", path, err)
	}
	return os.Remove(source.Name())
}
