// Package running is a world that runs: its network and the servers of its
// hosts, all in this process except for the database. It needs a sandbox.
package running

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agentcore-probe/probe/lab/authority"
	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/fabric"
	"github.com/agentcore-probe/probe/lab/identity"
	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// Options are what a world needs from outside.
type Options struct {
	Now     func() time.Time
	Scratch string // folder for the data of databases, in memory at best
	Cache   string // folder that is kept between runs; "" keeps nothing
}

// World is a world that runs.
type World struct {
	live    *world.Live
	fabric  *fabric.Fabric
	root    *authority.Authority
	issuer  *authority.Issuer
	options Options

	databases []string       // what runs each database
	crowds    []func() error // of databases, once everything runs

	mu        sync.Mutex
	services  map[time.Duration]*aws.Services // by clock
	agents    *http.Transport
	providers map[string]*identity.Provider // by issuer: of the callers of runtimes
	cluster   *identity.Provider            // of service accounts' tokens; nil where no credentials come from one
	closers   []func() error                // in the order of opening
	starting  sync.WaitGroup                // databases that were asked to start
}

// Start makes a world run. When it returns, every server listens.
func Start(ctx context.Context, w *world.World, o Options) (*World, error) {
	r := &World{live: world.NewLive(w), options: o, services: map[time.Duration]*aws.Services{}}
	if err := r.start(ctx, w); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *World) start(ctx context.Context, w *world.World) (err error) {
	if r.root, err = authority.New(authority.Name, r.options.Now); err != nil {
		return err
	}
	r.issuer = authority.NewIssuer(r.root)
	if r.fabric, err = fabric.Build(w); err != nil {
		return err
	}
	if err := errors.Join(r.provide(w), r.makeProviders(w)); err != nil {
		return err
	}
	r.agents = r.containers()
	r.closers = append(r.closers, r.fabric.Close, func() error { r.agents.CloseIdleConnections(); return nil })
	r.live.Subscribe(r.fabric.Follow)
	r.live.Subscribe(r.startDatabases)
	if err := r.at(0).Check(); err != nil {
		return err
	}
	return r.serveAll(ctx, w)
}

// serveAll starts the services of all hosts: databases at the same time, as they
// are programs of their own that take a while.
func (r *World) serveAll(ctx context.Context, w *world.World) error {
	var databases errgroup.Group
	var failed error
	for _, h := range w.Lab().Hosts {
		space, _ := r.fabric.Namespace(h.Name)
		for i, s := range h.Services {
			one := func() error {
				if err := r.serve(ctx, space, h, i, s); err != nil {
					return fmt.Errorf("%s of host %s: %w", s.Type, h.Name, err)
				}
				return nil
			}
			if s.Type == world.ServicePostgres || s.Type == world.ServiceMySQL {
				databases.Go(one)
			} else if failed == nil {
				failed = one()
			}
		}
	}
	return errors.Join(failed, databases.Wait())
}

// Gather lets the other clients of the databases come. MariaDB looks up their
// names by the system's resolver, and counts no errors against a host where that
// does not answer: its files are to be those of the world by now.
func (r *World) Gather() error {
	for _, crowd := range r.crowds {
		if err := crowd(); err != nil {
			return err
		}
	}
	return nil
}

// serve starts a service of a host on its addresses.
func (r *World) serve(ctx context.Context, space *netns.Namespace, h world.Host, i int, s world.Service) error {
	for _, a := range r.addresses(h, s) {
		at := netip.AddrPortFrom(a, s.Port)
		var closer func() error
		var err error
		switch s.Type {
		case world.ServiceVPCDNS, world.ServiceAuthoritativeDNS, world.ServiceRecursiveDNS:
			closer, err = r.dns(ctx, space, h.Name, i, at)
		case world.ServiceAWS:
			closer, err = r.https(ctx, space, h, s, at)
		case world.ServiceHTTPS, world.ServiceHTTP:
			closer, err = r.website(ctx, space, h, s, at)
		case world.ServiceTCP:
			closer, err = r.echo(ctx, space, at)
		case world.ServiceOpenID:
			closer, err = r.openID(ctx, space, h, s, at)
		case world.ServiceAgent:
			closer, err = r.agent(ctx, space, h.Name, s.Port)
		case world.ServiceInstanceMetadata, world.ServiceTaskMetadata, world.ServicePodIdentity:
			closer, err = r.metadata(ctx, space, s, at)
		case world.ServicePostgres, world.ServiceMySQL:
			closer, err = r.database(ctx, space, h.Name, s, at)
		}
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.closers = append(r.closers, closer)
		r.mu.Unlock()
	}
	return nil
}

// addresses are those that a service listens on.
func (r *World) addresses(h world.Host, s world.Service) []netip.Addr {
	switch {
	case len(s.Addresses) > 0:
		return s.Addresses
	case h.NetworkInterfaceId != "":
		e, _ := r.live.World().Network().NetworkInterface(h.NetworkInterfaceId)
		return []netip.Addr{e.PrivateIPAddress}
	}
	return h.Addresses
}

// Live is the world's document.
func (r *World) Live() *world.Live { return r.live }

// Namespace returns the network namespace of a host.
func (r *World) Namespace(host string) (*netns.Namespace, bool) { return r.fabric.Namespace(host) }

// CA returns the certificate, as PEM, of the authority that the world's servers
// are certified by.
func (r *World) CA() []byte { return r.root.PEM() }

// Received returns the calls that the AWS services have answered, in the order of
// their arrival.
func (r *World) Received() []aws.Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []aws.Call
	for _, s := range r.services {
		all = append(all, s.Received()...)
	}
	slices.SortStableFunc(all, func(a, b aws.Call) int { return a.At.Compare(b.At) })
	return all
}

// Databases says what runs the world's databases, a line each.
func (r *World) Databases() []string { return r.databases }

// Close ends all servers and lets the network go.
func (r *World) Close() error {
	r.starting.Wait()
	var errs []error
	for i := len(r.closers) - 1; i >= 0; i-- {
		errs = append(errs, r.closers[i]())
	}
	return errors.Join(errs...)
}

// clock is the clock of a host: the real one and the knob of the moment.
func (r *World) clock(host string) time.Duration {
	h, _ := r.live.World().Lab().Host(host)
	return time.Duration(h.ClockOffsetSeconds) * time.Second
}

// at returns the AWS services that go by a clock. Hosts with the same clock
// share them, and what they remember.
func (r *World) at(offset time.Duration) *aws.Services {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.services[offset] == nil {
		r.services[offset] = aws.New(r.live, func() time.Time { return r.options.Now().Add(offset) }, r.agents)
		r.services[offset].Verify(r.verifier)
		if r.cluster != nil {
			r.services[offset].Provider = &aws.Provider{Issuer: world.Issuer, Verify: r.cluster.Verify}
		}
	}
	return r.services[offset]
}
