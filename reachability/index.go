package reachability

import (
	"cmp"
	"net/netip"
	"slices"

	"go4.org/netipx"

	"github.com/agentcore-probe/probe/vpc"
)

// Analysis is a network prepared for many questions. It is never changed and
// may be used by several goroutines; the Network must not be changed either.
type Analysis struct {
	network    *vpc.Network
	interfaces map[string]*iface
	byAddress  map[netip.Addr][]*iface
	subnets    map[string]*subnet
	groups     map[string]*group
	lists      map[string]*netipx.IPSet // prefix lists whose entries were read
	vpcs       map[string]*vpc.VPC
	nats       map[string]*vpc.NATGateway
	endpoints  map[string]*vpc.Endpoint
	igws       map[string]*vpc.InternetGateway
}

// iface is a network interface with what applies to it.
type iface struct {
	id, vpc   string
	kind      string // InterfaceType
	addresses []netip.Addr
	public    map[netip.Addr]bool // private addresses that have a public one
	subnet    *subnet             // nil when the subnet was not read
	subnetID  string
	groups    []*group
	endpoint  *vpc.Endpoint // the interface endpoint it belongs to
}

// subnet is a subnet with the ACL and route table in force.
type subnet struct {
	id, vpc string
	block   netip.Prefix
	acl     *acl   // nil when not read
	table   *table // ditto
}

// New prepares a network. Its time is linear in what the network holds.
func New(n *vpc.Network) *Analysis {
	if n == nil {
		n = &vpc.Network{}
	}
	a := &Analysis{
		network:    n,
		interfaces: make(map[string]*iface, len(n.NetworkInterfaces)),
		byAddress:  make(map[netip.Addr][]*iface, len(n.NetworkInterfaces)),
		subnets:    make(map[string]*subnet, len(n.Subnets)),
		groups:     make(map[string]*group, len(n.SecurityGroups)),
		lists:      readLists(n),
		vpcs:       by(n.VPCs, func(v *vpc.VPC) string { return v.VpcID }),
		nats:       by(n.NATGateways, func(g *vpc.NATGateway) string { return g.NatGatewayID }),
		endpoints:  by(n.Endpoints, func(e *vpc.Endpoint) string { return e.VpcEndpointID }),
		igws:       by(n.InternetGateways, func(g *vpc.InternetGateway) string { return g.InternetGatewayID }),
	}
	a.indexSubnets()
	a.indexGroups()
	a.indexInterfaces()
	return a
}

func by[T any](all []T, id func(*T) string) map[string]*T {
	index := make(map[string]*T, len(all))
	for i := range all {
		index[id(&all[i])] = &all[i]
	}
	return index
}

func (a *Analysis) indexSubnets() {
	n := a.network
	main, tables := map[string]*table{}, map[string]*table{}
	for i := range n.RouteTables {
		t := newTable(&n.RouteTables[i], a.lists)
		for _, association := range n.RouteTables[i].Associations {
			if association.SubnetID != "" {
				tables[association.SubnetID] = t
			}
			if association.Main {
				main[t.vpc] = t
			}
		}
	}
	acls := map[string]*acl{}
	for i := range n.NetworkACLs {
		compiled := newACL(&n.NetworkACLs[i])
		for _, association := range n.NetworkACLs[i].Associations {
			acls[association.SubnetID] = compiled
		}
	}
	for _, s := range n.Subnets {
		table := tables[s.SubnetID]
		if table == nil {
			table = main[s.VpcID]
		}
		a.subnets[s.SubnetID] = &subnet{id: s.SubnetID, vpc: s.VpcID, block: s.CidrBlock, acl: acls[s.SubnetID], table: table}
	}
}

func (a *Analysis) indexGroups() {
	ids := ruleIDs(a.network)
	for i := range a.network.SecurityGroups {
		g := &a.network.SecurityGroups[i]
		a.groups[g.GroupID] = &group{
			id:      g.GroupID,
			read:    true,
			ingress: a.compileRules(g, g.IPPermissions, false, ids),
			egress:  a.compileRules(g, g.IPPermissionsEgress, true, ids),
		}
	}
}

func (a *Analysis) indexInterfaces() {
	owners := map[string]*vpc.Endpoint{}
	for _, e := range a.endpoints {
		for _, id := range e.NetworkInterfaceIDs {
			owners[id] = e
		}
	}
	for i := range a.network.NetworkInterfaces {
		n := &a.network.NetworkInterfaces[i]
		e := &iface{id: n.NetworkInterfaceID, vpc: n.VpcID, kind: n.InterfaceType, subnetID: n.SubnetID, subnet: a.subnets[n.SubnetID], endpoint: owners[n.NetworkInterfaceID]}
		e.addresses, e.public = addressesOf(n)
		for _, ref := range n.Groups {
			e.groups = append(e.groups, a.groupOf(ref.GroupID))
		}
		slices.SortFunc(e.groups, func(x, y *group) int { return cmp.Compare(x.id, y.id) })
		for _, g := range e.groups {
			g.members++
		}
		a.interfaces[e.id] = e
		for _, address := range e.addresses {
			a.byAddress[address] = append(a.byAddress[address], e)
		}
	}
}

// groupOf returns a group, or a placeholder for one that was not read.
func (a *Analysis) groupOf(id string) *group {
	if a.groups[id] == nil {
		a.groups[id] = &group{id: id}
	}
	return a.groups[id]
}

// addressesOf lists an interface's private addresses, the primary first.
func addressesOf(n *vpc.NetworkInterface) (all []netip.Addr, public map[netip.Addr]bool) {
	public = map[netip.Addr]bool{}
	if n.PrivateIPAddress.IsValid() {
		all = append(all, n.PrivateIPAddress)
	}
	for _, p := range n.PrivateIPAddresses {
		if p.PrivateIPAddress.IsValid() && !slices.Contains(all, p.PrivateIPAddress) {
			all = append(all, p.PrivateIPAddress)
		}
		if p.Association != nil && p.Association.PublicIP != "" {
			public[p.PrivateIPAddress] = true
		}
	}
	for _, p := range n.Ipv6Addresses {
		if p.Ipv6Address.IsValid() {
			all = append(all, p.Ipv6Address)
			public[p.Ipv6Address] = p.Ipv6Address.IsGlobalUnicast() && !p.Ipv6Address.IsPrivate()
		}
	}
	return all, public
}

// readLists joins both answers that carry the entries of prefix lists.
func readLists(n *vpc.Network) map[string]*netipx.IPSet {
	lists := map[string]*netipx.IPSet{}
	for _, l := range n.PrefixLists {
		lists[l.PrefixListID] = setOf(l.Cidrs)
	}
	for _, l := range n.PrefixListContents {
		var blocks []string
		for _, e := range l.Entries {
			blocks = append(blocks, e.Cidr)
		}
		lists[l.PrefixListID] = setOf(blocks)
	}
	return lists
}

// setOf returns nil when an entry can't be read: the list is then not known.
func setOf(blocks []string) *netipx.IPSet {
	var b netipx.IPSetBuilder
	for _, text := range blocks {
		block, err := netip.ParsePrefix(text)
		if err != nil {
			return nil
		}
		b.AddPrefix(block)
	}
	set, err := b.IPSet()
	if err != nil {
		return nil
	}
	return set
}

// find returns the interface with an address in a VPC; in any VPC when vpc is
// empty and there is only one.
func (a *Analysis) find(address netip.Addr, vpc string) *iface {
	all := a.byAddress[address.Unmap()]
	if vpc == "" && len(all) == 1 {
		return all[0]
	}
	for _, e := range all {
		if e.vpc == vpc {
			return e
		}
	}
	return nil
}

// blocks lists the address ranges of a VPC.
func (a *Analysis) blocks(id string) []netip.Prefix {
	v := a.vpcs[id]
	if v == nil {
		return nil
	}
	all := []netip.Prefix{v.CidrBlock}
	for _, association := range v.CidrBlockAssociationSet {
		all = append(all, association.CidrBlock)
	}
	return all
}

// subnetAt returns the subnet of a VPC that an address belongs to.
func (a *Analysis) subnetAt(address netip.Addr, vpc string) *subnet {
	for _, s := range a.subnets {
		if s.vpc == vpc && s.block.IsValid() && s.block.Contains(address) {
			return s
		}
	}
	return nil
}
