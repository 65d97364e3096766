package roundtrip_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/probetest"
	"github.com/agentcore-probe/probe/probes/roundtrip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 300 * time.Millisecond

// busy is what a loaded machine may add: only a hang takes longer.
const busy = 5 * time.Second

// serve reads a request and leaves the answer to handle.
func serve(t *testing.T, handle func(c net.Conn)) net.Conn {
	return probetest.Peer(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			handle(c)
		}
	})
}

func get(t *testing.T) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://service.example/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(s string, hold bool) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, s)
		if hold {
			io.Copy(io.Discard, c)
		}
	}
}

func endless(start, piece string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, start)
		for {
			if _, err := io.WriteString(c, piece); err != nil {
				return
			}
		}
	}
}

func TestDo(t *testing.T) {
	for _, test := range []struct {
		label   string
		handle  func(net.Conn)
		status  int
		failure netpath.Failure
		cut     bool
		keep    bool
	}{
		{"answer", text("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", true), 404, "", false, true},
		{"answer and close", text("HTTP/1.1 403 No\r\nConnection: close\r\n\r\n{}", false), 403, "", false, false},
		{"100-continue first", text("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true), 200, "", false, true},
		{"redirect is not followed", text("HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n", true), 302, "", false, true},
		{"silence", func(c net.Conn) { io.Copy(io.Discard, c) }, 0, netpath.FailureTimeout, false, false},
		{"closes", func(net.Conn) {}, 0, netpath.FailureClosed, false, false},
		{"resets", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }, 0, netpath.FailureReset, false, false},
		{"garbage", text("\x00\x01garbage\r\n\r\n", true), 0, netpath.FailureMalformed, false, false},
		{"cut status line", text("HTTP/1.1 20", false), 0, netpath.FailureMalformed, false, false},
		{"endless header", endless("HTTP/1.1 200 OK\r\n", "X-Filler: "+strings.Repeat("y", 1000)+"\r\n"), 0, netpath.FailureResponseTooLarge, false, false},
		{"endless header line", endless("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("y", 1000)), 0, netpath.FailureResponseTooLarge, false, false},
		{"endless informational answers", endless("", "HTTP/1.1 100 Continue\r\n\r\n"), 0, netpath.FailureMalformed, false, false},
		{"endless body", endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("y", 4096)), 200, "", true, false},
		{"endless chunks", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", strings.Repeat("1000\r\n"+strings.Repeat("y", 4096)+"\r\n", 16)), 200, "", true, false},
		{"body shorter than said", text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false), 200, netpath.FailureClosed, false, false},
		{"body that stalls", text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true), 200, netpath.FailureTimeout, false, false},
		{"header that stalls", text("HTTP/1.1 200 OK\r\nContent-", true), 0, netpath.FailureTimeout, false, false},
	} {
		t.Run(test.label, func(t *testing.T) {
			start := time.Now()
			reply, step := roundtrip.Do(t.Context(), serve(t, test.handle), get(t), limit)
			if reply.Status != test.status || step.Failure != test.failure || reply.Cut != test.cut || reply.Keep != test.keep {
				t.Errorf("status %d, cut %v, keep %v, %+v", reply.Status, reply.Cut, reply.Keep, step)
			}
			if len(reply.Body) > 1<<20 {
				t.Errorf("body of %d bytes", len(reply.Body))
			}
			if took := time.Since(start); took > limit+busy {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestDoCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	conn := serve(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	_, step := roundtrip.Do(ctx, conn, get(t), limit)
	if step.Failure != netpath.FailureCancelled || step.Duration > limit {
		t.Errorf("%+v", step)
	}
}
