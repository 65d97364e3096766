package identity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/identity"
)

const issuer = "https://idp.example.com/pool"

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func provider(t *testing.T, algorithm identity.Algorithm) *identity.Provider {
	t.Helper()
	clients := []identity.Client{{ID: "caller", Secret: "s:e cret", Audience: "support", Scopes: []string{"invoke", "read"}}}
	p, err := identity.New(issuer, algorithm, clients, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ask(t *testing.T, p http.Handler, r *http.Request) (int, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	return w.Code, body
}

func tokenRequest(form string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, issuer+"/token", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func decoded(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func number(t *testing.T, jwk map[string]any, name string) *big.Int {
	t.Helper()
	text, _ := jwk[name].(string)
	return new(big.Int).SetBytes(decoded(t, text))
}

func good(t *testing.T, jwk map[string]any, text string, signature []byte) bool {
	t.Helper()
	digest := sha256.Sum256([]byte(text))
	if jwk["kty"] == "RSA" {
		public := &rsa.PublicKey{N: number(t, jwk, "n"), E: int(number(t, jwk, "e").Int64())}
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
	}
	point := append([]byte{4}, number(t, jwk, "x").FillBytes(make([]byte, 32))...)
	point = append(point, number(t, jwk, "y").FillBytes(make([]byte, 32))...)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	return len(signature) == 64 && ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

func TestTokenIsSignedWithThePublishedKey(t *testing.T) {
	for _, algorithm := range []identity.Algorithm{identity.RS256, identity.ES256} {
		p := provider(t, algorithm)
		r := tokenRequest("grant_type=client_credentials&scope=invoke")
		r.SetBasicAuth("caller", "s%3Ae+cret")
		status, body := ask(t, p, r)
		token, _ := body["access_token"].(string)
		parts := strings.Split(token, ".")
		if status != http.StatusOK || len(parts) != 3 {
			t.Fatalf("%d %v", status, body)
		}
		_, set := ask(t, p, httptest.NewRequest(http.MethodGet, issuer+"/jwks.json", nil))
		jwk, _ := set["keys"].([]any)[0].(map[string]any)
		if !good(t, jwk, parts[0]+"."+parts[1], decoded(t, parts[2])) {
			t.Errorf("%s: the signature is not good", algorithm)
		}
		var claims map[string]any
		if err := json.Unmarshal(decoded(t, parts[1]), &claims); err != nil {
			t.Fatal(err)
		}
		delete(claims, "jti")
		at := float64(noon.Unix())
		want := map[string]any{"iss": issuer, "sub": "caller", "client_id": "caller", "aud": "support", "scope": "invoke", "iat": at, "nbf": at, "exp": at + 3600}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTokenRefusals(t *testing.T) {
	type answer struct {
		Status int
		Error  any
	}
	const known = "client_id=caller&client_secret=s%3Ae+cret&grant_type="
	p := provider(t, identity.ES256)
	for form, want := range map[string]answer{
		known + "client_credentials":                                    {Status: 200},
		known + "client_credentials&scope=admin":                        {400, "invalid_scope"},
		known + "password":                                              {400, "unsupported_grant_type"},
		"client_id=caller&client_secret=x":                              {401, "invalid_client"},
		"client_id=nobody&grant_type=client_credentials":                {401, "invalid_client"},
		"client_id=%zz":                                                 {400, "invalid_request"},
		"grant_type=client_credentials&x=" + strings.Repeat("x", 1<<17): {400, "invalid_request"},
	} {
		status, body := ask(t, p, tokenRequest(form))
		if diff := cmp.Diff(want, answer{status, body["error"]}); diff != "" {
			t.Errorf("%.60s: %s", form, diff)
		}
	}
}

func TestDiscovery(t *testing.T) {
	_, got := ask(t, provider(t, identity.RS256), httptest.NewRequest(http.MethodGet, issuer+"/.well-known/openid-configuration", nil))
	want := map[string]any{
		"issuer": issuer, "jwks_uri": issuer + "/jwks.json", "token_endpoint": issuer + "/token",
		"grant_types_supported": []any{"client_credentials"}, "response_types_supported": []any{"token"},
		"subject_types_supported": []any{"public"}, "id_token_signing_alg_values_supported": []any{"RS256"},
		"token_endpoint_auth_methods_supported": []any{"client_secret_basic", "client_secret_post"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownAlgorithm(t *testing.T) {
	if _, err := identity.New(issuer, "none", nil, time.Now); err == nil {
		t.Error("no error")
	}
}
