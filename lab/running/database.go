package running

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/postgres"
	"github.com/agentcore-probe/probe/lab/world"
)

// database serves PostgreSQL, or where there is none its stand-in.
func (r *World) database(ctx context.Context, space *netns.Namespace, host string, s world.Service, at netip.AddrPort) (func() error, error) {
	certificate := func() (*tls.Certificate, error) {
		w := r.live.World()
		h, _ := w.Lab().Host(host)
		return r.issuer.Certificate(databaseNames(w, s), h.TLS)
	}
	first, err := certificate()
	if err != nil {
		return nil, err
	}
	cache := r.options.Cache
	if cache == "" {
		cache = filepath.Join(r.options.Scratch, "cache")
	}
	server, err := postgres.Start(ctx, postgres.Order{Space: space, Address: at, Folder: filepath.Join(r.options.Scratch, "postgresql-"+host), Cache: cache}, first)
	if errors.Is(err, postgres.ErrNotInstalled) {
		return r.standIn(ctx, space, host, at, certificate)
	}
	if err != nil {
		return nil, err
	}
	r.databases = append(r.databases, fmt.Sprintf("%s is PostgreSQL", host))
	shown := first
	r.live.Subscribe(func(*world.World) error {
		c, err := certificate()
		if err != nil || c == shown {
			return err
		}
		shown = c
		return server.SetCertificate(c)
	})
	return server.Close, nil
}

func (r *World) standIn(ctx context.Context, space *netns.Namespace, host string, at netip.AddrPort, certificate func() (*tls.Certificate, error)) (func() error, error) {
	listener, err := space.Listen(ctx, at)
	if err != nil {
		return nil, err
	}
	r.databases = append(r.databases, fmt.Sprintf("%s is a stand-in that refuses every login: %v", host, postgres.ErrNotInstalled))
	return postgres.NewStandIn(listener, certificate).Close, nil
}

func databaseNames(w *world.World, s world.Service) []string {
	if d, ok := w.Network().DBInstance(s.DBInstanceIdentifier); ok && d.Endpoint != nil {
		return []string{d.Endpoint.Address}
	}
	return []string{s.DBInstanceIdentifier}
}

// startDatabases turns instances that were told to start to available: they run
// all the time, and start in no time.
func (r *World) startDatabases(w *world.World) error {
	for i, d := range w.Network().DBInstances {
		if d.DBInstanceStatus != "starting" {
			continue
		}
		r.starting.Go(func() {
			// A subscriber may not change the world. What fails here shows as
			// an instance that stays in "starting".
			_ = r.live.Mutate(func(w *world.World) error {
				list, _ := w.Document()["DBInstances"].([]any)
				if i >= len(list) {
					return os.ErrNotExist
				}
				if instance, ok := list[i].(map[string]any); ok && instance["DBInstanceStatus"] == "starting" {
					instance["DBInstanceStatus"] = "available"
				}
				return nil
			})
		})
	}
	return nil
}
