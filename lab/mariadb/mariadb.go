// Package mariadb runs a database of a world that speaks MySQL's protocol:
// MariaDB itself where it is installed, else a stand-in that speaks as far as TLS
// and then refuses every login. As by RDS, TLS is offered and not demanded of
// connections; the user carts, whose password is carts, must use it.
package mariadb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/agentcore-probe/probe/lab/daemon"
)

// Server is MariaDB that runs.
type Server struct {
	folder  string
	process *daemon.Process
}

// ErrNotInstalled means that there are no binaries of MariaDB.
var ErrNotInstalled = errors.New("no MariaDB is installed")

// small keeps a server small and quick to start. Aria is the engine of MariaDB's
// own tables; what clients see of the protocol does not depend on it.
var small = []string{"--innodb=OFF", "--default-storage-engine=Aria", "--performance-schema=OFF"}

// limit is how long a client of the lab may take to tell the server something.
const limit = 10 * time.Second

// Start starts MariaDB with a fresh database and returns when it accepts
// connections. Everything else that counts, max_connect_errors above all, is at
// its default.
func Start(ctx context.Context, o daemon.Order, c *tls.Certificate) (*Server, error) {
	template, err := template(ctx, o.Cache)
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(o.Folder, os.DirFS(template)); err != nil {
		return nil, err
	}
	s := &Server{folder: o.Folder}
	if err := daemon.WriteCertificate(s.folder, c); err != nil {
		return nil, err
	}
	program, err := exec.LookPath("mariadbd")
	if err != nil {
		return nil, errors.Join(ErrNotInstalled, err)
	}
	own := slices.Clone(small)
	for _, setting := range o.Settings {
		own = append(own, "--"+setting)
	}
	cmd := daemon.Command(context.Background(), program, append([]string{
		"--no-defaults", "--datadir=" + s.folder, "--socket=" + s.socket(), "--pid-file=" + filepath.Join(s.folder, "pid"), "--tmpdir=" + s.folder,
		"--bind-address=" + o.Address.Addr().String(), fmt.Sprintf("--port=%d", o.Address.Port()),
		"--ssl-cert=" + filepath.Join(s.folder, "server.crt"), "--ssl-key=" + filepath.Join(s.folder, "server.key"),
	}, own...)...)
	// MariaDB looks for the names of its clients, else it counts no errors against
	// them (skip_name_resolve); a resolver that is silent must not hold it up.
	cmd.Env = append(cmd.Env, "RES_OPTIONS=timeout:1 attempts:1")
	s.process, err = daemon.Start(o.Space, cmd, "ready for connections")
	return s, err
}

func (s *Server) socket() string { return filepath.Join(s.folder, "socket") }

// SetCertificate shows another certificate to new connections ("FLUSH", MariaDB
// documentation: FLUSH SSL).
func (s *Server) SetCertificate(c *tls.Certificate) error {
	if err := daemon.WriteCertificate(s.folder, c); err != nil {
		return err
	}
	admin, err := exec.LookPath("mariadb-admin")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if out, err := daemon.Command(ctx, admin, "--no-defaults", "--socket="+s.socket(), "--user=root", "flush-ssl").CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-admin flush-ssl: %w: %s", err, out)
	}
	return nil
}

// Close stops the server at once and removes its data.
func (s *Server) Close() error {
	var err error
	if s.process != nil {
		err = s.process.End(os.Kill)
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
