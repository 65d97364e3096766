package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/report"
	"github.com/agentcore-probe/probe/vpc"
)

// box is a Box that lines may touch; rows are found by key.
type box struct {
	Box
	keys []string // of Rows
	open bool     // nothing stands there: lines go straight through
}

// row is the number of a row, which is added where it is missing.
func (b *box) row(key, text string) int {
	if i := slices.Index(b.keys, key); i >= 0 {
		return i
	}
	b.keys = append(b.keys, key)
	b.Rows = append(b.Rows, Row{Text: short(text)})
	return len(b.keys) - 1
}

// drawing is a picture in the making.
type drawing struct {
	scene   Scene
	network *vpc.Index
	columns [columns][]*box
	named   map[string]*box
}

// The columns, in the direction of travel.
const (
	columnCallers = iota
	columnFront
	columnAgent
	columnWays
	columnTargets
)

// newDrawing puts every box in its column. What no path leads by is not drawn.
func newDrawing(s Scene) *drawing {
	d := &drawing{scene: s, network: s.Network, named: map[string]*box{}}
	if d.network == nil {
		d.network = (*vpc.Network)(nil).Index()
	}
	for _, p := range s.Paths {
		d.stops(p)
	}
	d.vantage()
	return d
}

// in finds a box by its title, or puts it at the end of a column.
func (d *drawing) in(column int, place Place, title string) *box {
	b := d.named[title]
	if b == nil {
		b = &box{Box: Box{Place: place, Title: title}}
		d.named[title] = b
		d.columns[column] = append(d.columns[column], b)
	}
	return b
}

// stops are the boxes that a path leads by, and the number of the one at which
// its packets arrive.
func (d *drawing) stops(p netpath.Path) ([]stop, int) {
	if p.Kind == netpath.KindInvoke {
		return d.invocation(p)
	}
	all := d.agent(p)
	all = append(all, d.way(p)...)
	all = append(all, d.target(p))
	arrival := len(all) - 1
	if p.Kind == netpath.KindService && p.Route == netpath.RoutePrivate && arrival > 1 {
		arrival-- // the endpoint's interface
	}
	return all, arrival
}

// invocation leads from the callers to the runtime.
func (d *drawing) invocation(p netpath.Path) ([]stop, int) {
	name := p.Target.RuntimeARN[strings.LastIndexByte(p.Target.RuntimeARN, '/')+1:]
	mode := ""
	if r := d.network.Runtime(p.Target.RuntimeARN); r != nil {
		name, mode = cmp.Or(r.Name, name), r.NetworkConfiguration.NetworkMode
	}
	runtime := d.in(columnAgent, PlaceAWS, "Runtime "+short(name))
	at := runtime.row("mode", "network mode "+cmp.Or(mode, "not known"))
	if p.Route == netpath.RoutePrivate {
		callers := d.in(columnCallers, PlaceVPC, "Callers in the VPC")
		vpcID := d.scene.Report.Vantage.VPC
		from := stop{callers, callers.row("vpc", cmp.Or(vpcID, "through the interface endpoint"))}
		return []stop{from, d.endpoint(columnFront, p), {runtime, at}}, 1
	}
	outside := d.in(columnCallers, PlaceInternet, "Callers outside")
	front := d.in(columnFront, PlaceAWS, "Public front")
	from := stop{outside, outside.row("internet", "over the internet")}
	return []stop{from, {front, front.row("name", p.Target.Name)}, {runtime, at}}, 1
}

// endpoint is the interface endpoint of a path, with a row for each of its
// interfaces.
func (d *drawing) endpoint(column int, p netpath.Path) stop {
	e := d.network.Endpoint(p.Target.Endpoint)
	if e == nil {
		b := d.in(column, PlaceVPC, "Interface endpoints")
		return stop{b, b.row(p.ID, "none for "+cmp.Or(p.Target.Service, "bedrock-agentcore"))}
	}
	if column == columnWays { // many, with a row each
		b := d.in(column, PlaceVPC, "Interface endpoints")
		return stop{b, b.row(e.VpcEndpointID, e.Service()+", "+report.Count(len(e.NetworkInterfaceIDs), "interface"))}
	}
	b := d.in(column, PlaceVPC, "Interface endpoint")
	first := b.row(e.VpcEndpointID, e.VpcEndpointID)
	for _, eni := range d.network.EndpointInterfaces(e.VpcEndpointID) {
		b.row(eni.NetworkInterfaceID, d.inZone(eni))
	}
	d.groups(b, e.GroupIDs())
	return stop{b, first}
}

// inZone says where an interface stands.
func (d *drawing) inZone(eni *vpc.NetworkInterface) string {
	zone := eni.AvailabilityZone
	if s := d.network.Subnet(eni.SubnetID); s != nil {
		zone = cmp.Or(s.AvailabilityZoneID, zone)
	}
	return strings.TrimSpace(zone + " " + eni.PrivateIPAddress.String())
}

func (d *drawing) groups(b *box, ids []string) {
	for _, id := range ids {
		text := id
		if g := d.network.SecurityGroup(id); g != nil && g.GroupName != "" {
			text = g.GroupName + " " + id
		}
		b.row(id, text)
	}
}

// agentInterfaces is the title of the box with the agent's interfaces.
const agentInterfaces = "The agent's interfaces"

// agent is where what the agent calls begins: its interfaces.
func (d *drawing) agent(p netpath.Path) []stop {
	b := d.in(columnAgent, PlaceVPC, agentInterfaces)
	for _, id := range p.Source.ENIs {
		if eni := d.network.Interface(id); eni != nil {
			b.row(id, d.inZone(eni))
			d.groups(b, eni.GroupIDs())
		}
	}
	if len(p.Source.ENIs) == 0 {
		b.row("none", "not known: measured from here")
	}
	return []stop{{b, 0}}
}

// vantage shows where the probe stands.
func (d *drawing) vantage() {
	from := d.scene.Report.Vantage
	if !from.Address.IsValid() {
		return
	}
	b := d.named[agentInterfaces]
	if b == nil || from.Kind == netpath.VantageCaller {
		b = d.in(columnCallers, PlaceVPC, "Callers in the VPC")
	}
	b.row("vantage", strings.TrimSpace("this probe "+from.AZ+" "+from.Address.String()))
}

// way is what a path leads by on its way out of the agent's subnets.
func (d *drawing) way(p netpath.Path) []stop {
	switch p.Route {
	case netpath.RoutePrivate:
		return []stop{d.endpoint(columnWays, p)}
	case netpath.RouteGateway:
		b := d.in(columnWays, PlaceVPC, "Gateway endpoints")
		return []stop{{b, b.row(p.Target.Service, p.Target.Service+" "+cmp.Or(p.Target.Endpoint, "none"))}}
	case netpath.RoutePublic:
		return d.gateways(p, "0.0.0.0/0", "Way to the internet")
	case netpath.RouteOnPremises:
		return d.gateways(p, "", "Way to on-premises")
	}
	b := d.in(columnWays, PlaceVPC, "")
	b.open = true
	return []stop{{b, -1}}
}

// gateways are those that the route tables of the agent's subnets name, for one
// range, or of VPNs and transit gateways where none is given.
func (d *drawing) gateways(p netpath.Path, cidr, title string) []stop {
	b := d.in(columnWays, PlaceVPC, title)
	for _, subnet := range d.subnets(p) {
		table := d.network.RouteTable(subnet)
		if table == nil {
			continue
		}
		for _, r := range table.Routes {
			switch {
			case cidr != "" && r.DestinationCidrBlock != cidr:
			case cidr != "" && r.NatGatewayID != "":
				b.row(r.NatGatewayID, r.NatGatewayID)
			case r.TransitGatewayID != "":
				b.row(r.TransitGatewayID, r.TransitGatewayID)
			case cidr != "" && strings.HasPrefix(r.GatewayID, "igw-"), cidr == "" && strings.HasPrefix(r.GatewayID, "vgw-"):
				b.row(r.GatewayID, r.GatewayID)
			}
		}
	}
	if len(b.Rows) == 0 {
		b.row("none", "no route to any")
	}
	return []stop{{b, 0}}
}

// subnets are those of a path's sources, or the probe's own.
func (d *drawing) subnets(p netpath.Path) []string {
	var all []string
	for _, id := range p.Source.ENIs {
		if eni := d.network.Interface(id); eni != nil {
			all = append(all, eni.SubnetID)
		}
	}
	if len(all) == 0 {
		all = []string{d.scene.Report.Vantage.Subnet}
	}
	return all
}

// target is what a path leads to.
func (d *drawing) target(p netpath.Path) stop {
	_, name, _ := strings.Cut(p.ID, "/")
	place, title := PlaceVPC, "Databases"
	switch p.Kind {
	case netpath.KindFile:
		title = "File systems"
	case netpath.KindService:
		place, title = PlaceAWS, "AWS services"
	case netpath.KindEgress:
		place, title = PlaceInternet, "Internet"
	case netpath.KindOnPrem:
		place, title = PlaceOnPrem, "On premises"
	}
	if p.Kind == netpath.KindDatabase {
		name += fmt.Sprintf(", port %d", p.Target.Port)
	}
	b := d.in(columnTargets, place, title)
	return stop{b, b.row(p.ID, name)}
}
