// Package postgres runs the database of a world: PostgreSQL itself where its
// binaries are, else a stand-in that speaks the protocol as far as TLS and then
// refuses every login. Connections without TLS are refused by both, as by RDS
// with rds.force_ssl.
package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/daemon"
)

// Server is PostgreSQL that runs.
type Server struct {
	folder  string
	process *daemon.Process
}

// ErrNotInstalled means that there are no binaries of PostgreSQL.
var ErrNotInstalled = errors.New("no PostgreSQL is installed")

// Start starts PostgreSQL with a fresh database and returns when it accepts
// connections.
func Start(ctx context.Context, o daemon.Order, c *tls.Certificate) (*Server, error) {
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
	s := &Server{folder: o.Folder}
	if err := daemon.WriteCertificate(s.folder, c); err != nil {
		return nil, err
	}
	return s, s.start(bin, o)
}

func (s *Server) start(bin folder, o daemon.Order) error {
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
	var err error
	s.process, err = daemon.Start(o.Space, daemon.Command(context.Background(), bin.path("postgres"), args...), "ready to accept connections")
	return err
}

// SetCertificate shows another certificate to new connections.
func (s *Server) SetCertificate(c *tls.Certificate) error {
	if err := daemon.WriteCertificate(s.folder, c); err != nil {
		return err
	}
	return s.process.Signal(unix.SIGHUP)
}

// Close stops the server at once and removes its data.
func (s *Server) Close() error {
	var err error
	if s.process != nil {
		err = s.process.End(unix.SIGQUIT)
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
