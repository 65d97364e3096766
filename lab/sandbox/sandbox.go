// Package sandbox runs this program again in fresh user, network, mount and PID
// namespaces, without root, so that it may build networks there. Whatever runs
// in them ends with the process that started them, however that ends.
package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// name is the name (argument 0) of the program inside.
const name = "lab-sandbox"

// lifeline is the descriptor of the pipe that brings the order and then closes
// when the process outside ends.
const lifeline = 3

// ErrNotPermitted means that this machine does not let us make namespaces. The
// text says what to allow.
var ErrNotPermitted = errors.New("namespaces are not permitted")

// Inside reports whether this process is one that Run started.
func Inside() bool { return len(os.Args) > 0 && os.Args[0] == name }

// Run runs this program again inside, hands it the order (as JSON) for Enter,
// forwards signals, and returns its exit status. Standard input and output are
// its own. ErrNotPermitted means that nothing was run.
func Run(ctx context.Context, order any, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	data, err := json.Marshal(order)
	if err != nil {
		return 0, err
	}
	outer, inner, err := pipe()
	if err != nil {
		return 0, err
	}
	defer outer.Close()                                   //nolint:errcheck // closing is what ends the inside
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...) //nolint:noctx // ended through its lifeline
	cmd.Args[0], cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = name, stdin, stdout, stderr, []*os.File{inner}
	cmd.SysProcAttr = attributes()
	signals := Hear()
	defer signals.Stop()
	runtime.LockOSThread() // Pdeathsig watches the thread that starts the process
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return 0, errors.Join(notPermitted(err), inner.Close())
	}
	if err := inner.Close(); err != nil {
		return 0, err
	}
	_, writeErr := outer.Write(data) // where it fails, the inside has ended and says why
	status, err := signals.Attend(ctx, cmd)
	if status == 0 {
		err = errors.Join(err, writeErr)
	}
	return status, err
}

func pipe() (outer, inner *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "lifeline"), os.NewFile(uintptr(fds[1]), "lifeline"), nil
}

// attributes asks for fresh namespaces in which we are root.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID,
		UidMappings: mappings("/proc/self/uid_map", os.Getuid()),
		GidMappings: mappings("/proc/self/gid_map", os.Getgid()),
		Pdeathsig:   unix.SIGKILL,
	}
}

// mappings map an ordinary user to root. Root keeps all ids that it has: it
// could not read the files of others otherwise.
func mappings(file string, id int) []syscall.SysProcIDMap {
	alone := []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
	if os.Getuid() != 0 {
		return alone
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return alone
	}
	var all []syscall.SysProcIDMap
	for line := range strings.Lines(string(data)) {
		var inside, outside, size int
		if _, err := fmt.Sscan(line, &inside, &outside, &size); err != nil {
			return alone
		}
		all = append(all, syscall.SysProcIDMap{ContainerID: inside, HostID: inside, Size: size})
	}
	return all
}
