package postgres

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/agentcore-probe/probe/lab/daemon"
)

// Codes of the first message ("Message Formats", PostgreSQL documentation).
const (
	sslRequest     = 80877103
	gssEncRequest  = 80877104
	cancelRequest  = 80877102
	largestStartup = 10000 // bytes
)

// StandIn speaks PostgreSQL's protocol as far as TLS, and refuses every login.
type StandIn struct {
	*daemon.StandIn
	certificate func() (*tls.Certificate, error)
}

// NewStandIn serves the connections of l with the certificate of the moment.
func NewStandIn(l net.Listener, certificate func() (*tls.Certificate, error)) *StandIn {
	s := &StandIn{certificate: certificate}
	s.StandIn = daemon.NewStandIn(l, s.serve)
	return s
}

func (s *StandIn) serve(c net.Conn) error {
	for {
		code, err := startup(c)
		switch {
		case err != nil:
			return err
		case code == gssEncRequest:
			if _, err := c.Write([]byte("N")); err != nil {
				return err
			}
		case code == sslRequest:
			return s.secure(c)
		case code == cancelRequest:
			return nil
		default:
			return refuse(c, "28000", fmt.Sprintf("no pg_hba.conf entry for host %q, no encryption", hostOf(c)))
		}
	}
}

func (s *StandIn) secure(c net.Conn) error {
	certificate, err := s.certificate()
	if err != nil {
		return err
	}
	if _, err := c.Write([]byte("S")); err != nil {
		return err
	}
	secured := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
	if _, err := startup(secured); err != nil {
		return err
	}
	return refuse(secured, "0A000", "this is the lab's stand-in for PostgreSQL: it knows no users")
}

// startup reads a message without a type: length, code, and the rest.
func startup(r io.Reader) (code uint32, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, err
	}
	length := binary.BigEndian.Uint32(head[:4])
	if length < 8 || length > largestStartup {
		return 0, errors.New("not a start-up message")
	}
	_, err = io.CopyN(io.Discard, r, int64(length)-8)
	return binary.BigEndian.Uint32(head[4:]), err
}

// refuse writes an ErrorResponse.
func refuse(w io.Writer, code, message string) error {
	body := []byte("SFATAL\x00VFATAL\x00C" + code + "\x00M" + message + "\x00\x00")
	_, err := w.Write(append(binary.BigEndian.AppendUint32([]byte("E"), uint32(len(body)+4)), body...))
	return err
}

func hostOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return host
}
