package token_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "s3cr3t-of-the-client"

var (
	now    = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	wanted = netpath.Claims{Issuer: "https://idp.example", Audiences: []string{"agents"}, Clients: []string{"probe"}}
)

// jwt is a token in the compact form, signed by nobody.
func jwt(claims string) string {
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return encode(`{"alg":"RS256","kid":"k1"}`) + "." + encode(claims) + "." + encode("signature")
}

func claims(change ...string) string {
	text := fmt.Sprintf(`{"iss":"https://idp.example/","aud":"agents","client_id":"probe","exp":%d}`, now.Add(time.Hour).Unix())
	return strings.NewReplacer(change...).Replace(text)
}

func clock() time.Time { return now }

// why is the failure of an error, which must be a *token.Error.
func why(t *testing.T, err error) netpath.Failure {
	t.Helper()
	var fault *token.Error
	if err != nil && !errors.As(err, &fault) {
		t.Fatalf("%v is no *token.Error", err)
	}
	if fault == nil {
		return ""
	}
	if strings.Contains(fault.Text, secret) || strings.Contains(fault.Text, "eyJ") {
		t.Errorf("a secret in %q", fault.Text)
	}
	return fault.Failure
}

func TestTokensAreCheckedBeforeUse(t *testing.T) {
	exp := func(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }
	tests := []struct {
		name, raw string
		want      netpath.Failure
	}{
		{"good", jwt(claims()), ""},
		{"several audiences", jwt(claims(`"agents"`, `["other","agents"]`)), ""},
		{"empty", "", netpath.FailureTokenMissing},
		{"opaque", "abcdef", netpath.FailureTokenInvalid},
		{"unsigned", strings.TrimSuffix(jwt(claims()), base64.RawURLEncoding.EncodeToString([]byte("signature"))), netpath.FailureTokenInvalid},
		{"no JSON", "YQ.YQ.YQ", netpath.FailureTokenInvalid},
		{"expired", jwt(claims(exp(time.Hour), exp(-2*time.Minute))), netpath.FailureTokenExpired},
		{"expired within the leeway", jwt(claims(exp(time.Hour), exp(-30*time.Second))), ""},
		{"without an end", jwt(claims(`"exp"`, `"expires"`)), netpath.FailureTokenInvalid},
		{"an end that is no time", jwt(claims(exp(time.Hour), "1e300")), netpath.FailureTokenInvalid},
		{"not yet", jwt(claims(`{"iss"`, `{"nbf":`+exp(time.Hour)+`,"iss"`)), netpath.FailureTokenInvalid},
		{"another issuer", jwt(claims("idp.example", "evil.example")), netpath.FailureTokenInvalid},
		{"another audience", jwt(claims(`"agents"`, `"others"`)), netpath.FailureTokenInvalid},
		{"another client", jwt(claims(`"probe"`, `"them"`)), netpath.FailureTokenInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := &token.Source{Value: tt.raw, Now: clock}
			got, err := source.Get(t.Context(), wanted)
			if failure := why(t, err); failure != tt.want {
				t.Errorf("%q (%v), want %q", failure, err, tt.want)
			}
			if err == nil && (got.Raw != tt.raw || got.Broken() == tt.raw || !strings.HasPrefix(tt.raw, got.Broken()[:20])) {
				t.Errorf("%+v, broken %s", got, got.Broken())
			}
		})
	}
}

func TestAFileIsReadEachTime(t *testing.T) {
	name := filepath.Join(t.TempDir(), "token")
	source := &token.Source{File: name, Now: clock}
	var got []netpath.Failure
	for _, text := range []string{"", "\n", jwt(claims()) + "\n", strings.Repeat("x", 20<<10)} {
		if text != "" {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := source.Get(t.Context(), wanted)
		got = append(got, why(t, err))
	}
	want := []netpath.Failure{netpath.FailureTokenMissing, netpath.FailureTokenMissing, "", netpath.FailureTokenMissing}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// provider is an identity provider; answers replaces some of its documents.
func provider(t *testing.T, answers map[string]string) (*token.Source, func() int) {
	t.Helper()
	granted := 0
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := "https://" + r.Host
		documents := map[string]string{
			"/discovery": fmt.Sprintf(`{"token_endpoint":"%s/token","jwks_uri":"%s/keys"}`, base, base),
			"/keys":      `{"keys":[{"kid":"k1","kty":"RSA"}]}`,
			"/token":     fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer"}`, jwt(claims())),
		}
		if answer, ok := answers[r.URL.Path]; ok {
			documents[r.URL.Path] = answer
		}
		if r.URL.Path == "/token" {
			granted++
			id, password, _ := r.BasicAuth()
			if r.Method != http.MethodPost || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "agents/invoke" || id != "probe" || password != secret {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprintf(w, `{"error":"invalid_client %s"}`, password)
				return
			}
		}
		if documents[r.URL.Path] == "redirect" {
			http.Redirect(w, r, base+"/elsewhere", http.StatusTemporaryRedirect)
			return
		}
		fmt.Fprint(w, documents[r.URL.Path])
	})
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &token.Source{Now: clock, Client: &token.Client{
		DiscoveryURL: server.URL + "/discovery", ID: "probe", Secret: secret, Scope: "agents/invoke", Transport: transport, Limit: 5 * time.Second,
	}}, func() int { return granted }
}

func TestClientCredentials(t *testing.T) {
	tests := []struct {
		name    string
		answers map[string]string
		want    netpath.Failure
	}{
		{"granted", nil, ""},
		{"no discovery document", map[string]string{"/discovery": "<html>"}, netpath.FailureIDP},
		{"an endpoint without TLS", map[string]string{"/discovery": `{"token_endpoint":"http://x/","jwks_uri":"https://x/"}`}, netpath.FailureIDP},
		{"a redirect is not followed", map[string]string{"/token": "redirect"}, netpath.FailureIDP},
		{"no token", map[string]string{"/token": "{}"}, netpath.FailureTokenMissing},
		{"an opaque token", map[string]string{"/token": `{"access_token":"opaque"}`}, netpath.FailureTokenInvalid},
		{"a key that is not published", map[string]string{"/keys": `{"keys":[]}`}, netpath.FailureTokenInvalid},
		{"a token for others", map[string]string{"/token": fmt.Sprintf(`{"access_token":%q}`, jwt(claims(`"agents"`, `"others"`)))}, netpath.FailureTokenInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source, _ := provider(t, tt.answers)
			_, err := source.Get(t.Context(), wanted)
			if failure := why(t, err); failure != tt.want {
				t.Errorf("%q (%v), want %q", failure, err, tt.want)
			}
		})
	}
	t.Run("another secret", func(t *testing.T) {
		source, _ := provider(t, nil)
		source.Client.Secret = "wrong"
		if _, err := source.Get(t.Context(), wanted); why(t, err) != netpath.FailureTokenMissing {
			t.Errorf("%v", err)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		source, _ := provider(t, nil)
		source.Client.DiscoveryURL = "https://127.0.0.1:1/"
		if _, err := source.Get(t.Context(), wanted); why(t, err) != netpath.FailureIDP {
			t.Errorf("%v", err)
		}
	})
}

// Providers bill each token: one is kept until shortly before its end.
func TestATokenIsKeptUntilItRunsOut(t *testing.T) {
	source, granted := provider(t, nil)
	later := now
	source.Now = func() time.Time { return later }
	var got []int
	for _, age := range []time.Duration{0, 30 * time.Minute, 59*time.Minute + 30*time.Second} {
		later = now.Add(age)
		if _, err := source.Get(t.Context(), wanted); err != nil {
			t.Fatal(err)
		}
		got = append(got, granted())
	}
	if diff := cmp.Diff([]int{1, 1, 2}, got); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(jwt(claims()))
	f.Add("..")
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := token.Parse(raw)
		if err == nil && (got.Broken() == "" || len(got.Broken()) != len(raw)) {
			t.Errorf("%q breaks to %q", raw, got.Broken())
		}
		why(t, err)
	})
}

// Who waited for an attempt that failed does not make another one: a provider
// that does not answer takes its time once for a run, not once for each address.
func TestAFailureIsSharedByThoseWhoWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		source := token.Source{Now: time.Now, Client: &token.Client{
			DiscoveryURL: "https://idp.example/.well-known/openid-configuration", Limit: 3 * time.Second,
			Transport: silent(func(r *http.Request) { asked++; <-r.Context().Done() }),
		}}
		start := time.Now()
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if _, err := source.Get(t.Context(), wanted); why(t, err) != netpath.FailureIDP {
					t.Errorf("%v", err)
				}
			})
		}
		group.Wait()
		if d := cmp.Diff([]any{1, 3 * time.Second}, []any{asked, time.Since(start)}); d != "" {
			t.Error(d)
		}
		source.Get(t.Context(), wanted)
		if asked != 2 {
			t.Errorf("asked %d times: a later run asks again", asked)
		}
	})
}

// silent is a provider that never answers.
type silent func(*http.Request)

func (f silent) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return nil, context.Cause(r.Context())
}
