package inventory

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"syscall"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/answer"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/tcp"
	probetls "github.com/agentcore-probe/probe/probes/tls"
)

const maxReason = 300 // bytes of a reason's text

// clockTolerance is how far a clock may be off before AWS refuses a signature
// ("Troubleshoot Signature Version 4 signing for AWS API requests", IAM User
// Guide: five minutes), less a margin.
const clockTolerance = 4 * time.Minute

// skew is how far our clock is ahead of the server's, as the Date header of its
// answer says; 0 where it says nothing.
func skew(err error, now time.Time) time.Duration {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil {
		return 0
	}
	ahead, _ := answer.Skew(response.Response.Header, now)
	return ahead.Round(time.Second)
}

// unread says why an action could not be read. limit is the time that the
// call had.
func unread(action string, err error, limit time.Duration) Unread {
	var why *credentials.Error
	if errors.As(err, &why) {
		return Unread{Action: action, Reason: why.Text, Failure: why.Failure, Facts: maps.Clone(why.Facts)}
	}
	if failure, facts, ok := answered(err); ok {
		return Unread{Action: action, Reason: sentence(failure, facts), Failure: failure, Facts: facts}
	}
	failure, reason := transport(err, limit)
	return Unread{Action: action, Reason: reason, Failure: failure}
}

// answered classifies what the service itself said.
func answered(err error) (netpath.Failure, netpath.Facts, bool) {
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) || response.Response == nil {
		return "", nil, false
	}
	code, message := api.ErrorCode(), api.ErrorMessage()
	if code == "UnknownError" { // the SDK's name for an answer without a code
		code, message = "", ""
	}
	failure, facts := answer.Classify(response.HTTPStatusCode(), code, message)
	if id := response.Response.Header.Get("X-Amzn-Requestid"); id != "" {
		facts["request_id"] = escape.Line(id, 128)
	}
	return failure, facts, failure != ""
}

// sentence puts an answer into one line.
func sentence(failure netpath.Failure, facts netpath.Facts) string {
	switch code, message := facts["aws_error"], facts["message"]; {
	case code != "" && message != "":
		return escape.Line(code+": "+message, maxReason)
	case code != "":
		return code
	}
	return "not an answer that AWS documents (" + string(failure) + ")"
}

// transport classifies what went wrong on the way to an answer.
func transport(err error, limit time.Duration) (netpath.Failure, string) {
	var parsing *smithy.DeserializationError
	var name *net.DNSError
	switch {
	case errors.Is(err, errTooLarge):
		return netpath.FailureResponseTooLarge, errTooLarge.Error()
	case errors.Is(err, errPaging), errors.Is(err, errDocument):
		return netpath.FailureMalformed, escape.Line(err.Error(), maxReason)
	case errors.As(err, &parsing):
		return netpath.FailureMalformed, "not an answer that AWS documents"
	case errors.Is(err, errNoCredentials):
		return netpath.FailureNoCredentials, escape.Line(err.Error(), maxReason)
	case errors.As(err, &name) && !errors.Is(err, context.Canceled):
		return nameFailure(name), escape.Line(name.Error(), maxReason)
	case errors.Is(err, net.ErrClosed) && !errors.Is(err, context.Canceled): // net/http closes its end when the peer has closed the other
		return netpath.FailureClosed, tcp.Describe(netpath.FailureClosed, err, limit)
	}
	if failure, text := tlsFailure(err); failure != "" {
		return failure, text
	}
	failure := tcp.Classify(err)
	return failure, tcp.Describe(failure, err, limit)
}

func nameFailure(err *net.DNSError) netpath.Failure {
	switch {
	case err.IsNotFound:
		return netpath.FailureDNSNXDomain
	case err.IsTimeout:
		return netpath.FailureDNSTimeout
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return netpath.FailureDNSUnreachable
	}
	return netpath.FailureDNSServfail
}

func tlsFailure(err error) (netpath.Failure, string) {
	// The SDK's HTTP client verifies by the machine's own clock.
	if failure, text := probetls.CertificateFailure(err, time.Now()); failure != "" {
		return failure, text
	}
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &record):
		return netpath.FailureTLSNotTLS, "the port does not speak TLS"
	case errors.As(err, &alert):
		return netpath.FailureTLSAlert, escape.Line(alert.Error(), maxReason)
	}
	return "", ""
}
