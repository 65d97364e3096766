package fabric

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	vnetns "github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/netns"
)

const (
	uplink    = "igw"  // the interface between a VPC's router and the internet
	hostsLink = "eth0" // a host's own interface
)

// near is the MAC address of every router.
var near = net.HardwareAddr{0x02, 0, 0, 0, 0, 0x01}

// router is a namespace that forwards: of a VPC, of a transit gateway, or the
// internet.
type router struct {
	vpc     string // "" is none
	six     bool   // knows IPv6
	space   *netns.Namespace
	handle  *netlink.Handle
	indexes map[string]int // of interfaces by name
	routes  map[route]bool // as last applied
	rules   map[string]int // table by interface
}

// open makes the namespace forward and be quiet about what it does not.
func (r *router) open() (err error) {
	r.indexes, r.routes, r.rules = map[string]int{}, map[route]bool{}, map[string]int{}
	if r.handle, err = netlink.NewHandleAt(vnetns.NsHandle(r.space.Fd()), unix.NETLINK_ROUTE); err != nil {
		return err
	}
	// Without any local address the kernel takes every gateway for invalid.
	if _, err := raise(r.handle, "lo"); err != nil {
		return err
	}
	return forward(r.space, r.six)
}

// families are those that the router knows.
func (r *router) families() []family {
	if r.six {
		return []family{ipv4, ipv6}
	}
	return []family{ipv4}
}

func (r *router) close() error {
	if r.handle != nil {
		r.handle.Close()
	}
	if r.space == nil {
		return nil
	}
	return r.space.Close()
}

// forward turns a namespace into one that routes. Reverse-path filters would
// look at the wrong table, redirects would tell hosts about each other.
func forward(space *netns.Namespace, six bool) error {
	err := errors.Join(space.Set("ipv4/ip_forward", 1), quiet(space, six))
	if six {
		err = errors.Join(err, space.Set("ipv6/conf/all/forwarding", 1))
	}
	return err
}

// quiet has a namespace say nothing by itself. Of IPv6, where it is wanted, it
// neither makes addresses of its own nor asks whether anybody has them.
func quiet(space *netns.Namespace, six bool) error {
	for _, of := range []string{"all", "default"} {
		if err := errors.Join(space.Set("ipv4/conf/"+of+"/rp_filter", 0), space.Set("ipv4/conf/"+of+"/send_redirects", 0)); err != nil {
			return err
		}
		err := space.Set("ipv6/conf/"+of+"/disable_ipv6", 1)
		if six {
			err = errors.Join(space.Set("ipv6/conf/"+of+"/disable_ipv6", 0), space.Set("ipv6/conf/"+of+"/accept_ra", 0),
				space.Set("ipv6/conf/"+of+"/accept_dad", 0), space.Set("ipv6/conf/"+of+"/addr_gen_mode", withoutAddress))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// withoutAddress is IN6_ADDR_GEN_MODE_NONE: no address of the link.
const withoutAddress = 1

// connect links a place's namespace to the router.
func (r *router) connect(space *netns.Namespace, p place) error {
	if err := quiet(space, r.six && len(p.of(ipv6)) > 0); err != nil {
		return err
	}
	if p.forwards {
		if err := errors.Join(forward(space, false), translate(space, p.addresses[0])); err != nil {
			return err
		}
	}
	link, err := r.pair(p.link, near, space, hostsLink, p.hardware())
	if err != nil {
		return err
	}
	if err := neighbours(r.handle, link, p.hardware(), p.addresses...); err != nil {
		return err
	}
	if err := widen(r.handle, link, p.mtu); err != nil {
		return err
	}
	far, err := netlink.NewHandleAt(vnetns.NsHandle(space.Fd()), unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer far.Close()
	return configure(far, p)
}

// configure gives a host its addresses and its way out.
func configure(h *netlink.Handle, p place) error {
	link, err := raise(h, hostsLink)
	if err != nil {
		return err
	}
	if _, err := raise(h, "lo"); err != nil {
		return err
	}
	if err := widen(h, link, p.mtu); err != nil {
		return err
	}
	// A packet on the link is one on the wire: filters see its true length.
	if err := h.LinkSetGSOMaxSegs(link, 1); err != nil {
		return fmt.Errorf("segments of %s: %w", hostsLink, err)
	}
	for _, f := range []family{ipv4, ipv6} {
		addresses := p.of(f)
		for _, a := range addresses {
			if err := h.AddrAdd(link, &netlink.Addr{IPNet: ipNet(host(a)), Flags: unix.IFA_F_NODAD}); err != nil {
				return fmt.Errorf("address %s: %w", a, err)
			}
		}
		if len(addresses) == 0 {
			continue
		}
		if err := neighbours(h, link, near, f.via); err != nil {
			return err
		}
		way := &netlink.Route{LinkIndex: link.Attrs().Index, Gw: f.via.AsSlice(), Flags: int(netlink.FLAG_ONLINK), Src: addresses[0].AsSlice()}
		if err := h.RouteAdd(way); err != nil {
			return fmt.Errorf("way out of %s: %w", p.name, err)
		}
	}
	return nil
}

// widen gives an end of a link another MTU.
func widen(h *netlink.Handle, link netlink.Link, mtu int) error {
	if mtu == 0 {
		return nil
	}
	if err := h.LinkSetMTU(link, mtu); err != nil {
		return fmt.Errorf("MTU of %s: %w", link.Attrs().Name, err)
	}
	return nil
}

// pair makes a veth pair between the router and another namespace, and raises
// the router's end.
func (r *router) pair(name string, mac net.HardwareAddr, far *netns.Namespace, farName string, farMAC net.HardwareAddr) (netlink.Link, error) {
	err := r.handle.LinkAdd(&netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: name, HardwareAddr: mac},
		PeerName:  farName, PeerHardwareAddr: farMAC, PeerNamespace: netlink.NsFd(far.Fd()),
	})
	if err != nil {
		return nil, fmt.Errorf("veth pair: %w", err)
	}
	return raise(r.handle, name)
}

func raise(h *netlink.Handle, name string) (netlink.Link, error) {
	link, err := h.LinkByName(name)
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", name, err)
	}
	return link, h.LinkSetUp(link)
}

func neighbours(h *netlink.Handle, link netlink.Link, mac net.HardwareAddr, addresses ...netip.Addr) error {
	for _, a := range addresses {
		if err := h.NeighSet(&netlink.Neigh{LinkIndex: link.Attrs().Index, Family: familyOf(a).number(), State: netlink.NUD_PERMANENT, IP: a.AsSlice(), HardwareAddr: mac}); err != nil {
			return fmt.Errorf("neighbour %s: %w", a, err)
		}
	}
	return nil
}

// join links a router to another one, by an interface of each.
func (r *router) join(other *router, own, far string) error {
	farMAC := net.HardwareAddr{0x02, 0, 0, 0, 0, 0x02}
	link, err := r.pair(own, near, other.space, far, farMAC)
	if err != nil {
		return err
	}
	if err := neighbours(r.handle, link, farMAC, r.gateways()...); err != nil {
		return err
	}
	end, err := raise(other.handle, far)
	if err != nil {
		return err
	}
	return neighbours(other.handle, end, near, r.gateways()...)
}

func (r *router) gateways() []netip.Addr {
	var all []netip.Addr
	for _, f := range r.families() {
		all = append(all, f.via)
	}
	return all
}

// internetsLink is the name of a VPC's link at the internet's end: an interface
// name has 15 bytes at most.
func internetsLink(vpc string) string {
	return "v" + vpc[max(0, len(vpc)-12):]
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
