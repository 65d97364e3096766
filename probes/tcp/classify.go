package tcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
)

// Classify names the failure of a network operation by its error value: errno
// first, then the standard library's sentinels.
func Classify(err error) netpath.Failure {
	if err == nil {
		return ""
	}
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.failure
		}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return netpath.FailureTimeout
	}
	return netpath.FailureOther
}

// causes are in order: an error may wrap several. Linux gives ENETUNREACH
// without a route and for the ICMP codes 0, 6, 9 and 11, EHOSTUNREACH for 1, 10
// and 12 to 15, EACCES for the administrative ones of ICMPv6 (net/ipv4/icmp.c,
// net/ipv6/icmp.c).
var causes = []struct {
	err     error
	failure netpath.Failure
}{
	{ErrAddress, netpath.FailureNotPermitted},
	{context.Canceled, netpath.FailureCancelled},
	{context.DeadlineExceeded, netpath.FailureTimeout},
	{os.ErrDeadlineExceeded, netpath.FailureTimeout},
	{syscall.ETIMEDOUT, netpath.FailureTimeout},
	{syscall.ECONNREFUSED, netpath.FailureRefused},
	{syscall.EHOSTUNREACH, netpath.FailureRejected},
	{syscall.EACCES, netpath.FailureRejected},
	{syscall.ENETUNREACH, netpath.FailureNetworkUnreachable},
	{syscall.ECONNRESET, netpath.FailureReset},
	{syscall.EPIPE, netpath.FailureReset},
	{io.EOF, netpath.FailureClosed},
	{io.ErrUnexpectedEOF, netpath.FailureClosed},
	{net.ErrClosed, netpath.FailureCancelled},
}

const maxDetail = 300

// Describe words a failure for a reader, with the time limit of a timeout.
func Describe(failure netpath.Failure, err error, limit time.Duration) string {
	switch failure {
	case netpath.FailureTimeout:
		return fmt.Sprintf("no answer within %s", limit)
	case netpath.FailureCancelled:
		return "the run ended before this step did"
	case netpath.FailureRefused:
		return "connection refused: nothing listens on this port"
	case netpath.FailureRejected:
		return "host unreachable: a device on the way refused (ICMP)"
	case netpath.FailureNetworkUnreachable:
		return "network unreachable: this host, or a router on the way (ICMP), has no route"
	case netpath.FailureReset:
		return "the peer reset the connection"
	case netpath.FailureClosed:
		return "the peer closed the connection without an answer"
	default:
		return escape.Line(err.Error(), maxDetail)
	}
}
