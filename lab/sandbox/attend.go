package sandbox

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// forwarded are the signals that a command may want to hear.
var forwarded = []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH}

// Signals are the signals that this process gets, kept for a command that is
// about to start.
type Signals chan os.Signal

// Hear keeps signals from now on: none must end this process while the command
// starts.
func Hear() Signals {
	s := make(Signals, 16)
	signal.Notify(s, forwarded...)
	return s
}

// Stop gives signals their usual effect again.
func (s Signals) Stop() { signal.Stop(s) }

// Attend passes signals on to a command that was started, asks it to terminate
// when ctx ends, and returns its exit status as a shell would report it: 128 and
// the signal's number for one that a signal ended.
func (s Signals) Attend(ctx context.Context, cmd *exec.Cmd) (int, error) {
	ended, relayed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(relayed)
		relay(ctx, s, cmd.Process, ended)
	}()
	err := cmd.Wait()
	close(ended)
	<-relayed
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, err
	}
	if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal()), nil
	}
	return exit.ExitCode(), nil
}

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
