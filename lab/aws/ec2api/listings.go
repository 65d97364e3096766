package ec2api

// paths makes a table of filters from pairs of a filter's name and the dotted
// path that it looks at.
func paths(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// listings: parameters and filters from the pages of the actions in the "Amazon
// EC2 API Reference"; error codes from its "Error codes for the Amazon EC2 API".
var listings = map[string]listing{
	"DescribeVpcs": {"Vpcs", "Vpcs", "VpcId", "VpcId", "vpc-", "InvalidVpcID.NotFound", "vpc ID", paths(
		"vpc-id", "VpcId", "cidr", "CidrBlock", "state", "State", "owner-id", "OwnerId", "is-default", "IsDefault", "dhcp-options-id", "DhcpOptionsId",
		"cidr-block-association.cidr-block", "CidrBlockAssociationSet.CidrBlock", "cidr-block-association.association-id", "CidrBlockAssociationSet.AssociationId",
		"cidr-block-association.state", "CidrBlockAssociationSet.CidrBlockState.State"), 5},
	"DescribeSubnets": {"Subnets", "Subnets", "SubnetId", "SubnetId", "subnet-", "InvalidSubnetID.NotFound", "subnet ID", paths(
		"vpc-id", "VpcId", "subnet-id", "SubnetId", "subnet-arn", "SubnetArn", "state", "State", "cidr-block", "CidrBlock", "owner-id", "OwnerId",
		"availability-zone", "AvailabilityZone", "availability-zone-id", "AvailabilityZoneId", "available-ip-address-count", "AvailableIpAddressCount",
		"default-for-az", "DefaultForAz", "map-public-ip-on-launch", "MapPublicIpOnLaunch"), 5},
	"DescribeRouteTables": {"RouteTables", "RouteTables", "RouteTableId", "RouteTableId", "rtb-", "InvalidRouteTableID.NotFound", "routeTable ID", paths(
		"vpc-id", "VpcId", "route-table-id", "RouteTableId", "owner-id", "OwnerId",
		"association.main", "Associations.Main", "association.subnet-id", "Associations.SubnetId", "association.gateway-id", "Associations.GatewayId",
		"association.route-table-id", "Associations.RouteTableId", "association.route-table-association-id", "Associations.RouteTableAssociationId",
		"route.destination-cidr-block", "Routes.DestinationCidrBlock", "route.destination-ipv6-cidr-block", "Routes.DestinationIpv6CidrBlock",
		"route.destination-prefix-list-id", "Routes.DestinationPrefixListId", "route.gateway-id", "Routes.GatewayId", "route.nat-gateway-id", "Routes.NatGatewayId",
		"route.transit-gateway-id", "Routes.TransitGatewayId", "route.vpc-peering-connection-id", "Routes.VpcPeeringConnectionId", "route.instance-id", "Routes.InstanceId",
		"route.egress-only-internet-gateway-id", "Routes.EgressOnlyInternetGatewayId", "route.origin", "Routes.Origin", "route.state", "Routes.State"), 5},
	"DescribeNetworkAcls": {"NetworkAcls", "NetworkAcls", "NetworkAclId", "NetworkAclId", "acl-", "InvalidNetworkAclID.NotFound", "networkAcl ID", paths(
		"vpc-id", "VpcId", "network-acl-id", "NetworkAclId", "default", "IsDefault", "owner-id", "OwnerId",
		"association.subnet-id", "Associations.SubnetId", "association.network-acl-id", "Associations.NetworkAclId", "association.association-id", "Associations.NetworkAclAssociationId",
		"entry.cidr", "Entries.CidrBlock", "entry.ipv6-cidr", "Entries.Ipv6CidrBlock", "entry.egress", "Entries.Egress", "entry.protocol", "Entries.Protocol",
		"entry.rule-action", "Entries.RuleAction", "entry.rule-number", "Entries.RuleNumber", "entry.port-range.from", "Entries.PortRange.From", "entry.port-range.to", "Entries.PortRange.To"), 5},
	"DescribeSecurityGroups": {"SecurityGroups", "SecurityGroups", "GroupId", "GroupId", "sg-", "InvalidGroup.NotFound", "security group", paths(
		"vpc-id", "VpcId", "group-id", "GroupId", "group-name", "GroupName", "description", "Description", "owner-id", "OwnerId",
		"ip-permission.cidr", "IpPermissions.IpRanges.CidrIp", "ip-permission.ipv6-cidr", "IpPermissions.Ipv6Ranges.CidrIpv6", "ip-permission.group-id", "IpPermissions.UserIdGroupPairs.GroupId",
		"ip-permission.user-id", "IpPermissions.UserIdGroupPairs.UserId", "ip-permission.prefix-list-id", "IpPermissions.PrefixListIds.PrefixListId",
		"ip-permission.protocol", "IpPermissions.IpProtocol", "ip-permission.from-port", "IpPermissions.FromPort", "ip-permission.to-port", "IpPermissions.ToPort",
		"egress.ip-permission.cidr", "IpPermissionsEgress.IpRanges.CidrIp", "egress.ip-permission.ipv6-cidr", "IpPermissionsEgress.Ipv6Ranges.CidrIpv6",
		"egress.ip-permission.group-id", "IpPermissionsEgress.UserIdGroupPairs.GroupId", "egress.ip-permission.prefix-list-id", "IpPermissionsEgress.PrefixListIds.PrefixListId",
		"egress.ip-permission.protocol", "IpPermissionsEgress.IpProtocol", "egress.ip-permission.from-port", "IpPermissionsEgress.FromPort", "egress.ip-permission.to-port", "IpPermissionsEgress.ToPort"), 5},
	"DescribeNetworkInterfaces": {"NetworkInterfaces", "NetworkInterfaces", "NetworkInterfaceId", "NetworkInterfaceId", "eni-", "InvalidNetworkInterfaceID.NotFound", "networkInterface ID", paths(
		"vpc-id", "VpcId", "subnet-id", "SubnetId", "network-interface-id", "NetworkInterfaceId", "interface-type", "InterfaceType", "group-id", "Groups.GroupId", "group-name", "Groups.GroupName",
		"private-ip-address", "PrivateIpAddress PrivateIpAddresses.PrivateIpAddress", "addresses.private-ip-address", "PrivateIpAddresses.PrivateIpAddress", "addresses.primary", "PrivateIpAddresses.Primary",
		"addresses.association.public-ip", "PrivateIpAddresses.Association.PublicIp", "association.public-ip", "Association.PublicIp", "ipv6-addresses.ipv6-address", "Ipv6Addresses.Ipv6Address",
		"attachment.attachment-id", "Attachment.AttachmentId", "attachment.instance-id", "Attachment.InstanceId", "attachment.instance-owner-id", "Attachment.InstanceOwnerId", "attachment.status", "Attachment.Status",
		"availability-zone", "AvailabilityZone", "availability-zone-id", "AvailabilityZoneId", "description", "Description", "mac-address", "MacAddress", "owner-id", "OwnerId",
		"private-dns-name", "PrivateDnsName", "requester-id", "RequesterId", "requester-managed", "RequesterManaged", "source-dest-check", "SourceDestCheck", "status", "Status"), 5},
	"DescribeInternetGateways": {"InternetGateways", "InternetGateways", "InternetGatewayId", "InternetGatewayId", "igw-", "InvalidInternetGatewayID.NotFound", "internetGateway ID", paths(
		"internet-gateway-id", "InternetGatewayId", "attachment.vpc-id", "Attachments.VpcId", "attachment.state", "Attachments.State", "owner-id", "OwnerId"), 5},
	"DescribeEgressOnlyInternetGateways": {"EgressOnlyInternetGateways", "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId", "EgressOnlyInternetGatewayId",
		"eigw-", "InvalidEgressOnlyInternetGatewayId.NotFound", "egressOnlyInternetGateway ID", nil, 5},
	"DescribeNatGateways": {"NatGateways", "NatGateways", "NatGatewayId", "NatGatewayId", "nat-", "NatGatewayNotFound", "NAT gateway", paths(
		"vpc-id", "VpcId", "subnet-id", "SubnetId", "nat-gateway-id", "NatGatewayId", "state", "State"), 5},
	"DescribeVpnGateways": {"VpnGateways", "VpnGateways", "VpnGatewayId", "VpnGatewayId", "vgw-", "InvalidVpnGatewayID.NotFound", "vpnGateway ID", paths(
		"vpn-gateway-id", "VpnGatewayId", "attachment.vpc-id", "VpcAttachments.VpcId", "attachment.state", "VpcAttachments.State", "state", "State", "type", "Type", "amazon-side-asn", "AmazonSideAsn"), 5},
	"DescribeVpnConnections": {"VpnConnections", "VpnConnections", "VpnConnectionId", "VpnConnectionId", "vpn-", "InvalidVpnConnectionID.NotFound", "vpnConnection ID", paths(
		"vpn-connection-id", "VpnConnectionId", "vpn-gateway-id", "VpnGatewayId", "transit-gateway-id", "TransitGatewayId", "customer-gateway-id", "CustomerGatewayId",
		"state", "State", "type", "Type", "route.destination-cidr-block", "Routes.DestinationCidrBlock", "option.static-routes-only", "Options.StaticRoutesOnly"), 5},
	"DescribeCustomerGateways": {"CustomerGateways", "CustomerGateways", "CustomerGatewayId", "CustomerGatewayId", "cgw-", "InvalidCustomerGatewayID.NotFound", "customerGateway ID", paths(
		"customer-gateway-id", "CustomerGatewayId", "ip-address", "IpAddress", "bgp-asn", "BgpAsn", "state", "State", "type", "Type"), 5},
	"DescribeVpcEndpoints": {"VpcEndpoints", "VpcEndpoints", "VpcEndpointId", "VpcEndpointId", "vpce-", "InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id", paths(
		"vpc-id", "VpcId", "vpc-endpoint-id", "VpcEndpointId", "service-name", "ServiceName", "vpc-endpoint-state", "State", "vpc-endpoint-type", "VpcEndpointType", "ip-address-type", "IpAddressType"), 1},
	"DescribeVpcPeeringConnections": {"VpcPeeringConnections", "VpcPeeringConnections", "VpcPeeringConnectionId", "VpcPeeringConnectionId", "pcx-", "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection ID", paths(
		"vpc-peering-connection-id", "VpcPeeringConnectionId", "status-code", "Status.Code", "accepter-vpc-info.vpc-id", "AccepterVpcInfo.VpcId", "accepter-vpc-info.owner-id", "AccepterVpcInfo.OwnerId",
		"accepter-vpc-info.cidr-block", "AccepterVpcInfo.CidrBlock", "requester-vpc-info.vpc-id", "RequesterVpcInfo.VpcId", "requester-vpc-info.owner-id", "RequesterVpcInfo.OwnerId",
		"requester-vpc-info.cidr-block", "RequesterVpcInfo.CidrBlock"), 5},
	"DescribeTransitGateways": {"TransitGateways", "TransitGateways", "TransitGatewayId", "TransitGatewayIds", "tgw-", "InvalidTransitGatewayID.NotFound", "transitGateway ID", paths(
		"transit-gateway-id", "TransitGatewayId", "state", "State", "owner-id", "OwnerId"), 5},
	"DescribeTransitGatewayVpcAttachments": {"TransitGatewayVpcAttachments", "TransitGatewayVpcAttachments", "TransitGatewayAttachmentId", "TransitGatewayAttachmentIds",
		"tgw-attach-", "InvalidTransitGatewayAttachmentID.NotFound", "transitGatewayAttachment ID", paths(
			"transit-gateway-attachment-id", "TransitGatewayAttachmentId", "transit-gateway-id", "TransitGatewayId", "vpc-id", "VpcId", "state", "State"), 5},
	"DescribeTransitGatewayRouteTables": {"TransitGatewayRouteTables", "TransitGatewayRouteTables", "TransitGatewayRouteTableId", "TransitGatewayRouteTableIds",
		"tgw-rtb-", "InvalidRouteTableID.NotFound", "transitGatewayRouteTable ID", paths(
			"transit-gateway-route-table-id", "TransitGatewayRouteTableId", "transit-gateway-id", "TransitGatewayId", "state", "State",
			"default-association-route-table", "DefaultAssociationRouteTable", "default-propagation-route-table", "DefaultPropagationRouteTable"), 5},
	"DescribeDhcpOptions": {"DhcpOptions", "DhcpOptions", "DhcpOptionsId", "DhcpOptionsId", "dopt-", "InvalidDhcpOptionsID.NotFound", "dhcpOption ID", paths(
		"dhcp-options-id", "DhcpOptionsId", "key", "DhcpConfigurations.Key", "value", "DhcpConfigurations.Values.Value", "owner-id", "OwnerId"), 5},
	"DescribeVpcBlockPublicAccessExclusions": {"VpcBlockPublicAccessExclusions", "VpcBlockPublicAccessExclusions", "ExclusionId", "ExclusionId",
		"vpcbpa-exclude-", "InvalidVpcBlockPublicAccessExclusionId.NotFound", "exclusion ID", paths(
			"resource-arn", "ResourceArn", "internet-gateway-exclusion-mode", "InternetGatewayExclusionMode", "state", "State"), 5},
	"DescribeSecurityGroupVpcAssociations": {"SecurityGroupVpcAssociations", "SecurityGroupVpcAssociations", "GroupId", "", "", "", "", paths(
		"group-id", "GroupId", "group-owner-id", "GroupOwnerId", "vpc-id", "VpcId", "vpc-owner-id", "VpcOwnerId", "state", "State"), 5},
	"DescribeAvailabilityZones": {"AvailabilityZones", "AvailabilityZones", "ZoneName", "ZoneName", "", "InvalidParameterValue", "availability zone", paths(
		"region-name", "RegionName", "state", "State", "zone-id", "ZoneId", "zone-name", "ZoneName", "zone-type", "ZoneType"), 5},
}
