// Package service asks an HTTPS service whether it speaks: AWS's with a signed
// question that changes nothing, a registry for its challenge, any other without
// a signature.
package service

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/roundtrip"
)

// Ask sends GET / with the service's name as Host over conn. An HTTP answer
// below status 500, or 501 (RFC 9110, 15.6.2: it does not serve this
// request), passes: it proves that an HTTP server which holds the
// name's certificate answers, and nothing about permissions. Where the answer
// is an address and nothing else, as checkip.amazonaws.com gives it, that is
// the one we come from: fact public_ip.
func Ask(ctx context.Context, conn net.Conn, name string, limit time.Duration) (netpath.Evidence, netpath.Step) {
	reply, e, step := get(ctx, conn, "https://"+name+"/", limit)
	if address, err := netip.ParseAddr(strings.TrimSpace(string(reply.Body))); err == nil && e.Status == netpath.StatusPass {
		e.Facts["public_ip"] = address.String()
		e.Detail += ", we leave as " + address.String()
	}
	return e, step
}

// get asks without a signature and without following anything.
func get(ctx context.Context, conn net.Conn, url string, limit time.Duration) (roundtrip.Reply, netpath.Evidence, netpath.Step) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		step := netpath.Step{Operation: netpath.OpRequest, Start: time.Now(), Failure: netpath.FailureOther, Detail: "the name is no host name"}
		return roundtrip.Reply{}, netpath.Evidence{Status: netpath.StatusFail, Failure: step.Failure, Detail: step.Detail}, step
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
	return reply, e, step
}
