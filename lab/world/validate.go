package world

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// validate checks what the lab relies on: that references lead somewhere, that
// names are unique, that values are of their sets. Resources that AWS lets
// dangle, such as a route to a gateway that is gone, may dangle here too.
func (w *World) validate() error {
	return first(w.validateNetwork(), w.validateRules(), w.validateCrossings(), w.validatePrincipals(), w.validateCredentials(), w.validateHosts(), w.validateSites(), w.validateZones())
}

func at(list string, i int, field string) string {
	pointer := "/" + list + "/" + strconv.Itoa(i)
	if field != "" {
		pointer += "/" + field
	}
	return pointer
}

func (w *World) validateNetwork() error {
	n, bad := &w.network, []error{}
	for i, v := range n.VPCs {
		if !v.CIDRBlock.Addr().Is4() {
			bad = append(bad, wrong(at("Vpcs", i, "CidrBlock"), "must be an IPv4 block"))
		}
	}
	for i, s := range n.Subnets {
		vpc, ok := n.VPC(s.VpcID)
		if !ok {
			bad = append(bad, wrong(at("Subnets", i, "VpcId"), "no VPC %q", s.VpcID))
		} else if !slices.ContainsFunc(vpc.Blocks(), func(b netip.Prefix) bool { return b.Overlaps(s.CIDRBlock) && s.CIDRBlock.Bits() >= b.Bits() }) {
			bad = append(bad, wrong(at("Subnets", i, "CidrBlock"), "%s is not within %s", s.CIDRBlock, vpc.Blocks()))
		}
	}
	taken := map[netip.Addr]string{}
	for i, e := range n.NetworkInterfaces {
		subnet, ok := n.Subnet(e.SubnetID)
		switch {
		case !ok:
			bad = append(bad, wrong(at("NetworkInterfaces", i, "SubnetId"), "no subnet %q", e.SubnetID))
		case !subnet.CIDRBlock.Contains(e.PrivateIPAddress):
			bad = append(bad, wrong(at("NetworkInterfaces", i, "PrivateIpAddress"), "%s is not within %s", e.PrivateIPAddress, subnet.CIDRBlock))
		case taken[e.PrivateIPAddress] != "":
			bad = append(bad, wrong(at("NetworkInterfaces", i, "PrivateIpAddress"), "%s is that of %s too", e.PrivateIPAddress, taken[e.PrivateIPAddress]))
		}
		taken[e.PrivateIPAddress] = e.NetworkInterfaceID
		for j, a := range e.IPv6Addresses {
			if !slices.ContainsFunc(subnet.IPv6, func(b IPv6Block) bool { return b.CIDRBlock.Contains(a.Address) }) {
				bad = append(bad, wrong(at("NetworkInterfaces", i, fmt.Sprintf("Ipv6Addresses/%d", j)), "%s is in no block of the subnet", a.Address))
			}
		}
		for j, g := range e.Groups {
			if _, ok := n.SecurityGroup(g.GroupID); !ok {
				bad = append(bad, wrong(at("NetworkInterfaces", i, fmt.Sprintf("Groups/%d/GroupId", j)), "no security group %q", g.GroupID))
			}
		}
	}
	return first(bad...)
}

// validateCrossings checks whose VPCs are, and what leads from one to another.
func (w *World) validateCrossings() error {
	n, bad := &w.network, []error{}
	for i, a := range w.lab.Accounts {
		for j, id := range a.VpcIds {
			if _, ok := n.VPC(id); !ok {
				bad = append(bad, wrong(at("Lab/Accounts", i, fmt.Sprintf("VpcIds/%d", j)), "no VPC %q", id))
			}
		}
	}
	for i, a := range n.TransitAttachments {
		for j, id := range a.SubnetIDs {
			if s, ok := n.Subnet(id); !ok || s.VpcID != a.VpcID {
				bad = append(bad, wrong(at("TransitGatewayVpcAttachments", i, fmt.Sprintf("SubnetIds/%d", j)), "%q is no subnet of %s", id, a.VpcID))
			}
		}
	}
	for i, t := range n.TransitRoutes {
		for j, r := range t.Routes {
			bad = append(bad, block(at("TransitGatewayRoutes", i, fmt.Sprintf("Routes/%d/DestinationCidrBlock", j)), r.DestinationCIDRBlock))
		}
	}
	mode := n.PublicAccess.InternetGatewayBlockMode
	return first(append(bad, oneOf("/VpcBlockPublicAccessOptions/InternetGatewayBlockMode", mode, "", "off", "block-bidirectional", "block-ingress"))...)
}

// validateRules checks what is compiled into packet filters and routes.
func (w *World) validateRules() error {
	var bad []error
	for i, l := range w.network.PrefixLists {
		for j, cidr := range l.CIDRs {
			bad = append(bad, block(at("PrefixLists", i, fmt.Sprintf("Cidrs/%d", j)), cidr))
		}
	}
	for i, table := range w.network.RouteTables {
		for j, r := range table.Routes {
			bad = append(bad, w.validateRoute(at("RouteTables", i, fmt.Sprintf("Routes/%d", j)), r))
		}
	}
	for i, acl := range w.network.NetworkACLs {
		for j, e := range acl.Entries {
			pointer := at("NetworkAcls", i, fmt.Sprintf("Entries/%d", j))
			if e.CIDRBlock != "" {
				bad = append(bad, block(pointer+"/CidrBlock", e.CIDRBlock))
			}
			if e.IPv6CIDRBlock != "" {
				bad = append(bad, block(pointer+"/Ipv6CidrBlock", e.IPv6CIDRBlock))
			}
			if _, err := strconv.Atoi(e.Protocol); err != nil {
				bad = append(bad, wrong(pointer+"/Protocol", "must be -1 or a number, not %q", e.Protocol))
			}
			bad = append(bad, oneOf(pointer+"/RuleAction", e.RuleAction, "allow", "deny"))
		}
	}
	for i, g := range w.network.SecurityGroups {
		for j, p := range g.IPPermissions {
			bad = append(bad, w.validatePermission(at("SecurityGroups", i, fmt.Sprintf("IpPermissions/%d", j)), p))
		}
		for j, p := range g.IPPermissionsEgress {
			bad = append(bad, w.validatePermission(at("SecurityGroups", i, fmt.Sprintf("IpPermissionsEgress/%d", j)), p))
		}
	}
	return first(bad...)
}

// validateRoute refuses what the lab's routers would have to guess.
func (w *World) validateRoute(pointer string, r Route) error {
	known := r.NATGatewayID != "" || strings.HasPrefix(r.GatewayID, "vgw-") || r.NetworkInterfaceID != "" || r.GatewayID == "local" || strings.HasPrefix(r.GatewayID, "igw-") ||
		r.PeeringID != "" || r.TransitGatewayID != "" || r.EgressOnlyGatewayID != ""
	switch {
	case r.DestinationPrefixListID != "":
		if _, ok := w.network.PrefixList(r.DestinationPrefixListID); !ok {
			return wrong(pointer+"/DestinationPrefixListId", "no prefix list %q", r.DestinationPrefixListID)
		}
		known = known || strings.HasPrefix(r.GatewayID, "vpce-")
	case r.DestinationCIDRBlock != "":
		if err := block(pointer+"/DestinationCidrBlock", r.DestinationCIDRBlock); err != nil {
			return err
		}
	case r.DestinationIPv6CIDRBlock != "":
		if err := block(pointer+"/DestinationIpv6CidrBlock", r.DestinationIPv6CIDRBlock); err != nil {
			return err
		}
	}
	if !known && r.State != "blackhole" {
		return wrong(pointer, "the lab does not know targets other than local, gateways (internet, egress-only internet, NAT, transit, virtual private), peering connections, ENIs, and for prefix lists gateway endpoints")
	}
	return nil
}

func (w *World) validatePermission(pointer string, p Permission) error {
	var bad []error
	for i, l := range p.PrefixListIDs {
		if _, ok := w.network.PrefixList(l.PrefixListID); !ok {
			bad = append(bad, wrong(pointer+fmt.Sprintf("/PrefixListIds/%d/PrefixListId", i), "no prefix list %q", l.PrefixListID))
		}
	}
	if _, err := p.Protocol(); err != nil {
		bad = append(bad, &Error{pointer + "/IpProtocol", err})
	}
	for i, r := range p.IPRanges {
		bad = append(bad, block(pointer+fmt.Sprintf("/IpRanges/%d/CidrIp", i), r.CIDRIP))
	}
	for i, r := range p.IPv6Ranges {
		bad = append(bad, block(pointer+fmt.Sprintf("/Ipv6Ranges/%d/CidrIpv6", i), r.CIDRIPv6))
	}
	return first(bad...)
}

func (w *World) validatePrincipals() error {
	var bad []error
	for i, p := range w.lab.Principals {
		for _, f := range [][2]string{{"Name", p.Name}, {"Arn", p.Arn}, {"AccessKeyId", p.AccessKeyId}, {"SecretAccessKey", p.SecretAccessKey}} {
			if f[1] == "" {
				bad = append(bad, wrong(at("Lab/Principals", i, f[0]), "must not be empty"))
			}
		}
		if first, _ := w.lab.Principal(p.Name); first.Arn != p.Arn {
			bad = append(bad, wrong(at("Lab/Principals", i, "Name"), "%q is taken", p.Name))
		}
	}
	return first(bad...)
}

func (w *World) validateHosts() error {
	var bad []error
	seen := map[string]bool{}
	taken := map[netip.Addr]string{} // on the internet
	for i, h := range w.lab.Hosts {
		if h.Name == "" || seen[h.Name] {
			bad = append(bad, wrong(at("Lab/Hosts", i, "Name"), "%q is empty or taken", h.Name))
		}
		seen[h.Name] = true
		bad = append(bad, w.validatePlace(i, h))
		for j, a := range h.Addresses {
			if other := taken[a]; h.VpcId == "" && other != "" {
				bad = append(bad, wrong(at("Lab/Hosts", i, fmt.Sprintf("Addresses/%d", j)), "%s is that of %s too", a, other))
			} else if h.VpcId == "" {
				taken[a] = h.Name
			}
		}
		for j, s := range h.Services {
			pointer := at("Lab/Hosts", i, fmt.Sprintf("Services/%d", j))
			bad = append(bad, oneOf(pointer+"/Refuses", s.Refuses, "", RefusalInternal, RefusalThrottled, RefusalQuota, RefusalNotYet),
				oneOf(pointer+"/Container", s.Container, "", ContainerNeverStarts, ContainerCrashes, ContainerFails, ContainerSilent))
			bad = append(bad, oneOf(pointer+"/Says", s.Says, "", SaysSource, SaysUnavailable), oneOf(pointer+"/Type", s.Type,
				ServiceAWS, ServiceHTTPS, ServiceHTTP, ServiceTCP, ServiceOpenID, ServiceAgent, ServicePostgres, ServiceMySQL, ServiceVPCDNS, ServiceAuthoritativeDNS, ServiceRecursiveDNS,
				ServiceInstanceMetadata, ServiceTaskMetadata, ServicePodIdentity))
		}
		for j, f := range h.Firewall {
			pointer := at("Lab/Hosts", i, fmt.Sprintf("Firewall/%d", j))
			bad = append(bad, oneOf(pointer+"/Action", f.Action, "drop", "reject", "refuse"), oneOf(pointer+"/Protocol", f.Protocol, "tcp", "udp"))
			if f.Action != "drop" && (f.Every != 0 || f.LargerThan != 0) {
				bad = append(bad, wrong(pointer, "Every and LargerThan are for drop"))
			}
			bad = append(bad, notNegative(pointer+"/Every", f.Every), notNegative(pointer+"/LargerThan", f.LargerThan))
		}
		for j, d := range h.DNS {
			pointer := at("Lab/Hosts", i, fmt.Sprintf("DNS/%d", j))
			bad = append(bad, oneOf(pointer+"/Answer", d.Answer, "", "nxdomain", "servfail", "refused", "nodata", "silence", "malformed", "addresses"),
				notNegative(pointer+"/DelayMilliseconds", d.DelayMilliseconds), notNegative(pointer+"/DropEvery", d.DropEvery))
		}
		bad = append(bad, w.validateKnobs(i, h))
	}
	return first(bad...)
}

func (w *World) validateKnobs(i int, h Host) error {
	bad := []error{notNegative(at("Lab/Hosts", i, "IdleSeconds"), h.IdleSeconds)}
	if h.MTU != 0 && (h.MTU < 576 || h.MTU > 9001) {
		bad = append(bad, wrong(at("Lab/Hosts", i, "MTU"), "must be between 576 and 9001"))
	}
	if h.TLS != nil {
		bad = append(bad, oneOf(at("Lab/Hosts", i, "TLS/MaxVersion"), h.TLS.MaxVersion, "", "1.0", "1.1", "1.2"))
	}
	if _, nat := w.network.NATGatewayOf(h.NetworkInterfaceId); len(h.Exhausted) > 0 && !nat {
		bad = append(bad, wrong(at("Lab/Hosts", i, "Exhausted"), "is for the host of a NAT gateway"))
	}
	for j, e := range h.Exhausted {
		if !e.Address.Is4() || e.Port == 0 || e.Every < 1 {
			bad = append(bad, wrong(at("Lab/Hosts", i, fmt.Sprintf("Exhausted/%d", j)), "needs an IPv4 address, a port and Every"))
		}
	}
	return first(bad...)
}

func notNegative(pointer string, n int) error {
	if n < 0 {
		return wrong(pointer, "must not be negative")
	}
	return nil
}

func (w *World) validatePlace(i int, h Host) error {
	switch {
	case h.NetworkInterfaceId != "":
		if _, ok := w.network.NetworkInterface(h.NetworkInterfaceId); !ok {
			return wrong(at("Lab/Hosts", i, "NetworkInterfaceId"), "no network interface %q", h.NetworkInterfaceId)
		}
	case len(h.Addresses) == 0:
		return wrong(at("Lab/Hosts", i, ""), "needs NetworkInterfaceId or Addresses")
	case h.VpcId != "":
		if _, ok := w.network.VPC(h.VpcId); !ok {
			return wrong(at("Lab/Hosts", i, "VpcId"), "no VPC %q", h.VpcId)
		}
	}
	return nil
}

// first returns the first error there is: one line is easier to read than all.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func block(pointer, text string) error {
	if _, err := netip.ParsePrefix(text); err != nil {
		return wrong(pointer, "must be a CIDR block, not %q", text)
	}
	return nil
}

func oneOf[T ~string](pointer string, value T, allowed ...T) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return wrong(pointer, "must be one of %v, not %q", allowed, string(value))
}
