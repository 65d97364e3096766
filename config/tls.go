package config

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

func (t TLS) faults() []*fault {
	if t.CA == "" {
		return nil
	}
	return []*fault{certificates("tls.ca", t.CA)}
}

// certificates wants a text to hold certificates in PEM form (RFC 7468), each one
// whole, and nothing else. crypto/x509 skips what it cannot read: the first
// handshake would tell.
func certificates(field, text string) *fault {
	found := 0
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		found++
		if block.Type != "CERTIFICATE" {
			return &fault{field, fmt.Sprintf("holds a %s: only certificates belong here", block.Type)}
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return &fault{field, fmt.Sprintf("certificate %d cannot be read: %v", found, err)}
		}
	}
	if found == 0 {
		return &fault{field, "holds no certificate in PEM form"}
	}
	if begun := strings.Count(text, "-----BEGIN "); begun != found {
		return &fault{field, fmt.Sprintf("%d certificates begin, %d are whole", begun, found)}
	}
	return nil
}
