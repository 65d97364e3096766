// Package identity is an OpenID provider for the lab: discovery document, keys
// and a token endpoint for client credentials (OpenID Connect Discovery 1.0,
// RFC 7517, RFC 6749 section 4.4). Its keys are made at the start.
package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxForm bounds a token request, in bytes.
const maxForm = 64 << 10

// Client is an application that may ask for tokens.
type Client struct {
	ID, Secret string
	Audience   string   // claim aud of its tokens; "" leaves the claim out
	Scopes     []string // that it may ask for; without asking it gets all
}

// Provider issues tokens. It is the http.Handler of its issuer's host: to wire
// it, serve it by HTTPS under the issuer's name.
type Provider struct {
	issuer  string
	clients []Client
	now     func() time.Time
	key     key
	mux     *http.ServeMux
}

// Lifetime is how long a token is good for.
const Lifetime = time.Hour

// New makes a provider whose issuer is a URL without a trailing slash, with a
// new key for an algorithm.
func New(issuer string, algorithm Algorithm, clients []Client, now func() time.Time) (*Provider, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, err
	}
	k, err := newKey(algorithm)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(u.Path, "/")
	p := &Provider{issuer: issuer, clients: slices.Clone(clients), now: now, key: k, mux: http.NewServeMux()}
	p.mux.HandleFunc("GET "+base+"/.well-known/openid-configuration", p.discovery)
	p.mux.HandleFunc("GET "+base+"/jwks.json", p.keys)
	p.mux.HandleFunc("POST "+base+"/token", p.token)
	return p, nil
}

// ServeHTTP answers discovery, keys and token requests.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// Sign makes a token of any claims: how a world makes one that is wrong.
func (p *Provider) Sign(claims map[string]any) (string, error) { return p.key.sign(claims) }

// Verify checks that the provider has signed a token, and returns its claims.
// Whether they suit is the reader's business.
func (p *Provider) Verify(token string) (map[string]any, error) { return p.key.verify(token) }

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer":                                p.issuer,
		"jwks_uri":                              p.issuer + "/jwks.json",
		"token_endpoint":                        p.issuer + "/token",
		"grant_types_supported":                 []string{"client_credentials"},
		"response_types_supported":              []string{"token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []Algorithm{p.key.algorithm},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
	})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"keys": []map[string]string{p.key.public}})
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request")
		return
	}
	client, ok := p.client(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", "Basic")
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	if r.PostForm.Get("grant_type") != "client_credentials" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	scopes := strings.Fields(r.PostForm.Get("scope"))
	for _, s := range scopes {
		if !slices.Contains(client.Scopes, s) {
			refuse(w, http.StatusBadRequest, "invalid_scope")
			return
		}
	}
	if len(scopes) == 0 {
		scopes = client.Scopes
	}
	p.issue(w, client, strings.Join(scopes, " "))
}

func (p *Provider) issue(w http.ResponseWriter, client Client, scope string) {
	now := p.now()
	claims := map[string]any{
		"iss": p.issuer, "sub": client.ID, "client_id": client.ID, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(Lifetime).Unix(),
	}
	if client.Audience != "" {
		claims["aud"] = client.Audience
	}
	if scope != "" {
		claims["scope"] = scope
	}
	signed, err := p.Sign(claims)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error")
		return
	}
	body := map[string]any{"access_token": signed, "token_type": "Bearer", "expires_in": int(Lifetime.Seconds())}
	if scope != "" {
		body["scope"] = scope
	}
	answer(w, http.StatusOK, body)
}

// client authenticates by HTTP Basic, whose parts are form-encoded, or by the
// form (RFC 6749 section 2.3.1).
func (p *Provider) client(r *http.Request) (Client, bool) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		var err error
		if id, err = url.QueryUnescape(user); err != nil {
			return Client{}, false
		}
		if secret, err = url.QueryUnescape(password); err != nil {
			return Client{}, false
		}
	}
	i := slices.IndexFunc(p.clients, func(c Client) bool { return c.ID == id })
	if i < 0 || subtle.ConstantTimeCompare([]byte(p.clients[i].Secret), []byte(secret)) != 1 {
		return Client{}, false
	}
	return p.clients[i], true
}

func refuse(w http.ResponseWriter, status int, code string) {
	answer(w, status, map[string]any{"error": code})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
