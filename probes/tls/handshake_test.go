package tls_test

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/probetest"
	probetls "github.com/agentcore-probe/probe/probes/tls"
)

const name = "bedrock-agentcore.us-east-1.amazonaws.com"

func TestHandshake(t *testing.T) {
	ca := newCA(t, "CN=lab root")
	conn := serve(t, ca.server(t, leaf{names: []string{name, "*.example"}}))
	secured, peer, step := client(ca).Handshake(t.Context(), conn)
	if secured == nil {
		t.Fatalf("%+v", step)
	}
	defer secured.Close()
	want := probetls.Peer{
		Subject: "CN=leaf", Issuer: "CN=lab root", Names: []string{name, "*.example"},
		NotBefore: today.Add(-time.Hour), NotAfter: today.Add(time.Hour),
		Version: "TLS 1.3", Cipher: peer.Cipher, Chain: []string{"CN=leaf"},
	}
	if diff := cmp.Diff(want, peer); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if step.Operation != netpath.OpHandshake || step.Failure != "" || step.Duration <= 0 || step.RTT <= 0 {
		t.Errorf("%+v", step)
	}
}

// Each certificate breaks one rule of RFC 5280, 6.1 or RFC 6125; the chain is
// recorded all the same.
func TestHandshakeCertificates(t *testing.T) {
	ca := newCA(t, "CN=lab root")
	other := newCA(t, "CN=Corporate Inspection CA,O=Example")
	for _, test := range []struct {
		label  string
		config *tls.Config
		want   netpath.Failure
		detail string
		issuer string
	}{
		{"inspected", other.server(t, leaf{names: []string{name}}), netpath.FailureTLSUntrusted, "not trusted: issued by CN=Corporate Inspection CA,O=Example", "CN=Corporate Inspection CA,O=Example"},
		{"another name", ca.server(t, leaf{names: []string{"other.example"}}), netpath.FailureTLSName, "the certificate is not for " + name, "CN=lab root"},
		{"expired", ca.server(t, leaf{names: []string{name}, from: -2 * time.Hour, to: -time.Hour}), netpath.FailureTLSExpired, "expired at 2026-06-01T11:00:00Z", "CN=lab root"},
		{"not yet valid", ca.server(t, leaf{names: []string{name}, from: time.Hour, to: 2 * time.Hour}), netpath.FailureTLSNotYetValid, "valid from 2026-06-01T13:00:00Z", "CN=lab root"},
		{"escape sequences in the subject", other.server(t, leaf{names: []string{name}, subject: "\x1b[2J\u202eevil"}), netpath.FailureTLSUntrusted, "not trusted: issued by CN=Corporate Inspection CA,O=Example", "CN=Corporate Inspection CA,O=Example"},
	} {
		t.Run(test.label, func(t *testing.T) {
			secured, peer, step := client(ca).Handshake(t.Context(), serve(t, test.config))
			if secured != nil || step.Failure != test.want || step.Detail != test.detail {
				t.Errorf("%+v", step)
			}
			if peer.Facts()["issuer"] != test.issuer || strings.ContainsAny(peer.Subject, "\x1b\u202e") {
				t.Errorf("peer %+v", peer)
			}
		})
	}
}

func TestHandshakeVersion(t *testing.T) {
	ca := newCA(t, "CN=lab root")
	old := ca.server(t, leaf{names: []string{name}})
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
	_, _, step := client(ca).Handshake(t.Context(), serve(t, old))
	if step.Failure != netpath.FailureTLSVersion {
		t.Errorf("%+v", step)
	}
}

// A ServerHello with version 1.0 (RFC 2246, 7.4.1.3), as servers send that
// negotiate down without an alert.
func TestHandshakeServerHelloOfAnOldVersion(t *testing.T) {
	hello := append([]byte{2, 0, 0, 38, 3, 1}, make([]byte, 36)...)
	hello[4+2+32] = 0
	record := append([]byte{22, 3, 1, 0, byte(len(hello))}, hello...)
	_, _, step := client(newCA(t, "CN=x")).Handshake(t.Context(), speak(t, record, false))
	if step.Failure != netpath.FailureTLSVersion || !strings.Contains(step.Detail, "TLS 1.0") {
		t.Errorf("%+v", step)
	}
}

func TestHandshakeHostile(t *testing.T) {
	for _, test := range []struct {
		label  string
		answer []byte
		hold   bool // keeps the connection open afterwards
		want   netpath.Failure
		detail string
	}{
		{"silence", nil, true, netpath.FailureTimeout, "no answer within 300ms"},
		{"closes", nil, false, netpath.FailureClosed, "the peer closed the connection without an answer"},
		{"plain HTTP", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), true, netpath.FailureTLSNotTLS, `not TLS: HTTP/1.1 400 Bad Request\r\n\r\n`},
		{"SSH", []byte("SSH-2.0-OpenSSH_9.6\r\n"), true, netpath.FailureTLSNotTLS, `not TLS: SSH-2.0-OpenSSH_9.6\r\n`},
		{"two bytes of text", []byte("no"), false, netpath.FailureTLSNotTLS, "not TLS: no"},
		{"terminal escapes", []byte("\x1b[2J\x1b]0;x\a......"), true, netpath.FailureTLSNotTLS, `not TLS: \x1b[2J\x1b]0;x\x07......`},
		{"alert handshake_failure", []byte{21, 3, 3, 0, 2, 2, 40}, true, netpath.FailureTLSAlert, "alert 40 (tls: handshake failure)"},
		{"alert unrecognized_name", []byte{21, 3, 3, 0, 2, 2, 112}, true, netpath.FailureTLSAlert, "alert 112 (tls: unrecognized name)"},
		{"alert protocol_version", []byte{21, 3, 1, 0, 2, 2, 70}, true, netpath.FailureTLSVersion, "alert 70 (tls: protocol version not supported)"},
		{"endless record", append([]byte{22, 3, 3, 0x40, 0}, make([]byte, 100)...), true, netpath.FailureTimeout, "no answer within 300ms"},
		{"a hello of noise", append([]byte{22, 3, 3, 0, 8, 2, 0, 0, 4}, "noise..."...), true, netpath.FailureOther, ""},
	} {
		t.Run(test.label, func(t *testing.T) {
			start := time.Now()
			secured, _, step := client(newCA(t, "CN=x")).Handshake(t.Context(), speak(t, test.answer, test.hold))
			if secured != nil || step.Failure != test.want || test.detail != "" && step.Detail != test.detail {
				t.Errorf("%+v", step)
			}
			if took := time.Since(start); took > limit+busy {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestHandshakeCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, _, step := client(newCA(t, "CN=x")).Handshake(ctx, speak(t, nil, true))
	if step.Failure != netpath.FailureCancelled {
		t.Errorf("%+v", step)
	}
}

func TestHandshakeReset(t *testing.T) {
	conn := probetest.Peer(t, func(c net.Conn) {
		c.Read(make([]byte, 1))
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	})
	_, _, step := client(newCA(t, "CN=x")).Handshake(t.Context(), conn)
	if step.Failure != netpath.FailureReset {
		t.Errorf("%+v", step)
	}
}

func TestFactsOfNothing(t *testing.T) {
	if got := (probetls.Peer{}).Facts(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
