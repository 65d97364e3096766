// Package names answers DNS questions as a world's servers do: the Amazon DNS
// server of a VPC, the authoritative servers of Amazon's zones, and a public
// resolver. What they say is derived from the world's document.
package names

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/lab/world"
)

// ttl is that of AWS's service names, in seconds.
const ttl = 60

// zone is what is known below a name. Names are in lower case with a last dot.
type zone struct {
	apex      string
	servers   []string
	addresses map[string][]netip.Addr
}

// public returns the addresses of all names in public DNS. Those of endpoints,
// of databases and of proxies lead to private addresses there too ("Access an AWS service
// using an interface VPC endpoint").
func public(w *world.World) map[string][]netip.Addr {
	all := map[string][]netip.Addr{}
	n := w.Network()
	for _, h := range w.Lab().Hosts {
		if h.Site != "" {
			continue
		}
		e, onENI := n.NetworkInterface(h.NetworkInterfaceId)
		for _, s := range h.Services {
			addresses := s.Addresses
			if len(addresses) == 0 {
				addresses = h.Addresses
			}
			if onENI {
				addresses = []netip.Addr{e.PrivateIPAddress}
			}
			for _, name := range s.Names {
				all[fqdn(name)] = append(all[fqdn(name)], addresses...)
			}
			if d, ok := n.DBInstance(s.DBInstanceIdentifier); ok && d.Endpoint != nil && len(s.Names) == 0 {
				all[fqdn(d.Endpoint.Address)] = append(all[fqdn(d.Endpoint.Address)], e.PrivateIPAddress)
			}
		}
	}
	for _, e := range n.Endpoints {
		for _, entry := range e.DNSEntries {
			if strings.Contains(entry.DNSName, ".vpce.") && e.State == "available" {
				all[fqdn(entry.DNSName)] = zonal(n, e, entry.DNSName)
			}
		}
	}
	return all
}

// zonal returns the addresses of an endpoint: of one Availability Zone where
// the name says so.
func zonal(n *world.Network, e world.Endpoint, name string) []netip.Addr {
	label, _, _ := strings.Cut(name, ".")
	var all, here []netip.Addr
	named := false
	for _, id := range e.NetworkInterfaceIDs {
		eni, _ := n.NetworkInterface(id)
		subnet, _ := n.Subnet(eni.SubnetID)
		all = append(all, eni.PrivateIPAddress)
		if strings.HasSuffix(label, "-"+subnet.AvailabilityZone) {
			here, named = append(here, eni.PrivateIPAddress), true
		}
	}
	if named {
		return here
	}
	return all
}

// zones returns the public zones, with the name servers that serve them.
func zones(w *world.World) []zone {
	known := public(w)
	servers := map[string][]string{}
	for _, h := range w.Lab().Hosts {
		for _, s := range h.Services {
			for _, z := range s.Zones {
				for _, name := range s.Names {
					servers[fqdn(z)] = append(servers[fqdn(z)], fqdn(name))
				}
			}
		}
	}
	var all []zone
	for apex, names := range servers {
		all = append(all, zone{apex: apex, servers: names, addresses: known})
	}
	slices.SortFunc(all, func(a, b zone) int { return len(b.apex) - len(a.apex) })
	return all
}

// corporate returns the zones of names on-premises: private hosted zones of the
// VPC, one a name ("Working with private hosted zones": both attributes of the
// VPC must be on).
func corporate(w *world.World) []zone {
	var all []zone
	for _, h := range w.Lab().Hosts {
		for _, s := range h.Services {
			for _, name := range s.Names {
				if h.Site != "" {
					all = append(all, zone{apex: fqdn(name), servers: []string{"ns-0.awsdns-00.com."}, addresses: map[string][]netip.Addr{fqdn(name): h.Addresses}})
				}
			}
		}
	}
	return all
}

// private returns the zones that a VPC has of its own: those on-premises, those
// that it shares, and those that its endpoints with private DNS make ("Private DNS for interface
// endpoints": both attributes of the VPC must be on).
func private(w *world.World, vpc string) []zone {
	attributes := w.Network().Attributes(vpc)
	if !attributes.EnableDNSSupport.Value || !attributes.EnableDNSHostnames.Value {
		return nil
	}
	all := corporate(w)
	for _, e := range w.Network().Endpoints {
		if e.VpcID != vpc || e.VpcEndpointType != "Interface" || !e.PrivateDNSEnabled || e.State != "available" {
			continue
		}
		own := zone{apex: fqdn(PrivateZone(e.ServiceName)), servers: []string{"ns-0.awsdns-00.com."}, addresses: map[string][]netip.Addr{}}
		for _, name := range PrivateNames(e.ServiceName) {
			own.addresses[fqdn(name)] = zonal(w.Network(), e, "")
		}
		all = append(all, own)
	}
	all = append(all, shared(w, vpc)...)
	slices.SortStableFunc(all, func(a, b zone) int { return len(b.apex) - len(a.apex) })
	return all
}

// shared returns the private hosted zones that a VPC is associated with: they
// answer addresses of an endpoint in another VPC.
func shared(w *world.World, vpc string) []zone {
	var all []zone
	for _, z := range w.Lab().Zones {
		e, ok := w.Network().Endpoint(z.VpcEndpointId)
		if ok && slices.Contains(z.VpcIds, vpc) {
			all = append(all, zone{apex: fqdn(z.Name), servers: []string{"ns-0.awsdns-00.com."}, addresses: map[string][]netip.Addr{fqdn(z.Name): zonal(w.Network(), e, "")}})
		}
	}
	return all
}

// PrivateNames returns the private DNS names of an endpoint service: its zone,
// and for ecr.dkr and gateways, whose names begin with an account or an id, a wildcard
// (PrivateDnsNames of DescribeVpcEndpointServices).
func PrivateNames(service string) []string {
	if strings.HasSuffix(service, ".ecr.dkr") || strings.HasSuffix(service, ".bedrock-agentcore.gateway") {
		return []string{"*." + PrivateZone(service)}
	}
	return []string{PrivateZone(service)}
}

// PrivateZone returns the private zone of an endpoint service:
// bedrock-agentcore.us-east-1.amazonaws.com for
// com.amazonaws.us-east-1.bedrock-agentcore, api.ecr.… for ….ecr.api.
func PrivateZone(service string) string {
	labels := strings.Split(strings.TrimPrefix(service, "com.amazonaws."), ".")
	region, own := labels[0], labels[1:]
	slices.Reverse(own)
	return strings.Join(append(own, region, "amazonaws.com"), ".")
}

func fqdn(name string) string { return dns.CanonicalName(name) }

// find returns the addresses of a name: its own, else those of the wildcard at
// the nearest name above it that exists (RFC 4592).
func (z zone) find(name string) []netip.Addr {
	if own := z.addresses[name]; len(own) > 0 {
		return own
	}
	for above := name; !z.exists(above); {
		_, above, _ = strings.Cut(above, ".")
		if all := z.addresses["*."+above]; len(all) > 0 {
			return all
		}
		if above == "" {
			break
		}
	}
	return nil
}

// exists reports whether a name is there, or names below it are.
func (z zone) exists(name string) bool {
	if name == z.apex || len(z.addresses[name]) > 0 {
		return true
	}
	for known := range z.addresses {
		if strings.HasSuffix(known, "."+name) {
			return true
		}
	}
	return false
}
