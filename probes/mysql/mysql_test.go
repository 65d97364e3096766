package mysql_test

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/mysql"
	"github.com/agentcore-probe/probe/probes/probetest"
	"github.com/agentcore-probe/probe/probes/tls"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 300 * time.Millisecond

// packet frames a payload as "MySQL Packets" of the MySQL Source Code
// Documentation defines it.
func packet(payload string) string {
	n := len(payload)
	return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), 0}) + payload
}

// greeting is Protocol::HandshakeV10.
func greeting(version string, capabilities uint32) string {
	p := "\x0a" + version + "\x00" + "\x01\x00\x00\x00" + "12345678" + "\x00"
	p += string(binary.LittleEndian.AppendUint16(nil, uint16(capabilities))) + "\x2d\x02\x00"
	p += string(binary.LittleEndian.AppendUint16(nil, uint16(capabilities>>16))) + "\x15" + strings.Repeat("\x00", 10)
	return packet(p + "123456789012\x00" + "mysql_native_password\x00")
}

func refusal(code uint16, message string) string {
	return packet("\xff" + string(binary.LittleEndian.AppendUint16(nil, code)) + message)
}

// server says something and then holds the connection, or ends it.
func server(t *testing.T, says string, hold bool) net.Conn {
	t.Helper()
	return probetest.Peer(t, func(conn net.Conn) {
		io.WriteString(conn, says)
		if hold {
			io.Copy(io.Discard, conn)
		}
	})
}

const (
	withTLS    = 0x8a00
	withoutTLS = 0x8200
)

// Error codes: "Server Error Message Reference", MySQL Reference Manual.
func TestProbe(t *testing.T) {
	for _, test := range []struct {
		label, says   string
		hold          bool
		tls, database netpath.Failure
	}{
		{"TLS not offered", greeting("10.11.19-MariaDB", withoutTLS), true, netpath.FailureTLSNotOffered, ""},
		{"silent after the greeting", greeting("8.0.36", withTLS), true, netpath.FailureTimeout, ""},
		{"host blocked", refusal(1129, "Host '10.0.1.20' is blocked"), false, "", netpath.FailureHostBlocked},
		{"too many connections", refusal(1040, "#08004Too many connections"), false, "", netpath.FailureTooManyClients},
		{"host not allowed", refusal(1130, "Host '10.0.1.20' is not allowed"), false, "", netpath.FailureLogin},
		{"another error", refusal(1053, "\x1b[2JServer shutdown in progress"), false, "", netpath.FailureOther},
		{"silence", "", true, "", netpath.FailureTimeout},
		{"closes", "", false, "", netpath.FailureClosed},
		{"protocol 9", packet("\x093.20.1\x00" + strings.Repeat("x", 40)), true, "", netpath.FailureNotThisEngine},
		{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", true, "", netpath.FailureNotThisEngine},
		{"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", true, "", netpath.FailureNotThisEngine},
		{"a greeting that is cut short", packet("\x0a8.0.36\x00123"), true, "", netpath.FailureNotThisEngine},
		{"a greeting without a version's end", packet("\x0a" + strings.Repeat("8", 80)), true, "", netpath.FailureNotThisEngine},
		{"an empty packet", packet(""), true, "", netpath.FailureNotThisEngine},
		{"an error without a code", packet("\xff"), true, "", netpath.FailureNotThisEngine},
		{"a greeting that ends early", greeting("8.0.36", withTLS)[:20], false, "", netpath.FailureClosed},
	} {
		t.Run(test.label, func(t *testing.T) {
			client := mysql.Client{TLS: tls.Client{Name: "db.example", Limit: limit}, Limit: limit}
			got := client.Probe(t.Context(), server(t, test.says, test.hold))
			want := []netpath.Failure{test.tls, test.database}
			if diff := cmp.Diff(want, []netpath.Failure{got.TLS.Failure, got.Database.Failure}); diff != "" {
				t.Errorf("%+v\n-want +got:\n%s", got, diff)
			}
			if last := got.Steps[len(got.Steps)-1]; last.Failure != test.tls && last.Failure != test.database {
				t.Errorf("steps %+v", got.Steps)
			}
			if strings.ContainsAny(got.Database.Detail+got.Database.Facts["message"], "\x1b\n") {
				t.Errorf("detail %q", got.Database.Detail)
			}
		})
	}
}

// A server that breaks during a login is classified, in time.
func TestLoginAgainstBrokenServers(t *testing.T) {
	for _, test := range []struct {
		label, says string
		hold        bool
		want        netpath.Failure
	}{
		{"silent after the greeting", greeting("8.0.36", withTLS), true, netpath.FailureTimeout},
		{"plain text instead of TLS", greeting("8.0.36", withTLS) + "HTTP/1.1 400 Bad Request\r\n\r\n", true, netpath.FailureTLSNotTLS},
	} {
		t.Run(test.label, func(t *testing.T) {
			client := mysql.Client{TLS: tls.Client{Name: "db.example", Limit: limit}, Limit: limit, Login: mysql.Login{User: "probe", Password: "hunter2"}}
			got := client.Probe(t.Context(), server(t, test.says, test.hold))
			if got.TLS.Failure != test.want || got.Database.Status != "" || strings.Contains(got.TLS.Detail, "hunter2") {
				t.Errorf("%+v", got)
			}
		})
	}
}

func FuzzGreeting(f *testing.F) {
	f.Add([]byte(greeting("8.0.36", withoutTLS)))
	f.Add([]byte(refusal(1129, "Host is blocked")))
	f.Add([]byte("\xff\xff\xff\x00\x0a"))
	f.Fuzz(func(t *testing.T, says []byte) {
		ours, theirs := net.Pipe()
		var group sync.WaitGroup
		group.Go(func() {
			defer theirs.Close()
			theirs.Write(says)
		})
		got := mysql.Client{TLS: tls.Client{Limit: time.Second}, Limit: time.Second}.Probe(t.Context(), ours)
		ours.Close()
		group.Wait()
		if got.TLS.Failure == "" && got.Database.Failure == "" {
			t.Errorf("%q passes: %+v", says, got)
		}
		for _, text := range []string{got.Database.Detail, got.Database.Facts["message"], got.TLS.Facts["server_version"]} {
			if strings.ContainsAny(text, "\n\x1b\x00") || len(text) > 700 {
				t.Errorf("%q", text)
			}
		}
	})
}
