package vpc

// NetworkACL is an entry of DescribeNetworkAcls.
type NetworkACL struct {
	NetworkACLID string `json:"NetworkAclId"`
	VpcID        string `json:"VpcId"`
	OwnerID      string `json:"OwnerId"`
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
	IPRanges         []IPRange       `json:"IpRanges"`
	IPv6Ranges       []IPv6Range     `json:"Ipv6Ranges"`
	PrefixListIDs    []PrefixListRef `json:"PrefixListIds"`
	UserIDGroupPairs []GroupPair     `json:"UserIdGroupPairs"`
}

// IPRange is an IPv4 range that a rule names.
type IPRange struct {
	CidrIP      string `json:"CidrIp"`
	Description string
}

// IPv6Range is an IPv6 range that a rule names.
type IPv6Range struct {
	CidrIPv6    string `json:"CidrIpv6"`
	Description string
}

// PrefixListRef is a prefix list that a rule names.
type PrefixListRef struct {
	PrefixListID string `json:"PrefixListId"`
	Description  string
}

// GroupPair is a security group that a rule names, with the account that owns
// it.
type GroupPair struct {
	GroupID     string `json:"GroupId"`
	UserID      string `json:"UserId"`
	VpcID       string `json:"VpcId"`
	Description string

	VpcPeeringConnectionID string `json:"VpcPeeringConnectionId"`
	PeeringStatus          string
}

// SecurityGroupRule is an entry of DescribeSecurityGroupRules, the only answer
// that carries the ids (sgr-…) of rules. Ports are -1 for "all".
type SecurityGroupRule struct {
	SecurityGroupRuleID string `json:"SecurityGroupRuleId"`
	GroupID             string `json:"GroupId"`
	GroupOwnerID        string `json:"GroupOwnerId"`
	IsEgress            bool
	IPProtocol          string `json:"IpProtocol"`
	FromPort, ToPort    *int
	CidrIPv4            string `json:"CidrIpv4"`
	CidrIPv6            string `json:"CidrIpv6"`
	PrefixListID        string `json:"PrefixListId"`
	ReferencedGroupInfo *GroupPair
	Description         string
}

// SecurityGroupAssociation is an entry of DescribeSecurityGroupVpcAssociations:
// a group that may be used in a further VPC.
type SecurityGroupAssociation struct {
	GroupID      string `json:"GroupId"`
	GroupOwnerID string `json:"GroupOwnerId"`
	VpcID        string `json:"VpcId"`
	VpcOwnerID   string `json:"VpcOwnerId"`
	State        string // associating, associated, association-failed, disassociating, …
	StateReason  string
}

// PrefixList is an entry of DescribePrefixLists: the lists of AWS services,
// such as com.amazonaws.us-east-1.s3, with their ranges.
type PrefixList struct {
	PrefixListID   string `json:"PrefixListId"`
	PrefixListName string
	Cidrs          []string
}

// ManagedPrefixList is an entry of DescribeManagedPrefixLists, which leaves
// out the entries: see PrefixListContent.
type ManagedPrefixList struct {
	PrefixListID   string `json:"PrefixListId"`
	PrefixListName string
	PrefixListARN  string `json:"PrefixListArn"`
	AddressFamily  string // IPv4, IPv6
	OwnerID        string `json:"OwnerId"`
	State          string
	Version        int64
}

// PrefixListContent is the answer of GetManagedPrefixListEntries together
// with the id that was asked for, which the answer leaves out. Its documents
// read {"ManagedPrefixListEntries": [{"PrefixListId": …, "Entries": […]}]}.
type PrefixListContent struct {
	PrefixListID string `json:"PrefixListId"`
	Entries      []struct{ Cidr, Description string }
}
