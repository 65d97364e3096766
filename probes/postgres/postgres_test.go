package postgres_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/postgres"
	"github.com/agentcore-probe/probe/probes/probetest"
	"github.com/agentcore-probe/probe/probes/tls"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 300 * time.Millisecond

// errorResponse builds a message as "Message Formats" of the PostgreSQL
// documentation defines it.
func errorResponse(fields string) []byte {
	body := append([]byte(fields), 0)
	return append(binary.BigEndian.AppendUint32([]byte{'E'}, uint32(len(body)+4)), body...)
}

// answering is a server that answers SSLRequest, and then ends its side or stays silent.
func answering(t *testing.T, answer []byte, hold bool) net.Conn {
	return probetest.Peer(t, func(c net.Conn) {
		request := make([]byte, 8)
		if _, err := io.ReadFull(c, request); err != nil || !bytes.Equal(request, []byte{0, 0, 0, 8, 4, 210, 22, 47}) {
			t.Errorf("request % x", request)
		}
		c.Write(answer)
		if !hold {
			c.(*net.TCPConn).CloseWrite() // a close with a ClientHello unread would be a reset
		}
		io.Copy(io.Discard, c)
	})
}

// SQLSTATEs: "PostgreSQL Error Codes", Appendix A.
func TestProbe(t *testing.T) {
	for _, test := range []struct {
		label    string
		answer   []byte
		hold     bool
		tls      netpath.Failure
		database netpath.Failure
	}{
		{"TLS not offered", []byte("N"), true, netpath.FailureTLSNotOffered, ""},
		{"too many connections", errorResponse("SFATAL\x00C53300\x00Msorry, too many clients already\x00"), false, "", netpath.FailureTooManyClients},
		{"starting up", errorResponse("SFATAL\x00C57P03\x00Mthe database system is starting up\x00"), false, "", netpath.FailureDatabaseStarted},
		{"no pg_hba.conf entry", errorResponse("C28000\x00Mno entry\x00"), false, "", netpath.FailureLogin},
		{"another error", errorResponse("CXX000\x00M\x1b[2Jboom\x00"), false, "", netpath.FailureOther},
		{"silence", nil, true, "", netpath.FailureTimeout},
		{"closes", nil, false, "", netpath.FailureClosed},
		{"MySQL greets", []byte("\x4a\x00\x00\x00\x0a8.0.36\x00"), true, "", netpath.FailureNotThisEngine},
		{"HTTP", []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), true, "", netpath.FailureNotThisEngine},
		{"SMTP whose greeting begins with E", []byte("EHLO there and so on"), true, "", netpath.FailureNotThisEngine},
		{"error of no length", []byte("E\x00\x00\x00\x00"), true, "", netpath.FailureNotThisEngine},
		{"error without fields", errorResponse(""), true, "", netpath.FailureNotThisEngine},
		{"error without an end", []byte("E\x00\x00\x00\x09CABCD"), true, "", netpath.FailureNotThisEngine},
		{"error that is cut", errorResponse("C53300\x00")[:6], false, "", netpath.FailureClosed},
		{"plain text injected behind S", []byte("Sinjected plain text"), true, netpath.FailureTLSNotTLS, ""},
		{"closes after S", []byte("S"), false, netpath.FailureClosed, ""},
		{"silent after S", []byte("S"), true, netpath.FailureTimeout, ""},
	} {
		t.Run(test.label, func(t *testing.T) {
			client := postgres.Client{TLS: tls.Client{Name: "db.example", Limit: limit}, Limit: limit}
			got := client.Probe(t.Context(), answering(t, test.answer, test.hold))
			if got.TLS.Failure != test.tls || got.Database.Failure != test.database {
				t.Errorf("tls %+v\ndatabase %+v", got.TLS, got.Database)
			}
			if strings.ContainsAny(got.Database.Detail, "\x1b\n") {
				t.Errorf("detail %q", got.Database.Detail)
			}
			if last := got.Steps[len(got.Steps)-1]; last.Failure != test.tls && last.Failure != test.database {
				t.Errorf("steps %+v", got.Steps)
			}
		})
	}
}

func FuzzProbe(f *testing.F) {
	f.Add(errorResponse("SFATAL\x00C53300\x00Mtoo many\x00"))
	f.Add([]byte("N"))
	f.Add([]byte("E\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if len(answer) > 0 && answer[0] == 'S' {
			return // goes on with TLS
		}
		ours, theirs := net.Pipe()
		var group sync.WaitGroup
		group.Go(func() {
			defer theirs.Close()
			io.ReadFull(theirs, make([]byte, 8))
			theirs.Write(answer)
		})
		got := postgres.Client{Limit: time.Second}.Probe(t.Context(), ours)
		ours.Close()
		group.Wait()
		if got.TLS.Failure == "" && got.Database.Failure == "" {
			t.Errorf("%q passes: %+v", answer, got)
		}
		for _, text := range []string{got.Database.Detail, got.Database.Facts["message"], got.Database.Facts["sqlstate"]} {
			if strings.ContainsAny(text, "\n\x1b\x00") || len(text) > 700 {
				t.Errorf("%q", text)
			}
		}
	})
}
