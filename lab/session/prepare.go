package session

import (
	"cmp"
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
func prepare(r *running.World, w *world.World, o order) error {
	h, ok := w.Lab().Host(o.Host)
	if !ok {
		return fmt.Errorf("no host %q", o.Host)
	}
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(bundle, r.CA(), 0o600); err != nil {
		return err
	}
	if len(o.Config) > 0 { // JSON is YAML
		if err := os.WriteFile(ConfigFile, o.Config, 0o600); err != nil {
			return err
		}
	}
	known, err := json.Marshal(w.Lab().Principals)
	if err != nil {
		return err
	}
	if err := os.WriteFile(principals, known, 0o600); err != nil {
		return err
	}
	if err := sandbox.Replace("/etc/hosts", hostsFile(h)); err != nil {
		return err
	}
	if err := placeFiles(r, w.Lab()); err != nil {
		return err
	}
	return sandbox.Replace("/etc/resolv.conf", resolvConf(w, h))
}

// hostsFile is what a host's /etc/hosts says (hosts(5)).
func hostsFile(h world.Host) []byte {
	text := []byte("127.0.0.1 localhost\n::1 localhost\n")
	for _, e := range h.HostsFile {
		text = fmt.Appendf(text, "%s %s\n", e.Address, e.Name)
	}
	return text
}

// resolvConf is what a host's /etc/resolv.conf says: on an ENI what Amazon Linux
// makes of the VPC's DHCP options, elsewhere a public resolver.
func resolvConf(w *world.World, h world.Host) []byte {
	n := w.Network()
	var text strings.Builder
	if e, ok := n.NetworkInterface(h.NetworkInterfaceId); ok {
		if vpc, ok := n.VPC(e.VpcID); ok && len(h.Nameservers) == 0 {
			text.WriteString("search ec2.internal\n")
			for _, server := range n.NameServers(vpc) {
				fmt.Fprintf(&text, "nameserver %s\n", cmp.Or(server, amazonDNS(vpc)))
			}
			text.WriteString("options timeout:2 attempts:5\n")
			return []byte(text.String())
		}
	}
	for _, server := range h.Nameservers {
		fmt.Fprintf(&text, "nameserver %s\n", server)
	}
	for _, other := range w.Lab().Hosts {
		for _, s := range other.Services {
			if s.Type == world.ServiceRecursiveDNS && len(h.Nameservers) == 0 {
				fmt.Fprintf(&text, "nameserver %s\n", other.Addresses[0])
			}
		}
	}
	return []byte(text.String())
}

// amazonDNS is the base of a VPC's block plus two ("Amazon DNS server").
func amazonDNS(v world.VPC) netip.Addr { return v.CIDRBlock.Masked().Addr().Next().Next() }
