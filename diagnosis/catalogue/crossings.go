package catalogue

import (
	"fmt"

	"github.com/agentcore-probe/probe/netpath"
)

// crossings are the faults of the ways between VPCs, on-premises and out to the
// internet.
func crossings() []Entry {
	const timesOut = "the connection times out"
	way := func(e Entry) Entry {
		e.Severity, e.Hop, e.Live = netpath.SeverityCritical, netpath.HopRoute, timesOut
		return e
	}
	return []Entry{way(Entry{
		Code:    "route/return-missing",
		Title:   "the way back is missing",
		Summary: "${route_table} has no route back to ${destination}",
		Meaning: "The request arrives and the answer is dropped: peering connections, transit gateways and VPNs need a route on both sides.",
		Config:  "the table of the destination's subnet, or the transit gateway's table for the way back, covers the source by no route",
		Not:     "route/none, where the request itself finds no way",
		Fix:     []string{"# add a route to ${destination} to ${route_table}, by what the request came through"},
		AWSCode: "NO_ROUTE_TO_DESTINATION", AWSPage: "Update your route tables for a VPC peering connection",
	}), way(Entry{
		Code:    "route/peering-down",
		Title:   "the peering connection is not active",
		Summary: "${peering}, to which ${route_table} leads, is ${state}",
		Meaning: "Only an active peering connection passes traffic; one that was deleted or rejected is made anew.",
		Config:  "DescribeVpcPeeringConnections: the status is not active, or the connection joins other VPCs",
		Not:     "route/return-missing, where it is active",
		Fix:     []string{"# accept ${peering} where it is pending: aws ec2 accept-vpc-peering-connection --region ${region} --vpc-peering-connection-id ${peering}"},
		AWSCode: "BAD_STATE", AWSPage: "VPC peering connection lifecycle",
	}), way(Entry{
		Code:    "route/tgw-down",
		Title:   "the transit gateway's attachment does not pass the traffic",
		Summary: "${attachment} ${why}",
		Meaning: "Both VPCs need an attachment that is available, associated with a route table, with a subnet in every Availability Zone in use.",
		Config:  "the state of the gateway or its attachment, the association, or the zones of the attachment's subnets",
		Not:     "route/none on the gateway's table, where the attachment works and no route leads on",
		Fix:     []string{"# mend ${attachment} of ${transit_gateway}: it ${why}"},
		AWSCode: "BAD_STATE_ATTACHMENT", AWSPage: "Amazon VPC attachments in Amazon VPC Transit Gateways",
	}), way(Entry{
		Code:    "route/vpn-down",
		Title:   "the VPN does not pass the traffic",
		Summary: "the way on-premises is down: ${vpn} ${why}",
		Meaning: "Without a tunnel that is up nothing gets on-premises, and nothing comes back.",
		Config:  "DescribeVpnConnections: no tunnel is UP, no static route covers the destination, or the gateway is detached",
		Not:     "a firewall on-premises: the tunnel is up and the packets vanish behind it",
		Fix:     []string{"# bring a tunnel of ${vpn} up with the owner of the customer gateway: aws ec2 describe-vpn-connections --region ${region} --vpn-connection-ids ${vpn}"},
		AWSCode: "BAD_STATE_VPN", AWSPage: "Troubleshooting your AWS Site-to-Site VPN customer gateway device",
	}), way(Entry{
		Code:    "route/block-public-access",
		Title:   "VPC Block Public Access stops it",
		Summary: "Block Public Access (${mode}) stops what passes ${gateway} of ${vpc}",
		Meaning: "The account's setting wins over every route and rule; only an exclusion of the VPC or the subnet spares it.",
		Config:  "DescribeVpcBlockPublicAccessOptions: the mode is on, and no exclusion covers the subnet that uses the gateway, or its VPC",
		Not:     "route/nat-broken and route/igw-without-public-address, which the VPC itself is to blame for",
		Fix:     []string{"aws ec2 create-vpc-block-public-access-exclusion --region ${region} --subnet-id ${subnet} --internet-gateway-exclusion-mode ${exclusion}"},
		Undo:    []string{"# aws ec2 delete-vpc-block-public-access-exclusion --region ${region} --exclusion-id … (the id that the command above printed)"},
		AWSCode: "VPC_BLOCK_PUBLIC_ACCESS_ENABLED", AWSPage: "Block public access to VPCs and subnets",
	}), way(Entry{
		Code:    "route/s3-gateway-missing",
		Title:   "the gateway endpoint is not associated with the route table",
		Summary: "${route_table} of ${subnet} is not associated with ${endpoint}, by which ${service} is reached",
		Meaning: "Image layers and code come from S3: without this route and without a way to the internet no session starts.",
		Config:  "the VPC has a gateway endpoint for the service, and no route of the subnet's table leads to it or to the internet",
		Not:     "endpoint/missing, where the VPC has no gateway endpoint at all; sg/prefix-list-missing, where the route is there and the group stops it",
		Fix:     []string{"aws ec2 modify-vpc-endpoint --region ${region} --vpc-endpoint-id ${endpoint} --add-route-table-ids ${route_table}"},
		Undo:    []string{"aws ec2 modify-vpc-endpoint --region ${region} --vpc-endpoint-id ${endpoint} --remove-route-table-ids ${route_table}"},
		AWSCode: "NO_ROUTE_TO_DESTINATION", AWSPage: "Gateway endpoints for Amazon S3",
	}), way(Entry{
		Code:    "route/source-dest-check",
		Title:   "the route leads to an instance that drops what is not its own",
		Summary: "${target}, to which ${route_table} leads, checks source and destination",
		Meaning: "A router, firewall or NAT instance must have the check off, or it gets no packets for others.",
		Config:  "the route's target is a network interface with SourceDestCheck true",
		Not:     "the instance's own rules, which AWS does not know",
		Fix:     []string{"aws ec2 modify-network-interface-attribute --region ${region} --network-interface-id ${target} --no-source-dest-check"},
		Undo:    []string{"aws ec2 modify-network-interface-attribute --region ${region} --network-interface-id ${target} --source-dest-check"},
		AWSCode: "ENI_SOURCE_DEST_CHECK_RESTRICTION", AWSPage: "NAT instances",
	})}
}

// lostGroups are rules that are there and do not count on this way.
func lostGroups() []Entry {
	const change = "aws ec2 %s-security-group-${direction} --region ${region} --group-id ${group} --protocol ${protocol} --port ${port} --cidr ${block}"
	const egress = "aws ec2 %s-security-group-egress --region ${region} --group-id ${group} --ip-permissions 'IpProtocol=${protocol},FromPort=${port},ToPort=${port},PrefixListIds=[{PrefixListId=${prefix_list}}]'"
	return []Entry{{
		Code:     "sg/reference-not-preserved",
		Title:    "a rule references a group, and the path does not keep the reference",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopDestSG,
		Summary:  "the rule ${rule} of ${group} does not count here, as ${why}",
		Meaning:  "A reference means the private addresses of the group's interfaces on a direct way: through NAT, appliances, another Region, or a transit gateway without the attribute it needs an address range instead.",
		Live:     "the connection times out",
		Config:   "the only rule that matches references a group of the other end, and the way between does not keep references",
		Not:      "sg/ingress-missing, where no rule mentions the other end",
		Fix:      []string{"# or turn security group referencing on for the gateway and its attachments", fmt.Sprintf(change, "authorize")},
		Undo:     []string{fmt.Sprintf(change, "revoke")},
		AWSCode:  "SG_REFERENCES_NOT_PRESERVED", AWSPage: "Security group referencing",
	}, {
		Code:     "sg/prefix-list-missing",
		Title:    "no outbound rule names the gateway endpoint's prefix list",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopSourceSG,
		Summary:  "${group} lets nothing out to ${prefix_list} on ${protocol} port ${port}",
		Meaning:  "Packets to S3 or DynamoDB through a gateway endpoint keep the service's public addresses: rules that name groups of interface endpoints do not admit them.",
		Live:     "connections to the service time out, those to interface endpoints stand",
		Config:   "the subnet's table leads to the destination by a gateway endpoint, and no outbound rule covers the address",
		Not:      "route/s3-gateway-missing, where the route is missing",
		Fix:      []string{fmt.Sprintf(egress, "authorize")},
		Undo:     []string{fmt.Sprintf(egress, "revoke")},
		AWSCode:  "ENI_SG_RULES_MISMATCH", AWSPage: "Gateway endpoints",
	}}
}
