// Package postgres asks a PostgreSQL server whether it speaks its protocol and
// TLS, and with a login whether it takes that and writes. Without a login: SSLRequest, the TLS handshake, and the end
// (PostgreSQL documentation, "Frontend/Backend Protocol", section "SSL Session
// Encryption" of "Message Flow").
package postgres

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/tcp"
	"github.com/agentcore-probe/probe/probes/tls"
)

// What one probe costs the server; a test holds this against a real one. No
// session is started and no login is counted.
const (
	CostConnections        = 1 // for the time of two round trips and a handshake
	CostLogLines           = 0 // with PostgreSQL's default settings
	CostLogLinesConnection = 1 // more with log_connections on
	CostLoginLogLines      = 0 // with a login that is accepted
	CostDeniedLogLines     = 1 // with a login that is refused
	CostLogLinesUntrusted  = 1 // more while the server's certificate is not trusted: "could not accept SSL connection"
)

// sslRequest is the message of length 8 with code 80877103.
var sslRequest = [8]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}

// Client probes over connections that stand already.
type Client struct {
	TLS   tls.Client
	Limit time.Duration // of the answer to SSLRequest, and of a login

	Login  Login // no user: no login is tried
	Writes bool  // whether a server that takes no writes is a failure; only a login shows it
}

// Result is what the server showed. TLS is zero where the server did not get
// so far.
type Result struct {
	TLS      netpath.Evidence
	Database netpath.Evidence
	Steps    []netpath.Step
}

// Probe asks over conn, which stays the caller's to close.
func (c Client) Probe(ctx context.Context, conn net.Conn) Result {
	start := time.Now()
	reply, err := c.ask(ctx, conn, start)
	step := netpath.Step{Operation: netpath.OpRequest, Start: start, Duration: time.Since(start)}
	if err != nil {
		step.Failure = tcp.Within(ctx, classify(err))
		step.Detail = describe(step.Failure, err, c.Limit)
		return Result{Database: failed(step, netpath.Facts{}), Steps: []netpath.Step{step}}
	}
	step.Failure, step.Detail = reply.failure()
	switch {
	case step.Failure == netpath.FailureTLSNotOffered:
		return Result{TLS: failed(step, netpath.Facts{}), Steps: []netpath.Step{step}}
	case step.Failure != "":
		return Result{Database: failed(step, reply.facts()), Steps: []netpath.Step{step}}
	}
	return c.secure(ctx, conn, step)
}

func (c Client) secure(ctx context.Context, conn net.Conn, asked netpath.Step) Result {
	secured, peer, step := c.TLS.Handshake(ctx, conn)
	result := Result{Steps: []netpath.Step{asked, step}}
	if secured == nil {
		result.TLS = failed(step, peer.Facts())
		return result
	}
	result.TLS = netpath.Evidence{Status: netpath.StatusPass, Detail: step.Detail, Facts: peer.Facts(), Duration: step.Duration}
	if c.Login.User != "" {
		said, login := c.login(ctx, secured)
		result.Database, result.Steps = said, append(result.Steps, login)
		return result
	}
	// close_notify and nothing else: a server that gets no startup packet
	// after TLS ends the connection without a line in its log.
	_ = secured.CloseWrite()
	result.Database = netpath.Evidence{
		Status: netpath.StatusPass, Detail: "speaks PostgreSQL and TLS; no login was tried", Facts: netpath.Facts{}, Duration: asked.Duration,
	}
	return result
}

func failed(step netpath.Step, facts netpath.Facts) netpath.Evidence {
	return netpath.Evidence{Status: netpath.StatusFail, Failure: step.Failure, Detail: step.Detail, Facts: facts, Duration: step.Duration}
}

func (c Client) ask(ctx context.Context, conn net.Conn, start time.Time) (reply, error) {
	stop := tcp.Interrupt(ctx, conn)
	defer stop()
	if err := conn.SetDeadline(start.Add(c.Limit)); err != nil {
		return reply{}, err
	}
	if ctx.Err() != nil {
		return reply{}, ctx.Err()
	}
	if _, err := conn.Write(sslRequest[:]); err != nil {
		return reply{}, err
	}
	answer, err := readReply(conn)
	if err != nil {
		return reply{}, err
	}
	return answer, conn.SetDeadline(time.Time{})
}

func classify(err error) netpath.Failure {
	if errors.Is(err, errNotPostgres) {
		return netpath.FailureNotThisEngine
	}
	return tcp.Classify(err)
}

func describe(failure netpath.Failure, err error, limit time.Duration) string {
	if failure == netpath.FailureNotThisEngine {
		return escape.Line(err.Error(), maxText)
	}
	return tcp.Describe(failure, err, limit)
}
