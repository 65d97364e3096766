package probes_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// issue makes a root of some name and a certificate for the name that it signs.
func issue(t *testing.T, issuer string) (*x509.CertPool, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: issuer}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: root.NotBefore, NotAfter: root.NotAfter}
	signed, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	self, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(self)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool, tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}
}

// secured speaks TLS, at once or when PostgreSQL's clients ask for it, and says
// nothing behind it.
func secured(t *testing.T, protocol netpath.Protocol, shows tls.Certificate) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if protocol == netpath.ProtocolPostgres {
				io.ReadFull(conn, make([]byte, 8)) // SSLRequest
				io.WriteString(conn, "S")
			}
			secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{shows}, MinVersion: tls.VersionTLS12})
			secured.Handshake()
			secured.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return netip.MustParseAddrPort(l.Addr().String()).Port()
}

// The roots of databases are for them alone. A certificate by Amazon RDS that no
// root is at hand for is not known to be wrong.
func TestDatabaseAuthorities(t *testing.T) {
	rds, byRDS := issue(t, "Amazon RDS xx-new-1 Root CA RSA2048 G1")
	other, byOther := issue(t, "Acme inspection")
	for label, test := range map[string]struct {
		kind     netpath.Kind
		protocol netpath.Protocol
		shows    tls.Certificate
		roots    *x509.CertPool
		want     string
	}{
		"a root that is at hand": {netpath.KindDatabase, netpath.ProtocolPostgres, byRDS, rds, "tcp pass, tls pass, database pass"},
		"a Region that is newer": {netpath.KindDatabase, netpath.ProtocolPostgres, byRDS, nil, "tcp pass, tls unknown"},
		"an appliance":           {netpath.KindDatabase, netpath.ProtocolPostgres, byOther, rds, "tcp pass, tls fail tls_untrusted"},
		"not a database":         {netpath.KindOnPrem, netpath.ProtocolHTTPS, byOther, other, "tcp pass, tls fail tls_untrusted"},
	} {
		t.Run(label, func(t *testing.T) {
			p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), x509.NewCertPool())
			p.DatabaseRoots = test.roots
			path := netpath.Path{ID: "db/orders", Kind: test.kind, Route: netpath.RouteVPC, Target: netpath.Target{
				Name: name, Port: secured(t, test.protocol, test.shows), Protocol: test.protocol, Addresses: parse("127.0.0.1"),
			}}
			got := p.Observe(t.Context(), path).Addresses[0]
			if ladder(got) != test.want {
				t.Errorf("%s, want %s: %s", ladder(got), test.want, got.Hops[netpath.HopTLS].Detail)
			}
		})
	}
}
