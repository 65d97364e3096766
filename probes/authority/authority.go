// Package authority holds the certificate authority of Amazon RDS, which signs
// the certificates of databases and which no system trusts by itself.
package authority

import (
	"crypto/x509"
	_ "embed"
	"strings"
)

//go:embed rds.pem
var rds []byte

// WithRDS returns roots and those of Amazon RDS; nil roots are the system's.
func WithRDS(roots *x509.CertPool) *x509.CertPool {
	all := x509.NewCertPool()
	if roots != nil {
		all = roots.Clone()
	} else if system, err := x509.SystemCertPool(); err == nil {
		all = system
	}
	all.AppendCertsFromPEM(rds)
	return all
}

// IsRDS reports whether a name is one that the authority of Amazon RDS gives
// itself, as "Amazon RDS us-east-1 Root CA RSA2048 G1" ("Certificate
// authorities", Amazon RDS User Guide). Whoever bears such a name and is not
// among the roots belongs to a Region that is newer than they are, or to another
// partition.
func IsRDS(name string) bool {
	return strings.Contains(name, "CN=Amazon RDS ")
}
