package sandbox

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// forwarded are the signals that a command may want to hear.
var forwarded = []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH}

// relay passes signals on until the process has ended; when ctx ends it asks
// the process to terminate.
func relay(ctx context.Context, signals <-chan os.Signal, p *os.Process, ended <-chan struct{}) {
	done := ctx.Done()
	for {
		select {
		case <-ended:
			return
		case <-done:
			done = nil
			_ = p.Signal(unix.SIGTERM) // it has ended by itself otherwise
		case s := <-signals:
			if !fromTerminal(s) {
				_ = p.Signal(s)
			}
		}
	}
}

// fromTerminal reports whether a terminal has sent s: then it was sent to the
// whole foreground process group, and forwarding would send it twice.
func fromTerminal(s os.Signal) bool {
	if s != unix.SIGINT && s != unix.SIGQUIT && s != unix.SIGWINCH {
		return false
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer tty.Close() //nolint:errcheck // opened to be read
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
