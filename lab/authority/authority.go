// Package authority is the lab's certificate authority: made anew for each
// world, kept in memory only.
package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// Name is the common name of the authority that a world's commands trust.
const Name = "AgentCore Probe Lab Root CA"

// Authority issues server certificates.
type Authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	now         func() time.Time
}

// Order is what a certificate shall say.
type Order struct {
	Names   []string // DNS names; the first is the common name
	Expired bool     // it ended yesterday
	Days    int      // until it ends; 0 means twelve months
}

// New makes an authority of this common name.
func New(name string, now func() time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"AgentCore Probe Lab"}},
		NotBefore: now().AddDate(-1, 0, 0), NotAfter: now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", name, err)
	}
	certificate, err := x509.ParseCertificate(der)
	return &Authority{certificate: certificate, key: key, now: now}, err
}

// PEM returns the authority's certificate.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Issue makes a server certificate with a key of its own: 13 months, as AWS's
// own are, of which one has gone.
func (a *Authority) Issue(o Order) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	from := a.now().AddDate(0, -1, 0)
	if o.Expired {
		from = a.now().AddDate(0, -13, -1)
	}
	until := from.AddDate(0, 13, 0)
	if o.Days > 0 {
		until = a.now().AddDate(0, 0, o.Days)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: o.Names[0]}, DNSNames: o.Names,
		NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", o.Names[0], err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key}, nil
}
