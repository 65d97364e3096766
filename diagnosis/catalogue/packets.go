package catalogue

import (
	"fmt"

	"github.com/agentcore-probe/probe/netpath"
)

// groups are the faults of security groups.
func groups() []Entry {
	const page = "Security group rules"
	const (
		allow  = "aws ec2 authorize-security-group-%s --region ${region} --group-id ${group} --ip-permissions "
		revoke = "aws ec2 revoke-security-group-%s --region ${region} --group-id ${group} --ip-permissions "
	)
	ingress, noIngress := bothSources("ingress")
	return []Entry{{
		Code:     "sg/ingress-missing",
		Title:    "the destination's security group has no rule for this source",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopDestSG,
		Summary:  "${group} admits nothing from ${source} on ${protocol} port ${port}",
		Meaning:  "Security groups only allow: without a rule for this source every packet is dropped without an answer, so callers see a timeout.",
		Live:     "the connection times out; nothing comes back",
		Config:   "no inbound rule of any group of the destination's network interface matches source, protocol and port",
		Not:      "sg/wrong-port and sg/wrong-source, where a rule is there and misses; tcp/refused, where the host answers",
		Fix:      ingress, Undo: noIngress,
		AWSCode: "ENI_SG_RULES_MISMATCH", AWSPage: page,
	}, {
		Code:     "sg/wrong-port",
		Title:    "a rule admits the right source on another port",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopDestSG,
		Summary:  "${group} admits ${source} on other ports, not on ${protocol} port ${port}",
		Meaning:  "The rule was written for another port than the destination listens on.",
		Live:     "the connection times out",
		Config:   "an inbound rule matches the source and not the port",
		Not:      "sg/ingress-missing, where no rule mentions the source",
		Fix:      ingress, Undo: noIngress,
		AWSCode: "ENI_SG_RULES_MISMATCH", AWSPage: page,
	}, {
		Code:     "sg/wrong-source",
		Title:    "a rule admits another source on the right port",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopDestSG,
		Summary:  "${group} admits others on ${protocol} port ${port}, not ${source}",
		Meaning:  "The rule names another group or address range than the one the packets come from.",
		Live:     "the connection times out",
		Config:   "an inbound rule matches the port and not the source",
		Not:      "sg/ingress-missing, where no rule mentions the port",
		Fix:      ingress, Undo: noIngress,
		AWSCode: "ENI_SG_RULES_MISMATCH", AWSPage: page,
	}, {
		Code:     "sg/endpoint-ingress-missing",
		Title:    "the interface endpoint's group does not admit the callers",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopDestSG,
		Summary:  "${group} of ${endpoint} admits nothing from ${source} on ${protocol} port ${port}",
		Meaning:  "Every caller of this source times out at the endpoint, although the name resolves and the endpoint is available.",
		Live:     "connections to every address of the endpoint time out",
		Config:   "no inbound rule of the endpoint's groups matches source and port 443",
		Not:      "endpoint/policy-denies, where the connection stands and the request is denied",
		Fix:      ingress, Undo: noIngress,
		AWSCode: "ENI_SG_RULES_MISMATCH", AWSPage: "Access an AWS service using an interface VPC endpoint",
	}, {
		Code:     "sg/egress-missing",
		Title:    "the source's security group lets nothing out to this port",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopSourceSG,
		Summary:  "${group} lets nothing out to ${destination} on ${protocol} port ${port}",
		Meaning:  "Packets are dropped before they leave the network interface.",
		Live:     "the connection times out",
		Config:   "no outbound rule of any group of the source's network interface matches destination, protocol and port",
		Not:      "sg/ingress-missing: the same timeout, at the other end",
		Fix: []string{
			fmt.Sprintf(allow, "egress") + "'IpProtocol=${protocol},FromPort=${port},ToPort=${port},UserIdGroupPairs=[{GroupId=${destination_group}}]'",
			fmt.Sprintf(allow, "egress") + "'IpProtocol=${protocol},FromPort=${port},ToPort=${port},IpRanges=[{CidrIp=${destination_cidr}}]'",
		},
		Undo: []string{
			fmt.Sprintf(revoke, "egress") + "'IpProtocol=${protocol},FromPort=${port},ToPort=${port},UserIdGroupPairs=[{GroupId=${destination_group}}]'",
			fmt.Sprintf(revoke, "egress") + "'IpProtocol=${protocol},FromPort=${port},ToPort=${port},IpRanges=[{CidrIp=${destination_cidr}}]'",
		},
		AWSCode: "ENI_SG_RULES_MISMATCH", AWSPage: page,
	}}
}

// bothSources are the commands that admit a source to a group and take it back:
// by the source's group where it has one, else by its address.
func bothSources(direction string) (fix, undo []string) {
	for _, source := range []string{"--source-group ${source_group}", "--cidr ${source_cidr}"} {
		const command = "aws ec2 %s-security-group-%s --region ${region} --group-id ${group} --protocol ${protocol} --port ${port} %s"
		fix = append(fix, fmt.Sprintf(command, "authorize", direction, source))
		undo = append(undo, fmt.Sprintf(command, "revoke", direction, source))
	}
	return fix, undo
}

// acls are the faults of network ACLs.
func acls() []Entry {
	const page = "Control subnet traffic with network access control lists"
	const (
		create = "aws ec2 create-network-acl-entry --region ${region} --network-acl-id ${acl} --rule-number ${free_rule_number} --protocol ${protocol} --rule-action allow --cidr-block ${cidr} --port-range From=${from_port},To=${to_port} "
		remove = "aws ec2 delete-network-acl-entry --region ${region} --network-acl-id ${acl} --rule-number ${free_rule_number} "
	)
	entry := func(code, title, hopText string, hop netpath.HopName) Entry {
		return Entry{
			Code:     code,
			Title:    title,
			Severity: netpath.SeverityCritical,
			Hop:      hop,
			Summary:  "${acl} of ${subnet} stops ${protocol} port ${port} by rule ${rule_number}",
			Meaning:  "Network ACLs are stateless and are checked whenever a packet enters or leaves a subnet: request and reply need a rule each.",
			Live:     "the connection times out",
			Config:   hopText,
			Not:      "a security group, which is stateful and is checked at the network interface",
			Fix:      []string{create + "--${direction}"},
			Undo:     []string{remove + "--${direction}"},
			AWSCode:  "SUBNET_ACL_RESTRICTION",
			AWSPage:  page,
		}
	}
	partial := entry("nacl/partial-ephemeral", "only a part of the ephemeral ports is admitted", "the replies' ports are admitted in part only", netpath.HopDestNACL)
	partial.Severity = netpath.SeverityWarning
	partial.Summary = "${acl} of ${subnet} admits replies to a part of the ephemeral ports only: ${admitted} of ${ephemeral}"
	partial.Meaning = "Connections fail now and then, whenever the client's kernel picks a port outside of the admitted part."
	partial.Live = "some connections time out, others stand"
	reply := entry("nacl/return-denied", "the replies' ephemeral ports are denied", "the first matching entry for the reply to the client's ephemeral ports denies", netpath.HopDestNACL)
	reply.Summary = "${acl} of ${subnet} stops the replies to the ephemeral ports ${ephemeral} by rule ${rule_number}"
	return []Entry{
		entry("nacl/egress-denied", "the source subnet's ACL stops the request", "the first matching outbound entry of the source's subnet denies", netpath.HopSourceNACL),
		entry("nacl/ingress-denied", "the destination subnet's ACL stops the request", "the first matching inbound entry of the destination's subnet denies", netpath.HopDestNACL),
		reply, partial,
	}
}

// routes are the faults of routing.
func routes() []Entry {
	const page = "Configure route tables"
	const nat = "NAT gateways"
	return []Entry{{
		Code:     "route/none",
		Title:    "no route leads to the destination",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopRoute,
		Summary:  "${route_table} of ${subnet} has no route to ${destination}",
		Meaning:  "The VPC's router drops the packets without an answer.",
		Live:     "the connection times out",
		Config:   "no entry of the subnet's route table covers the destination",
		Not:      "route/blackhole, where an entry is there and its target is gone",
		Fix:      []string{"# add a route to ${missing_route} to ${route_table}"},
		AWSCode:  "NO_ROUTE_TO_DESTINATION", AWSPage: page,
	}, {
		Code:     "route/blackhole",
		Title:    "the route's target is gone",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopRoute,
		Summary:  "the route of ${route_table} to ${route_destination} leads to ${target}, which is gone",
		Meaning:  "A blackhole route still wins over less specific ones, and drops.",
		Live:     "the connection times out",
		Config:   "the most specific route has the state blackhole",
		Not:      "route/none",
		Fix:      []string{"# point the route at a gateway that exists: aws ec2 replace-route --region ${region} --route-table-id ${route_table} --destination-cidr-block ${route_destination} …"},
		AWSCode:  "BAD_STATE_ROUTE", AWSPage: page,
	}, {
		Code:     "route/igw-without-public-address",
		Title:    "the subnet routes to an internet gateway and the source has no public address",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopRoute,
		Summary:  "${subnet} routes to the internet gateway ${target}, and ${source} has no public address",
		Meaning:  "AgentCore's network interfaces never get a public address: an internet gateway serves them nothing. Internet access needs a NAT gateway.",
		Live:     "connections to public addresses time out",
		Config:   "the route's target is an internet gateway and the source has no public IPv4 address",
		Not:      "route/nat-missing",
		Fix:      []string{"# route ${route_destination} of ${route_table} to a NAT gateway in a public subnet"},
		AWSCode:  "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", AWSPage: "Configure Amazon Bedrock AgentCore Runtime and tools for VPC",
	}, {
		Code:     "route/nat-missing",
		Title:    "the NAT gateway that the route names does not exist",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopRoute,
		Summary:  "${route_table} of ${subnet} has no NAT gateway to reach ${destination}",
		Meaning:  "A source without a public address needs a NAT gateway to reach public addresses.",
		Live:     "connections to public addresses time out",
		Config:   "no route to a NAT gateway, or one to a gateway that is deleted",
		Not:      "route/nat-broken, where it exists and does not work",
		Fix:      []string{"# create a NAT gateway in a public subnet and route ${destination} of ${route_table} to it"},
		AWSPage:  nat,
	}, {
		Code:     "route/nat-broken",
		Title:    "the NAT gateway does not lead to the internet",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopRoute,
		Summary:  "${target} does not lead to the internet: ${why}",
		Meaning:  "A NAT gateway must be public, available, and stand in a subnet whose own table leads to an internet gateway.",
		Live:     "connections to public addresses time out",
		Config:   "its state, its connectivity type, or the route table of its own subnet",
		Not:      "route/nat-missing",
		Fix:      []string{"# mend ${target}: ${why}"},
		AWSPage:  nat,
	}}
}
