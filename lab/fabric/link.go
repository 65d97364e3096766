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

// near is the MAC address of every router, gateway the address that hosts send
// to: it is answered nowhere, as little as a VPC's router is.
var (
	near    = net.HardwareAddr{0x02, 0, 0, 0, 0, 0x01}
	gateway = netip.AddrFrom4([4]byte{169, 254, 1, 1})
)

// router is a namespace that forwards.
type router struct {
	vpc     string // "" is the internet
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
	return forward(r.space)
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
func forward(space *netns.Namespace) error {
	return errors.Join(space.Set("ipv4/ip_forward", 1), quiet(space))
}

func quiet(space *netns.Namespace) error {
	for _, of := range []string{"all", "default"} {
		if err := errors.Join(space.Set("ipv4/conf/"+of+"/rp_filter", 0), space.Set("ipv4/conf/"+of+"/send_redirects", 0)); err != nil {
			return err
		}
		if err := space.Set("ipv6/conf/"+of+"/disable_ipv6", 1); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// connect links a place's namespace to the router.
func (r *router) connect(space *netns.Namespace, p place) error {
	if err := quiet(space); err != nil {
		return err
	}
	if p.forwards {
		if err := errors.Join(forward(space), translate(space, p.addresses[0])); err != nil {
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
	far, err := netlink.NewHandleAt(vnetns.NsHandle(space.Fd()), unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer far.Close()
	return configure(far, p.addresses)
}

// configure gives a host its addresses and its way out.
func configure(h *netlink.Handle, addresses []netip.Addr) error {
	link, err := raise(h, hostsLink)
	if err != nil {
		return err
	}
	if _, err := raise(h, "lo"); err != nil {
		return err
	}
	// A packet on the link is one on the wire: filters see its true length.
	if err := h.LinkSetGSOMaxSegs(link, 1); err != nil {
		return fmt.Errorf("segments of %s: %w", hostsLink, err)
	}
	for _, a := range addresses {
		if err := h.AddrAdd(link, &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(a, 32))}); err != nil {
			return fmt.Errorf("address %s: %w", a, err)
		}
	}
	if err := neighbours(h, link, near, gateway); err != nil {
		return err
	}
	return h.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: gateway.AsSlice(), Flags: int(netlink.FLAG_ONLINK), Src: addresses[0].AsSlice()})
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
		if err := h.NeighSet(&netlink.Neigh{LinkIndex: link.Attrs().Index, Family: unix.AF_INET, State: netlink.NUD_PERMANENT, IP: a.AsSlice(), HardwareAddr: mac}); err != nil {
			return fmt.Errorf("neighbour %s: %w", a, err)
		}
	}
	return nil
}

// join links a VPC's router to the internet, by one of its interfaces and one of
// the internet's.
func (r *router) join(internet *router, own, far string) error {
	farMAC := net.HardwareAddr{0x02, 0, 0, 0, 0, 0x02}
	link, err := r.pair(own, near, internet.space, far, farMAC)
	if err != nil {
		return err
	}
	if err := neighbours(r.handle, link, farMAC, gateway); err != nil {
		return err
	}
	other, err := raise(internet.handle, far)
	if err != nil {
		return err
	}
	return neighbours(internet.handle, other, near, gateway)
}

// internetsLink is the name of a VPC's link at the internet's end: an interface
// name has 15 bytes at most.
func internetsLink(vpc string) string {
	return "v" + vpc[max(0, len(vpc)-12):]
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), 32)}
}
