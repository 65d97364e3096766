// Package vpc is the model of what AWS says about a network: the resources of
// one or more VPCs as the AWS APIs describe them, and a decoder for documents
// in the shape that the AWS CLI prints.
//
// A Network is a plain value without behaviour that needs I/O. Field names and
// JSON keys are those of the AWS APIs, so that a reader who knows
// "aws ec2 describe-security-groups" knows the type.
package vpc

import "net/netip"

// Network is everything that is known about the VPCs of a region and account.
// A nil slice together with a missing entry in Read means that the resource
// type was not read, which is not the same as "there are none".
type Network struct {
	Region  string // of the documents; "" where none says
	Account string // ditto

	// Read lists the top-level keys that were present, by their AWS spelling:
	// "SecurityGroups", "VpcEndpoints", … Use Has to ask.
	Read map[string]bool

	VPCs              []VPC
	VPCAttributes     []VPCAttributes
	Subnets           []Subnet
	RouteTables       []RouteTable
	NetworkACLs       []NetworkACL
	SecurityGroups    []SecurityGroup
	NetworkInterfaces []NetworkInterface
	InternetGateways  []InternetGateway
	NATGateways       []NATGateway
	Endpoints         []Endpoint
	DBInstances       []DBInstance
	Runtimes          []Runtime
	RuntimeEndpoints  []RuntimeEndpoint
	ResourcePolicies  []ResourcePolicy
}

// VPC is an entry of DescribeVpcs.
type VPC struct {
	VpcID                   string `json:"VpcId"`
	OwnerID                 string `json:"OwnerId"`
	CidrBlock               netip.Prefix
	CidrBlockAssociationSet []struct {
		CidrBlock      netip.Prefix
		CidrBlockState struct{ State string }
	}
	DhcpOptionsID string `json:"DhcpOptionsId"`
	State         string
	Tags          []Tag
}

// VPCAttributes joins the answers of DescribeVpcAttribute for one VPC. A nil
// attribute was not read.
type VPCAttributes struct {
	VpcID              string          `json:"VpcId"`
	EnableDNSSupport   *AttributeValue `json:"EnableDnsSupport"`
	EnableDNSHostnames *AttributeValue `json:"EnableDnsHostnames"`
}

// AttributeValue is the API's wrapper around a boolean.
type AttributeValue struct{ Value bool }

// Subnet is an entry of DescribeSubnets.
type Subnet struct {
	SubnetID                string `json:"SubnetId"`
	VpcID                   string `json:"VpcId"`
	OwnerID                 string `json:"OwnerId"`
	CidrBlock               netip.Prefix
	AvailabilityZone        string
	AvailabilityZoneID      string `json:"AvailabilityZoneId"`
	AvailableIPAddressCount *int   `json:"AvailableIpAddressCount"`
	State                   string
	Tags                    []Tag
}

// RouteTable is an entry of DescribeRouteTables.
type RouteTable struct {
	RouteTableID string `json:"RouteTableId"`
	VpcID        string `json:"VpcId"`
	Associations []RouteTableAssociation
	Routes       []Route
	Tags         []Tag
}

// RouteTableAssociation ties a table to a subnet or makes it the VPC's main one.
type RouteTableAssociation struct {
	Main     bool
	SubnetID string `json:"SubnetId"`
}

// Route is a route of a route table. Exactly one target is set.
type Route struct {
	DestinationCidrBlock        string
	DestinationIpv6CidrBlock    string
	DestinationPrefixListID     string `json:"DestinationPrefixListId"`
	GatewayID                   string `json:"GatewayId"` // local, igw-, vgw- or vpce- (gateway endpoint)
	NatGatewayID                string `json:"NatGatewayId"`
	NetworkInterfaceID          string `json:"NetworkInterfaceId"`
	InstanceID                  string `json:"InstanceId"`
	TransitGatewayID            string `json:"TransitGatewayId"`
	VpcPeeringConnectionID      string `json:"VpcPeeringConnectionId"`
	EgressOnlyInternetGatewayID string `json:"EgressOnlyInternetGatewayId"`
	CarrierGatewayID            string `json:"CarrierGatewayId"`
	LocalGatewayID              string `json:"LocalGatewayId"`
	CoreNetworkARN              string `json:"CoreNetworkArn"`
	Origin                      string // CreateRouteTable, CreateRoute, EnableVgwRoutePropagation
	State                       string // active, blackhole
}

// NetworkACL is an entry of DescribeNetworkAcls.
type NetworkACL struct {
	NetworkACLID string `json:"NetworkAclId"`
	VpcID        string `json:"VpcId"`
	IsDefault    bool
	Associations []struct {
		SubnetID string `json:"SubnetId"`
	}
	Entries []ACLEntry
	Tags    []Tag
}

// ACLEntry is one rule of a network ACL. Number 32767 is the final deny.
type ACLEntry struct {
	RuleNumber    int
	Egress        bool
	Protocol      string // "-1" or an IANA protocol number
	RuleAction    string // allow, deny
	CidrBlock     string
	Ipv6CidrBlock string
	PortRange     *struct{ From, To int }
	IcmpTypeCode  *struct{ Type, Code int }
}

// SecurityGroup is an entry of DescribeSecurityGroups.
type SecurityGroup struct {
	GroupID             string `json:"GroupId"`
	GroupName           string
	Description         string
	VpcID               string         `json:"VpcId"`
	OwnerID             string         `json:"OwnerId"`
	IPPermissions       []IPPermission `json:"IpPermissions"`
	IPPermissionsEgress []IPPermission `json:"IpPermissionsEgress"`
	Tags                []Tag
}

// IPPermission is one rule of a security group. Ports are nil for "all".
type IPPermission struct {
	IPProtocol       string `json:"IpProtocol"` // "-1", tcp, udp, icmp, icmpv6 or a number
	FromPort, ToPort *int
	IPRanges         []struct {
		CidrIP      string `json:"CidrIp"`
		Description string
	} `json:"IpRanges"`
	IPv6Ranges []struct {
		CidrIPv6    string `json:"CidrIpv6"`
		Description string
	} `json:"Ipv6Ranges"`
	PrefixListIDs []struct {
		PrefixListID string `json:"PrefixListId"`
		Description  string
	} `json:"PrefixListIds"`
	UserIDGroupPairs []struct {
		GroupID     string `json:"GroupId"`
		UserID      string `json:"UserId"`
		VpcID       string `json:"VpcId"`
		Description string
	} `json:"UserIdGroupPairs"`
}

// NetworkInterface is an entry of DescribeNetworkInterfaces.
type NetworkInterface struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	InterfaceType      string // interface, vpc_endpoint, nat_gateway, agentic_ai (undocumented), …
	VpcID              string `json:"VpcId"`
	SubnetID           string `json:"SubnetId"`
	OwnerID            string `json:"OwnerId"`
	RequesterID        string `json:"RequesterId"`
	RequesterManaged   bool
	Description        string
	Status             string
	AvailabilityZone   string
	PrivateIPAddress   netip.Addr `json:"PrivateIpAddress"`
	PrivateIPAddresses []struct {
		PrivateIPAddress netip.Addr `json:"PrivateIpAddress"`
		Primary          bool
		Association      *struct {
			PublicIP string `json:"PublicIp"`
		}
	} `json:"PrivateIpAddresses"`
	Ipv6Addresses []struct {
		Ipv6Address netip.Addr
	}
	Groups []struct {
		GroupID   string `json:"GroupId"`
		GroupName string
	}
	Attachment *struct {
		AttachmentID    string `json:"AttachmentId"`
		InstanceOwnerID string `json:"InstanceOwnerId"`
		Status          string
	}
	TagSet []Tag
}

// InternetGateway is an entry of DescribeInternetGateways.
type InternetGateway struct {
	InternetGatewayID string `json:"InternetGatewayId"`
	Attachments       []struct {
		VpcID string `json:"VpcId"`
		State string
	}
	Tags []Tag
}

// NATGateway is an entry of DescribeNatGateways.
type NATGateway struct {
	NatGatewayID        string `json:"NatGatewayId"`
	VpcID               string `json:"VpcId"`
	SubnetID            string `json:"SubnetId"`
	State               string // pending, failed, available, deleting, deleted
	ConnectivityType    string // public, private
	NatGatewayAddresses []struct {
		NetworkInterfaceID string `json:"NetworkInterfaceId"`
		PrivateIP          string `json:"PrivateIp"`
		PublicIP           string `json:"PublicIp"`
		Status             string
	}
	Tags []Tag
}

// Endpoint is an entry of DescribeVpcEndpoints.
type Endpoint struct {
	VpcEndpointID       string `json:"VpcEndpointId"`
	VpcEndpointType     string // Interface, Gateway, GatewayLoadBalancer, …
	VpcID               string `json:"VpcId"`
	OwnerID             string `json:"OwnerId"`
	ServiceName         string
	State               string   // pendingAcceptance, pending, available, rejected, failed, deleting, …
	PolicyDocument      string   // JSON text
	PrivateDNSEnabled   bool     `json:"PrivateDnsEnabled"`
	RouteTableIDs       []string `json:"RouteTableIds"`
	SubnetIDs           []string `json:"SubnetIds"`
	NetworkInterfaceIDs []string `json:"NetworkInterfaceIds"`
	Groups              []struct {
		GroupID   string `json:"GroupId"`
		GroupName string
	}
	DNSEntries []struct {
		DNSName      string `json:"DnsName"`
		HostedZoneID string `json:"HostedZoneId"`
	} `json:"DnsEntries"`
	Tags []Tag
}

// DBInstance is an entry of rds DescribeDBInstances.
type DBInstance struct {
	DBInstanceIdentifier string
	DBInstanceARN        string `json:"DBInstanceArn"`
	DBInstanceStatus     string
	Engine               string
	Endpoint             *struct {
		Address string
		Port    int
	}
	AvailabilityZone   string
	PubliclyAccessible bool
	MultiAZ            bool
	VpcSecurityGroups  []struct {
		VpcSecurityGroupID string `json:"VpcSecurityGroupId"`
		Status             string
	}
	DBSubnetGroup *struct {
		DBSubnetGroupName string
		VpcID             string `json:"VpcId"`
		Subnets           []struct {
			SubnetIdentifier string
		}
	}
	TagList []Tag
}

// Runtime is the answer of bedrock-agentcore-control GetAgentRuntime.
type Runtime struct {
	ARN                  string `json:"agentRuntimeArn"`
	ID                   string `json:"agentRuntimeId"`
	Name                 string `json:"agentRuntimeName"`
	Version              string `json:"agentRuntimeVersion"`
	Status               string `json:"status"`
	RoleARN              string `json:"roleArn"`
	NetworkConfiguration struct {
		NetworkMode       string `json:"networkMode"` // PUBLIC, VPC
		NetworkModeConfig *struct {
			Subnets        []string `json:"subnets"`
			SecurityGroups []string `json:"securityGroups"`
		} `json:"networkModeConfig"`
	} `json:"networkConfiguration"`
	// AuthorizerConfiguration is nil for SigV4.
	AuthorizerConfiguration *struct {
		CustomJWTAuthorizer *struct {
			DiscoveryURL    string   `json:"discoveryUrl"`
			AllowedAudience []string `json:"allowedAudience"`
			AllowedClients  []string `json:"allowedClients"`
		} `json:"customJWTAuthorizer"`
	} `json:"authorizerConfiguration"`
}

// RuntimeEndpoint is the answer of GetAgentRuntimeEndpoint.
type RuntimeEndpoint struct {
	ARN           string `json:"agentRuntimeEndpointArn"`
	RuntimeARN    string `json:"agentRuntimeArn"`
	Name          string `json:"name"`
	ID            string `json:"id"`
	Status        string `json:"status"`
	LiveVersion   string `json:"liveVersion"`
	TargetVersion string `json:"targetVersion"`
}

// ResourcePolicy is the answer of GetResourcePolicy together with the ARN that
// was asked for, which the answer leaves out. An empty policy means the
// resource has none.
type ResourcePolicy struct {
	ResourceARN string `json:"resourceArn"`
	Policy      string `json:"policy"` // JSON text
}

// Tag is a resource tag.
type Tag struct{ Key, Value string }

// Has reports whether documents with this top-level key were read.
func (n *Network) Has(key string) bool { return n != nil && n.Read[key] }
