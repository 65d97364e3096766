package tls

import (
	"encoding/binary"
	"net"
)

// kept bounds what the recorder remembers of a handshake, in bytes.
const kept = 64 << 10

// Record and message types of RFC 8446, 5.1 and 4.
const (
	recordChangeCipherSpec = 20
	recordAlert            = 21
	recordHandshake        = 22
	recordApplicationData  = 23
	serverHello            = 2
	recordHeader           = 5
)

// recorder remembers the first bytes that the peer sends: crypto/tls has no
// error value for an alert or a version, the protocol's own fields have.
type recorder struct {
	net.Conn
	seen []byte
	done bool
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	if !r.done && len(r.seen) < kept {
		r.seen = append(r.seen, p[:min(n, kept-len(r.seen))]...)
	}
	return n, err
}

func (r *recorder) stop() { r.seen, r.done = nil, true }

// isTLS reports whether what was seen begins like a TLS record.
func (r *recorder) isTLS() bool {
	if len(r.seen) == 0 || r.seen[0] < recordChangeCipherSpec || r.seen[0] > recordApplicationData {
		return false
	}
	return len(r.seen) < 2 || r.seen[1] == 3
}

// alert returns the description of the first plain-text alert.
func (r *recorder) alert() (byte, bool) {
	for rest := r.seen; len(rest) > recordHeader; {
		size := int(binary.BigEndian.Uint16(rest[3:]))
		if rest[0] == recordAlert && size == 2 && len(rest) >= recordHeader+2 {
			return rest[recordHeader+1], true
		}
		if len(rest) < recordHeader+size {
			break
		}
		rest = rest[recordHeader+size:]
	}
	return 0, false
}

// version returns the legacy version of the server's hello (RFC 5246, 7.4.1.3).
func (r *recorder) version() (uint16, bool) {
	const at = recordHeader + 4
	if len(r.seen) < at+2 || r.seen[0] != recordHandshake || r.seen[recordHeader] != serverHello {
		return 0, false
	}
	return binary.BigEndian.Uint16(r.seen[at:]), true
}
