package authority_test

import (
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/lab/authority"
	"github.com/agentcore-probe/probe/lab/world"
)

const name = "bedrock-agentcore.us-east-1.amazonaws.com"

// verify judges the certificate that a knob asks for.
func verify(t *testing.T, knob *world.TLS) error {
	t.Helper()
	root, err := authority.New(authority.Name, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c, err := authority.NewIssuer(root).Certificate([]string{name, "*.vpce.amazonaws.com"}, knob)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root.PEM())
	_, err = leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots})
	return err
}

func TestCertificates(t *testing.T) {
	if err := verify(t, nil); err != nil {
		t.Errorf("healthy: %v", err)
	}
	var unknown x509.UnknownAuthorityError
	if err := verify(t, &world.TLS{Issuer: "Inspection CA"}); !errors.As(err, &unknown) || unknown.Cert.Issuer.CommonName != "Inspection CA" {
		t.Errorf("another issuer: %v", err)
	}
	var invalid x509.CertificateInvalidError
	if err := verify(t, &world.TLS{Expired: true}); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("expired: %v", err)
	}
	var other x509.HostnameError
	if err := verify(t, &world.TLS{Name: "proxy.example"}); !errors.As(err, &other) {
		t.Errorf("another name: %v", err)
	}
}
