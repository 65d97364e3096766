// Package mysql asks a MySQL or MariaDB server whether it speaks its protocol
// and TLS, by a login where there is one, else by its greeting alone (MySQL
// Source Code Documentation, "Connection Phase").
//
// A connection that ends before a login is counted against this host, which
// the server shuts out after max_connect_errors of them in a row; only a login
// that succeeds resets the count ("Host 'host_name' is blocked", MySQL
// Reference Manual).
package mysql

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

// What one probe costs the server; a test holds this against a real one.
const (
	CostConnections    = 1 // for the time of two round trips and a handshake
	CostConnectErrors  = 1 // without a login: of max_connect_errors, 100 by default
	CostLogLines       = 1 // without a login: "Aborted connection", with MariaDB's default log_warnings
	CostLoginErrors    = 0 // with a login, accepted or refused: of max_connect_errors
	CostLoginLogLines  = 0 // with a login that is accepted
	CostDeniedLogLines = 1 // with a login that is refused: "Access denied"
)

// Login is an account of the server. It needs no privilege.
type Login struct{ User, Password string }

// Client probes over connections that stand already.
type Client struct {
	TLS   tls.Client
	Limit time.Duration // of the greeting, and of a login with its handshake
	Login Login         // no user: no login is tried

	Writes bool // whether a server that takes no writes is a failure; only a login shows it
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
	greeted, err := c.listen(ctx, conn, start)
	step := netpath.Step{Operation: netpath.OpRequest, Start: start, Duration: time.Since(start), Address: tcp.Remote(conn)}
	if err != nil {
		step.Failure = tcp.Within(ctx, classify(err))
		step.Detail = describe(step.Failure, err, c.Limit)
		return Result{Database: failed(step, netpath.Facts{}), Steps: []netpath.Step{step}}
	}
	if greeted.code != 0 {
		step.Failure, step.Detail = refusal(greeted.code, greeted.message)
		return Result{Database: failed(step, greeted.facts()), Steps: []netpath.Step{step}}
	}
	step.Detail = "greets as " + greeted.version
	if greeted.capabilities&capabilitySSL == 0 {
		step.Failure, step.Detail = netpath.FailureTLSNotOffered, "the server does not offer TLS"
		return Result{TLS: failed(step, greeted.facts()), Steps: []netpath.Step{step}}
	}
	if c.Login.User != "" {
		return c.login(ctx, conn, greeted, step)
	}
	return c.secure(ctx, conn, greeted, step)
}

// listen waits for the greeting: the server speaks first.
func (c Client) listen(ctx context.Context, conn net.Conn, start time.Time) (greeting, error) {
	stop := tcp.Interrupt(ctx, conn)
	defer stop()
	if err := conn.SetDeadline(start.Add(c.Limit)); err != nil {
		return greeting{}, err
	}
	if ctx.Err() != nil {
		return greeting{}, ctx.Err()
	}
	greeted, err := readGreeting(conn)
	if err != nil {
		return greeting{}, err
	}
	return greeted, conn.SetDeadline(time.Time{})
}

// secure asks for TLS, shakes hands and leaves.
func (c Client) secure(ctx context.Context, conn net.Conn, greeted greeting, step netpath.Step) Result {
	if err := c.ask(ctx, conn); err != nil {
		step.Failure = tcp.Within(ctx, classify(err))
		step.Detail = describe(step.Failure, err, c.Limit)
		return Result{Database: failed(step, greeted.facts()), Steps: []netpath.Step{step}}
	}
	secured, peer, handshake := c.TLS.Handshake(ctx, conn)
	result := Result{Steps: []netpath.Step{step, handshake}}
	if secured == nil {
		result.TLS = failed(handshake, peer.Facts())
		return result
	}
	_ = secured.Close()
	result.TLS = netpath.Evidence{Status: netpath.StatusPass, Detail: handshake.Detail, Facts: peer.Facts(), Duration: handshake.Duration}
	result.Database = netpath.Evidence{
		Status: netpath.StatusPass, Detail: step.Detail + "; no login was tried", Facts: greeted.facts(), Duration: step.Duration,
	}
	return result
}

// ask sends the request for TLS. A server that goes on speaking instead of
// listening does not hold it up.
func (c Client) ask(ctx context.Context, conn net.Conn) error {
	stop := tcp.Interrupt(ctx, conn)
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(c.Limit)); err != nil {
		return err
	}
	if _, err := conn.Write(sslRequest()); err != nil {
		return err
	}
	return conn.SetDeadline(time.Time{})
}

func failed(step netpath.Step, facts netpath.Facts) netpath.Evidence {
	return netpath.Evidence{Status: netpath.StatusFail, Failure: step.Failure, Detail: step.Detail, Facts: facts, Duration: step.Duration}
}

func classify(err error) netpath.Failure {
	if errors.Is(err, errNotMySQL) {
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
