package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// protocolVersion is 3.0, as StartupMessage has it ("Message Formats").
const protocolVersion = 3 << 16

// Plain asks over another connection whether the server takes the login's account
// without TLS, as an application comes that speaks none. It hears the server's
// first answer and leaves: no password is sent. A refusal (SQLSTATE class 28) of
// an account that has just logged in with TLS says that TLS is what is missing:
// pg_hba.conf has hostssl lines for it only, as rds.force_ssl makes them.
func (c Client) Plain(ctx context.Context, conn net.Conn) (netpath.Evidence, netpath.Step) {
	step := netpath.Step{Operation: netpath.OpRequest, Start: time.Now(), Address: tcp.Remote(conn)}
	answer, err := c.start(ctx, conn, step.Start)
	step.Duration = time.Since(step.Start)
	facts := netpath.Facts{"user": c.Login.User}
	switch {
	case err != nil:
		step.Failure = tcp.Within(ctx, classify(err))
		step.Detail = describe(step.Failure, err, c.Limit)
		return failed(step, facts), step
	case answer.kind == 'R':
		step.Detail = "takes " + c.Login.User + " without TLS"
		return netpath.Evidence{Status: netpath.StatusPass, Detail: step.Detail, Facts: facts, Duration: step.Duration}, step
	}
	step.Failure, step.Detail = answer.failure()
	if step.Failure == netpath.FailureLogin {
		step.Failure = netpath.FailureTLSRequired
	}
	facts["sqlstate"], facts["message"] = answer.sqlstate, answer.message
	return failed(step, facts), step
}

// start sends StartupMessage and reads the kind of the answer: a question about
// the password or a welcome (both 'R'), or an error.
func (c Client) start(ctx context.Context, conn net.Conn, now time.Time) (reply, error) {
	stop := tcp.Interrupt(ctx, conn)
	defer stop()
	if err := conn.SetDeadline(now.Add(c.Limit)); err != nil {
		return reply{}, err
	}
	if _, err := conn.Write(startup(c.Login)); err != nil {
		return reply{}, err
	}
	var kind [1]byte
	if _, err := io.ReadFull(conn, kind[:]); err != nil {
		return reply{}, err
	}
	switch kind[0] {
	case 'R':
		return reply{kind: 'R'}, nil
	case 'E':
		return readError(conn)
	}
	return reply{}, fmt.Errorf("%w: the answer begins with %s", errNotPostgres, escape.Line(string(kind[:]), maxText))
}

// startup is a StartupMessage; a name ends where a zero byte stands in it.
func startup(l Login) []byte {
	parameters := [][2]string{{"user", l.User}, {"database", l.Database}, {"application_name", "agentcore-probe"}}
	body := binary.BigEndian.AppendUint32(nil, protocolVersion)
	for _, p := range parameters {
		if value, _, _ := strings.Cut(p[1], "\x00"); value != "" {
			body = append(body, p[0]+"\x00"+value+"\x00"...)
		}
	}
	body = append(body, 0)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}
