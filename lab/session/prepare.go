package session

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/world"
)

// prepare puts the files in place that commands look for.
func prepare(r *running.World, w *world.World, host string) error {
	h, ok := w.Lab().Host(host)
	if !ok {
		return fmt.Errorf("no host %q", host)
	}
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(bundle, r.CA(), 0o600); err != nil {
		return err
	}
	known, err := json.Marshal(w.Lab().Principals)
	if err != nil {
		return err
	}
	if err := os.WriteFile(principals, known, 0o600); err != nil {
		return err
	}
	return sandbox.Replace("/etc/resolv.conf", resolvConf(w, h))
}

// resolvConf is what a host's /etc/resolv.conf says: on an ENI what Amazon Linux
// makes of the default DHCP options, elsewhere a public resolver.
func resolvConf(w *world.World, h world.Host) []byte {
	n := w.Network()
	if e, ok := n.NetworkInterface(h.NetworkInterfaceId); ok {
		if vpc, ok := n.VPC(e.VpcID); ok {
			return fmt.Appendf(nil, "search ec2.internal\nnameserver %s\noptions timeout:2 attempts:5\n", amazonDNS(vpc))
		}
	}
	var text strings.Builder
	for _, other := range w.Lab().Hosts {
		for _, s := range other.Services {
			if s.Type == world.ServiceRecursiveDNS {
				fmt.Fprintf(&text, "nameserver %s\n", other.Addresses[0])
			}
		}
	}
	return []byte(text.String())
}

// amazonDNS is the base of a VPC's block plus two ("Amazon DNS server").
func amazonDNS(v world.VPC) netip.Addr { return v.CIDRBlock.Masked().Addr().Next().Next() }
