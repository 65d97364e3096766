package tcp

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// ErrAddress is what the dialer's refusals wrap: an address that no probe may
// contact, because it belongs to this host or to its credentials.
var ErrAddress = errors.New("address refused")

// Addresses that hand out credentials: instance metadata ("Use the Instance
// Metadata Service"), ECS task credentials, EKS Pod Identity.
var credentialAddresses = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"),
	netip.MustParseAddr("169.254.170.2"),
	netip.MustParseAddr("169.254.170.23"),
	netip.MustParseAddr("fd00:ec2::254"),
	netip.MustParseAddr("fd00:ec2::23"),
}

var (
	// linkServices is where EC2 answers services of the host's own link over IPv6.
	linkServices = netip.MustParsePrefix("fd00:ec2::/32")
	// nat64 embeds an IPv4 address in its last four bytes (RFC 6052).
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
	thisHost  = netip.MustParsePrefix("0.0.0.0/8") // RFC 1122, 3.2.1.3
	broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
)

// scope says for what an address is dialled.
type scope int

const (
	destination scope = iota // what a name answered or a configuration names
	nameServer               // a configured name server: often link-local or on loopback
)

// Permit returns an error that wraps ErrAddress for an address that must not
// be a destination: link-local, multicast, loopback (unless AllowLoopback),
// unspecified, and those of the metadata and container credential services.
func (d Dialer) Permit(addr netip.Addr) error {
	return d.permit(addr, destination)
}

func (d Dialer) permit(addr netip.Addr, use scope) error {
	addr = plain(addr)
	switch {
	case !addr.IsValid(), addr.IsUnspecified(), addr == broadcast, thisHost.Contains(addr):
		return refused(addr, "not an address of a host")
	case slices.Contains(credentialAddresses, addr):
		return refused(addr, "hands out credentials")
	case addr.IsMulticast():
		return refused(addr, "multicast")
	case use == nameServer:
		return nil
	case addr.IsLinkLocalUnicast(), linkServices.Contains(addr):
		return refused(addr, "link-local")
	case addr.IsLoopback() && !d.AllowLoopback:
		return refused(addr, "loopback")
	}
	return nil
}

func refused(addr netip.Addr, why string) error {
	return fmt.Errorf("%w: %s: %s", ErrAddress, addr, why)
}

// plain strips the ways to write an IPv4 address as an IPv6 one, and the zone.
func plain(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if nat64.Contains(addr) {
		b := addr.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return addr
}
