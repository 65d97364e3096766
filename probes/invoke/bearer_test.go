package invoke_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/invoke"
)

const (
	good = "eyJhbGciOiJSUzI1NiJ9.e30.right"
	bad  = "eyJhbGciOiJSUzI1NiJ9.e30.AAAAA"
)

// gate is a front of a runtime that takes tokens.
type gate struct {
	metadata, onGood, onBad said
	asked                   []string
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	authorization := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	who := map[string]string{good: "the token", bad: "a broken token", "": "nobody"}[authorization]
	_, path, _ := strings.Cut(r.URL.EscapedPath(), "support-AbCdEf1234/")
	g.asked = append(g.asked, fmt.Sprintf("%s %s?%s as %s", r.Method, path, r.URL.RawQuery, who))
	answer := g.onBad
	switch {
	case r.Method == http.MethodGet:
		answer = g.metadata
	case authorization == good:
		answer = g.onGood
	}
	w.Header().Set("X-Amzn-Requestid", "id-1")
	if answer.kind != "" {
		w.Header().Set("X-Amzn-Errortype", answer.kind)
		answer.body = fmt.Sprintf(`{"message":%q}`, answer.text)
	}
	w.WriteHeader(answer.status)
	io.WriteString(w, answer.body)
}

// tokenLadder words a result briefly.
func tokenLadder(r invoke.Result) string {
	var out []string
	hops := r.Hops()
	for _, name := range []netpath.HopName{
		netpath.HopSignature, netpath.HopToken, netpath.HopIdentityPolicy, netpath.HopEndpointPolicy, netpath.HopResourcePolicy, netpath.HopRuntime,
	} {
		if e, ok := hops[name]; ok {
			words := fmt.Sprintf("%s %s %s", name, e.Status, e.Failure)
			for _, flaw := range e.Flaws {
				words += " " + string(flaw)
			}
			out = append(out, strings.TrimSpace(words))
		}
	}
	return strings.Join(out, ", ")
}

// call calls a runtime that takes tokens, over plain TCP.
func call(t *testing.T, at string, caller invoke.Invoker) invoke.Result {
	t.Helper()
	bearer := target()
	bearer.Bearer = true
	return dial(t, at, caller, bearer)
}

// dial calls a runtime over plain TCP.
func dial(t *testing.T, at string, caller invoke.Invoker, runtime invoke.Target) invoke.Result {
	t.Helper()
	open := func(ctx context.Context) (net.Conn, []netpath.Step) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
		if err != nil {
			t.Error(err)
			return nil, nil
		}
		return conn, nil
	}
	conn, _ := open(t.Context())
	defer conn.Close()
	return caller.Run(t.Context(), conn, open, runtime)
}

func TestBearer(t *testing.T) {
	const (
		document  = "GET invocations/.well-known/oauth-protected-resource?qualifier=DEFAULT as nobody"
		asGood    = "POST invocations?qualifier=agentcore_probe_no_such_endpoint as the token"
		asBad     = "POST invocations?qualifier=agentcore_probe_no_such_endpoint as a broken token"
		untried   = "token unknown, runtime unknown"
		policies  = "endpoint-policy unknown, resource-policy unknown"
		forReal   = "POST invocations?qualifier=DEFAULT as the token"
		afterward = "POST stopruntimesession?qualifier=DEFAULT as the token"
	)
	open := said{status: 200, body: `{"authorization_servers":["https://idp.example"]}`}
	refused := said{status: 401, kind: "UnauthorizedException", text: "OAuth authorization failed: invalid signature"}
	for _, test := range []struct {
		label string
		level invoke.Level
		token string
		gate  gate
		want  string
		asked []string
	}{
		{"reach", invoke.LevelReach, good, gate{metadata: open}, untried, []string{document}},
		{"no token", invoke.LevelAuth, "", gate{metadata: open}, untried, []string{document}},
		{"accepted", invoke.LevelAuth, good, gate{metadata: open, onGood: notFound, onBad: refused}, "token pass, " + policies + ", runtime unknown", []string{document, asGood, asBad}},
		{"not looked at", invoke.LevelAuth, good, gate{metadata: open, onGood: notFound, onBad: notFound}, "token unknown, " + policies + ", runtime unknown", []string{document, asGood, asBad}},
		{"refused", invoke.LevelAuth, good, gate{metadata: open, onGood: refused}, "token fail token_invalid", []string{document, asGood}},
		{"SigV4 runtime", invoke.LevelAuth, good, gate{metadata: open, onGood: said{status: 403, kind: "AccessDeniedException", text: "Authorization method mismatch. The agent"}},
			"token fail authorization_method_mismatch", []string{document, asGood}},
		{"resource policy", invoke.LevelAuth, good, gate{metadata: open, onGood: denied("resource-based", explicit, arn)}, "token pass, endpoint-policy unknown, resource-policy fail access_denied", []string{document, asGood}},
		{"endpoint policy on the metadata", invoke.LevelAuth, good, gate{metadata: denied("VPC endpoint", implicit, arn), onGood: notFound, onBad: refused},
			"token pass, endpoint-policy unknown  discovery_denied, resource-policy unknown, runtime unknown", []string{document, asGood, asBad}},
		{"endpoint policy on both", invoke.LevelAuth, good, gate{metadata: denied("VPC endpoint", implicit, arn), onGood: denied("VPC endpoint", implicit, arn)},
			"token pass, endpoint-policy fail access_denied, resource-policy unknown", []string{document, asGood}},
		{"endpoint policy on the metadata, no token", invoke.LevelAuth, "", gate{metadata: denied("VPC endpoint", implicit, arn)},
			"token unknown, endpoint-policy unknown  discovery_denied, runtime unknown", []string{document}},
		{"no metadata", invoke.LevelAuth, good, gate{metadata: notFound, onGood: notFound, onBad: refused}, "token pass, " + policies + ", runtime unknown", []string{document, asGood, asBad}},
		{"a proxy", invoke.LevelAuth, good, gate{metadata: said{status: 503}}, "runtime fail server_error", []string{document}},
		{"a real call", invoke.LevelInvoke, good, gate{onGood: served}, "token pass, endpoint-policy pass, resource-policy pass, runtime pass", []string{forReal, afterward}},
	} {
		t.Run(test.label, func(t *testing.T) {
			server := httptest.NewServer(&test.gate)
			t.Cleanup(server.Close)
			caller := invoker(test.level)
			caller.Token = test.token
			if test.token != "" {
				caller.Broken = bad
			}
			got := call(t, server.Listener.Addr().String(), caller)
			if tokenLadder(got) != test.want {
				t.Errorf("got  %s\nwant %s", tokenLadder(got), test.want)
			}
			if diff := cmp.Diff(test.asked, test.gate.asked); diff != "" || len(got.Steps) != len(test.asked) {
				t.Errorf("%d steps, asked (-want +got):\n%s", len(got.Steps), diff)
			}
			if text := fmt.Sprintf("%+v", got); strings.Contains(text, "eyJ") {
				t.Errorf("a token in %s", text)
			}
		})
	}
}
