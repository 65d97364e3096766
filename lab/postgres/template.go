package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/lab/daemon"
)

// edition names what a template contains; a change of the lines below needs
// another.
const edition = "1"

// access demands TLS: RDS says rds.force_ssl.
const access = `# TYPE DATABASE USER ADDRESS METHOD
hostssl all all all scram-sha-256
`

// folder holds the binaries of one version.
type folder struct {
	at    string
	major int
}

func (f folder) path(program string) string { return filepath.Join(f.at, program) }

// binaries finds the newest PostgreSQL: where Debian keeps versions, else on
// the path.
func binaries() (folder, error) {
	var newest folder
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return newest, err
	}
	for _, initdb := range found {
		at := filepath.Dir(initdb)
		if major, err := strconv.Atoi(filepath.Base(filepath.Dir(at))); err == nil && major > newest.major {
			newest = folder{at, major}
		}
	}
	if newest.major > 0 {
		return newest, nil
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return folder{at: filepath.Dir(initdb)}, nil
	}
	return newest, ErrNotInstalled
}

// template returns a folder with a fresh database, and makes it the first time:
// that takes two seconds.
func (f folder) template(ctx context.Context, cache string) (string, error) {
	return daemon.Template(cache, fmt.Sprintf("postgresql-%d-%s", f.major, edition), func(at string) error { return f.initialise(ctx, at) })
}

func (f folder) initialise(ctx context.Context, at string) error {
	initdb := daemon.Command(ctx, f.path("initdb"), "-D", at, "-U", "orders", "--auth=scram-sha-256", "--pwfile=/proc/self/fd/0",
		"--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions", "--wal-segsize=1")
	initdb.Stdin = strings.NewReader("orders\n")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	single := daemon.Command(ctx, f.path("postgres"), "--single", "-F", "-D", at, "postgres")
	single.Stdin = strings.NewReader("CREATE DATABASE orders\n")
	if out, err := single.CombinedOutput(); err != nil {
		return fmt.Errorf("create the database: %w: %s", err, out)
	}
	return os.WriteFile(filepath.Join(at, "pg_hba.conf"), []byte(access), 0o600)
}
