package redact

// dropped are fields that say nothing about the network.
var dropped = map[string]bool{
	"Tags": true, "TagSet": true, "TagList": true, "failureReason": true, "FailureReason": true, "StatusReason": true, "StateReason": true,
	"StatusMessage": true, "Message": true, "CustomerGatewayConfiguration": true,
}

// kept are fields whose values are AWS's own words.
var kept = set(
	"NextToken", "State", "Status", "status", "VpcEndpointType", "InterfaceType", "ConnectivityType", "Origin", "Type", "ResourceType", "RuleAction",
	"Protocol", "IpProtocol", "AvailabilityZone", "AvailabilityZoneId", "AvailabilityZoneIds", "AvailabilityZones", "AvailabilityZoneName", "ZoneName",
	"Region", "AwsRegion", "ServiceRegion", "AddressFamily", "PeeringStatus", "networkMode", "serverProtocol", "Engine", "EngineMode", "EngineFamily",
	"EndpointType", "CustomEndpointType", "TargetRole", "Role", "DBInstanceStatus", "SubnetStatus", "SubnetGroupStatus", "LifeCycleState", "Scheme", "Code",
	"Reason", "InternetGatewayBlockMode", "InternetGatewayExclusionMode", "ExclusionsAllowed", "ManagedBy", "ServiceType", "SupportedIpAddressTypes",
	"CACertificateIdentifier", "DBInstanceClass", "agentRuntimeVersion", "liveVersion", "targetVersion", "createdAt", "CreationTimestamp",
	"SecurityGroupReferencingSupport", "ApplianceModeSupport", "Ipv6Support", "DnsSupport", "DefaultRouteTableAssociation", "DefaultRouteTablePropagation",
	"BaseEndpointDnsNames", "PrivateDnsName",
)

// keptIn are such fields where the key alone does not say so.
var keptIn = map[place]bool{
	{"Key", "DhcpConfigurations"}:      true,
	{"Name", "SubnetAvailabilityZone"}: true,
}

// describesInterface is the one description that says what something is.
var describesInterface = place{"Description", "NetworkInterfaces"}

func set(words ...string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words {
		out[w] = true
	}
	return out
}
