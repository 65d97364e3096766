package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/config"
)

func newHealthz(s streams) *cobra.Command {
	var address string
	var limit time.Duration
	c := &cobra.Command{
		Use:   "healthz",
		Short: "Ask the serve of this container whether it is healthy",
		Long: `Healthz asks /-/healthy of the sidecar in the same container, for images without a
shell or curl. It exits with 0 when serve answers, 1 when it does not, 2 on a usage
error. A certificate is not verified and a demand for a password counts as an
answer: the question is whether serve lives. It says nothing about any path.`,
		Example: "  probe healthz\n  probe healthz --url https://127.0.0.1:9879/-/healthy --timeout 1s",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return healthz(c.Context(), s, address, limit) },
	}
	c.Flags().StringVar(&address, "url", "http://"+config.Default().Serve.Listen+"/-/healthy", "what to ask")
	c.Flags().DurationVar(&limit, "timeout", 2*time.Second, "how long to wait for the answer")
	return c
}

func healthz(ctx context.Context, s streams, address string, limit time.Duration) error {
	if u, err := url.Parse(address); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("--url: %q is not an http or https address", address)
	}
	if limit <= 0 {
		return fmt.Errorf("--timeout: %s is not a time to wait", limit)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(request)
	if err != nil {
		fmt.Fprintf(s.err, "probe: not healthy: %v\n", err)
		return exit(1)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<10))
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusUnauthorized {
		fmt.Fprintf(s.err, "probe: not healthy: %s\n", answer.Status)
		return exit(1)
	}
	return nil
}
