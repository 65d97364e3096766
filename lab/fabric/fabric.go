// Package fabric is a world's network, made by the kernel: a network namespace
// for each ENI and host, linked by /32 links to the implicit router of its VPC
// or to the internet. The routers enforce what the document says: route tables,
// network ACLs, security groups, NAT and internet gateways, with the kernel's
// own routing, connection tracking and nftables.
//
// A rule never answers: what is not admitted vanishes, as in a VPC.
package fabric

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// Fabric is the network of a running world.
type Fabric struct {
	spaces   map[string]*netns.Namespace // by place
	routers  []*router                   // one a VPC
	transits map[string]*router          // by transit gateway
	sites    map[string]*router          // by name
	internet *router
	links    map[string]string   // interface at the router, by place
	firewall map[string]firewall // what was last applied, by host
}

// Build makes the network of w. Hosts and ENIs are fixed from then on; Follow
// applies everything else.
func Build(w *world.World) (*Fabric, error) {
	f := &Fabric{spaces: map[string]*netns.Namespace{}, transits: map[string]*router{}, sites: map[string]*router{}, links: map[string]string{}, firewall: map[string]firewall{}}
	if err := f.build(w); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Fabric) build(w *world.World) error {
	places := placesOf(w)
	for i := range places {
		places[i].link = fmt.Sprintf("p%d", i)
		f.links[places[i].name] = places[i].link
	}
	if err := f.makeSpaces(w, places); err != nil {
		return err
	}
	for _, v := range w.Network().VPCs {
		if err := f.router(v.VpcID).join(f.internet, uplink, internetsLink(v.VpcID)); err != nil {
			return fmt.Errorf("internet gateway of %s: %w", v.VpcID, err)
		}
		if err := f.router(v.VpcID).join(f.internet, servicesLink, servicesFarLink(v.VpcID)); err != nil {
			return fmt.Errorf("gateway endpoints of %s: %w", v.VpcID, err)
		}
	}
	if err := f.cross(w, places); err != nil {
		return err
	}
	var group errgroup.Group
	for _, p := range places {
		if p.crossing != (crossing{}) {
			continue
		}
		group.Go(func() error {
			r := f.internet
			if p.vpc != "" {
				r = f.router(p.vpc)
			} else if p.site != "" {
				r = f.sites[p.site]
			}
			if err := r.connect(f.spaces[p.name], p); err != nil {
				return fmt.Errorf("link of %s: %w", p.name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return f.Follow(w)
}

// makeSpaces makes all namespaces, some at a time: the kernel takes a
// millisecond or more for each.
func (f *Fabric) makeSpaces(w *world.World, places []place) error {
	n, six := w.Network(), slices.ContainsFunc(places, func(p place) bool { return len(p.of(ipv6)) > 0 })
	f.internet = &router{six: six}
	into := []**netns.Namespace{&f.internet.space}
	for _, v := range n.VPCs {
		r := &router{vpc: v.VpcID, six: six}
		f.routers, into = append(f.routers, r), append(into, &r.space)
	}
	for _, g := range n.TransitGateways {
		r := &router{six: six}
		f.transits[g.TransitGatewayID], into = r, append(into, &r.space)
	}
	for _, s := range w.Lab().Sites {
		r := &router{six: six}
		f.sites[s.Name], into = r, append(into, &r.space)
	}
	spaces := make([]*netns.Namespace, len(places))
	for i, p := range places {
		if p.crossing == (crossing{}) {
			into = append(into, &spaces[i])
		}
	}
	var group errgroup.Group
	for _, to := range into {
		group.Go(func() (err error) {
			*to, err = netns.New()
			return err
		})
	}
	err := group.Wait()
	for i, p := range places {
		if spaces[i] != nil {
			f.spaces[p.name] = spaces[i]
		}
	}
	if err != nil {
		return err
	}
	for _, r := range f.all() {
		if err := r.open(); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fabric) all() []*router {
	all := append([]*router{f.internet}, f.routers...)
	all = slices.AppendSeq(slices.AppendSeq(all, maps.Values(f.transits)), maps.Values(f.sites))
	return slices.DeleteFunc(all, func(r *router) bool { return r == nil })
}

func (f *Fabric) router(vpc string) *router {
	for _, r := range f.routers {
		if r.vpc == vpc {
			return r
		}
	}
	return nil
}

// Follow makes the network enforce what w says. Connections that are tracked
// stay. It is not safe for concurrent use.
func (f *Fabric) Follow(w *world.World) error {
	places := f.present(placesOf(w))
	if err := f.internet.followInternet(w, places); err != nil {
		return fmt.Errorf("internet: %w", err)
	}
	for _, r := range f.routers {
		if err := r.followVPC(w, places); err != nil {
			return fmt.Errorf("router of %s: %w", r.vpc, err)
		}
	}
	for id, r := range f.transits {
		if err := r.followTransit(w.Network(), id, places); err != nil {
			return fmt.Errorf("transit gateway %s: %w", id, err)
		}
	}
	for name, r := range f.sites {
		site, ok := w.Lab().Site(name)
		if !ok {
			continue
		}
		if err := r.followSite(w, site, places); err != nil {
			return fmt.Errorf("site %s: %w", name, err)
		}
	}
	return f.followFirewalls(w)
}

// present keeps the places that were built, on the links that they got then.
func (f *Fabric) present(places []place) []place {
	var there []place
	for _, p := range places {
		if p.link = f.links[p.name]; p.link != "" {
			there = append(there, p)
		}
	}
	return there
}

// Namespace returns the namespace of a host by its name, or of an ENI without a
// host by its id.
func (f *Fabric) Namespace(name string) (*netns.Namespace, bool) {
	space, ok := f.spaces[name]
	return space, ok
}

// Close lets go of all namespaces; the kernel removes those in which nothing is
// open any more.
func (f *Fabric) Close() error {
	var errs []error
	for _, r := range f.all() {
		errs = append(errs, r.close())
	}
	for _, space := range f.spaces {
		if space != nil {
			errs = append(errs, space.Close())
		}
	}
	return errors.Join(errs...)
}
