package catalogue

import "github.com/agentcore-probe/probe/netpath"

// placement are faults of where a runtime and its endpoints stand.
func placement() []Entry {
	const page = "Configure Amazon Bedrock AgentCore Runtime and tools for VPC"
	const update = "UpdateAgentRuntime of ${runtime}, with everything else as GetAgentRuntime has it: networkConfiguration="
	return []Entry{{
		Code: "runtime/mode-mismatch", Title: "the runtime's network mode is not what the pattern says",
		Severity: netpath.SeverityCritical, Hop: netpath.HopRuntime,
		Summary: "${runtime} has network mode ${mode}, and pattern ${pattern} wants ${wanted_mode}",
		Meaning: "In network mode PUBLIC the agent has no network interface in the VPC and reaches nothing private. In mode VPC its way out is the VPC's alone.",
		Config:  "GetAgentRuntime: networkConfiguration.networkMode",
		Not:     "runtime/enis-missing, where the mode is VPC",
		Fix:     []string{"# " + update + "{networkMode=${wanted_mode}, …}; or set the pattern that is meant"},
		AWSPage: page,
	}, {
		Code: "runtime/one-az", Title: "all subnets of the runtime are in one Availability Zone",
		Severity: netpath.SeverityWarning, Hop: netpath.HopRuntime,
		Summary: "all subnets of ${runtime} are in ${zone}: ${subnets}",
		Meaning: "When the zone fails, no session of the agent reaches anything in the VPC. AWS advises subnets in at least two zones.",
		Config:  "GetAgentRuntime: the subnets; DescribeSubnets: AvailabilityZoneId",
		Not:     "endpoint/az-uncovered, where the agent has two zones and the endpoint has not",
		Fix:     []string{"# " + update + "{networkMode=VPC, …} with a subnet in another zone than ${zone}"},
		AWSPage: page,
	}, {
		Code: "runtime/unsupported-az", Title: "a subnet of the runtime is in a zone that AgentCore does not support",
		Severity: netpath.SeverityWarning, Hop: netpath.HopRuntime,
		Summary: "${subnet} of ${runtime} is in ${zone}; AgentCore supports ${supported} in ${region}",
		Meaning: "AgentCore makes no network interface there: the runtime cannot be created or updated with this subnet, or has no session in it. Zone ids count: a zone's name is another zone in another account.",
		Config:  "DescribeSubnets: AvailabilityZoneId, against the table that AWS documents or supported-zones of the configuration",
		Not:     "runtime/one-az",
		Fix:     []string{"# " + update + "{networkMode=VPC, …} with a subnet in ${supported} instead of ${subnet}"},
		AWSPage: page,
	}, {
		Code: "runtime/enis-missing", Title: "the agent has no network interface in one of its subnets",
		Severity: netpath.SeverityWarning, Hop: netpath.HopRuntime,
		Summary: "no network interface of ${runtime} is in ${subnet}",
		Meaning: "AgentCore makes one interface for each subnet and set of security groups. Without it no session runs in that zone. Somebody deleted it, or AgentCore may not make it: its service-linked role, or a service control policy.",
		Config:  "DescribeNetworkInterfaces: none of type agentic_ai in the subnet with the runtime's security groups",
		Not:     "subnet/no-free-addresses and runtime/unsupported-az, which explain a missing interface",
		Fix:     []string{"# check AWSServiceRoleForBedrockAgentCoreNetwork, then " + update + "{networkMode=VPC, …} as it is, which makes the interfaces anew"},
		AWSPage: page,
	}, {
		Code: "subnet/no-free-addresses", Title: "a subnet has no free addresses left",
		Severity: netpath.SeverityWarning, Hop: netpath.HopRuntime,
		Summary: "no address of ${subnet} (${cidr}) is free",
		Meaning: "What needs a new network interface there fails: another agent, an endpoint, a database after a failover.",
		Config:  "DescribeSubnets: AvailableIpAddressCount is 0",
		Not:     "runtime/enis-missing, where there would be room",
		Fix:     []string{"# free addresses in ${subnet}, or add a CIDR block to ${vpc} and a larger subnet to the runtime"},
		AWSPage: "Subnet CIDR blocks",
	}, {
		Code: "endpoint/az-uncovered", Title: "the endpoint has no interface in one of the agent's zones",
		Severity: netpath.SeverityWarning, Hop: netpath.HopEndpoint,
		Summary: "${endpoint} has interfaces in ${covered}, and none in ${zone}, where the agent is",
		Meaning: "Requests from there cross zones: they cost more, take longer, and fail when the other zone does.",
		Config:  "DescribeVpcEndpoints: SubnetIds; DescribeSubnets: AvailabilityZoneId",
		Not:     "endpoint/address-down, where the interface is there and does not answer",
		Fix:     []string{"# aws ec2 modify-vpc-endpoint --region ${region} --vpc-endpoint-id ${endpoint} --add-subnet-ids with a subnet in ${zone}"},
		AWSPage: "Access an AWS service using an interface VPC endpoint",
	}}
}
