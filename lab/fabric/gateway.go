package fabric

import (
	"github.com/google/nftables"
	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/world"
)

// servicesLink is the interface between a VPC's router and the services that
// gateway endpoints lead to. These stand on the internet too; over this link
// they see private addresses.
const servicesLink = "gwe"

// servicesFarLink is the name of that link at the internet's end.
func servicesFarLink(vpc string) string { return "g" + internetsLink(vpc)[1:] }

// serves reports whether a route leads through a gateway endpoint that works:
// of this VPC, available, and of the service whose prefix list it is.
func serves(n *world.Network, r world.Route, vpc string) bool {
	e, ok := n.Endpoint(r.GatewayID)
	list, _ := n.PrefixList(r.DestinationPrefixListID)
	return ok && e.VpcEndpointType == "Gateway" && e.VpcID == vpc && e.State == "available" && e.ServiceName == list.PrefixListName
}

// services drops what a gateway endpoint does not carry: it takes TCP and ICMP
// echo requests from the VPC's own addresses, and brings replies only ("Gateway
// endpoints": TCP only; not from the other side of a peering connection, a VPN,
// Direct Connect or a transit gateway).
func (r *ruleset) services(forward *nftables.Chain, n *world.Network, vpc string) {
	v, _ := n.VPC(vpc)
	foreign := r.chain("own-to-services")
	for _, block := range r.ours(v.Blocks()) {
		r.add(foreign, within(sourceAddress, block), back)
	}
	r.add(foreign, drop)
	r.add(forward, leavesOn(servicesLink), jump(foreign.Name))
	carried := r.chain("gateway-endpoint")
	r.add(carried, protocol(unix.IPPROTO_TCP), back)
	r.add(carried, protocol(unix.IPPROTO_ICMP), icmp(ipv4.echo, -1), back)
	r.add(carried, drop)
	r.add(forward, leavesOn(servicesLink), jump(carried.Name))
	r.add(forward, arrivesOn(servicesLink), untracked(), drop)
}

// servicesRoutes are the ways back from the services to the private addresses
// of a VPC with gateway endpoints.
func servicesRoutes(n *world.Network, vpc string) []route {
	var routes []route
	for _, e := range n.NetworkInterfaces {
		if e.VpcID == vpc {
			routes = append(routes, route{table: entryTable, to: host(e.PrivateIPAddress), link: servicesFarLink(vpc), via: ipv4.via})
		}
	}
	return routes
}
