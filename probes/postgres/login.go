package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// Login is an account of the server. It needs no privilege but to connect.
type Login struct {
	User, Password string
	Database       string // "" means that of the user's name
}

// standing gives the driver a connection that stands already: TLS is ours.
type standing struct{ net.Conn }

func (s standing) Dial(string, string) (net.Conn, error) { return s.Conn, nil }

func (s standing) DialTimeout(string, string, time.Duration) (net.Conn, error) { return s.Conn, nil }

// errReadOnly is a server that takes no writes.
var errReadOnly = errors.New("transactions are read-only here: a replica, a reader, or default_transaction_read_only")

// login logs in over the secured connection, asks whether writes are taken where
// they are meant, and leaves.
func (c Client) login(ctx context.Context, secured net.Conn) (netpath.Evidence, netpath.Step) {
	step := netpath.Step{Operation: netpath.OpRequest, Start: time.Now(), Address: tcp.Remote(secured)}
	limited, cancel := context.WithTimeout(ctx, c.Limit)
	defer cancel()
	err := c.enter(limited, secured)
	step.Duration = time.Since(step.Start)
	facts := netpath.Facts{"user": c.Login.User}
	if err == nil {
		step.Detail = "logged in as " + c.Login.User
		return netpath.Evidence{Status: netpath.StatusPass, Detail: step.Detail, Facts: facts, Duration: step.Duration}, step
	}
	var answer *pq.Error
	switch {
	case errors.As(err, &answer):
		said := reply{kind: 'E', sqlstate: escape.Line(string(answer.Code), maxText), message: c.hide(answer.Message)}
		step.Failure, step.Detail = said.failure()
		facts["sqlstate"], facts["message"] = said.sqlstate, said.message
	case errors.Is(err, errReadOnly):
		step.Failure, step.Detail = netpath.FailureReadOnly, err.Error()
	case tcp.Ended(limited):
		step.Failure = tcp.Within(ctx, netpath.FailureTimeout)
		step.Detail = tcp.Describe(step.Failure, err, c.Limit)
	default:
		step.Failure = tcp.Within(ctx, classify(err))
		step.Detail = c.hide(tcp.Describe(step.Failure, err, c.Limit))
	}
	return failed(step, facts), step
}

func (c Client) enter(ctx context.Context, secured net.Conn) error {
	stop := tcp.Interrupt(ctx, secured)
	defer stop()
	connector, err := pq.NewConnectorConfig(pq.Config{
		Host: "localhost", Port: 5432, // not dialled
		User: c.Login.User, Password: c.Login.Password, Database: c.Login.Database,
		SSLMode: pq.SSLModeDisable, ApplicationName: "agentcore-probe",
	})
	if err != nil {
		return err
	}
	connector.Dialer(standing{secured})
	session, err := connector.Connect(ctx)
	if err != nil {
		return err
	}
	defer session.Close() //nolint:errcheck // it is over either way
	if !c.Writes {
		return nil
	}
	return takesWrites(ctx, session)
}

// takesWrites asks for transaction_read_only, which is on at a replica too
// ("Hot Standby", PostgreSQL documentation).
func takesWrites(ctx context.Context, session driver.Conn) error {
	asking, ok := session.(driver.QueryerContext)
	if !ok {
		return driver.ErrBadConn
	}
	rows, err := asking.QueryContext(ctx, "SHOW transaction_read_only", nil)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to its end, or the session is over
	answer := make([]driver.Value, 1)
	if err := rows.Next(answer); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if text, ok := answer[0].([]byte); ok && string(text) == "on" || answer[0] == "on" {
		return errReadOnly
	}
	return nil
}

// hide keeps the password out of what a server repeats.
func (c Client) hide(text string) string {
	if c.Login.Password != "" {
		text = strings.ReplaceAll(text, c.Login.Password, "[hidden]")
	}
	return escape.Line(text, maxText)
}
