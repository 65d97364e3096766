package running

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/agentcore-probe/probe/lab/identity"
	"github.com/agentcore-probe/probe/lab/metadata"
	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// metadata serves a platform's metadata to the machines on it.
func (r *World) metadata(ctx context.Context, space *netns.Namespace, s world.Service, at netip.AddrPort) (func() error, error) {
	listener, err := space.Listen(ctx, at)
	if err != nil {
		return nil, err
	}
	platform := metadata.Platform{World: r.live.World, Now: r.options.Now, Verify: r.verify}
	return serve(listener, &http.Server{Handler: platform.Handler(s.Type), ConnContext: metadata.WithConnection}), nil
}

// provide starts the OpenID provider of the world's cluster, where there is one.
func (r *World) provide(w *world.World) (err error) {
	c := w.Lab().Credentials
	if c == nil || !slices.Contains([]world.CredentialSource{world.SourceWebIdentity, world.SourcePod}, c.Source) {
		return nil
	}
	r.cluster, err = identity.New(world.Issuer, identity.ES256, nil, r.options.Now)
	return err
}

// verify is what the EKS Pod Identity agent wants of a token.
func (r *World) verify(token, audience string) error {
	if r.cluster == nil {
		return errors.New("there is no cluster")
	}
	claims, err := r.cluster.Verify(token)
	if err != nil {
		return err
	}
	if ends, ok := claims["exp"].(float64); !ok || r.options.Now().Unix() >= int64(ends) {
		return errors.New("the token has expired")
	}
	if claims["aud"] != audience {
		return fmt.Errorf("the token's audience is %v", claims["aud"])
	}
	return nil
}

// lifetime is that of a projected service account token ("Service account
// tokens", Amazon EKS User Guide: 24 hours for Pod Identity and IRSA).
const lifetime = 24 * time.Hour

// ServiceAccountToken is the token that the cluster gives the command's pod, as
// the world's knobs have it; "" where there is no cluster.
func (r *World) ServiceAccountToken() (string, error) {
	if r.cluster == nil {
		return "", nil
	}
	c := r.live.World().Lab().Credentials
	audience := "sts.amazonaws.com"
	if c.Source == world.SourcePod {
		audience = metadata.PodAudience
	}
	if c.TokenAudience != "" {
		audience = c.TokenAudience
	}
	from := r.options.Now()
	if c.TokenExpired {
		from = from.Add(-2 * lifetime)
	}
	return r.cluster.Sign(map[string]any{
		"iss": world.Issuer, "sub": world.ServiceAccount, "aud": audience,
		"iat": from.Unix(), "nbf": from.Unix(), "exp": from.Add(lifetime).Unix(),
	})
}
