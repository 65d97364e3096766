package mariadb_test

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/lab/authority"
	"github.com/agentcore-probe/probe/lab/mariadb"
)

// MariaDB's own client judges how far the stand-in speaks.
func TestStandIn(t *testing.T) {
	client, err := exec.LookPath("mariadb")
	if err != nil {
		t.Skip("NOT TESTED: no MariaDB client")
	}
	root, err := authority.New(authority.Name, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	issuer := authority.NewIssuer(root)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, root.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := mariadb.NewStandIn(l, func() (*tls.Certificate, error) { return issuer.Certificate([]string{"localhost"}, nil) })
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"with TLS": {"--ssl-ca=" + bundle, "--ssl-verify-server-cert"}, "without TLS": {"--skip-ssl"}} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		said, err := exec.CommandContext(ctx, client, append([]string{"--no-defaults", "--protocol=tcp", "--host=localhost", "--port=" + port, "--user=carts", "--password=carts", "--execute=select 1"}, args...)...).CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(string(said), "stand-in for MariaDB") {
			t.Errorf("%s: %v, %s", name, err, said)
		}
	}
}
