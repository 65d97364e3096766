// Package session runs a command in a world: it builds the world in a sandbox
// and starts the command in the network of one of its hosts.
package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/world"
)

// Exit statuses of a session beside the command's own.
const (
	StatusNotPermitted  = 77  // this machine does not let us make namespaces
	StatusWorldFailed   = 125 // the world could not be built
	StatusNotExecutable = 126 // the command cannot be executed
	StatusNotFound      = 127 // there is no such command
)

// Sidecar is the host that commands run on unless told otherwise.
const Sidecar = "sidecar"

// Order is a command to run in a world.
type Order struct {
	World   *world.World
	Host    string            // where the command runs
	Command []string          // and its arguments
	Env     map[string]string // on top of what Environment makes
	Config  json.RawMessage   // written to ConfigFile; nil: none is
	Quiet   bool              // do not say that the world is up
	Record  string            // file that the calls to the AWS APIs are written to at the end, an object a line; "" writes nothing
}

// order is an Order on its way into the sandbox.
type order struct {
	World   json.RawMessage
	Host    string
	Command []string
	Env     []string
	Config  json.RawMessage `json:",omitempty"`
	Cache   string
	Quiet   bool
	Record  string
}

// Run builds the world, runs the command with the environment outside changed
// as Environment says, and returns its exit status. sandbox.ErrNotPermitted
// means that nothing was run.
func Run(ctx context.Context, o Order, outside []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	document, err := json.Marshal(o.World)
	if err != nil {
		return 0, err
	}
	return sandbox.Run(ctx, order{
		World: document, Host: o.Host, Command: o.Command, Config: o.Config, Quiet: o.Quiet, Record: o.Record, Cache: cacheFolder(),
		Env: Environment(outside, o.World, o.Env),
	}, stdin, stdout, stderr)
}

// cacheFolder is where things are kept between runs, "" where there is no such
// place.
func cacheFolder() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	cache = filepath.Join(cache, "agentcore-probe-lab")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return ""
	}
	return cache
}

// Inside is the main function of the process in the sandbox. It returns the
// exit status.
func Inside(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) int {
	status, err := inside(ctx, stdin, stdout, stderr)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "lab:", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return status
}

func inside(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	start := time.Now()
	var o order
	if err := sandbox.Enter(&o); errors.Is(err, sandbox.ErrNotPermitted) {
		return StatusNotPermitted, err
	} else if err != nil {
		return StatusWorldFailed, err
	}
	w, err := world.Parse(o.World)
	if err != nil {
		return StatusWorldFailed, err
	}
	r, err := running.Start(ctx, w, running.Options{Now: time.Now, Scratch: scratch, Cache: o.Cache})
	if err != nil {
		return StatusWorldFailed, err
	}
	defer r.Close() //nolint:errcheck // everything ends with this process
	if err := prepare(r, w, o); err != nil {
		return StatusWorldFailed, err
	}
	if err := r.Gather(); err != nil {
		return StatusWorldFailed, err
	}
	if o.Env, err = withToken(o.Env, r); err != nil {
		return StatusWorldFailed, err
	}
	if !o.Quiet {
		_, _ = fmt.Fprintf(stderr, "lab: the %s world is up after %d ms (%s)\n", w.Lab().Pattern, time.Since(start).Milliseconds(), strings.Join(r.Databases(), "; "))
	}
	if !o.Quiet && len(o.Config) > 0 {
		_, _ = fmt.Fprintf(stderr, "lab: the scenario's configuration file is %s: the probe takes it with --config\n", ConfigFile)
	}
	status, err := o.run(ctx, r, stdin, stdout, stderr)
	if err == nil && o.Record != "" {
		err = record(o.Record, r.Received())
	}
	return status, err
}

// record writes calls to a file, a JSON object a line.
func record(file string, calls []aws.Call) error {
	var text bytes.Buffer
	for _, c := range calls {
		line, err := json.Marshal(c)
		if err != nil {
			return err
		}
		text.Write(append(line, '\n'))
	}
	return os.WriteFile(file, text.Bytes(), 0o600)
}

func (o order) run(ctx context.Context, r *running.World, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	space, ok := r.Namespace(o.Host)
	if !ok {
		return StatusWorldFailed, fmt.Errorf("no host %q", o.Host)
	}
	cmd := exec.Command(o.Command[0], o.Command[1:]...) //nolint:noctx // Attend asks it to terminate
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Env, stdin, stdout, stderr
	signals := sandbox.Hear()
	defer signals.Stop()
	if err := space.Do(cmd.Start); errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return StatusNotFound, err
	} else if err != nil {
		return StatusNotExecutable, err
	}
	return signals.Attend(ctx, cmd)
}
