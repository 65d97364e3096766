package token

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
)

// Client is a client of an identity provider (OpenID Connect Discovery 1.0;
// RFC 6749, 4.4).
type Client struct {
	DiscoveryURL string
	ID, Secret   string
	Scope        string
	Transport    http.RoundTripper
	Limit        time.Duration // of each request
}

// fetch asks the provider for a token, and whether it publishes the key that
// signed it.
func (c Client) fetch(ctx context.Context) (string, error) {
	var provider struct {
		TokenEndpoint string `json:"token_endpoint"`
		Keys          string `json:"jwks_uri"`
	}
	if err := c.get(ctx, c.DiscoveryURL, &provider); err != nil {
		return "", err
	}
	if !isHTTPS(provider.TokenEndpoint) || !isHTTPS(provider.Keys) {
		return "", fault(netpath.FailureIDP, "the discovery document %s names no https token endpoint and keys", c.DiscoveryURL)
	}
	raw, err := c.grant(ctx, provider.TokenEndpoint)
	if err != nil {
		return "", err
	}
	return raw, c.published(ctx, provider.Keys, raw)
}

func isHTTPS(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

func (c Client) grant(ctx context.Context, endpoint string) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if c.Scope != "" {
		form.Set("scope", c.Scope)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fault(netpath.FailureIDP, "the token endpoint is no URL")
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	var answer struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	status, err := c.do(request, &answer)
	switch {
	case err != nil && status != http.StatusBadRequest && status != http.StatusUnauthorized:
		return "", err
	case status == http.StatusBadRequest || status == http.StatusUnauthorized:
		return "", fault(netpath.FailureTokenMissing, "the identity provider refuses the client %s: %s", c.ID, c.hide(answer.Error))
	case answer.Token == "":
		return "", fault(netpath.FailureTokenMissing, "the identity provider's answer holds no token")
	}
	return answer.Token, nil
}

// published reports a token whose key is not among the provider's (RFC 7517).
func (c Client) published(ctx context.Context, keys, raw string) error {
	token, err := Parse(raw)
	if err != nil {
		return err
	}
	type key struct {
		ID string `json:"kid"`
	}
	var set struct {
		Keys []key `json:"keys"`
	}
	if err := c.get(ctx, keys, &set); err != nil {
		return err
	}
	if !slices.Contains(set.Keys, key{token.Claims.key}) {
		return fault(netpath.FailureTokenInvalid, "the identity provider does not publish the key %s that signed the token", escape.Line(token.Claims.key, maxText))
	}
	return nil
}

func (c Client) get(ctx context.Context, from string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return fault(netpath.FailureIDP, "%s is no URL", escape.Line(from, maxText))
	}
	_, err = c.do(request, into)
	return err
}

// do sends a request and decodes the answer; the status is 0 where none came.
func (c Client) do(request *http.Request, into any) (int, error) {
	ctx, cancel := context.WithTimeout(request.Context(), c.Limit)
	defer cancel()
	host := request.URL.Host
	response, err := (&http.Client{Transport: c.Transport, CheckRedirect: noRedirect}).Do(request.WithContext(ctx))
	if err != nil {
		return 0, fault(netpath.FailureIDP, "%s: %s", host, c.why(err))
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument))
	if err != nil {
		return 0, fault(netpath.FailureIDP, "%s: %s", host, c.why(err))
	}
	if err := json.Unmarshal(body, into); err != nil || response.StatusCode != http.StatusOK {
		return response.StatusCode, fault(netpath.FailureIDP, "%s answers %s with HTTP status %d", host, request.URL.Path, response.StatusCode)
	}
	return response.StatusCode, nil
}

// why words an error without the URL that http.Client puts around it.
func (c Client) why(err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		var dial *net.OpError
		switch {
		case wrapped.Timeout() && errors.As(err, &dial) && dial.Op == "dial":
			return "no connection in time"
		case wrapped.Timeout():
			return "no answer within " + c.Limit.String()
		}
		err = wrapped.Err
	}
	return c.hide(err.Error())
}

func (c Client) hide(text string) string {
	if c.Secret != "" {
		text = strings.ReplaceAll(text, c.Secret, "[hidden]")
	}
	return escape.Line(text, maxText)
}
