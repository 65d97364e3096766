package reachability

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/vpc"
)

// Analysis is a network prepared for many questions. It is never changed and
// may be used by several goroutines; the Network must not be changed either.
type Analysis struct {
	network    *vpc.Index
	interfaces map[string]*iface
	subnets    map[string]*subnet
	groups     map[string]*group
	lists      map[string][]netip.Prefix // prefix lists; nil where the entries were not read

	public      []netip.Prefix // blocks of the VPCs, those that are not private ranges
	publicOwner map[netip.Addr]*publicAddress
	tables      map[string]*table // by id
	edges       map[string]*table // by the gateway that they are associated with
}

// iface is a network interface with what applies to it.
type iface struct {
	id, vpc   string
	kind      string // InterfaceType
	addresses []netip.Addr
	public    map[netip.Addr]netip.Addr // public addresses by private ones
	subnet    *subnet                   // nil when the subnet was not read
	subnetID  string
	groups    []*group
	endpoint  *vpc.Endpoint // the interface endpoint it belongs to
}

// subnet is a subnet with the ACL and route table in force.
type subnet struct {
	id, vpc string
	zone    string // id of the Availability Zone, else its name
	block   netip.Prefix
	acl     *acl   // nil when not read
	table   *table // ditto
}

// New prepares a network. Its time is linear in what the network holds.
func New(n *vpc.Network) *Analysis {
	x := n.Index()
	a := &Analysis{
		network:    x,
		interfaces: make(map[string]*iface, len(x.NetworkInterfaces)),
		subnets:    make(map[string]*subnet, len(x.Subnets)),
		groups:     make(map[string]*group, len(x.SecurityGroups)),
		lists:      map[string][]netip.Prefix{},

		public:      x.PublicBlocks(),
		publicOwner: map[netip.Addr]*publicAddress{},
		tables:      map[string]*table{},
		edges:       map[string]*table{},
	}
	a.indexSubnets()
	a.indexGroups()
	a.indexInterfaces()
	for _, l := range x.PrefixLists {
		a.blocksOf(l.PrefixListID)
	}
	return a
}

func (a *Analysis) indexSubnets() {
	tables := map[*vpc.RouteTable]*table{nil: nil}
	for i := range a.network.RouteTables {
		t := &a.network.RouteTables[i]
		tables[t] = newTable(t, a.blocksOf)
		a.tables[t.RouteTableID] = tables[t]
		for _, association := range t.Associations {
			if association.GatewayID != "" {
				a.edges[association.GatewayID] = tables[t]
			}
		}
	}
	acls := map[*vpc.NetworkACL]*acl{nil: nil}
	for i := range a.network.NetworkACLs {
		n := &a.network.NetworkACLs[i]
		acls[n] = newACL(n)
	}
	for _, s := range a.network.Subnets {
		a.subnets[s.SubnetID] = &subnet{
			id: s.SubnetID, vpc: s.VpcID, zone: cmp.Or(s.AvailabilityZoneID, s.AvailabilityZone), block: s.CidrBlock,
			acl: acls[a.network.NetworkACL(s.SubnetID)], table: tables[a.network.RouteTable(s.SubnetID)],
		}
	}
}

func (a *Analysis) indexGroups() {
	ids := ruleIDs(a.network.Network)
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
	for i := range a.network.Endpoints {
		for _, id := range a.network.Endpoints[i].NetworkInterfaceIDs {
			owners[id] = &a.network.Endpoints[i]
		}
	}
	for i := range a.network.NetworkInterfaces {
		n := &a.network.NetworkInterfaces[i]
		e := &iface{
			id: n.NetworkInterfaceID, vpc: n.VpcID, kind: n.InterfaceType, subnetID: n.SubnetID, subnet: a.subnets[n.SubnetID],
			addresses: n.Addresses(), public: publicAddresses(n), endpoint: owners[n.NetworkInterfaceID],
		}
		for _, id := range n.GroupIDs() {
			e.groups = append(e.groups, a.groupOf(id))
		}
		slices.SortFunc(e.groups, func(x, y *group) int { return cmp.Compare(x.id, y.id) })
		for _, g := range e.groups {
			g.members++
		}
		a.interfaces[e.id] = e
		for private, public := range e.public {
			a.publicOwner[public] = &publicAddress{e, private}
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

// blocksOf lists the address blocks of a prefix list; nil where they were not
// read, or not all of them can be. It remembers them, and so belongs to New.
func (a *Analysis) blocksOf(list string) []netip.Prefix {
	if blocks, known := a.lists[list]; known {
		return blocks
	}
	ranges, read := a.network.PrefixListRanges(list)
	if !read {
		return nil
	}
	blocks := make([]netip.Prefix, 0, len(ranges))
	for _, text := range ranges {
		block, err := netip.ParsePrefix(text)
		if err != nil {
			blocks = nil
			break
		}
		blocks = append(blocks, block.Masked())
	}
	a.lists[list] = blocks
	return blocks
}

// find returns the interface with an address in a VPC; in any VPC when vpc is
// empty and there is only one.
func (a *Analysis) find(address netip.Addr, vpc string) *iface {
	eni := a.network.InterfaceAt(vpc, address)
	if eni == nil {
		return nil
	}
	return a.interfaces[eni.NetworkInterfaceID]
}

// blocks lists the address ranges of a VPC.
func (a *Analysis) blocks(id string) []netip.Prefix {
	v := a.network.VPC(id)
	if v == nil {
		return nil
	}
	return v.Blocks()
}

// subnetAt returns the subnet of a VPC that an address belongs to.
func (a *Analysis) subnetAt(address netip.Addr, vpc string) *subnet {
	s := a.network.SubnetOf(vpc, address)
	if s == nil {
		return nil
	}
	return a.subnets[s.SubnetID]
}
