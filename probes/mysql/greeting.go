package mysql

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
)

// Bounds of a greeting and of what is kept of its texts, in bytes.
const (
	maxGreeting = 4 << 10
	maxText     = 300
)

// Capabilities ("Capabilities Flags", MySQL Source Code Documentation).
const (
	capabilityProtocol41       = 0x0000_0200
	capabilitySSL              = 0x0000_0800
	capabilitySecureConnection = 0x0000_8000
)

const (
	protocolVersion = 10
	errPacket       = 0xff
	charset         = 45 // utf8mb4_general_ci
	headerSize      = 4
	fixedSize       = 31 // of a greeting, behind the version's zero byte
)

var errNotMySQL = errors.New("not MySQL")

// greeting is the server's first packet: Protocol::HandshakeV10, or an
// ERR_Packet in its place.
type greeting struct {
	version      string
	capabilities uint32
	code         uint16 // of an ERR_Packet; 0 otherwise
	message      string
	raw          []byte // the packet with its header
}

func (g greeting) facts() netpath.Facts {
	if g.code != 0 {
		return netpath.Facts{"error": strconv.Itoa(int(g.code)), "message": g.message}
	}
	return netpath.Facts{"server_version": g.version}
}

// readGreeting reads exactly one packet: three bytes of length, a sequence
// number, and the payload.
func readGreeting(r io.Reader) (greeting, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return greeting{}, err
	}
	size := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if size == 0 || size > maxGreeting || header[3] != 0 {
		return greeting{}, fmt.Errorf("%w: it begins with %s", errNotMySQL, escape.Line(string(header[:]), maxText))
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return greeting{}, err
	}
	parsed, err := parseGreeting(payload)
	parsed.raw = append(header[:], payload...)
	return parsed, err
}

func parseGreeting(payload []byte) (greeting, error) {
	switch payload[0] {
	case errPacket:
		return parseError(payload[1:])
	case protocolVersion:
	default:
		return greeting{}, fmt.Errorf("%w: protocol version %d", errNotMySQL, payload[0])
	}
	version, rest, ok := bytes.Cut(payload[1:], []byte{0})
	if !ok || len(version) == 0 || len(rest) < fixedSize {
		return greeting{}, fmt.Errorf("%w: a greeting that is cut", errNotMySQL)
	}
	// Behind the version: thread id 4, data 8, zero 1, capabilities 2, charset
	// 1, status 2, capabilities 2, length 1, reserved 10.
	if rest[12] != 0 {
		return greeting{}, fmt.Errorf("%w: a greeting without its filler", errNotMySQL)
	}
	low, high := binary.LittleEndian.Uint16(rest[13:]), binary.LittleEndian.Uint16(rest[18:])
	return greeting{version: escape.Line(string(version), maxText), capabilities: uint32(high)<<16 | uint32(low)}, nil
}

// parseError reads an ERR_Packet behind its mark: the code, an SQL state that
// not every server sends here, and the message.
func parseError(payload []byte) (greeting, error) {
	if len(payload) < 2 {
		return greeting{}, fmt.Errorf("%w: an error that is cut", errNotMySQL)
	}
	code, message := binary.LittleEndian.Uint16(payload), payload[2:]
	if code == 0 {
		return greeting{}, fmt.Errorf("%w: an error without a code", errNotMySQL)
	}
	if len(message) >= 6 && message[0] == '#' {
		message = message[6:]
	}
	return greeting{code: code, message: escape.Line(string(message), maxText)}, nil
}

// refusal names what an error stands for ("Server Error Message Reference",
// MySQL Reference Manual; "MariaDB Error Codes").
func refusal(code uint16, message string) (netpath.Failure, string) {
	detail := fmt.Sprintf("error %d: %s", code, message)
	switch code {
	case 1129: // ER_HOST_IS_BLOCKED
		return netpath.FailureHostBlocked, detail
	case 1040, 1203, 1226: // ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED
		return netpath.FailureTooManyClients, detail
	case 1044, 1045, 1130, 1698, 1862, 3118, 4151: // access denied, host not privileged, password expired, account locked
		return netpath.FailureLogin, detail
	}
	return netpath.FailureOther, detail
}

// sslRequest is Protocol::SSLRequest, the second packet of the connection.
func sslRequest() []byte {
	packet := make([]byte, headerSize+32)
	packet[0], packet[3] = 32, 1
	binary.LittleEndian.PutUint32(packet[4:], capabilityProtocol41|capabilitySSL|capabilitySecureConnection)
	binary.LittleEndian.PutUint32(packet[8:], 1<<24) // the largest packet
	packet[12] = charset
	return packet
}
