package reachability

import (
	"fmt"
	"net/netip"

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

// Places finds what a word means: an ENI, an address, a security group or
// subnet (all their ENIs), an interface endpoint, a runtime by name, id or ARN
// (its agent's ENIs), a database by identifier or ARN, or "internet". The error
// says what the word could have been, or that what it means has no ENI.
func Places(x *vpc.Index, word string) ([]Place, error) {
	if word == "internet" {
		return []Place{{Name: word, Address: Internet}}, nil
	}
	if address, err := netip.ParseAddr(word); err == nil {
		return []Place{{Name: word, Address: address}}, nil
	}
	for _, find := range []func(*vpc.Index, string) []Place{byENI, byGroup, bySubnet, byEndpoint, byRuntime, byDatabase} {
		if found := find(x, word); len(found) > 0 {
			return found, nil
		}
	}
	if known(x, word) {
		return nil, fmt.Errorf("%s has no network interface in this inventory: name an ENI or an address instead", word)
	}
	return nil, fmt.Errorf("%q is no ENI, address, security group, subnet, endpoint, runtime or database of this inventory", word)
}

// known reports whether a word means something that ENIs belong to.
func known(x *vpc.Index, word string) bool {
	return x.SecurityGroup(word) != nil || x.Subnet(word) != nil || x.Endpoint(word) != nil ||
		x.Runtime(word) != nil || x.DBInstance(word) != nil
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
	all := places(id, x.EndpointInterfaces(id))
	for i := range all {
		all[i].Port = 443
	}
	return all
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
	all := where(x, name, db.Uses)
	for i := range all {
		all[i].Port = uint16(db.Endpoint.Port)
	}
	return all
}
