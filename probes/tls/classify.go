package tls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// Alerts that say "no common version" (RFC 8446, 6; RFC 7507).
const (
	alertProtocolVersion       = 70
	alertInappropriateFallback = 86
)

const firstBytes = 80

// classify names the failure of a handshake: what ended it from outside, then
// certificates, then what the peer sent, then the connection.
func classify(run, limited context.Context, err error, wire *recorder, c Client, now time.Time) (netpath.Failure, string) {
	if tcp.Ended(run) {
		return netpath.FailureCancelled, tcp.Describe(netpath.FailureCancelled, err, c.Limit)
	}
	if failure, detail := CertificateFailure(err, now); failure != "" {
		return failure, detail
	}
	if failure, detail := spoken(wire); failure != "" {
		return failure, detail
	}
	failure := tcp.Classify(err)
	if tcp.Ended(limited) {
		failure = netpath.FailureTimeout
	}
	return failure, tcp.Describe(failure, err, c.Limit)
}

// CertificateFailure names what the verification of a chain, at the time now,
// found wrong; "" for an error that is not about certificates.
func CertificateFailure(err error, now time.Time) (netpath.Failure, string) {
	var (
		hostname  x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		roots     x509.SystemRootsError
	)
	switch {
	case errors.As(err, &hostname):
		return netpath.FailureTLSName, "the certificate is not for " + text(hostname.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return validity(invalid.Cert, now)
	case errors.As(err, &invalid):
		return netpath.FailureTLSUntrusted, escape.Line(invalid.Error(), maxText)
	case errors.As(err, &authority) && authority.Cert != nil:
		return netpath.FailureTLSUntrusted, "not trusted: issued by " + text(authority.Cert.Issuer.String())
	case errors.As(err, &authority):
		return netpath.FailureTLSUntrusted, "no certificate was shown"
	case errors.As(err, &roots):
		return netpath.FailureTLSUntrusted, "no root certificates on this host"
	}
	return "", ""
}

func validity(of *x509.Certificate, now time.Time) (netpath.Failure, string) {
	if now.Before(of.NotBefore) {
		return netpath.FailureTLSNotYetValid, "valid from " + of.NotBefore.UTC().Format(time.RFC3339)
	}
	return netpath.FailureTLSExpired, "expired at " + of.NotAfter.UTC().Format(time.RFC3339)
}

// spoken judges by the bytes that the peer sent.
func spoken(wire *recorder) (netpath.Failure, string) {
	if len(wire.seen) == 0 {
		return "", ""
	}
	if !wire.isTLS() {
		return netpath.FailureTLSNotTLS, "not TLS: " + escape.Line(string(wire.seen[:min(len(wire.seen), firstBytes)]), firstBytes)
	}
	if code, ok := wire.alert(); ok {
		detail := fmt.Sprintf("alert %d (%s)", code, alertName(code))
		if code == alertProtocolVersion || code == alertInappropriateFallback {
			return netpath.FailureTLSVersion, detail
		}
		return netpath.FailureTLSAlert, detail
	}
	if version, ok := wire.version(); ok && version < tls.VersionTLS12 {
		return netpath.FailureTLSVersion, "the server offers no more than " + tls.VersionName(version)
	}
	return "", ""
}

// alertName words an alert as RFC 8446, 6 does.
func alertName(code byte) string {
	return escape.Line(tls.AlertError(code).Error(), maxText)
}
