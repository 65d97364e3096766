package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/config"
)

// healthzFlags say what healthz asks.
type healthzFlags struct {
	address string
	ready   bool
	limit   time.Duration
}

func newHealthz(s streams) *cobra.Command {
	var f healthzFlags
	c := &cobra.Command{
		Use:   "healthz",
		Short: "Ask the serve of this container whether it is healthy",
		Long: `Healthz asks /-/healthy of the sidecar in the same container, for images without a
shell or curl. It exits with 0 when serve answers, 1 when it does not, 2 on a usage
error. A certificate is not verified and a demand for a password counts as an
answer: the question is whether serve lives. It says nothing about any path. A
server that wants TLS is asked again by TLS, which leaves a line in its log; an
https address asks by TLS at once.

With --ready it asks /-/ready, which answers with 503 as long as not every path has
a result.`,
		Example: "  probe healthz\n  probe healthz --ready\n  probe healthz --url https://127.0.0.1:9879/-/healthy --timeout 1s",
		Args:    named(),
		RunE:    func(c *cobra.Command, _ []string) error { return healthz(c.Context(), s, f) },
	}
	c.Flags().StringVar(&f.address, "url", "http://"+config.Default().Serve.Listen+"/-/healthy", "what to ask")
	c.Flags().BoolVar(&f.ready, "ready", false, "ask /-/ready there: whether every path has a result")
	c.Flags().DurationVar(&f.limit, "timeout", 2*time.Second, "how long to wait for the answer")
	return c
}

func healthz(ctx context.Context, s streams, f healthzFlags) error {
	at, err := url.Parse(f.address)
	if err != nil || at.Host == "" || (at.Scheme != "http" && at.Scheme != "https") {
		return fmt.Errorf("--url: %q is not an http or https address", f.address)
	}
	if f.limit <= 0 {
		return fmt.Errorf("--timeout: %s is not a time to wait", f.limit)
	}
	is := "healthy"
	if f.ready {
		at.Path, is = "/-/ready", "ready"
	}
	ctx, cancel := context.WithTimeout(ctx, f.limit)
	defer cancel()
	status, text, err := get(ctx, at.String())
	if err == nil && status == http.StatusBadRequest && at.Scheme == "http" && text == wantsTLS {
		at.Scheme = "https"
		status, text, err = get(ctx, at.String())
	}
	switch {
	case err != nil:
		fmt.Fprintf(s.err, "probe: not %s: %v\n", is, err)
	case status != http.StatusOK && status != http.StatusUnauthorized:
		fmt.Fprintf(s.err, "probe: not %s: %d %s\n", is, status, text)
	default:
		return nil
	}
	return exit(1)
}

// wantsTLS is what net/http's server answers to whoever speaks no TLS.
const wantsTLS = "Client sent an HTTP request to an HTTPS server."

// get is the status and the first line of an answer. It follows no redirection.
func get(ctx context.Context, address string) (status int, text string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	text, _, _ = strings.Cut(string(body), "\n")
	return answer.StatusCode, text, errors.Join(err, answer.Body.Close())
}
