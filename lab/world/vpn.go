package world

import (
	"fmt"
	"net/netip"
	"slices"
)

// VPNGateway is an entry of VpnGateways.
type VPNGateway struct {
	VPNGatewayID   string `json:"VpnGatewayId"`
	State          string // only available carries packets
	VPCAttachments []struct {
		VpcID string `json:"VpcId"`
		State string // only attached carries packets
	} `json:"VpcAttachments"`
}

// VPNConnection is an entry of VpnConnections.
type VPNConnection struct {
	VPNConnectionID   string `json:"VpnConnectionId"`
	VPNGatewayID      string `json:"VpnGatewayId"`
	CustomerGatewayID string `json:"CustomerGatewayId"`
	State             string // only available carries packets
	Options           struct{ StaticRoutesOnly bool }
	Routes            []struct { // static ones
		DestinationCIDRBlock string `json:"DestinationCidrBlock"`
		State                string // only available counts
	}
	VGWTelemetry []struct { // one a tunnel
		Status string // UP, DOWN
	} `json:"VgwTelemetry"`
}

// Site is a network on-premises, behind a customer gateway.
type Site struct {
	Name              string // unique; what hosts are at
	CustomerGatewayId string //nolint:revive // as EC2 spells it
	// Routes are what the site sends through its VPN connections: a VPC's block
	// that is missing leaves its packets without an answer.
	Routes []netip.Prefix
}

// Site returns the site of this name.
func (l *Lab) Site(name string) (Site, bool) {
	return find(l.Sites, func(s Site) bool { return s.Name == name })
}

// VPNConnection returns the VPN connection of this id.
func (n *Network) VPNConnection(id string) (VPNConnection, bool) {
	return find(n.VPNConnections, func(c VPNConnection) bool { return c.VPNConnectionID == id })
}

// AttachedVPC is the VPC of a virtual private gateway, "" for none.
func (n *Network) AttachedVPC(gateway string) string {
	g, _ := find(n.VPNGateways, func(g VPNGateway) bool { return g.VPNGatewayID == gateway })
	for _, a := range g.VPCAttachments {
		if g.State == "available" && a.State == "attached" {
			return a.VpcID
		}
	}
	return ""
}

// Carries reports whether a VPN connection passes packets between a VPC and the
// site: it is available, its gateway is attached, a tunnel is up ("Site-to-Site
// VPN tunnel options").
func (n *Network) Carries(c VPNConnection, vpc string) bool {
	up := slices.ContainsFunc(c.VGWTelemetry, func(t struct{ Status string }) bool { return t.Status == "UP" })
	return up && c.State == "available" && vpc != "" && n.AttachedVPC(c.VPNGatewayID) == vpc
}

// Leads reports whether a VPN connection takes packets for a block: of static
// routes one must cover it, what BGP announces stands in the route tables ("Route
// tables and VPN route priority").
func (c VPNConnection) Leads(to netip.Prefix) bool {
	if !c.Options.StaticRoutesOnly {
		return true
	}
	for _, r := range c.Routes {
		block, err := netip.ParsePrefix(r.DestinationCIDRBlock)
		if err == nil && r.State == "available" && block.Bits() <= to.Bits() && block.Contains(to.Addr()) {
			return true
		}
	}
	return false
}

func (w *World) validateSites() error {
	var bad []error
	seen := map[string]bool{}
	for i, s := range w.lab.Sites {
		if s.Name == "" || seen[s.Name] {
			bad = append(bad, wrong(at("Lab/Sites", i, "Name"), "%q is empty or taken", s.Name))
		}
		seen[s.Name] = true
	}
	for i, h := range w.lab.Hosts {
		if h.Site != "" && !seen[h.Site] {
			bad = append(bad, wrong(at("Lab/Hosts", i, "Site"), "no site %q", h.Site))
		}
	}
	for i, c := range w.network.VPNConnections {
		for j, t := range c.VGWTelemetry {
			bad = append(bad, oneOf(at("VpnConnections", i, fmt.Sprintf("VgwTelemetry/%d/Status", j)), t.Status, "UP", "DOWN"))
		}
	}
	return first(bad...)
}
