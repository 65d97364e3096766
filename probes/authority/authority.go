// Package authority holds the certificate authority of Amazon RDS, which signs
// the certificates of databases and which no system trusts by itself.
package authority

import (
	"bytes"
	"crypto/x509"
	_ "embed"
	"regexp"
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

// Unknown reports whether a name is one that the authority of Amazon RDS gives
// itself, as "Amazon RDS us-east-1 Root CA RSA2048 G1" ("Certificate authorities",
// Amazon RDS User Guide), in a Region whose roots are not here: one that is newer
// than they are, or of another partition.
func Unknown(name string) bool {
	region := named.FindStringSubmatch(name)
	return region != nil && !bytes.Contains(rds, []byte("\n# "+region[1]+" "))
}

var named = regexp.MustCompile(`CN=Amazon RDS ([\w-]+) `)
