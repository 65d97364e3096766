package mysql

import (
	"bytes"
	"context"
	stdtls "crypto/tls"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/tcp"
	"github.com/agentcore-probe/probe/probes/tls"
)

// maxLogin bounds what a server may say up to the end of a login, in bytes.
const maxLogin = 1 << 20

// replay gives a reader what was read already, and then the rest, bounded.
type replay struct {
	net.Conn
	from io.Reader
}

func (r replay) Read(p []byte) (int, error) { return r.from.Read(p) }

// login logs in over TLS and leaves with COM_QUIT.
func (c Client) login(ctx context.Context, conn net.Conn, greeted greeting, asked netpath.Step) Result {
	step := netpath.Step{Operation: netpath.OpHandshake, Start: time.Now(), Address: tcp.Remote(conn)}
	var shown tls.Peer
	verified := false
	limited, cancel := context.WithTimeout(ctx, c.Limit)
	defer cancel()
	err := c.enter(limited, conn, greeted, func(p tls.Peer, ok bool) { shown, verified = p, ok })
	step.Duration = time.Since(step.Start)
	result := Result{Steps: []netpath.Step{asked, step}}
	last := &result.Steps[1]
	if err == nil {
		last.Detail = "logged in as " + c.Login.User
		result.TLS = passed(shown)
		result.Database = netpath.Evidence{Status: netpath.StatusPass, Detail: asked.Detail + "; " + last.Detail, Facts: greeted.facts(), Duration: step.Duration}
		result.Database.Facts["user"] = c.Login.User
		return result
	}
	last.Failure, last.Detail = c.why(ctx, limited, err, verified)
	if !verified {
		result.TLS = failed(*last, shown.Facts())
		return result
	}
	facts := greeted.facts()
	facts["user"], facts["message"] = c.Login.User, last.Detail
	result.TLS, result.Database = passed(shown), failed(*last, facts)
	return result
}

func passed(p tls.Peer) netpath.Evidence {
	return netpath.Evidence{Status: netpath.StatusPass, Detail: p.Version + ", certificate of " + p.Subject, Facts: p.Facts()}
}

func (c Client) enter(ctx context.Context, conn net.Conn, greeted greeting, shown func(tls.Peer, bool)) error {
	settings := driver.NewConfig()
	settings.User, settings.Passwd = c.Login.User, c.Login.Password
	settings.Net, settings.Addr = "tcp", c.TLS.Name
	settings.MaxAllowedPacket = maxLogin // given, so that it is not asked for
	settings.Logger = &driver.NopLogger{}
	settings.TLS = c.TLS.Config(shown)
	settings.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		return replay{conn, io.MultiReader(bytes.NewReader(greeted.raw), io.LimitReader(conn, maxLogin))}, nil
	}
	connector, err := driver.NewConnector(settings)
	if err != nil {
		return err
	}
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

// errReadOnly is a server that takes no writes.
var errReadOnly = errors.New("read_only is on here: a replica or a reader")

// takesWrites asks for read_only ("Server System Variables", MySQL Reference
// Manual), which RDS and Aurora have on at readers.
func takesWrites(ctx context.Context, session sqldriver.Conn) error {
	asking, ok := session.(sqldriver.QueryerContext)
	if !ok {
		return sqldriver.ErrBadConn
	}
	rows, err := asking.QueryContext(ctx, "SELECT @@global.read_only", nil)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to its end, or the session is over
	answer := make([]sqldriver.Value, 1)
	if err := rows.Next(answer); err != nil {
		return err
	}
	if text, isText := answer[0].([]byte); answer[0] == int64(1) || isText && string(text) == "1" {
		return errReadOnly
	}
	return nil
}

// why names what ended a login; verified says that TLS stood.
func (c Client) why(run, limited context.Context, err error, verified bool) (netpath.Failure, string) {
	var answer *driver.MySQLError
	if errors.As(err, &answer) {
		return refusal(answer.Number, c.hide(answer.Message))
	}
	if errors.Is(err, errReadOnly) {
		return netpath.FailureReadOnly, err.Error()
	}
	if failure, detail := tls.CertificateFailure(err, c.TLS.Time()); failure != "" {
		return failure, detail
	}
	failure := kind(err, verified)
	if tcp.Ended(limited) {
		failure = netpath.FailureTimeout
	}
	failure = tcp.Within(run, failure)
	switch failure {
	case netpath.FailureNotThisEngine, netpath.FailureTLSNotTLS, netpath.FailureTLSAlert:
		return failure, c.hide(err.Error())
	}
	return failure, c.hide(tcp.Describe(failure, err, c.Limit))
}

// kind classifies an error of the driver, which hides those of the connection
// behind its own.
func kind(err error, verified bool) netpath.Failure {
	var record stdtls.RecordHeaderError
	var alert stdtls.AlertError
	switch {
	case !verified && errors.As(err, &record):
		return netpath.FailureTLSNotTLS
	case !verified && errors.As(err, &alert):
		return netpath.FailureTLSAlert
	case errors.Is(err, driver.ErrMalformPkt), errors.Is(err, driver.ErrPktSync), errors.Is(err, driver.ErrPktSyncMul):
		return netpath.FailureNotThisEngine
	case errors.Is(err, driver.ErrInvalidConn), errors.Is(err, sqldriver.ErrBadConn):
		return netpath.FailureClosed
	}
	return tcp.Classify(err)
}

// hide keeps the password out of what a server repeats.
func (c Client) hide(text string) string {
	if c.Login.Password != "" {
		text = strings.ReplaceAll(text, c.Login.Password, "[hidden]")
	}
	return escape.Line(text, maxText)
}
