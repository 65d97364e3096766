package service_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/service"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answerOnce reads one request and answers it.
func answerOnce(conn net.Conn, answer string, asked chan<- *http.Request) {
	defer conn.Close()
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		io.WriteString(conn, answer)
	}
	asked <- r
}

func TestAsk(t *testing.T) {
	for _, test := range []struct {
		label, answer string
		status        netpath.Status
		failure       netpath.Failure
	}{
		{"answers", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", netpath.StatusPass, ""},
		{"refuses an unsigned request", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", netpath.StatusPass, ""},
		{"redirects", "HTTP/1.1 302 Found\r\nLocation: https://aws.amazon.com/\r\nContent-Length: 0\r\n\r\n", netpath.StatusPass, ""},
		{"a body that is cut", "HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n", netpath.StatusPass, ""},
		{"broken", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", netpath.StatusFail, netpath.FailureServer},
		{"not HTTP", "220 smtp.example ESMTP\r\n", netpath.StatusFail, netpath.FailureMalformed},
		{"closes", "", netpath.StatusFail, netpath.FailureClosed},
	} {
		t.Run(test.label, func(t *testing.T) {
			a, b := net.Pipe()
			defer a.Close()
			asked := make(chan *http.Request, 1)
			go answerOnce(b, test.answer, asked)
			e, step := service.Ask(t.Context(), a, "api.ecr.us-east-1.amazonaws.com", time.Second)
			if e.Status != test.status || e.Failure != test.failure || step.Failure != test.failure {
				t.Errorf("%+v %+v", e, step)
			}
			if r := <-asked; r == nil || r.Host != "api.ecr.us-east-1.amazonaws.com" || r.Header.Get("Authorization") != "" {
				t.Errorf("asked %+v", r)
			}
		})
	}
}
