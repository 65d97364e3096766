// Package token obtains the bearer tokens that runtimes with a JWT authorizer
// take: from a file, from the environment, or from the identity provider by the
// client credentials grant (RFC 6749, 4.4). A token is checked before it is
// used, so that what a service would refuse is named here.
//
// Signatures are not verified: that is for the service to do.
package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// Bounds of what is read, in bytes, and how long before its end a token is
// renewed.
const (
	maxToken    = 16 << 10
	maxDocument = 1 << 20
	maxText     = 300
	renewBefore = time.Minute
)

// Source is where a runtime's tokens come from: one of file, value and client.
// It keeps the provider's token until it runs out, and may be used concurrently.
type Source struct {
	File   string // read each time
	Value  string // the token itself, as it stood in the environment
	Client *Client
	Now    func() time.Time

	ended atomic.Int64 // attempts that have come to an end

	once   sync.Once
	turn   chan struct{} // holds one: whose turn it is to ask
	kept   Token
	failed error // of the last attempt
}

// Token is a bearer token with what it says about itself.
type Token struct {
	Raw    string // a secret
	Claims Claims
}

// Error is why there is no token that can be used.
type Error struct {
	Failure netpath.Failure // token_missing, token_invalid, token_expired or idp_unreachable
	Text    string          // holds no secret
}

func (e *Error) Error() string { return e.Text }

func fault(failure netpath.Failure, format string, args ...any) error {
	return &Error{Failure: failure, Text: fmt.Sprintf(format, args...)}
}

// Get returns a token that the authorizer accepts, as far as its claims tell.
// The error is an *Error.
func (s *Source) Get(ctx context.Context, wanted netpath.Claims) (Token, error) {
	ended := s.ended.Load()
	s.once.Do(func() { s.turn = make(chan struct{}, 1) })
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return Token{}, fault(netpath.FailureIDP, "the run ended before the identity provider answered")
	}
	if s.failed != nil && s.ended.Load() != ended {
		return Token{}, s.failed // while this caller waited: asking again would only take as long
	}
	raw, err := s.raw(ctx)
	s.failed = err
	s.ended.Add(1)
	if err != nil {
		return Token{}, err
	}
	token, err := Parse(raw)
	if err != nil {
		return Token{}, err
	}
	if s.Client != nil {
		s.kept = token
	}
	return token, token.check(wanted, s.Now())
}

func (s *Source) raw(ctx context.Context) (string, error) {
	switch {
	case s.Client != nil && s.kept.Raw != "" && s.Now().Add(renewBefore).Before(s.kept.Claims.Ends()):
		return s.kept.Raw, nil
	case s.Client != nil:
		return s.Client.fetch(ctx)
	case s.File != "":
		return readFile(s.File)
	}
	if strings.TrimSpace(s.Value) == "" {
		return "", fault(netpath.FailureTokenMissing, "the environment variable of the token is empty")
	}
	return strings.TrimSpace(s.Value), nil
}

func readFile(name string) (string, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fault(netpath.FailureTokenMissing, "the token's file %s does not exist", name)
	case err != nil || !info.Mode().IsRegular() || info.Size() > maxToken:
		return "", fault(netpath.FailureTokenMissing, "the token's file %s is no file of at most %d bytes", name, maxToken)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fault(netpath.FailureTokenMissing, "the token's file %s cannot be read", name)
	}
	if raw := strings.TrimSpace(string(text)); raw != "" {
		return raw, nil
	}
	return "", fault(netpath.FailureTokenMissing, "the token's file %s is empty", name)
}

// Broken is the token with another signature: no service may take it.
func (t Token) Broken() string {
	head := t.Raw[:strings.LastIndexByte(t.Raw, '.')+1]
	return head + strings.Repeat("A", len(t.Raw)-len(head))
}

// noRedirect keeps a secret from following a redirect.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
