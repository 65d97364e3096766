package world

import "net/netip"

// Network is a typed view of the AWS resources, as far as the lab needs them.
// Names are those of the AWS APIs.
type Network struct {
	VPNGateways    []VPNGateway
	VPNConnections []VPNConnection

	VPCs                   []VPC
	VPCAttributes          []VPCAttributes
	Subnets                []Subnet
	RouteTables            []RouteTable
	NetworkACLs            []NetworkACL
	SecurityGroups         []SecurityGroup
	NetworkInterfaces      []NetworkInterface
	InternetGateways       []InternetGateway
	NATGateways            []NATGateway
	Endpoints              []Endpoint
	DBInstances            []DBInstance
	Runtimes               []Runtime
	PrefixLists            []PrefixList
	EgressOnlyGateways     []EgressOnlyGateway
	Peerings               []Peering
	TransitGateways        []TransitGateway
	TransitAttachments     []TransitAttachment
	TransitAssociations    []TransitAssociations
	TransitRoutes          []TransitRoutes
	PublicAccess           PublicAccess
	PublicAccessExclusions []PublicAccessExclusion
	DHCPOptions            []DHCPOptions
}

// VPC is an entry of Vpcs.
type VPC struct {
	VpcID         string       `json:"VpcId"`
	CIDRBlock     netip.Prefix `json:"CidrBlock"`
	DHCPOptionsID string       `json:"DhcpOptionsId"`
	IPv4          []IPv4Block  `json:"CidrBlockAssociationSet"` // CIDRBlock and the secondary ones
	IPv6          []IPv6Block  `json:"Ipv6CidrBlockAssociationSet"`
}

// IPv4Block is an IPv4 block of a VPC.
type IPv4Block struct {
	CIDRBlock netip.Prefix `json:"CidrBlock"`
	State     struct {
		State string
	} `json:"CidrBlockState"`
}

// IPv6Block is an IPv6 block of a VPC or a subnet.
type IPv6Block struct {
	CIDRBlock netip.Prefix `json:"Ipv6CidrBlock"`
}

// DHCPOptions is an entry of DhcpOptions.
type DHCPOptions struct {
	DHCPOptionsID      string `json:"DhcpOptionsId"`
	DHCPConfigurations []struct {
		Key    string
		Values []struct{ Value string }
	} `json:"DhcpConfigurations"`
}

// VPCAttributes is an entry of VpcAttributes: both answers of
// ec2 DescribeVpcAttribute in one object.
type VPCAttributes struct {
	VpcID              string `json:"VpcId"`
	EnableDNSSupport   Toggle `json:"EnableDnsSupport"`
	EnableDNSHostnames Toggle `json:"EnableDnsHostnames"`
}

// Toggle is an AttributeBooleanValue.
type Toggle struct{ Value bool }

// Subnet is an entry of Subnets.
type Subnet struct {
	SubnetID         string       `json:"SubnetId"`
	VpcID            string       `json:"VpcId"`
	CIDRBlock        netip.Prefix `json:"CidrBlock"`
	IPv6             []IPv6Block  `json:"Ipv6CidrBlockAssociationSet"`
	AvailabilityZone string
}

// RouteTable is an entry of RouteTables.
type RouteTable struct {
	RouteTableID string `json:"RouteTableId"`
	VpcID        string `json:"VpcId"`
	Associations []struct {
		Main     bool
		SubnetID string `json:"SubnetId"`
	}
	Routes []Route
}

// Route is a route of a RouteTable: a destination and one target.
type Route struct {
	DestinationCIDRBlock     string `json:"DestinationCidrBlock"` // "" for IPv6 and prefix lists
	DestinationIPv6CIDRBlock string `json:"DestinationIpv6CidrBlock"`
	DestinationPrefixListID  string `json:"DestinationPrefixListId"`
	GatewayID                string `json:"GatewayId"` // local, igw-…, vpce-… of a gateway endpoint
	NATGatewayID             string `json:"NatGatewayId"`
	NetworkInterfaceID       string `json:"NetworkInterfaceId"`
	PeeringID                string `json:"VpcPeeringConnectionId"`
	TransitGatewayID         string `json:"TransitGatewayId"`
	EgressOnlyGatewayID      string `json:"EgressOnlyInternetGatewayId"`
	State                    string // active, blackhole
}

// PrefixList is an entry of PrefixLists. A service's carries its name, such as
// com.amazonaws.us-east-1.s3.
type PrefixList struct {
	PrefixListID   string `json:"PrefixListId"`
	PrefixListName string
	CIDRs          []string `json:"Cidrs"`
}

// NetworkACL is an entry of NetworkAcls.
type NetworkACL struct {
	NetworkACLID string `json:"NetworkAclId"`
	VpcID        string `json:"VpcId"`
	IsDefault    bool
	Associations []struct {
		SubnetID string `json:"SubnetId"`
	}
	Entries []ACLEntry
}

// ACLEntry is a rule of a NetworkACL.
type ACLEntry struct {
	RuleNumber    int
	Egress        bool
	Protocol      string // -1 or a number
	RuleAction    string // allow, deny
	CIDRBlock     string `json:"CidrBlock"` // "" for IPv6
	IPv6CIDRBlock string `json:"Ipv6CidrBlock"`
	PortRange     *struct{ From, To int }
	ICMPTypeCode  *struct{ Type, Code int } `json:"IcmpTypeCode"`
}

// SecurityGroup is an entry of SecurityGroups.
type SecurityGroup struct {
	GroupID             string       `json:"GroupId"`
	VpcID               string       `json:"VpcId"`
	IPPermissions       []Permission `json:"IpPermissions"`
	IPPermissionsEgress []Permission `json:"IpPermissionsEgress"`
}

// Permission is an IpPermission of a SecurityGroup.
type Permission struct {
	IPProtocol string `json:"IpProtocol"` // -1, tcp, udp, icmp, icmpv6 or a number
	FromPort   *int   // for icmp the type; nil or -1 means any
	ToPort     *int   // for icmp the code
	IPRanges   []struct {
		CIDRIP string `json:"CidrIp"`
	} `json:"IpRanges"`
	IPv6Ranges []struct {
		CIDRIPv6 string `json:"CidrIpv6"`
	} `json:"Ipv6Ranges"`
	UserIDGroupPairs []struct {
		GroupID string `json:"GroupId"`
	} `json:"UserIdGroupPairs"`
	PrefixListIDs []struct {
		PrefixListID string `json:"PrefixListId"`
	} `json:"PrefixListIds"`
}

// NetworkInterface is an entry of NetworkInterfaces.
type NetworkInterface struct {
	NetworkInterfaceID string     `json:"NetworkInterfaceId"`
	VpcID              string     `json:"VpcId"`
	SubnetID           string     `json:"SubnetId"`
	InterfaceType      string     // interface, agentic_ai, vpc_endpoint, nat_gateway, …
	PrivateIPAddress   netip.Addr `json:"PrivateIpAddress"`
	IPv6Addresses      []struct {
		Address netip.Addr `json:"Ipv6Address"`
	} `json:"Ipv6Addresses"`
	SourceDestCheck *bool // nil reads as true
	Groups          []struct {
		GroupID string `json:"GroupId"`
	}
	Association *struct {
		PublicIP netip.Addr `json:"PublicIp"`
	}
}

// InternetGateway is an entry of InternetGateways.
type InternetGateway struct {
	InternetGatewayID string `json:"InternetGatewayId"`
	Attachments       []struct {
		VpcID string `json:"VpcId"`
		State string // available or attached; anything else carries nothing
	}
}

// NATGateway is an entry of NatGateways.
type NATGateway struct {
	NATGatewayID        string `json:"NatGatewayId"`
	VpcID               string `json:"VpcId"`
	SubnetID            string `json:"SubnetId"`
	State               string // only available carries packets
	ConnectivityType    string // public, private
	NATGatewayAddresses []struct {
		NetworkInterfaceID string `json:"NetworkInterfaceId"`
	} `json:"NatGatewayAddresses"`
}

// Endpoint is an entry of VpcEndpoints.
type Endpoint struct {
	VpcEndpointID       string   `json:"VpcEndpointId"`
	VpcEndpointType     string   // Interface, Gateway
	VpcID               string   `json:"VpcId"`
	ServiceName         string   // com.amazonaws.us-east-1.bedrock-agentcore
	State               string   // only available answers, and has its private names
	PrivateDNSEnabled   bool     `json:"PrivateDnsEnabled"`
	NetworkInterfaceIDs []string `json:"NetworkInterfaceIds"`
	DNSEntries          []struct {
		DNSName string `json:"DnsName"`
	} `json:"DnsEntries"`
}

// DBInstance is an entry of DBInstances.
type DBInstance struct {
	DBInstanceIdentifier string
	DBInstanceStatus     string // packets reach only one that is available
	Endpoint             *struct {
		Address string
		Port    uint16
	}
}

// Runtime is an entry of agentRuntimes.
type Runtime struct {
	ARN                  string `json:"agentRuntimeArn"`
	Name                 string `json:"agentRuntimeName"`
	NetworkConfiguration struct {
		NetworkMode       string `json:"networkMode"`
		NetworkModeConfig *struct {
			Subnets        []string `json:"subnets"`
			SecurityGroups []string `json:"securityGroups"`
		} `json:"networkModeConfig"`
	} `json:"networkConfiguration"`
}
