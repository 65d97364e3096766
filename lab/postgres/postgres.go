// Package postgres runs the database of a world: PostgreSQL itself where its
// binaries are, else a stand-in that speaks the protocol as far as TLS and then
// refuses every login. Connections without TLS are refused by both, as by RDS
// with rds.force_ssl.
package postgres

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/daemon"
	"github.com/agentcore-probe/probe/lab/netns"
)

// Server is PostgreSQL that runs.
type Server struct {
	folder string
	cmd    *exec.Cmd
	log    chan struct{} // closed when nothing more is logged
}

// Order is what a server needs.
type Order struct {
	Space   *netns.Namespace
	Address netip.AddrPort
	Folder  string // for its data, in memory at best; made here
	Cache   string // where the template of a fresh database is kept between runs

	Settings []string // NAME=VALUE, instead of the defaults
}

// ErrNotInstalled means that there are no binaries of PostgreSQL.
var ErrNotInstalled = errors.New("no PostgreSQL is installed")

// Start starts PostgreSQL with a fresh database and returns when it accepts
// connections.
func Start(ctx context.Context, o Order, c *tls.Certificate) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	template, err := bin.template(ctx, o.Cache)
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(o.Folder, os.DirFS(template)); err != nil {
		return nil, err
	}
	if err := os.Chmod(o.Folder, 0o700); err != nil {
		return nil, err
	}
	s := &Server{folder: o.Folder, log: make(chan struct{})}
	if err := daemon.WriteCertificate(s.folder, c); err != nil {
		return nil, err
	}
	return s, s.start(bin, o)
}

func (s *Server) start(bin folder, o Order) error {
	settings := []string{
		"listen_addresses=" + o.Address.Addr().String(), fmt.Sprintf("port=%d", o.Address.Port()), "unix_socket_directories=",
		"ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key", "fsync=off", "max_connections=20", "shared_buffers=8MB",
		"lc_messages=C", "autovacuum=off", "io_method=sync", "dynamic_shared_memory_type=mmap",
	}
	settings = append(settings, o.Settings...)
	args := []string{"-D", s.folder}
	for _, setting := range settings {
		if name, _, _ := strings.Cut(setting, "="); name != "io_method" || bin.major >= 18 {
			args = append(args, "-c", setting)
		}
	}
	s.cmd = daemon.Command(context.Background(), bin.path("postgres"), args...)
	messages, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := o.Space.Do(s.cmd.Start); err != nil {
		return err
	}
	return s.untilReady(messages)
}

// untilReady reads the log until it says that connections are accepted, and
// keeps emptying it from then on.
func (s *Server) untilReady(messages io.Reader) error {
	lines := bufio.NewScanner(messages)
	said := ""
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go func() {
				defer close(s.log)
				_, _ = io.Copy(io.Discard, messages)
			}()
			return nil
		}
		said = lines.Text()
	}
	close(s.log)
	return errors.Join(fmt.Errorf("PostgreSQL did not start: %s", said), s.cmd.Wait())
}

// SetCertificate shows another certificate to new connections.
func (s *Server) SetCertificate(c *tls.Certificate) error {
	if err := daemon.WriteCertificate(s.folder, c); err != nil {
		return err
	}
	return s.cmd.Process.Signal(unix.SIGHUP)
}

// Close stops the server and removes its data.
func (s *Server) Close() error {
	if s.cmd == nil || s.cmd.Process == nil {
		return nil
	}
	err := s.cmd.Process.Signal(unix.SIGQUIT) // at once
	<-s.log
	var exit *exec.ExitError
	if waited := s.cmd.Wait(); waited != nil && !errors.As(waited, &exit) {
		err = errors.Join(err, waited)
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
