package reachability

import (
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// amazonProvided is the VPC's own resolver in DHCP options ("DHCP option sets in
// Amazon VPC").
const amazonProvided = "AmazonProvidedDNS"

// dhcp says whether a VPC's DHCP options lead to the resolver that knows its
// endpoints. Another resolver may forward to it, which cannot be seen here.
func (a *Analysis) dhcp(e *vpc.Endpoint) netpath.Evidence {
	servers, options := a.nameServers(e.VpcID)
	if len(servers) == 0 {
		found := pass(e.VpcEndpointID, "private DNS is on, and both DNS attributes of "+e.VpcID)
		found.Facts = netpath.Facts{"private_dns": "on"}
		return found
	}
	found := unknown(options, "private DNS is on, but "+options+" names the resolvers "+strings.Join(servers, " ")+": what they answer is theirs to say")
	found.Facts = netpath.Facts{"private_dns": "on", "dhcp_options": options, "dhcp_servers": strings.Join(servers, " ")}
	return found
}

// nameServers are those that the DHCP options of a VPC name beside Amazon's.
func (a *Analysis) nameServers(vpcID string) (servers []string, options string) {
	home := a.network.VPC(vpcID)
	if home == nil {
		return nil, ""
	}
	for _, o := range a.network.DHCPOptions {
		if o.DhcpOptionsID != home.DhcpOptionsID {
			continue
		}
		for _, c := range o.DhcpConfigurations {
			for _, v := range c.Values {
				if c.Key == "domain-name-servers" && v.Value != amazonProvided && !a.isAmazons(v.Value, home) {
					servers = append(servers, v.Value)
				}
			}
		}
	}
	return servers, home.DhcpOptionsID
}

// isAmazons reports whether an address is the VPC's resolver: the base of the
// VPC's block plus two, or 169.254.169.253 ("Amazon DNS server").
func (a *Analysis) isAmazons(text string, home *vpc.VPC) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && (address == netip.AddrFrom4([4]byte{169, 254, 169, 253}) ||
		home.CidrBlock.IsValid() && address == home.CidrBlock.Masked().Addr().Next().Next())
}

// shadowed reports whether the private zone of the data plane's endpoint hides a
// gateway's name: it covers every name below its own, and without an endpoint
// for gateways none of them exists there.
func (a *Analysis) shadowed(p netpath.Path, r Result) (netpath.Evidence, bool) {
	zone := "bedrock-agentcore." + a.network.Region + ".amazonaws.com"
	name := strings.TrimSuffix(strings.ToLower(p.Target.Name), ".")
	src := a.interfaces[r.Flow.From.ENI]
	if src == nil || !strings.HasSuffix(name, ".gateway."+zone) {
		return netpath.Evidence{}, false
	}
	const service = "bedrock-agentcore"
	if len(a.network.EndpointsFor(src.vpc, service+".gateway", "Interface")) > 0 {
		return netpath.Evidence{}, false
	}
	for _, e := range a.network.EndpointsFor(src.vpc, service, "Interface") {
		if !e.AnswersInside() || a.dnsAttributes(e, netpath.Facts{}).Status == netpath.StatusFail {
			continue
		}
		facts := netpath.Facts{
			"region": a.network.Region, "vpc": src.vpc, "endpoint": e.VpcEndpointID, "zone": zone, "name": name,
			"gateway_service": "com.amazonaws." + a.network.Region + "." + service + ".gateway",
			"subnets":         jsonList(e.SubnetIDs), "groups": jsonList(e.GroupIDs()),
		}
		return fail("dns/gateway-shadowed", e.VpcEndpointID, "the private zone "+zone+" of "+e.VpcEndpointID+" hides the names of gateways", facts), true
	}
	return netpath.Evidence{}, false
}

// jsonList is a list as the AWS CLI takes it in one word.
func jsonList(ids []string) string { return `["` + strings.Join(ids, `","`) + `"]` }
