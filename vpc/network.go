// Package vpc is the model of what AWS says about a network: the resources of
// one or more VPCs as the AWS APIs describe them, and a decoder for documents
// in the shape that the AWS CLI prints.
//
// A Network is a plain value without behaviour that needs I/O. Field names and
// JSON keys are those of the AWS APIs, so that a reader who knows
// "aws ec2 describe-security-groups" knows the type.
package vpc

// Network is everything that is known about the VPCs of a region and account.
// A nil slice together with a missing entry in Read means that the resource
// type was not read, which is not the same as "there are none".
type Network struct {
	Region  string // of the documents; "" where none says
	Account string // ditto

	// Read lists the top-level keys that were present, by their AWS spelling:
	// "SecurityGroups", "VpcEndpoints", … Use Has to ask.
	Read map[string]bool

	Caller *CallerIdentity // who asked; nil where the documents do not say

	VPCs                        []VPC
	VPCAttributes               []VPCAttributes
	Subnets                     []Subnet
	DHCPOptions                 []DHCPOptions
	RouteTables                 []RouteTable
	InternetGateways            []InternetGateway
	EgressOnlyGateways          []EgressOnlyGateway
	NATGateways                 []NATGateway
	VPNGateways                 []VPNGateway
	VPNConnections              []VPNConnection
	CustomerGateways            []CustomerGateway
	Peerings                    []Peering
	TransitGateways             []TransitGateway
	TransitAttachments          []TransitAttachment
	TransitGatewayAttachments   []TransitGatewayAttachment
	TransitRouteTables          []TransitRouteTable
	TransitAssociations         []TransitAssociations
	TransitRoutes               []TransitRoutes
	NetworkACLs                 []NetworkACL
	SecurityGroups              []SecurityGroup
	SecurityGroupRules          []SecurityGroupRule
	SecurityGroupAssociations   []SecurityGroupAssociation
	PrefixLists                 []PrefixList
	ManagedPrefixLists          []ManagedPrefixList
	PrefixListContents          []PrefixListContent
	NetworkInterfaces           []NetworkInterface
	Endpoints                   []Endpoint
	EndpointServices            []EndpointService
	BlockPublicAccessOptions    []BlockPublicAccess
	BlockPublicAccessExclusions []BlockPublicAccessExclusion
	LoadBalancers               []LoadBalancer
	DBInstances                 []DBInstance
	DBClusters                  []DBCluster
	DBClusterEndpoints          []DBClusterEndpoint
	DBProxies                   []DBProxy
	DBProxyTargets              []DBProxyTargets
	DBProxyEndpoints            []DBProxyEndpoint
	DBSubnetGroups              []DBSubnetGroup
	FileSystems                 []FileSystem
	MountTargets                []MountTarget
	AccessPoints                []FileAccessPoint
	Runtimes                    []Runtime
	RuntimeEndpoints            []RuntimeEndpoint
	ResourcePolicies            []ResourcePolicy
	Roles                       []Role
	ManagedPolicies             []ManagedPolicy
}

// Tag is a resource tag.
type Tag struct{ Key, Value string }

// Has reports whether documents with this top-level key were read.
func (n *Network) Has(key string) bool { return n != nil && n.Read[key] }

// CallerIdentity is the answer of sts GetCallerIdentity.
type CallerIdentity struct {
	UserID  string `json:"UserId"`
	Account string `json:"Account"`
	ARN     string `json:"Arn"`
}
