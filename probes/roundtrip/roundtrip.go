// Package roundtrip sends one HTTP request over a connection that stands
// already, and reads the answer within bounds: no retry, no redirect followed,
// no connection of its own.
package roundtrip

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// Bounds of an answer, in bytes, and of the informational answers before it.
const (
	maxHeader        = 64 << 10
	maxBody          = 1 << 20
	maxInformational = 8
)

// UserAgent is how every request of the probe introduces itself.
const UserAgent = "agentcore-probe"

// Reply is an HTTP answer as far as it was read.
type Reply struct {
	Status int // 0 where no answer came
	Header http.Header
	Body   []byte // at most 1 MiB
	Cut    bool   // the body went on
	Keep   bool   // the connection can carry another request
}

var errHeaderTooLarge = errors.New("header of more than 64 KiB")

// Do sends request, with our UserAgent, over conn and reads the answer within
// limit. A step's
// failure is one of the exchange (timeout, closed, malformed_response,
// response_too_large, …); what the answer means is the caller's to judge. A
// body that goes on is cut, which is no failure.
func Do(ctx context.Context, conn net.Conn, request *http.Request, limit time.Duration) (Reply, netpath.Step) {
	step := netpath.Step{Operation: netpath.OpRequest, Start: time.Now(), Address: tcp.Remote(conn)}
	stop := tcp.Interrupt(ctx, conn)
	defer stop()
	reply, err := exchange(ctx, conn, request, step.Start.Add(limit))
	step.Duration = time.Since(step.Start)
	if err != nil {
		step.Failure = tcp.Within(ctx, classify(err))
		step.Detail = describe(step.Failure, err, limit)
		reply.Keep = false
		return reply, step
	}
	step.Detail = fmt.Sprintf("HTTP status %d", reply.Status)
	return reply, step
}

func exchange(ctx context.Context, conn net.Conn, request *http.Request, deadline time.Time) (Reply, error) {
	if err := conn.SetDeadline(deadline); err != nil {
		return Reply{}, err
	}
	if ctx.Err() != nil {
		return Reply{}, ctx.Err()
	}
	request.Header.Set("User-Agent", UserAgent) // SigV4 does not sign it
	if err := request.Write(conn); err != nil {
		return Reply{}, err
	}
	from := &source{Reader: conn}
	bounded := &io.LimitedReader{R: from, N: maxHeader}
	response, err := readHeader(bufio.NewReader(bounded), request)
	if err != nil {
		return Reply{}, headerError(err, from.broke, bounded.N <= 0)
	}
	defer func() { _ = response.Body.Close() }()
	reply := Reply{Status: response.StatusCode, Header: response.Header}
	bounded.N = 2 * maxBody // chunks and trailers need room too
	reply.Body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if len(reply.Body) > maxBody {
		reply.Body, reply.Cut = reply.Body[:maxBody], true
		return reply, nil
	}
	if err != nil && bounded.N <= 0 {
		reply.Cut = true
		return reply, nil
	}
	reply.Keep = err == nil && !response.Close
	return reply, err
}

// source remembers what broke the connection: the parser above it reports a
// header that was cut as a malformed one.
type source struct {
	io.Reader
	broke error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.broke = err
	}
	return n, err
}

func headerError(parsed, broke error, full bool) error {
	switch {
	case broke != nil:
		return broke
	case full:
		return errHeaderTooLarge
	}
	return parsed
}

// malformed marks what is no HTTP answer.
type malformed struct{ error }

func (m malformed) Unwrap() error { return m.error }

func readHeader(r *bufio.Reader, request *http.Request) (*http.Response, error) {
	if _, err := r.Peek(1); err != nil {
		return nil, err
	}
	for range maxInformational {
		response, err := http.ReadResponse(r, request)
		if err != nil {
			return nil, malformed{err}
		}
		if response.StatusCode/100 != 1 {
			return response, nil
		}
	}
	return nil, malformed{errors.New("informational answers without end")}
}

func classify(err error) netpath.Failure {
	var bad malformed
	switch {
	case errors.Is(err, errHeaderTooLarge):
		return netpath.FailureResponseTooLarge
	case errors.As(err, &bad):
		return netpath.FailureMalformed
	default:
		return tcp.Classify(err)
	}
}

func describe(failure netpath.Failure, err error, limit time.Duration) string {
	switch failure {
	case netpath.FailureMalformed:
		return "the answer is not HTTP"
	case netpath.FailureResponseTooLarge:
		return "the answer's header has more than 64 KiB"
	}
	return tcp.Describe(failure, err, limit)
}
