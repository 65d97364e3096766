package postgres_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/lab/authority"
	"github.com/agentcore-probe/probe/lab/daemon"
	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/postgres"
	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
	"github.com/agentcore-probe/probe/lab/world"
)

const name = "orders.example"

var address = netip.MustParseAddrPort("127.0.0.1:5432")

// certificates returns an issuer and what trusts it.
func certificates(t *testing.T) (*authority.Issuer, *x509.CertPool) {
	t.Helper()
	root, err := authority.New(authority.Name, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root.PEM())
	return authority.NewIssuer(root), roots
}

// login speaks as far as the server's answer to a start-up message, and returns
// that answer's text.
func login(t *testing.T, c net.Conn, roots *x509.CertPool) (string, error) {
	t.Helper()
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if roots != nil {
		_, _ = c.Write([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f})
		if answer := make([]byte, 1); mustRead(t, c, answer)[0] != 'S' {
			t.Fatalf("answer to SSLRequest is %q", answer)
		}
		secured := tls.Client(c, &tls.Config{ServerName: name, RootCAs: roots})
		if err := secured.HandshakeContext(t.Context()); err != nil {
			return "", err
		}
		c = secured
	}
	body := "\x00\x03\x00\x00user\x00orders\x00database\x00orders\x00\x00"
	_, _ = c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...))
	head := mustRead(t, c, make([]byte, 5))
	rest := mustRead(t, c, make([]byte, binary.BigEndian.Uint32(head[1:])-4))
	return string(head[:1]) + string(rest), nil
}

func mustRead(t *testing.T, r io.Reader, into []byte) []byte {
	t.Helper()
	if _, err := io.ReadFull(r, into); err != nil {
		t.Fatal(err)
	}
	return into
}

func TestPostgreSQL(t *testing.T) {
	sandboxtest.Need(t)
	space, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	defer space.Close()
	if err := space.Do(loopback); err != nil {
		t.Fatal(err)
	}
	issuer, roots := certificates(t)
	good, err := issuer.Certificate([]string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	s, err := postgres.Start(t.Context(), daemon.Order{Space: space, Address: address, Folder: filepath.Join(sandbox.Scratch, "pg-test"), Cache: filepath.Join(cache, "agentcore-probe-lab")}, good)
	if errors.Is(err, postgres.ErrNotInstalled) {
		t.Skip("NOT TESTED: " + err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	t.Logf("PostgreSQL stands after %v", time.Since(start))
	dial := func() net.Conn {
		c, err := space.Dial(t.Context(), "tcp4", address.String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if answer, err := login(t, dial(), roots); err != nil || !strings.Contains(answer, "SCRAM-SHA-256") {
		t.Errorf("with TLS: %q, %v", answer, err)
	}
	if answer, err := login(t, dial(), nil); err != nil || !strings.Contains(answer, "no encryption") {
		t.Errorf("without TLS: %q, %v", answer, err)
	}
	bad, err := issuer.Certificate([]string{name}, &world.TLS{Issuer: "Inspection CA"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetCertificate(bad); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		_, err := login(t, dial(), roots)
		if unknown := new(x509.UnknownAuthorityError); errors.As(err, unknown) {
			return
		}
	}
	t.Error("the other certificate is never shown")
}

func TestStandIn(t *testing.T) {
	issuer, roots := certificates(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := postgres.NewStandIn(l, func() (*tls.Certificate, error) { return issuer.Certificate([]string{name}, nil) })
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for want, trust := range map[string]*x509.CertPool{"stand-in": roots, "no encryption": nil} {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp4", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := login(t, c, trust); err != nil || !strings.Contains(answer, want) {
			t.Errorf("answer is %q, %v; want %q", answer, err, want)
		}
	}
}
