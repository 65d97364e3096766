package fuzz

import (
	"encoding/json"
	"fmt"
	"net/netip"

	"github.com/agentcore-probe/probe/lab/world"
)

type object = map[string]any

// What all worlds have in common.
const (
	region  = "us-east-1"
	account = "123456789012"
	s3      = "com.amazonaws." + region + ".s3"
)

var (
	zones     = []string{region + "a", region + "b"}
	ports     = []int{22, 80, 443, 3306, 5432, 8443}
	protocols = []int{89, 112, 253} // OSPF, VRRP, for experiments (RFC 3692)
)

// Servers on the internet.
var (
	web     = netip.MustParseAddr("203.0.113.80")
	web6    = netip.MustParseAddr("2001:db8:ffff::80")
	storage = netip.MustParseAddr("198.51.100.65")
)

// draft is a world in the making.
type draft struct {
	dice
	vpcs     []*vpc
	lists    []prefixList // of the customer
	services string       // the prefix list of S3
	gateway  *transit
	peerings []peering
	publics  int // public addresses of instances so far
	document object
}

// vpc is one with what its rules and routes may name.
type vpc struct {
	id             string
	number         int
	six            bool
	subnets        []*subnet
	groups         []string
	igw, eigw      string
	nat, private   string // NAT gateways
	s3             string // gateway endpoint
	transitSubnets []*subnet
}

type subnet struct {
	id, zone string
	of       *vpc
	number   int
	used     int
	enis     []eni
	table    int  // natTable, or 0
	judged   bool // by an ACL that is not the default
	only     bool // of NAT gateways or a transit gateway: no hosts
}

type eni struct {
	id      string
	address netip.Addr
	six     netip.Addr
	public  netip.Addr
	source  bool // flows may start here
}

type prefixList struct {
	id     string
	blocks []string
}

type peering struct {
	id   string
	a, b *vpc
}

// block and block6 are those of a VPC; a subnet's number follows its VPC's.
func (v *vpc) block() string    { return fmt.Sprintf("10.%d.0.0/16", v.number) }
func (v *vpc) block6() string   { return fmt.Sprintf("2001:db8:%x::/56", v.number) }
func (s *subnet) block() string { return fmt.Sprintf("10.%d.%d.0/24", s.of.number, s.number) }
func (s *subnet) block6() string {
	return fmt.Sprintf("2001:db8:%x:%x::/64", s.of.number, s.number)
}

// generate makes the world of a seed and some flows to ask about.
func generate(seed, number uint64, flows int) (*world.World, []Flow, error) {
	d := &draft{dice: newDice(seed, number), document: object{}}
	d.topology()
	d.rules()
	d.routes()
	d.hosts()
	w, err := parse(d.document)
	if err != nil {
		return nil, nil, fmt.Errorf("world %d of seed %d: %w", number, seed, err)
	}
	return w, d.flows(flows), nil
}

// parse makes a world of a document of any numbers.
func parse(document object) (*world.World, error) {
	data, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return world.Parse(data)
}

// documentOf returns a copy of a world's document.
func documentOf(w *world.World) (document object, err error) {
	data, err := json.Marshal(w)
	if err == nil {
		err = json.Unmarshal(data, &document)
	}
	return document, err
}

// add appends to a list of the document.
func (d *draft) add(list string, entry object) object {
	all, _ := d.document[list].([]object)
	d.document[list] = append(all, entry)
	return entry
}

func (d *draft) subnets() []*subnet {
	var all []*subnet
	for _, v := range d.vpcs {
		all = append(all, v.subnets...)
	}
	return all
}

func (d *draft) enis() []eni {
	var all []eni
	for _, s := range d.subnets() {
		all = append(all, s.enis...)
	}
	return all
}

// hosts are the part of a world that is not AWS's.
func (d *draft) hosts() {
	hosts := []object{
		{"Name": "web", "Addresses": []string{web.String(), web6.String()}},
		{"Name": "storage", "Addresses": []string{storage.String()}},
	}
	for _, v := range d.vpcs {
		hosts = append(hosts, object{"Name": "resolver-" + v.id, "VpcId": v.id, "Addresses": []string{v.resolver().String()}})
	}
	d.document["Lab"] = object{"Pattern": "private", "Region": region, "Account": account, "Principals": []object{}, "Hosts": hosts}
}

// resolver is the address of the Amazon DNS server ("Amazon DNS server").
func (v *vpc) resolver() netip.Addr { return netip.AddrFrom4([4]byte{10, byte(v.number), 0, 2}) }
