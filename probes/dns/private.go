package dns

import "net/netip"

var shared = netip.MustParsePrefix("100.64.0.0/10")

// Private reports whether addr lies in a range that the internet does not
// route: RFC 1918, RFC 6598 (shared address space), RFC 4193 (unique local).
// Every other address counts as public.
func Private(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.IsPrivate() || shared.Contains(addr)
}
