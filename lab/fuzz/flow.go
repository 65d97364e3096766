package fuzz

import (
	"net/netip"
)

// Flow is a question: do packets of an interface reach an address, and do the
// answers come back?
type Flow struct {
	From     string     `json:"from"`   // ENI
	Source   netip.Addr `json:"source"` // its address of the destination's family
	To       netip.Addr `json:"to"`
	Port     uint16     `json:"port,omitempty"`
	Protocol string     `json:"protocol"` // tcp, udp, icmp, or a number
}

// flows draws questions about the world.
func (d *draft) flows(count int) []Flow {
	var sources []eni
	for _, e := range d.enis() {
		if e.source {
			sources = append(sources, e)
		}
	}
	asked := pairs{}
	var all []Flow
	for range 20 * count {
		if len(all) == count {
			break
		}
		from := pick(d.dice, sources)
		to := d.destination(from)
		if !to.IsValid() || to == from.address || to == from.six || !to.Is4() && !from.six.IsValid() {
			continue
		}
		f := Flow{From: from.id, Source: from.address, To: to}
		if !to.Is4() {
			f.Source = from.six
		}
		d.ask(&f)
		if f.Port == 0 && !(pair{f.Source, f.To, f.Protocol}).once(asked) {
			continue // the kernel would take one for the reply of the other
		}
		all = append(all, f)
	}
	return all
}

// pair is two addresses in any order, and what goes between them.
type pair struct {
	a, b     netip.Addr
	protocol string
}

type pairs = map[pair]bool

func (p pair) once(seen pairs) bool {
	if p.b.Less(p.a) {
		p.a, p.b = p.b, p.a
	}
	if seen[p] {
		return false
	}
	seen[p] = true
	return true
}

// destination draws an address.
func (d *draft) destination(from eni) netip.Addr {
	switch n := d.IntN(100); {
	case n < 12:
		return web
	case n < 17:
		return web6
	case n < 23:
		return storage
	case n < 25:
		return d.home(from).resolver()
	}
	to := pick(d.dice, d.enis())
	if d.percent(30) {
		to = pick(d.dice, d.near(from))
	}
	if to.six.IsValid() && from.six.IsValid() && d.percent(40) {
		return to.six
	}
	return to.address
}

func (d *draft) home(e eni) *vpc {
	for _, v := range d.vpcs {
		if v.number == int(e.address.As4()[1]) {
			return v
		}
	}
	return d.vpcs[0]
}

// near are the interfaces of the same VPC.
func (d *draft) near(e eni) []eni {
	var all []eni
	for _, s := range d.home(e).subnets {
		all = append(all, s.enis...)
	}
	return all
}

// ask draws protocol and port.
func (d *draft) ask(f *Flow) {
	resolver := f.To.Is4() && f.To.As4()[3] == 2 && f.To.As4()[2] == 0
	switch n := d.IntN(100); {
	case resolver:
		f.Protocol, f.Port = pick(d.dice, []string{"tcp", "udp"}), 53
	case n < 60:
		f.Protocol, f.Port = "tcp", uint16(pick(d.dice, ports))
	case n < 78:
		f.Protocol, f.Port = "udp", uint16(pick(d.dice, ports))
	case n < 90 && f.To.Is4():
		f.Protocol = "icmp"
	case n < 90:
		f.Protocol = "58"
	default:
		f.Protocol = itoa(pick(d.dice, protocols))
	}
}
