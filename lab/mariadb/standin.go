package mariadb

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"
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
	listener    net.Listener
	certificate func() (*tls.Certificate, error)
	cancel      context.CancelFunc
	serving     sync.WaitGroup
}

// NewStandIn serves the connections of l with the certificate of the moment.
func NewStandIn(l net.Listener, certificate func() (*tls.Certificate, error)) *StandIn {
	ctx, cancel := context.WithCancel(context.Background())
	s := &StandIn{listener: l, certificate: certificate, cancel: cancel}
	s.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.serving.Go(func() {
				defer c.Close() //nolint:errcheck // it is over either way
				stop := context.AfterFunc(ctx, func() { _ = c.Close() })
				defer stop()
				_ = c.SetDeadline(time.Now().Add(limit))
				_ = s.serve(c) // the client's fault, or it has gone
			})
		}
	})
	return s
}

// Close ends all connections.
func (s *StandIn) Close() error {
	s.cancel()
	err := s.listener.Close()
	s.serving.Wait()
	return err
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
