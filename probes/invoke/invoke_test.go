package invoke_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/invoke"
)

// Denials: "Troubleshoot access denied error messages", IAM User Guide; types:
// "InvokeAgentRuntime", AgentCore API Reference.
func TestLevelAuth(t *testing.T) {
	const (
		letIn   = "signature pass, identity-policy pass, endpoint-policy pass, resource-policy pass, runtime unknown"
		unknown = "signature pass, identity-policy unknown, endpoint-policy unknown, resource-policy unknown, runtime unknown"
		control = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/agentcore_probe_control-0000000000"
		madeUp  = arn + "/runtime-endpoint/agentcore_probe_no_such_endpoint"
	)
	validation := said{status: 400, kind: "ValidationException", text: "1 validation error"}
	for _, test := range []struct {
		label         string
		real, control said
		want          string
		calls         int
	}{
		{"control denied: the policies let us in", notFound, denied("identity-based", implicit, control), letIn, 2},
		{"control denied by the endpoint", notFound, denied("VPC endpoint", implicit, control), letIn, 2},
		{"validation, control denied", validation, denied("identity-based", implicit, control), letIn, 2},
		{"control not found: authorization not exercised", notFound, notFound, unknown, 2},
		{"control denied without a layer", notFound, said{status: 403, kind: "AccessDeniedException", text: "Access Denied"}, unknown, 2},
		{"control breaks", notFound, said{status: 500}, unknown, 2},
		{"validation before everything", validation, validation,
			"signature unknown, identity-policy unknown, endpoint-policy unknown, resource-policy unknown, runtime unknown", 2},
		{"resource policy, explicit", denied("resource-based", explicit, arn), said{},
			"signature pass, identity-policy unknown, endpoint-policy unknown, resource-policy fail access_denied", 1},
		{"endpoint policy", denied("VPC endpoint", implicit, arn), said{},
			"signature pass, identity-policy unknown, endpoint-policy fail access_denied, resource-policy unknown", 1},
		{"identity policy", denied("identity-based", implicit, arn), said{},
			"signature pass, identity-policy fail access_denied, endpoint-policy unknown, resource-policy unknown", 1},
		{"service control policy", denied("service control", explicit, arn), said{},
			"signature pass, identity-policy fail access_denied, endpoint-policy unknown, resource-policy unknown", 1},
		{"resource control policy", denied("resource control", explicit, arn), said{},
			"signature pass, identity-policy unknown, endpoint-policy unknown, resource-policy fail access_denied", 1},
		{"role scoped to DEFAULT", denied("identity-based", implicit, madeUp), said{}, unknown, 1},
		{"bare denial", said{status: 403, kind: "AccessDeniedException", text: "Access Denied"}, said{},
			"signature pass, identity-policy unknown, endpoint-policy unknown, resource-policy unknown, runtime fail access_denied", 1},
		{"wrong secret", said{status: 403, kind: "InvalidSignatureException", text: "The request signature we calculated does not match"}, said{},
			"signature fail signature_mismatch", 1},
		{"unknown key", said{status: 403, kind: "UnrecognizedClientException", text: "The security token included in the request is invalid."}, said{},
			"signature fail unknown_access_key", 1},
		{"expired token", said{status: 403, kind: "ExpiredTokenException", text: "The security token included in the request is expired"}, said{},
			"signature fail credentials_expired", 1},
		{"clock", said{status: 403, kind: "InvalidSignatureException", text: "Signature expired: 20261124T034000Z is now earlier than 20261124T035500Z"}, said{},
			"signature fail clock_skew", 1},
		{"region", said{status: 403, kind: "InvalidSignatureException", text: "Credential should be scoped to a valid region."}, said{},
			"signature fail wrong_region", 1},
		{"JWT runtime", said{status: 403, kind: "AccessDeniedException", text: "Authorization method mismatch. The agent is configured for another"}, said{},
			"signature fail authorization_method_mismatch", 1},
		{"throttled", said{status: 429, kind: "ThrottlingException", text: "Rate exceeded"}, said{}, "runtime fail throttled", 1},
		{"start failed, as 403", said{status: 403, kind: "RuntimeClientError", text: "Runtime initialization time exceeded."}, said{},
			"signature pass, identity-policy pass, endpoint-policy pass, resource-policy pass, runtime fail start_failed", 1},
		{"a proxy's 403", said{status: 403, body: "<html>blocked</html>"}, said{}, "runtime fail malformed_response", 1},
		{"a server that has everything", said{status: 200, body: "<html>welcome</html>"}, said{}, "runtime fail malformed_response", 1},
		{"a redirect", said{status: 307, headers: map[string]string{"Location": "https://evil.example/"}}, said{}, "runtime fail redirect", 1},
		{"server error", said{status: 503}, said{}, "runtime fail server_error", 1},
	} {
		t.Run(test.label, func(t *testing.T) {
			f := &front{onReal: test.real, onControl: test.control}
			got := f.run(t, invoker(invoke.LevelAuth), target())
			if ladder(got) != test.want {
				t.Errorf("got  %s\nwant %s", ladder(got), test.want)
			}
			if len(f.requests) != test.calls || len(got.Steps) != test.calls {
				t.Errorf("%d requests, %d steps, want %d", len(f.requests), len(got.Steps), test.calls)
			}
			if text := fmt.Sprintf("%+v", got); containsSecret(text) {
				t.Errorf("a secret in %s", text)
			}
			for _, r := range f.requests {
				if r.Header.Get("X-Amzn-Bedrock-Agentcore-Runtime-Session-Id") != "" || strings.Contains(r.URL.RawQuery, "DEFAULT") {
					t.Errorf("level auth could start a session: %v", r.URL)
				}
			}
		})
	}
}

func containsSecret(text string) bool {
	for _, secret := range []string{credentials.SecretAccessKey, credentials.SessionToken, credentials.AccessKeyID, "AWS4-HMAC", "Signature="} {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

func TestEvidenceNamesActionAndPrincipal(t *testing.T) {
	f := &front{onReal: notFound, onControl: denied("identity-based", implicit, "arn:x")}
	got := f.run(t, invoker(invoke.LevelAuth), target())
	facts := got.Resource.Facts
	if facts["action"] != invoke.Action || facts["resource"] != arn || facts["principal"] != principal || facts["request_id"] != "id-1" {
		t.Errorf("%v", facts)
	}
	f = &front{onReal: notFound, onControl: notFound}
	if got := f.run(t, invoker(invoke.LevelAuth), target()); got.Identity.Facts["hint"] != invoke.Hint {
		t.Errorf("no hint: %v", got.Identity.Facts)
	}
}

func TestPublicRouteHasNoEndpointPolicy(t *testing.T) {
	f := &front{onReal: denied("resource-based", explicit, arn)}
	public := target()
	public.Private = false
	const want = "signature pass, identity-policy unknown, resource-policy fail access_denied"
	got := f.run(t, invoker(invoke.LevelAuth), public)
	if ladder(got) != want || got.Resource.Facts["effect"] != "explicit" || got.Resource.Facts["principal"] != principal {
		t.Errorf("%s %v", ladder(got), got.Resource.Facts)
	}
}

// The received request, signed again by the SDK's signer, must carry the same
// signature; path and names are those of the API reference.
func TestRequestIsSigned(t *testing.T) {
	f := &front{onReal: notFound, onControl: notFound}
	f.run(t, invoker(invoke.LevelAuth), target())
	for i, received := range f.requests {
		again, err := http.NewRequest(received.Method, "https://"+received.Host+received.RequestURI, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		again.ContentLength = received.ContentLength
		for _, name := range []string{"Content-Type", "Accept", "X-Amz-Security-Token"} {
			again.Header.Set(name, received.Header.Get(name))
		}
		hash := sha256.Sum256([]byte(f.bodies[i]))
		if err := v4.NewSigner().SignHTTP(t.Context(), credentials, again, hex.EncodeToString(hash[:]), "bedrock-agentcore", "us-east-1", now); err != nil {
			t.Fatal(err)
		}
		if got, want := received.Header.Get("Authorization"), again.Header.Get("Authorization"); got != want {
			t.Errorf("request %d:\n got %s\nwant %s", i, got, want)
		}
	}
	const want = "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A123456789012%3Aruntime%2Fsupport-AbCdEf1234/invocations?qualifier=agentcore_probe_no_such_endpoint"
	if got := f.requests[0].RequestURI; got != want || f.requests[0].Host != host {
		t.Errorf("%s %s", f.requests[0].Host, got)
	}
}

func TestLevelReachIsUnsigned(t *testing.T) {
	for _, test := range []struct {
		label string
		real  said
		want  string
	}{
		{"answered", said{status: 401, kind: "MissingAuthenticationTokenException", text: "Missing Authentication Token"}, "signature unknown, runtime unknown"},
		{"a proxy answers", said{status: 403, body: "blocked"}, "runtime fail malformed_response"},
	} {
		t.Run(test.label, func(t *testing.T) {
			f := &front{onReal: test.real}
			got := f.run(t, invoker(invoke.LevelReach), target())
			if ladder(got) != test.want {
				t.Errorf("got %s", ladder(got))
			}
			if r := f.requests[0]; r.Header.Get("Authorization") != "" || r.Header.Get("X-Amz-Security-Token") != "" {
				t.Error("signed")
			}
		})
	}
}

func TestLevelInvokeStopsItsSession(t *testing.T) {
	const through = "signature pass, identity-policy pass, endpoint-policy pass, resource-policy pass, "
	for _, test := range []struct {
		label      string
		real, stop said
		want       string
		stopped    string
	}{
		{"answered", served, said{status: 200, body: "{}"}, through + "runtime pass", "yes"},
		{"container error", said{status: 424, kind: "RuntimeClientError", text: "Received error (502) from runtime."}, notFound, through + "runtime fail container_error", "there was none"},
		{"stop is not permitted", served, denied("identity-based", implicit, arn), through + "runtime pass", "no: access_denied"},
		{"not found", notFound, notFound,
			"signature pass, identity-policy unknown, endpoint-policy unknown, resource-policy unknown, runtime fail not_found", "there was none"},
		{"denied", denied("resource-based", explicit, arn), notFound,
			"signature pass, identity-policy unknown, endpoint-policy unknown, resource-policy fail access_denied", "there was none"},
		{"the agent quotes an error", said{status: 200, body: `{"__type":"AccessDeniedException","message":"Access Denied"}`}, served, through + "runtime pass", "yes"},
	} {
		t.Run(test.label, func(t *testing.T) {
			f := &front{onReal: test.real, onStop: test.stop}
			got := f.run(t, invoker(invoke.LevelInvoke), target())
			if ladder(got) != test.want || got.Stopped != test.stopped {
				t.Errorf("got %s, stopped %q", ladder(got), got.Stopped)
			}
			if len(f.requests) != 2 || f.bodies[0] != `{"prompt":"ping"}` {
				t.Fatalf("%d requests, body %q", len(f.requests), f.bodies[0])
			}
			const header = "X-Amzn-Bedrock-Agentcore-Runtime-Session-Id"
			session := f.requests[0].Header.Get(header)
			if len(session) < 33 || session != f.requests[1].Header.Get(header) || session != got.Session {
				t.Errorf("session %q, stopped %q", session, f.requests[1].Header.Get(header))
			}
			if f.requests[1].URL.Path != "/runtimes/"+arn+"/stopruntimesession" {
				t.Errorf("%s", f.requests[1].URL)
			}
		})
	}
}

func TestConnectionThatEndsIsOpenedAgain(t *testing.T) {
	closing := notFound
	closing.headers = map[string]string{"Connection": "close"}
	f := &front{onReal: closing, onControl: denied("identity-based", implicit, "arn:x")}
	got := f.run(t, invoker(invoke.LevelAuth), target())
	if f.conns != 2 || got.Resource.Status != netpath.StatusPass {
		t.Errorf("%d connections, %s", f.conns, ladder(got))
	}
}

func TestSkew(t *testing.T) {
	f := &front{onReal: said{status: 403, kind: "InvalidSignatureException", text: "Signature not yet current: …"}}
	ahead := invoker(invoke.LevelAuth)
	ahead.Now = func() time.Time { return now.Add(20 * time.Minute) }
	got := f.run(t, ahead, target())
	if got.Signature.Failure != netpath.FailureClockSkew || got.Signature.Facts["skew_seconds"] != "1200" {
		t.Errorf("%+v", got.Signature)
	}
	if len(f.requests) != 1 {
		t.Errorf("%d requests: the clock was corrected", len(f.requests))
	}
}

func TestAServerThatRepeatsSecrets(t *testing.T) {
	f := &front{onReal: said{
		status: 403, kind: "X" + credentials.SecretAccessKey,
		text:    credentials.SessionToken + " " + credentials.AccessKeyID,
		headers: map[string]string{"X-Amzn-Requestid": credentials.SessionToken},
	}}
	if text := fmt.Sprintf("%+v", f.run(t, invoker(invoke.LevelAuth), target())); containsSecret(text) {
		t.Errorf("a secret in %s", text)
	}
}

func TestSilentService(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	go func() {
		buffer := make([]byte, 4096)
		for {
			if _, err := b.Read(buffer); err != nil {
				return
			}
		}
	}()
	i := invoker(invoke.LevelAuth)
	i.Limit = 100 * time.Millisecond
	got := i.Run(t.Context(), a, nil, target())
	if ladder(got) != "runtime fail timeout" {
		t.Errorf("%s", ladder(got))
	}
}

func TestConnectionThatCannotBeOpenedAgain(t *testing.T) {
	closing := notFound
	closing.headers = map[string]string{"Connection": "close"}
	f := &front{onReal: closing}
	refused := netpath.Step{Operation: netpath.OpConnect, Failure: netpath.FailureRefused, Detail: "refused"}
	l := f.listenOnce(t)
	conn, err := net.Dial("tcp", l)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := invoker(invoke.LevelAuth).Run(t.Context(), conn, func(context.Context) (net.Conn, []netpath.Step) {
		return nil, []netpath.Step{refused}
	}, target())
	if got.Resource.Status != netpath.StatusUnknown || len(got.Steps) != 2 || got.Steps[1].Failure != netpath.FailureRefused {
		t.Errorf("%s %+v", ladder(got), got.Steps)
	}
}

// A session is billed until it is stopped ("Stop a running session", AgentCore
// Developer Guide): the end of the run does not leave one behind.
func TestCancelledInvocationStopsItsSession(t *testing.T) {
	f := &front{onStop: said{status: 200, body: "{}"}, hold: make(chan struct{})}
	at := f.listenOnce(t)
	t.Cleanup(func() { close(f.hold) })
	open := func(ctx context.Context) (net.Conn, []netpath.Step) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
		if err != nil {
			t.Error(err)
			return nil, nil
		}
		return conn, nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	conn, _ := open(ctx)
	defer conn.Close()
	got := invoker(invoke.LevelInvoke).Run(ctx, conn, open, target())
	if got.Runtime.Failure != netpath.FailureCancelled || got.Stopped != "yes" {
		t.Errorf("%+v", got)
	}
}
