package mariadb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/agentcore-probe/probe/lab/daemon"
)

// edition names what a template contains; a change of the statements below, or of
// the engine, needs another.
const edition = "1"

// statements make the database, a line each as --bootstrap wants them.
const statements = `FLUSH PRIVILEGES;
CREATE DATABASE carts;
CREATE USER carts@'%' IDENTIFIED BY 'carts' REQUIRE SSL;
GRANT ALL ON carts.* TO carts@'%';
`

// template returns a folder with a fresh database, and makes it the first time:
// that takes a second.
func template(ctx context.Context, cache string) (string, error) {
	install, err := exec.LookPath("mariadb-install-db")
	if err != nil {
		return "", errors.Join(ErrNotInstalled, err)
	}
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		return "", errors.Join(ErrNotInstalled, err)
	}
	version, err := exec.CommandContext(ctx, server, "--no-defaults", "--version").Output()
	if err != nil {
		return "", err
	}
	return daemon.Template(cache, "mariadb-"+number(string(version))+"-"+edition, func(at string) error { return initialise(ctx, install, server, at) })
}

// number is the version in "mariadbd  Ver 10.11.6-MariaDB-… for …".
func number(text string) string {
	_, rest, _ := strings.Cut(text, "Ver ")
	version, _, _ := strings.Cut(rest, "-")
	return version
}

// initialise makes the database in a folder. Its temporary tables have a folder
// of their own: they are named after the process, whose id is the same in every
// sandbox.
func initialise(ctx context.Context, install, server, at string) (err error) {
	scratch, err := os.MkdirTemp(filepath.Dir(at), "scratch-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	first := daemon.Command(ctx, install, append([]string{"--no-defaults", "--datadir=" + at, "--tmpdir=" + scratch, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"}, small...)...)
	if out, err := first.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	second := daemon.Command(ctx, server, append([]string{"--no-defaults", "--bootstrap", "--datadir=" + at, "--tmpdir=" + scratch}, small...)...)
	second.Stdin = strings.NewReader(statements)
	if out, err := second.CombinedOutput(); err != nil {
		return fmt.Errorf("create the database: %w: %s", err, out)
	}
	return nil
}
