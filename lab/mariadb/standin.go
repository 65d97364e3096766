package mariadb

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"

	"github.com/agentcore-probe/probe/lab/daemon"
)

// What the stand-in says of itself ("Protocol::HandshakeV10", MySQL
// documentation): protocol 4.1, TLS, a secure password, an authentication plugin.
const (
	capabilities = 0x00000200 | clientSSL | 0x00008000 | 0x00080000
	clientSSL    = 0x00000800
	greetingHead = "\x0a5.5.5-10.11.0-MariaDB-stand-in\x00"
	plugin       = "mysql_native_password\x00"
	largest      = 1 << 16 // bytes of a packet
)

// StandIn speaks MySQL's protocol as far as TLS, and refuses every login.
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
	if err := write(c, 0, greeting()); err != nil {
		return err
	}
	sequence, body, err := read(c)
	if err != nil {
		return err
	}
	// An SSLRequest is the first 32 bytes of a login ("Protocol::SSLRequest").
	if len(body) == 32 && binary.LittleEndian.Uint32(body)&clientSSL != 0 {
		certificate, err := s.certificate()
		if err != nil {
			return err
		}
		c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
		if sequence, _, err = read(c); err != nil {
			return err
		}
	}
	refusal := append([]byte{0xff, 0x15, 0x04}, "#28000this is the lab's stand-in for MariaDB: it knows no users"...) // 1045
	return write(c, sequence+1, refusal)
}

func greeting() []byte {
	b := append([]byte(greetingHead), 1, 0, 0, 0) // number of the connection
	b = append(b, "lab-salt\x00"...)
	b = binary.LittleEndian.AppendUint16(b, capabilities&0xffff)
	b = append(b, 45, 2, 0) // utf8mb4, autocommit
	b = binary.LittleEndian.AppendUint16(b, capabilities>>16)
	b = append(b, 21)
	b = append(b, make([]byte, 10)...)
	return append(append(b, "lab-salt-too\x00"...), plugin...)
}

// write sends a packet: length in three bytes, number, body.
func write(w io.Writer, sequence byte, body []byte) error {
	n := len(body)
	_, err := w.Write(append([]byte{byte(n), byte(n >> 8), byte(n >> 16), sequence}, body...))
	return err
}

func read(r io.Reader) (sequence byte, body []byte, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	if n > largest {
		return 0, nil, io.ErrUnexpectedEOF
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return head[3], body, err
}
