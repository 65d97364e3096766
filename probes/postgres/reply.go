package postgres

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
)

// Bounds of an ErrorResponse and of what is kept of its texts, in bytes.
const (
	maxError = 64 << 10
	maxText  = 300
)

var errNotPostgres = errors.New("not PostgreSQL")

// reply is the answer to SSLRequest: 'S' (go on with TLS), 'N' (TLS is not
// offered) or 'E' with an ErrorResponse's fields.
type reply struct {
	kind     byte
	sqlstate string
	message  string
}

// readReply reads exactly one answer: not a byte of what follows 'S', which
// has to come encrypted (CVE-2021-23222).
func readReply(r io.Reader) (reply, error) {
	var kind [1]byte
	if _, err := io.ReadFull(r, kind[:]); err != nil {
		return reply{}, err
	}
	switch kind[0] {
	case 'S', 'N':
		return reply{kind: kind[0]}, nil
	case 'E':
		return readError(r)
	}
	return reply{}, fmt.Errorf("%w: the answer begins with %s", errNotPostgres, escape.Line(string(kind[:]), maxText))
}

// readError parses ErrorResponse ("Message Formats"; "Error and Notice Message
// Fields"): length, then fields of a type byte and a string, then a zero byte.
func readError(r io.Reader) (reply, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return reply{}, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < 5 || n > maxError {
		return reply{}, fmt.Errorf("%w: an error message of %d bytes", errNotPostgres, n)
	}
	body := make([]byte, n-4)
	if _, err := io.ReadFull(r, body); err != nil {
		return reply{}, err
	}
	out := reply{kind: 'E'}
	for len(body) > 0 && body[0] != 0 {
		value, rest, ok := bytes.Cut(body[1:], []byte{0})
		if !ok {
			return reply{}, fmt.Errorf("%w: an error field without an end", errNotPostgres)
		}
		switch body[0] {
		case 'C':
			out.sqlstate = escape.Line(string(value), maxText)
		case 'M':
			out.message = escape.Line(string(value), maxText)
		}
		body = rest
	}
	if out.sqlstate == "" {
		return reply{}, fmt.Errorf("%w: an error without SQLSTATE", errNotPostgres)
	}
	return out, nil
}

// failure names what the answer stands for ("PostgreSQL Error Codes",
// Appendix A).
func (r reply) failure() (netpath.Failure, string) {
	switch r.kind {
	case 'S':
		return "", "the server offers TLS"
	case 'N':
		return netpath.FailureTLSNotOffered, "the server does not offer TLS"
	}
	detail := fmt.Sprintf("SQLSTATE %s: %s", r.sqlstate, r.message)
	switch {
	case r.sqlstate == "53300":
		return netpath.FailureTooManyClients, detail
	case r.sqlstate == "57P03":
		return netpath.FailureDatabaseStarted, detail
	case len(r.sqlstate) == 5 && r.sqlstate[:2] == "28":
		return netpath.FailureLogin, detail
	}
	return netpath.FailureOther, detail
}

func (r reply) facts() netpath.Facts {
	return netpath.Facts{"sqlstate": r.sqlstate, "message": r.message}
}
