package vpc

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// VPC finds a VPC by id.
func (x *Index) VPC(id string) *VPC { return x.vpcs[id] }

// Attributes finds the DNS attributes of a VPC by its id.
func (x *Index) Attributes(vpc string) *VPCAttributes { return x.attributes[vpc] }

// Subnet finds a subnet by id.
func (x *Index) Subnet(id string) *Subnet { return x.subnets[id] }

// SubnetOf finds the subnet of a VPC whose range holds an address.
func (x *Index) SubnetOf(vpc string, a netip.Addr) *Subnet {
	for i := range x.Subnets {
		if s := &x.Subnets[i]; s.VpcID == vpc && (s.CidrBlock.Contains(a) || s.holdsIPv6(a)) {
			return s
		}
	}
	return nil
}

func (s *Subnet) holdsIPv6(a netip.Addr) bool {
	for _, b := range s.Ipv6CidrBlockAssociationSet {
		if b.Ipv6CidrBlock.Contains(a) {
			return true
		}
	}
	return false
}

// SecurityGroup finds a security group by id.
func (x *Index) SecurityGroup(id string) *SecurityGroup { return x.groups[id] }

// InternetGateway finds an internet gateway by id.
func (x *Index) InternetGateway(id string) *InternetGateway { return x.gateways[id] }

// NATGateway finds a NAT gateway by id.
func (x *Index) NATGateway(id string) *NATGateway { return x.nats[id] }

// Interface finds a network interface by id.
func (x *Index) Interface(id string) *NetworkInterface { return x.enis[id] }

// InterfaceAt finds the network interface that has a private address. Where
// several VPCs use the address, name the VPC; vpc may be "".
// Without a VPC an address that is not unique finds nothing.
func (x *Index) InterfaceAt(vpc string, a netip.Addr) *NetworkInterface {
	var found *NetworkInterface
	for _, eni := range x.byAddress[a.Unmap()] {
		switch {
		case vpc != "" && eni.VpcID != vpc:
		case found != nil:
			return nil
		default:
			found = eni
		}
	}
	return found
}

// InterfacesWith lists the network interfaces that carry a security group, in
// the order of the document.
func (x *Index) InterfacesWith(group string) []*NetworkInterface { return x.byGroup[group] }

// RouteTable finds the route table of a subnet: the associated one, else the
// main table of its VPC ("Subnet route tables", Amazon VPC User Guide).
func (x *Index) RouteTable(subnet string) *RouteTable {
	if t := x.subnetTable[subnet]; t != nil {
		return t
	}
	if s := x.subnets[subnet]; s != nil {
		return x.subnetTable[s.VpcID]
	}
	return nil
}

// NetworkACL finds the network ACL of a subnet: every subnet has exactly one,
// the default ACL of its VPC where no other is associated.
func (x *Index) NetworkACL(subnet string) *NetworkACL {
	if acl := x.subnetACL[subnet]; acl != nil {
		return acl
	}
	if s := x.subnets[subnet]; s != nil {
		return x.subnetACL[s.VpcID]
	}
	return nil
}

// PrefixListRanges lists the ranges of a prefix list. The second result is
// false where the list's entries were not read.
func (x *Index) PrefixListRanges(id string) ([]string, bool) {
	ranges, ok := x.prefixes[id]
	return ranges, ok
}

// Endpoint finds a VPC endpoint by id.
func (x *Index) Endpoint(id string) *Endpoint { return x.endpoints[id] }

// EndpointsFor lists the endpoints of a VPC for a service, by the end of its
// name: "bedrock-agentcore" finds com.amazonaws.us-east-1.bedrock-agentcore
// and nothing longer or shorter. The type is Interface or Gateway; "" is any. The
// one that serves comes first: available, with private DNS, which one endpoint for a
// service may have in a VPC. Those that are deleted, or lead into another Region, are left
// out.
func (x *Index) EndpointsFor(vpc, service, kind string) []*Endpoint {
	var out []*Endpoint
	for i := range x.Endpoints {
		e := &x.Endpoints[i]
		if e.VpcID == vpc && (kind == "" || strings.EqualFold(e.VpcEndpointType, kind)) && e.Service() == service &&
			!strings.EqualFold(e.State, "deleted") && !x.elsewhere(e) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b *Endpoint) int { return cmp.Compare(a.rank(), b.rank()) })
	return out
}

// rank orders the endpoints for one service by how likely they serve.
func (e *Endpoint) rank() int {
	switch available := strings.EqualFold(e.State, "available"); {
	case strings.EqualFold(e.State, "deleting"):
		return 4
	case available && e.AnswersInside():
		return 0
	case e.AnswersInside():
		return 1 // the one that is meant to
	case available:
		return 2
	}
	return 3
}

// elsewhere reports whether an endpoint leads to a service of another Region.
func (x *Index) elsewhere(e *Endpoint) bool {
	parts := strings.SplitN(strings.TrimPrefix(e.ServiceName, "cn."), ".", 4)
	return len(parts) == 4 && x.Region != "" && parts[2] != x.Region && regionName.MatchString(parts[2])
}

// regionName is the name of a Region.
var regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d+$`)

// Service is the service's name without the region's prefix: the part after
// com.amazonaws.<region>.
func (e *Endpoint) Service() string {
	name := strings.TrimPrefix(e.ServiceName, "cn.")
	if parts := strings.SplitN(name, ".", 4); len(parts) == 4 && parts[0] == "com" && parts[1] == "amazonaws" {
		return parts[3]
	}
	return e.ServiceName
}

// EndpointInterfaces lists those interfaces of an endpoint that are known.
func (x *Index) EndpointInterfaces(id string) []*NetworkInterface {
	var out []*NetworkInterface
	if e := x.endpoints[id]; e != nil {
		for _, eni := range e.NetworkInterfaceIDs {
			if i := x.enis[eni]; i != nil {
				out = append(out, i)
			}
		}
	}
	return out
}

// EndpointAddresses lists the addresses of an endpoint's interfaces, sorted.
// The second result is false where an interface of the endpoint is not known.
func (x *Index) EndpointAddresses(id string) ([]netip.Addr, bool) {
	e := x.endpoints[id]
	if e == nil {
		return nil, false
	}
	enis := x.EndpointInterfaces(id)
	var out []netip.Addr
	for _, eni := range enis {
		out = append(out, eni.Addresses()...)
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out, len(enis) == len(e.NetworkInterfaceIDs)
}

// Runtime finds a runtime by ARN, id or name. A name that several runtimes
// have finds nothing.
func (x *Index) Runtime(name string) *Runtime {
	var found *Runtime
	for i := range x.Runtimes {
		switch r := &x.Runtimes[i]; {
		case name == "": // what a runtime does not say is no name of it
		case name == r.ARN || name == r.ID:
			return r
		case name == r.Name && found != nil:
			return nil
		case name == r.Name:
			found = r
		}
	}
	return found
}

// RuntimeEndpointsOf lists the endpoints of a runtime by its ARN, by name.
func (x *Index) RuntimeEndpointsOf(arn string) []*RuntimeEndpoint {
	var out []*RuntimeEndpoint
	for i := range x.RuntimeEndpoints {
		if e := &x.RuntimeEndpoints[i]; e.RuntimeARN == arn {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *RuntimeEndpoint) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Policy finds what is known of the resource policy of an ARN: nil where it
// was not read, an entry with an empty Policy where there is none.
func (x *Index) Policy(arn string) *ResourcePolicy {
	for i := range x.ResourcePolicies {
		if p := &x.ResourcePolicies[i]; p.ResourceARN == arn {
			return p
		}
	}
	return nil
}

// DBInstance finds a database by ARN or identifier.
func (x *Index) DBInstance(name string) *DBInstance {
	for i := range x.DBInstances {
		if db := &x.DBInstances[i]; name != "" && (name == db.DBInstanceARN || name == db.DBInstanceIdentifier) {
			return db
		}
	}
	return nil
}
