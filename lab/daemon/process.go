package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/agentcore-probe/probe/lab/netns"
)

// Process is a daemon that runs and says on its standard error what it does.
type Process struct {
	cmd *exec.Cmd
	log chan struct{} // closed when nothing more is logged
}

// Start starts a daemon in a namespace and returns when its log says ready.
func Start(space *netns.Namespace, cmd *exec.Cmd, ready string) (*Process, error) {
	messages, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := space.Do(cmd.Start); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, log: make(chan struct{})}
	return p, p.untilReady(messages, ready)
}

// untilReady reads the log as far as that, and keeps emptying it from then on.
func (p *Process) untilReady(messages io.Reader, ready string) error {
	lines := bufio.NewScanner(messages)
	said := ""
	for lines.Scan() {
		if strings.Contains(lines.Text(), ready) {
			go func() {
				defer close(p.log)
				_, _ = io.Copy(io.Discard, messages)
			}()
			return nil
		}
		said = lines.Text()
	}
	close(p.log)
	return errors.Join(fmt.Errorf("%s did not start: %s", p.cmd.Path, said), p.cmd.Wait())
}

// Signal sends a signal to the daemon.
func (p *Process) Signal(signal os.Signal) error { return p.cmd.Process.Signal(signal) }

// End ends the daemon with a signal and waits for it.
func (p *Process) End(signal os.Signal) error {
	err := p.Signal(signal)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil // it has been waited for: it did not start
	}
	<-p.log
	if p.cmd.ProcessState == nil {
		var exit *exec.ExitError
		if waited := p.cmd.Wait(); !errors.As(waited, &exit) {
			err = errors.Join(err, waited)
		}
	}
	return err
}
