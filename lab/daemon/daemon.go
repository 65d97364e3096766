// Package daemon runs servers that refuse to be root, and certifies them.
package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/netns"
)

// owner is the user id that daemons run as.
const owner = 1000

// Order is what a database server needs.
type Order struct {
	Space   *netns.Namespace
	Address netip.AddrPort
	Folder  string // for its data, in memory at best; made by the server's start
	Cache   string // where the template of a fresh database is kept between runs

	Settings []string // NAME=VALUE, instead of the defaults
}

// Command runs a program as an ordinary user, who is ourselves outside of the
// user namespace that it gets.
func Command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=" + filepath.Dir(path) + ":/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: owner, HostID: 0, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: owner, HostID: 0, Size: 1}},
	}
	return cmd
}

// WriteCertificate writes server.crt and server.key into a daemon's folder.
func WriteCertificate(folder string, c *tls.Certificate) error {
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return err
	}
	var chain []byte
	for _, der := range c.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "server.crt"), chain, 0o600),
		os.WriteFile(filepath.Join(folder, "server.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
}
