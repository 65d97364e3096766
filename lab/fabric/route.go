package fabric

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// route is a route of the kernel. An empty link swallows packets.
type route struct {
	table int
	to    netip.Prefix
	link  string
	via   netip.Addr // next hop; the zero value when the destination itself is on the link
}

// applyRoutes makes the kernel's routes those that are wanted: what is new comes
// before what is old goes, so that there is a route at any time.
func (r *router) applyRoutes(wanted []route) error {
	want := make(map[route]bool, len(wanted))
	taken := map[route]bool{} // by table and destination
	for _, w := range wanted {
		if w.to.Addr().Is6() && !r.six {
			continue
		}
		key := route{table: w.table, to: w.to}
		if !taken[key] {
			want[w], taken[key] = true, true
		}
	}
	for w := range want {
		if r.routes[w] {
			continue
		}
		if err := r.each(w, r.handle.RouteReplace); err != nil {
			return err
		}
	}
	for old := range r.routes {
		if !taken[route{table: old.table, to: old.to}] {
			if err := r.each(old, r.handle.RouteDel); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	r.routes = want
	return nil
}

func (r *router) each(w route, do func(*netlink.Route) error) error {
	n := &netlink.Route{Table: w.table, Dst: ipNet(w.to), Type: unix.RTN_BLACKHOLE, Family: familyOf(w.to.Addr()).number()}
	if w.link != "" {
		index, err := r.index(w.link)
		if err != nil {
			return err
		}
		n.Type, n.LinkIndex, n.Scope = unix.RTN_UNICAST, index, netlink.SCOPE_LINK
		if w.via.IsValid() {
			n.Gw, n.Flags, n.Scope = w.via.AsSlice(), int(netlink.FLAG_ONLINK), netlink.SCOPE_UNIVERSE
		}
	}
	if err := do(n); err != nil {
		return fmt.Errorf("route to %s in table %d: %w", w.to, w.table, err)
	}
	return nil
}

func (r *router) index(name string) (int, error) {
	if i, ok := r.indexes[name]; ok {
		return i, nil
	}
	link, err := r.handle.LinkByName(name)
	if err != nil {
		return 0, fmt.Errorf("interface %s: %w", name, err)
	}
	r.indexes[name] = link.Attrs().Index
	return r.indexes[name], nil
}

// applyRules has packets that arrive on an interface look into its table.
func (r *router) applyRules(tables map[string]int) error {
	for link, table := range tables {
		if r.rules[link] == table {
			continue
		}
		for _, f := range r.families() {
			rule := netlink.NewRule()
			rule.Family, rule.IifName, rule.Table, rule.Priority = f.number(), link, table, 100
			if err := r.handle.RuleAdd(rule); err != nil {
				return fmt.Errorf("rule for %s: %w", link, err)
			}
		}
		r.rules[link] = table
	}
	return nil
}
