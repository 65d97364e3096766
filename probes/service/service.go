// Package service asks an HTTPS service without a signature whether it speaks.
package service

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/roundtrip"
)

// Ask sends GET / with the service's name as Host over conn. An HTTP answer
// below status 500, or 501 (RFC 9110, 15.6.2: it does not serve this
// request), passes: it proves that an HTTP server which holds the
// name's certificate answers, and nothing about permissions.
func Ask(ctx context.Context, conn net.Conn, name string, limit time.Duration) (netpath.Evidence, netpath.Step) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+name+"/", http.NoBody)
	if err != nil {
		step := netpath.Step{Operation: netpath.OpRequest, Start: time.Now(), Failure: netpath.FailureOther, Detail: "the name is no host name"}
		return netpath.Evidence{Status: netpath.StatusFail, Failure: step.Failure, Detail: step.Detail}, step
	}
	request.Close = true
	reply, step := roundtrip.Do(ctx, conn, request, limit)
	if reply.Status >= 500 && reply.Status != http.StatusNotImplemented {
		step.Failure = netpath.FailureServer
	} else if reply.Status > 0 {
		step.Failure = "" // the header is the answer; what becomes of its body does not matter
	}
	e := netpath.Evidence{Status: netpath.StatusPass, Failure: step.Failure, Detail: step.Detail, Duration: step.Duration, Facts: netpath.Facts{}}
	if reply.Status > 0 {
		e.Facts["http_status"] = strconv.Itoa(reply.Status)
		e.Detail = "HTTP status " + e.Facts["http_status"]
		step.Detail = e.Detail
	}
	if step.Failure != "" {
		e.Status = netpath.StatusFail
	}
	return e, step
}
