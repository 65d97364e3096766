package running

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/lab/identity"
	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// wellKnown is the end of a discovery document's URL (OpenID Connect Discovery
// 1.0, section 4).
const wellKnown = "/.well-known/openid-configuration"

// makeProviders makes the OpenID providers of a world, by their issuers: all the
// addresses of one share its keys.
func (r *World) makeProviders(w *world.World) error {
	r.providers = map[string]*identity.Provider{}
	for _, h := range w.Lab().Hosts {
		for _, s := range h.Services {
			if s.Type != world.ServiceOpenID {
				continue
			}
			clients := make([]identity.Client, len(s.Clients))
			for i, c := range s.Clients {
				clients[i] = identity.Client(c)
			}
			now := func() time.Time { return r.options.Now().Add(r.clock(h.Name)) }
			p, err := identity.New(s.Issuer, identity.ES256, clients, now)
			if err != nil {
				return err
			}
			r.providers[s.Issuer] = p
		}
	}
	return nil
}

// openID serves a provider by HTTPS.
func (r *World) openID(ctx context.Context, space *netns.Namespace, h world.Host, s world.Service, at netip.AddrPort) (func() error, error) {
	listener, err := space.Listen(ctx, at)
	if err != nil {
		return nil, err
	}
	return serveHTTP(r.certified(listener, h.Name, s.Names), http.Handler(r.providers[s.Issuer])), nil
}

// verifier checks the signatures of tokens of the provider with a discovery
// document: AWS reads its keys by a way of its own.
func (r *World) verifier(discoveryURL string) (func(token string) (map[string]any, error), bool) {
	p, ok := r.providers[strings.TrimSuffix(discoveryURL, wellKnown)]
	if !ok {
		return nil, false
	}
	return p.Verify, true
}

// Token is a good token for the first client of the world's first OpenID
// provider; "" where there is none.
func (r *World) Token() (string, error) {
	for _, h := range r.live.World().Lab().Hosts {
		for _, s := range h.Services {
			if s.Type != world.ServiceOpenID || len(s.Clients) == 0 {
				continue
			}
			now, c := r.options.Now(), s.Clients[0]
			return r.providers[s.Issuer].Sign(map[string]any{
				"iss": s.Issuer, "sub": c.ID, "client_id": c.ID, "aud": c.Audience, "scope": strings.Join(c.Scopes, " "),
				"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(identity.Lifetime).Unix(),
			})
		}
	}
	return "", nil
}
