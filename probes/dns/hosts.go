package dns

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// HostsFile is where a host keeps names of its own (hosts(5)).
const HostsFile = "/etc/hosts"

// Hosts are the names of a hosts file, in lower case with a last dot, with their
// addresses in the file's order.
type Hosts map[string][]netip.Addr

// ParseHosts reads a hosts file as glibc does: a line that does not begin with
// an address is ignored.
func ParseHosts(r io.Reader) (Hosts, error) {
	hosts := Hosts{}
	scanner := bufio.NewScanner(io.LimitReader(r, maxConf))
	for scanner.Scan() {
		text, _, _ := strings.Cut(scanner.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) < 2 {
			continue
		}
		addr, err := netip.ParseAddr(fields[0])
		if err != nil {
			continue
		}
		for _, name := range fields[1:] {
			key := dns.CanonicalName(name)
			if !slices.Contains(hosts[key], addr) {
				hosts[key] = append(hosts[key], addr)
			}
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", HostsFile, err)
	}
	return hosts, nil
}

// find returns the addresses of a name in the first family that has any.
func (h Hosts) find(name string, families []uint16) []netip.Addr {
	for _, family := range families {
		var found []netip.Addr
		for _, addr := range h[dns.CanonicalName(name)] {
			if addr.Is4() == (family == dns.TypeA) {
				found = append(found, addr)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}
