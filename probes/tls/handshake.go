// Package tls performs the TLS handshake of a probe on a connection that
// stands already: the name is sent as SNI and verified, whatever the address.
// The peer's certificates are recorded whether or not they are trusted.
package tls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// Client says how to shake hands.
type Client struct {
	Name  string           // SNI, and what the certificate must be for
	Roots *x509.CertPool   // nil means the system's
	Now   func() time.Time // the time at which certificates must be valid; nil means time.Now
	Limit time.Duration    // of the handshake
}

// Handshake shakes hands over conn, which stays the caller's to close; the
// returned connection is nil where step.Failure is set. TLS 1.2 is the least
// version, as it is for AWS endpoints; HTTP/1.1 is offered alone (ALPN).
func (c Client) Handshake(ctx context.Context, conn net.Conn) (*tls.Conn, Peer, netpath.Step) {
	step := netpath.Step{Operation: netpath.OpHandshake, Start: time.Now(), Address: tcp.Remote(conn)}
	now := c.Time()
	wire := &recorder{Conn: conn}
	var peer Peer
	config := c.Config(func(p Peer, _ bool) { peer = p })
	config.NextProtos = []string{"http/1.1"}
	secured := tls.Client(wire, config)
	limited, cancel := context.WithTimeout(ctx, c.Limit)
	defer cancel()
	err := secured.HandshakeContext(limited)
	step.Duration = time.Since(step.Start)
	if err != nil {
		step.Failure, step.Detail = classify(ctx, limited, err, wire, c, now)
		return nil, peer, step
	}
	wire.stop()
	if info, ok := tcp.ReadInfo(conn); ok {
		step.RTT = info.RTT
	}
	step.Detail = fmt.Sprintf("%s, certificate of %s", peer.Version, peer.Subject)
	return secured, peer, step
}

// Config is for a client that shakes hands by itself: it verifies as Handshake
// does. shown is called with what the peer showed and whether it is trusted.
func (c Client) Config(shown func(p Peer, trusted bool)) *tls.Config {
	return &tls.Config{
		ServerName:             c.Name,
		MinVersion:             tls.VersionTLS12,
		SessionTicketsDisabled: true,
		// Records are as large as other clients' are: what is large is then large
		// on the way too.
		DynamicRecordSizingDisabled: true,
		// Verification happens in VerifyConnection, so that the chain is
		// recorded first and judged at our own time.
		InsecureSkipVerify: true, //nolint:gosec // see above
		VerifyConnection: func(state tls.ConnectionState) error {
			err := c.verify(state, c.Time())
			shown(describePeer(state), err == nil)
			return err
		},
	}
}

// Time is the time at which certificates must be valid.
func (c Client) Time() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c Client) verify(state tls.ConnectionState, now time.Time) error {
	if len(state.PeerCertificates) == 0 {
		return x509.UnknownAuthorityError{}
	}
	between := x509.NewCertPool()
	for _, certificate := range state.PeerCertificates[1:] {
		between.AddCert(certificate)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
		DNSName:       c.Name,
		Roots:         c.Roots,
		Intermediates: between,
		CurrentTime:   now,
	})
	return err
}
