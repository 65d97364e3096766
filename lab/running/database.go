package running

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/agentcore-probe/probe/lab/daemon"
	"github.com/agentcore-probe/probe/lab/mariadb"
	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/postgres"
	"github.com/agentcore-probe/probe/lab/world"
)

// server is a database that runs.
type server interface {
	SetCertificate(c *tls.Certificate) error
	Close() error
}

// database serves PostgreSQL or MariaDB, or where there is none its stand-in.
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
	started, name, err := start(ctx, s, space, at, filepath.Join(r.options.Scratch, string(s.Type)+"-"+host), cache, first)
	if errors.Is(err, postgres.ErrNotInstalled) || errors.Is(err, mariadb.ErrNotInstalled) {
		return r.standIn(ctx, space, host, s.Type, at, certificate, err)
	}
	if err != nil {
		return nil, err
	}
	r.runs(host + " is " + name)
	r.mu.Lock()
	r.crowds = append(r.crowds, func() error { return r.crowd(ctx, space, s, at) })
	r.mu.Unlock()
	shown := first
	r.live.Subscribe(func(*world.World) error {
		c, err := certificate()
		if err != nil || c == shown {
			return err
		}
		shown = c
		return started.SetCertificate(c)
	})
	return started.Close, nil
}

func start(ctx context.Context, service world.Service, space *netns.Namespace, at netip.AddrPort, folder, cache string, c *tls.Certificate) (server, string, error) {
	order := daemon.Order{Space: space, Address: at, Folder: folder, Cache: cache, Settings: service.Settings}
	if service.Type == world.ServiceMySQL {
		s, err := mariadb.Start(ctx, order, c)
		return s, "MariaDB", err
	}
	s, err := postgres.Start(ctx, order, c)
	return s, "PostgreSQL", err
}

// runs notes what runs a database.
func (r *World) runs(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.databases = append(r.databases, what)
	slices.Sort(r.databases)
}

func (r *World) standIn(ctx context.Context, space *netns.Namespace, host string, kind world.ServiceType, at netip.AddrPort, certificate func() (*tls.Certificate, error), why error) (func() error, error) {
	listener, err := space.Listen(ctx, at)
	if err != nil {
		return nil, err
	}
	r.runs(fmt.Sprintf("%s is a stand-in that refuses every login: %v", host, why))
	if kind == world.ServiceMySQL {
		return mariadb.NewStandIn(listener, certificate).Close, nil
	}
	return postgres.NewStandIn(listener, certificate).Close, nil
}

// databaseNames are those in a server's certificate: a proxy has one of its own.
func databaseNames(w *world.World, s world.Service) []string {
	if len(s.Names) > 0 {
		return s.Names
	}
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
