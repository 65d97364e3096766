package tls_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/probes/probetest"
	probetls "github.com/agentcore-probe/probe/probes/tls"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 300 * time.Millisecond

// busy is what a loaded machine may add: only a hang takes longer.
const busy = 5 * time.Second

var today = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

type leaf struct {
	names    []string
	subject  string
	from, to time.Duration // from today; zero means one hour either way
}

func newCA(t *testing.T, subject string) authority {
	t.Helper()
	var name pkix.Name
	for part := range strings.SplitSeq(subject, ",") {
		switch key, value, _ := strings.Cut(part, "="); key {
		case "CN":
			name.CommonName = value
		case "O":
			name.Organization = []string{value}
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: name, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: today.AddDate(-1, 0, 0), NotAfter: today.AddDate(1, 0, 0),
	}
	return authority{sign(t, template, template, key, key), key}
}

func (a authority) server(t *testing.T, l leaf) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: cmp.Or(l.subject, "leaf")}, DNSNames: l.names,
		NotBefore: today.Add(cmp.Or(l.from, -time.Hour)), NotAfter: today.Add(cmp.Or(l.to, time.Hour)),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed := sign(t, template, a.certificate, key, a.key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{signed.Raw}, PrivateKey: key}}}
}

func sign(t *testing.T, template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func client(ca authority) probetls.Client {
	roots := x509.NewCertPool()
	roots.AddCert(ca.certificate)
	return probetls.Client{Name: name, Roots: roots, Now: func() time.Time { return today }, Limit: limit}
}

func serve(t *testing.T, config *tls.Config) net.Conn {
	return probetest.Peer(t, func(c net.Conn) {
		server := tls.Server(c, config)
		if server.Handshake() == nil {
			io.Copy(io.Discard, server)
		}
	})
}

// speak answers the first bytes with answer, and then closes or stays silent.
func speak(t *testing.T, answer []byte, hold bool) net.Conn {
	return probetest.Peer(t, func(c net.Conn) {
		io.ReadFull(c, make([]byte, 64))
		c.Write(answer)
		if hold {
			io.Copy(io.Discard, c)
			return
		}
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
	})
}
