package reachability

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/agentcore-probe/probe/vpc"
)

// Place is an end of a flow, as a question names it: one network interface, or
// just an address.
type Place struct {
	Name    string // as asked, with the ENI where that stands for several
	ENI     string // "" of a mere address: Trace finds the ENI that has it
	Address netip.Addr
	Port    uint16 // where the place itself has one, such as a database
}

// Internet is an address outside of every VPC that stands for all of them
// (TEST-NET-3, RFC 5737).
var Internet = netip.MustParseAddr("203.0.113.1")

// finders find what a word may mean, in this order.
var finders = []func(*vpc.Index, string) []Place{
	byENI, byInstance, byGroup, bySubnet, byEndpoint, byRuntime, byDatabase, byCluster, byProxy, byLoadBalancer, byFileSystem,
}

// Places finds what a word means: an ENI or an instance, an address, a security
// group or subnet (all their ENIs), an interface endpoint, a runtime by name, id or
// ARN (its agent's ENIs), a database, a cluster, a proxy or a load balancer by name
// or ARN, a file system by id (its mount targets), or "internet". Behind a load
// balancer nothing is followed: it takes the connection itself. The error says
// what the word could have been, or that what it means has no ENI.
func Places(x *vpc.Index, word string) ([]Place, error) {
	if word == "internet" {
		return []Place{{Name: word, Address: Internet}}, nil
	}
	if address, err := netip.ParseAddr(word); err == nil {
		return []Place{{Name: word, Address: address}}, nil
	}
	for _, find := range finders {
		if found := find(x, word); len(found) > 0 {
			return found, nil
		}
	}
	if known(x, word) {
		return nil, fmt.Errorf("%s has no network interface in this inventory: name an ENI or an address instead", word)
	}
	return nil, fmt.Errorf("%q is no ENI, instance, address, security group, subnet, endpoint, runtime, database, load balancer or file system of this inventory", word)
}

// known reports whether a word means something that ENIs belong to.
func known(x *vpc.Index, word string) bool {
	return x.SecurityGroup(word) != nil || x.Subnet(word) != nil || x.Endpoint(word) != nil ||
		x.Runtime(word) != nil || x.DBInstance(word) != nil || x.DBCluster(word) != nil || x.DBProxy(word) != nil || x.LoadBalancer(word) != nil
}

func byENI(x *vpc.Index, id string) []Place {
	if eni := x.Interface(id); eni != nil {
		return []Place{place(id, eni)}
	}
	return nil
}

// place is an ENI as a place; asked is the word that led to it.
func place(asked string, eni *vpc.NetworkInterface) Place {
	name := eni.NetworkInterfaceID
	if asked != name {
		name = asked + " (" + name + ")"
	}
	return Place{Name: name, ENI: eni.NetworkInterfaceID, Address: eni.PrivateIPAddress}
}

func places(asked string, enis []*vpc.NetworkInterface) []Place {
	var all []Place
	for _, eni := range enis {
		all = append(all, place(asked, eni))
	}
	return all
}

func byGroup(x *vpc.Index, id string) []Place { return places(id, x.InterfacesWith(id)) }

func byEndpoint(x *vpc.Index, id string) []Place {
	return withPort(places(id, x.EndpointInterfaces(id)), 443)
}

func bySubnet(x *vpc.Index, id string) []Place {
	return where(x, id, func(eni *vpc.NetworkInterface) bool { return eni.SubnetID == id })
}

func where(x *vpc.Index, asked string, wanted func(*vpc.NetworkInterface) bool) []Place {
	var all []Place
	for i := range x.NetworkInterfaces {
		if eni := &x.NetworkInterfaces[i]; wanted(eni) {
			all = append(all, place(asked, eni))
		}
	}
	return all
}

// byRuntime finds the ENIs of a runtime's agent.
func byRuntime(x *vpc.Index, name string) []Place {
	r := x.Runtime(name)
	if r == nil || r.NetworkConfiguration.NetworkModeConfig == nil {
		return nil
	}
	return where(x, name, r.Uses)
}

// byDatabase finds the interface of a database that has an endpoint already.
func byDatabase(x *vpc.Index, name string) []Place {
	db := x.DBInstance(name)
	if db == nil || db.Endpoint == nil {
		return nil
	}
	return withPort(where(x, name, db.Uses), uint16(db.Endpoint.Port))
}

func byInstance(x *vpc.Index, id string) []Place {
	return where(x, id, func(eni *vpc.NetworkInterface) bool {
		return id != "" && eni.Attachment != nil && eni.Attachment.InstanceID == id
	})
}

// byCluster finds the interfaces of a cluster's instances.
func byCluster(x *vpc.Index, name string) []Place {
	c := x.DBCluster(name)
	if c == nil {
		return nil
	}
	members := func(eni *vpc.NetworkInterface) bool {
		return slices.ContainsFunc(c.DBClusterMembers, func(m vpc.DBClusterMember) bool {
			db := x.DBInstance(m.DBInstanceIdentifier)
			return db != nil && db.Uses(eni)
		})
	}
	return withPort(where(x, name, members), uint16(c.Port))
}

// byProxy finds the interfaces of a proxy, which listens on its engine's own port
// ("Using Amazon RDS Proxy").
func byProxy(x *vpc.Index, name string) []Place {
	p := x.DBProxy(name)
	if p == nil {
		return nil
	}
	ports := map[string]uint16{"MYSQL": 3306, "POSTGRESQL": 5432, "SQLSERVER": 1433}
	return withPort(where(x, name, p.Uses), ports[p.EngineFamily])
}

func byLoadBalancer(x *vpc.Index, name string) []Place {
	b := x.LoadBalancer(name)
	if b == nil {
		return nil
	}
	return where(x, name, b.Uses)
}

// byFileSystem finds the mount targets of a file system.
func byFileSystem(x *vpc.Index, id string) []Place {
	targets, _ := x.MountTargetsOf(id)
	target := func(eni *vpc.NetworkInterface) bool {
		return slices.ContainsFunc(targets, func(t vpc.MountTarget) bool { return t.NetworkInterfaceID == eni.NetworkInterfaceID })
	}
	return withPort(where(x, id, target), vpc.PortNFS)
}

func withPort(all []Place, port uint16) []Place {
	for i := range all {
		all[i].Port = port
	}
	return all
}
