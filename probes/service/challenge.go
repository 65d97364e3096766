package service

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// Challenge asks a container registry GET /v2/ without credentials. A registry
// answers 401 and says how to authenticate ("Docker Registry HTTP API V2",
// "API Version Check"; "Private registry authentication", Amazon ECR User
// Guide): that passes. It proves the way to the registry, and no pull: the layers
// of an image come from Amazon S3.
func Challenge(ctx context.Context, conn net.Conn, name string, limit time.Duration) (netpath.Evidence, netpath.Step) {
	reply, e, step := get(ctx, conn, "https://"+name+"/v2/", limit)
	challenge := reply.Header.Get("WWW-Authenticate")
	switch {
	case e.Status != netpath.StatusPass:
	case reply.Status == http.StatusUnauthorized && challenge != "":
		scheme, _, _ := strings.Cut(challenge, " ")
		e.Facts["challenge"] = scheme
		e.Detail = "the registry asks for authentication (HTTP status 401, " + scheme + "); a pull is not exercised"
	default:
		e.Status, e.Failure = netpath.StatusFail, netpath.FailureMalformed
		e.Detail += ", not a registry's answer to GET /v2/: 401 with WWW-Authenticate is due"
		step.Failure = e.Failure
	}
	return e, step
}

// Bucket asks Amazon S3 without a signature for a bucket that is not listed to
// strangers. Any answer of S3, which carries x-amz-request-id ("Common response
// headers", Amazon S3 API Reference), passes: that proves the way to S3, and
// not that a layer can be fetched.
func Bucket(ctx context.Context, conn net.Conn, name string, limit time.Duration) (netpath.Evidence, netpath.Step) {
	reply, e, step := get(ctx, conn, "https://"+name+"/", limit)
	id := reply.Header.Get("x-amz-request-id")
	switch {
	case e.Status != netpath.StatusPass:
	case id != "":
		e.Facts["request_id"] = id
		e.Detail = "Amazon S3 answers an unsigned request with " + e.Detail + "; fetching a layer is not exercised"
	default:
		e.Status, e.Failure = netpath.StatusFail, netpath.FailureMalformed
		e.Detail += ", not an answer of Amazon S3: it has no x-amz-request-id"
		step.Failure = e.Failure
	}
	return e, step
}
