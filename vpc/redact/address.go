package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
	"slices"
)

// blinder maps addresses to others so that two addresses have as long a prefix
// in common as before: ranges still hold what they held (Xu, Fan, Ammar, Moon:
// "Prefix-Preserving IP Address Anonymization", 2002). What an address means by
// itself stays: whether it is private, link-local, multicast or documentation,
// and its place in its /24 or /64, where AWS has reserved ones.
type blinder struct {
	key   []byte
	vpcs  []start
	known map[netip.Prefix]bool
}

// start is a VPC's range, and the /24 or /64 that begins it.
type start struct{ whole, first netip.Prefix }

// The leading bits of an address that may change.
const (
	flipped4 = 24
	flipped6 = 64
)

// special are ranges that keep their place (RFC 6890, and the addresses that
// AWS gives to its services inside a VPC).
var special = prefixes("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "2000::/3")

// fixed are ranges whose every address keeps its meaning.
var fixed = prefixes(
	"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
	"::/8", "64:ff9b::/96", "2001:db8::/32", "fd00:ec2::/32", "fe80::/10", "ff00::/8",
)

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// maxDraws bounds how many mappings are drawn. A VPC's range in 10.0.0.0/8 has
// 256 places: each draw misses the ranges of a usual network almost certainly,
// and none can where a network uses all of them.
const maxDraws = 64

// newBlinder keeps the first addresses of the VPCs' ranges, of which the
// resolver's is the third ("DHCP option sets in Amazon VPC"). Of the mappings
// that the key leads to it takes the first that gives none of the network's
// ranges to another or the same one, else the one that gives the fewest.
func newBlinder(key []byte, vpcs, ranges []netip.Prefix) *blinder {
	var starts []start
	for _, p := range vpcs {
		if p.IsValid() {
			starts = append(starts, start{whole: p.Masked(), first: netip.PrefixFrom(p.Masked().Addr(), max(flipped(p.Addr()), p.Bits()))})
		}
	}
	var best *blinder
	fewest := 0
	for range maxDraws {
		b := &blinder{key: key, vpcs: starts, known: map[netip.Prefix]bool{}}
		if taken := b.taken(ranges); best == nil || taken < fewest {
			best, fewest = b, taken
		}
		if fewest == 0 {
			break
		}
		next := sha256.Sum256(key)
		key = next[:]
	}
	return best
}

// flipped is the number of leading bits of an address that may change.
func flipped(a netip.Addr) int {
	if a.Is6() {
		return flipped6
	}
	return flipped4
}

// taken counts the ranges that become one of the ranges, those left out that
// have no other place.
func (b *blinder) taken(ranges []netip.Prefix) int {
	var movable []netip.Prefix
	own := map[netip.Prefix]bool{}
	for _, p := range ranges {
		p = netip.PrefixFrom(p.Addr(), min(p.Bits(), flipped(p.Addr()))).Masked()
		if !own[p] && b.moves(p) {
			own[p] = true
			movable = append(movable, p)
		}
	}
	n := 0
	for _, p := range movable {
		if own[b.prefix(p)] {
			n++
		}
	}
	return n
}

// moves reports whether a range can become another one.
func (b *blinder) moves(p netip.Prefix) bool {
	if slices.ContainsFunc(fixed, func(f netip.Prefix) bool { return f.Contains(p.Addr()) }) {
		return false
	}
	for i := range p.Bits() {
		if !b.held(netip.PrefixFrom(p.Addr(), i).Masked()) {
			return true
		}
	}
	return false
}

// address maps an address.
func (b *blinder) address(a netip.Addr) netip.Addr {
	if !a.IsValid() || a.Zone() != "" {
		return a
	}
	for _, p := range fixed {
		if p.Contains(a) {
			return a
		}
	}
	out := a.AsSlice()
	for i := range flipped(a) {
		if b.flips(netip.PrefixFrom(a, i).Masked()) {
			out[i/8] ^= 0x80 >> (i % 8)
		}
	}
	mapped, _ := netip.AddrFromSlice(out)
	return mapped
}

// prefix maps a range.
func (b *blinder) prefix(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(b.address(p.Addr()), p.Bits())
}

// flips reports whether the bit after a prefix is turned round.
func (b *blinder) flips(p netip.Prefix) bool {
	flip, ok := b.known[p]
	if !ok {
		flip = !b.held(p) && b.bit(p)
		b.known[p] = flip
	}
	return flip
}

// held reports whether the bit after a prefix stays: on the way to a special
// range, which therefore maps to itself, and on the way from a VPC's range to
// its first addresses.
func (b *blinder) held(p netip.Prefix) bool {
	for _, ranges := range [][]netip.Prefix{special, fixed} {
		for _, s := range ranges {
			if p.Bits() < s.Bits() && p.Overlaps(s) {
				return true
			}
		}
	}
	for _, v := range b.vpcs {
		if p.Bits() >= v.whole.Bits() && p.Bits() < v.first.Bits() && p.Overlaps(v.first) {
			return true
		}
	}
	return false
}

func (b *blinder) bit(p netip.Prefix) bool {
	mac := hmac.New(sha256.New, b.key)
	_, _ = mac.Write(append(p.Addr().AsSlice(), byte(p.Bits()))) // never fails
	return mac.Sum(nil)[0]&1 == 1
}
