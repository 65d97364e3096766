package postgres_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/postgres"
	"github.com/agentcore-probe/probe/probes/probetest"
	"github.com/agentcore-probe/probe/probes/tls"
)

// started is a server that reads StartupMessage ("Message Formats", PostgreSQL
// documentation) and answers.
func started(t *testing.T, answer []byte) net.Conn {
	want := []byte("\x00\x03\x00\x00user\x00probe\x00database\x00shop\x00application_name\x00agentcore-probe\x00\x00")
	return probetest.Peer(t, func(c net.Conn) {
		size := make([]byte, 4)
		if _, err := io.ReadFull(c, size); err != nil {
			return
		}
		message := make([]byte, binary.BigEndian.Uint32(size)-4)
		if _, err := io.ReadFull(c, message); err != nil || !bytes.Equal(message, want) {
			t.Errorf("start-up message %q", message)
		}
		c.Write(answer)
	})
}

// The refusal is the sentence of a server whose pg_hba.conf has hostssl lines only
// (SQLSTATE 28000, "invalid_authorization_specification").
func TestPlain(t *testing.T) {
	for _, test := range []struct {
		label  string
		answer []byte
		want   netpath.Failure
	}{
		{"asks for a password", []byte("R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"), ""},
		{"demands TLS", errorResponse("SFATAL\x00C28000\x00Mno pg_hba.conf entry for host \"10.0.1.20\", user \"probe\", database \"shop\", no encryption\x00"), netpath.FailureTLSRequired},
		{"is full", errorResponse("SFATAL\x00C53300\x00Msorry, too many clients already\x00"), netpath.FailureTooManyClients},
		{"closes", nil, netpath.FailureClosed},
		{"is no PostgreSQL", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), netpath.FailureNotThisEngine},
	} {
		client := postgres.Client{TLS: tls.Client{Name: "db.example", Limit: limit}, Limit: limit, Login: postgres.Login{User: "probe", Password: "secret", Database: "shop"}}
		e, step := client.Plain(t.Context(), started(t, test.answer))
		if diff := cmp.Diff([]netpath.Failure{test.want, test.want}, []netpath.Failure{e.Failure, step.Failure}); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.label, step.Detail, diff)
		}
	}
}
