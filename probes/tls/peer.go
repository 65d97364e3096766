package tls

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
)

// Bounds of what is kept of a certificate.
const (
	maxText  = 256
	maxNames = 16
	maxChain = 8
)

// Peer is what the other side showed of itself. Texts are escaped: until the
// chain is verified they are the word of whoever answered.
type Peer struct {
	Subject   string
	Issuer    string
	Names     []string // DNS names and addresses the certificate is for, at most 16
	NotBefore time.Time
	NotAfter  time.Time
	Version   string   // "TLS 1.3"
	Cipher    string   // as IANA names it
	Chain     []string // subjects, leaf first
}

func describePeer(state tls.ConnectionState) Peer {
	peer := Peer{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite)}
	for _, certificate := range state.PeerCertificates[:min(len(state.PeerCertificates), maxChain)] {
		peer.Chain = append(peer.Chain, text(certificate.Subject.String()))
	}
	if len(state.PeerCertificates) == 0 {
		return peer
	}
	leaf := state.PeerCertificates[0]
	peer.Subject, peer.Issuer = text(leaf.Subject.String()), text(leaf.Issuer.String())
	peer.NotBefore, peer.NotAfter = leaf.NotBefore.UTC(), leaf.NotAfter.UTC()
	peer.Names = names(leaf)
	return peer
}

func names(leaf *x509.Certificate) []string {
	var out []string
	for _, name := range leaf.DNSNames {
		out = append(out, text(name))
	}
	for _, ip := range leaf.IPAddresses {
		out = append(out, ip.String())
	}
	return out[:min(len(out), maxNames)]
}

func text(s string) string { return escape.Line(s, maxText) }

// Facts lists issuer, subject, names, validity and version; empty where no
// certificate was seen.
func (p Peer) Facts() netpath.Facts {
	if len(p.Chain) == 0 {
		return netpath.Facts{}
	}
	return netpath.Facts{
		"subject":    p.Subject,
		"issuer":     p.Issuer,
		"names":      strings.Join(p.Names, " "),
		"not_before": p.NotBefore.Format(time.RFC3339),
		"not_after":  p.NotAfter.Format(time.RFC3339),
		"version":    p.Version,
	}
}
