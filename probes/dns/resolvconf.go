package dns

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/probes/escape"
)

// Limits of resolv.conf(5): MAXNS, RES_MAXRETRANS, RES_MAXRETRY; and of what is
// read at all.
const (
	maxServers  = 3
	maxTimeout  = 30
	maxAttempts = 5
	maxConf     = 64 << 10
	portDNS     = 53
)

// Conf is what a resolv.conf says that matters for absolute names. Search
// lists do not: a probe's names are absolute.
type Conf struct {
	Servers  []netip.AddrPort // at most three, in order
	Timeout  time.Duration    // of one attempt at one server
	Attempts int              // rounds over the servers
}

// ParseConf reads a resolv.conf as glibc does: unknown keywords are ignored,
// the last value of an option wins, numbers are capped, without a nameserver
// the local host is asked. Errors name file and line.
func ParseConf(r io.Reader, file string) (Conf, error) {
	conf := Conf{Timeout: 5 * time.Second, Attempts: 2}
	scanner := bufio.NewScanner(io.LimitReader(r, maxConf))
	for line := 1; scanner.Scan(); line++ {
		if err := conf.line(scanner.Text()); err != nil {
			return Conf{}, fmt.Errorf("%s:%d: %w", file, line, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return Conf{}, fmt.Errorf("%s: %w", file, err)
	}
	if len(conf.Servers) == 0 {
		conf.Servers = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), portDNS)}
	}
	return conf, nil
}

func (c *Conf) line(text string) error {
	if strings.HasPrefix(text, "#") || strings.HasPrefix(text, ";") {
		return nil
	}
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return nil
	}
	switch fields[0] {
	case "nameserver":
		return c.nameserver(fields[1:])
	case "options":
		return c.options(fields[1:])
	}
	return nil
}

func (c *Conf) nameserver(fields []string) error {
	if len(fields) == 0 {
		return fmt.Errorf("nameserver without an address")
	}
	addr, err := netip.ParseAddr(fields[0])
	if err != nil {
		return fmt.Errorf("nameserver %s: not an IP address", escape.Line(fields[0], 64))
	}
	if len(c.Servers) < maxServers {
		c.Servers = append(c.Servers, netip.AddrPortFrom(addr, portDNS))
	}
	return nil
}

func (c *Conf) options(fields []string) error {
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ":")
		if name != "timeout" && name != "attempts" {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			return fmt.Errorf("options %s: not a number", escape.Line(field, 64))
		}
		if name == "timeout" {
			c.Timeout = time.Duration(clamp(n, maxTimeout)) * time.Second
		} else {
			c.Attempts = clamp(n, maxAttempts)
		}
	}
	return nil
}

func clamp(n uint64, most int) int { return max(1, min(int(n), most)) }
