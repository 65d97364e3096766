package fabric

import (
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"github.com/agentcore-probe/probe/lab/world"
)

// reference matches what a rule's reference to a group admits: the private
// addresses of the ENIs that carry it, by the links that keep the reference.
func (r *ruleset) reference(n *world.Network, group string, d direction) match {
	links := referenceLinks(n, group, d) // an empty set matches nothing
	return append(among(d.link, r.once(d.name+group, nftables.TypeIFName, links), false),
		addressAmong(d.peer, r.once(group, r.family.key, r.members(n, group)), false)...)
}

// members are the addresses of the ENIs that carry a group. That those of IPv6
// count is not said by any page.
func (r *ruleset) members(n *world.Network, group string) [][]byte {
	var keys [][]byte
	for _, e := range n.NetworkInterfaces {
		if !slices.Contains(groupsOf(n, e.NetworkInterfaceID), group) {
			continue
		}
		for _, a := range e.Addresses() {
			if r.family.has(a) {
				keys = append(keys, a.AsSlice())
			}
		}
	}
	return keys
}

// referenceLinks are the links over which a reference to a group holds: those of
// its members, not those of a middlebox that passes their packets on; and for
// members in another VPC those of peering connections and transit gateways
// ("Security group referencing", EC2 User Guide).
func referenceLinks(n *world.Network, group string, d direction) [][]byte {
	foreign := map[string]bool{}
	for _, e := range n.NetworkInterfaces {
		if e.VpcID != d.vpc && slices.Contains(groupsOf(n, e.NetworkInterfaceID), group) {
			foreign[e.VpcID] = true
		}
	}
	var links [][]byte
	for _, p := range d.places {
		if p.eni != "" && slices.Contains(groupsOf(n, p.eni), group) || keepsReference(n, p.crossing, foreign, d.egress) {
			links = append(links, interfaceName(p.link))
		}
	}
	return links
}

// keepsReference reports whether rules may refer to groups of other VPCs over a
// link: over an active peering connection in one Region ("Update your security
// groups to reference peer security groups", VPC Peering Guide), and for inbound
// rules over a transit gateway where it and both attachments support that
// ("Security group referencing", Transit Gateway Guide).
func keepsReference(n *world.Network, c crossing, foreign map[string]bool, egress bool) bool {
	switch {
	case c.peering != "":
		return foreign[c.to] && slices.ContainsFunc(n.Peerings, func(p world.Peering) bool {
			return p.VpcPeeringConnectionID == c.peering && p.Status.Code == "active" && p.SameRegion()
		})
	case c.attachment != "" && !egress:
		own, _ := n.TransitAttachment(c.attachment)
		g, _ := n.TransitGateway(own.TransitGatewayID)
		return g.Options.SecurityGroupReferencingSupport == "enable" && supports(own) &&
			slices.ContainsFunc(n.TransitAttachments, func(a world.TransitAttachment) bool {
				return a.TransitGatewayID == own.TransitGatewayID && foreign[a.VpcID] && supports(a)
			})
	}
	return false
}

func supports(a world.TransitAttachment) bool {
	return a.Options.SecurityGroupReferencingSupport == "enable"
}

// once makes a named set, the first time that it is asked for.
func (r *ruleset) once(name string, kind nftables.SetDatatype, keys [][]byte) *nftables.Set {
	if r.sets[name] == nil {
		r.sets[name] = r.set(name, kind, keys)
	}
	return r.sets[name]
}

// direction is one side of security groups: what they are asked about.
type direction struct {
	name   string       // in names of chains and sets
	peer   field        // of a packet
	link   expr.MetaKey // on which the peer is
	egress bool
	vpc    string
	places []place // of the VPC
	of     func(world.SecurityGroup) []world.Permission
}
