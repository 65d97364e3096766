package fabric

import (
	"net/netip"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// family is one of the two internet protocols. Routes and filters are written
// for each of them on its own, as AWS has them.
type family struct {
	six   bool
	table nftables.TableFamily
	any   netip.Prefix
	via   netip.Addr // what hosts and routers send to: answered nowhere, as little as a VPC's router is
	key   nftables.SetDatatype
	icmp  int // protocol number
	echo  int // type of an echo request
}

var (
	ipv4 = family{
		table: nftables.TableFamilyIPv4, any: netip.PrefixFrom(netip.IPv4Unspecified(), 0), via: netip.AddrFrom4([4]byte{169, 254, 1, 1}),
		key: nftables.TypeIPAddr, icmp: unix.IPPROTO_ICMP, echo: 8, // RFC 792
	}
	ipv6 = family{
		six: true, table: nftables.TableFamilyIPv6, any: netip.PrefixFrom(netip.IPv6Unspecified(), 0), via: netip.MustParseAddr("fe80::1"),
		key: nftables.TypeIP6Addr, icmp: unix.IPPROTO_ICMPV6, echo: 128, // RFC 4443
	}
)

func familyOf(a netip.Addr) family {
	if a.Is4() {
		return ipv4
	}
	return ipv6
}

// has reports whether an address or a block is of the family.
func (f family) has(a netip.Addr) bool { return a.IsValid() && a.Is4() != f.six }

// host is the block of a single address.
func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// number is the family's in the kernel's messages.
func (f family) number() int {
	if f.six {
		return unix.AF_INET6
	}
	return unix.AF_INET
}
