package vpc

import (
	"net/netip"
	"slices"
)

// NetworkInterface is an entry of DescribeNetworkInterfaces.
type NetworkInterface struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	InterfaceType      string // interface, vpc_endpoint, nat_gateway, AgentInterface, …
	VpcID              string `json:"VpcId"`
	SubnetID           string `json:"SubnetId"`
	OwnerID            string `json:"OwnerId"`
	RequesterID        string `json:"RequesterId"`
	RequesterManaged   bool
	SourceDestCheck    *bool
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
	Groups     []GroupRef
	Attachment *struct {
		AttachmentID    string `json:"AttachmentId"`
		InstanceID      string `json:"InstanceId"` // "" of what is no instance of the customer's
		InstanceOwnerID string `json:"InstanceOwnerId"`
		Status          string
	}
	TagSet []Tag
}

// Addresses lists the private addresses of an interface, the primary one
// first, each once.
func (i *NetworkInterface) Addresses() []netip.Addr {
	var out []netip.Addr
	add := func(a netip.Addr) {
		if a.IsValid() && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	add(i.PrivateIPAddress)
	for _, a := range i.PrivateIPAddresses {
		add(a.PrivateIPAddress)
	}
	for _, a := range i.Ipv6Addresses {
		add(a.Ipv6Address)
	}
	return out
}

// GroupIDs lists the security groups of an interface.
func (i *NetworkInterface) GroupIDs() []string { return groupIDs(i.Groups) }

// GroupRef names a security group that an interface or an endpoint carries.
type GroupRef struct {
	GroupID   string `json:"GroupId"`
	GroupName string
}

// Endpoint is an entry of DescribeVpcEndpoints.
type Endpoint struct {
	VpcEndpointID     string `json:"VpcEndpointId"`
	VpcEndpointType   string // Interface, Gateway, GatewayLoadBalancer, …
	VpcID             string `json:"VpcId"`
	OwnerID           string `json:"OwnerId"`
	ServiceName       string
	State             string // pendingAcceptance, pending, available, rejected, failed, deleting, …
	CreationTimestamp *Timestamp
	PolicyDocument    string // JSON text
	PrivateDNSEnabled bool   `json:"PrivateDnsEnabled"`
	DNSOptions        struct {
		// Of Amazon S3: the private names are answered to resolvers outside of the VPC
		// only, and within it the gateway endpoint serves ("DnsOptionsSpecification",
		// Amazon EC2 API Reference).
		OnlyForInbound bool `json:"PrivateDnsOnlyForInboundResolverEndpoint"`
	} `json:"DnsOptions"`
	RouteTableIDs       []string `json:"RouteTableIds"`
	SubnetIDs           []string `json:"SubnetIds"`
	NetworkInterfaceIDs []string `json:"NetworkInterfaceIds"`
	Groups              []GroupRef
	DNSEntries          []struct {
		DNSName      string `json:"DnsName"`
		HostedZoneID string `json:"HostedZoneId"`
	} `json:"DnsEntries"`
	Tags []Tag
}

// kind is the type of an endpoint. Documents from before 2017 do not tell it:
// there were gateway endpoints only ("AWS PrivateLink document history").
func (e *Endpoint) kind() string {
	switch {
	case e.VpcEndpointType != "":
		return e.VpcEndpointType
	case len(e.NetworkInterfaceIDs) > 0:
		return "Interface"
	}
	return "Gateway"
}

// AnswersInside reports whether the VPC's own resolver answers the service's name with
// the endpoint's addresses.
func (e *Endpoint) AnswersInside() bool {
	return e.PrivateDNSEnabled && !e.DNSOptions.OnlyForInbound
}

// GroupIDs lists the security groups of an interface endpoint.
func (e *Endpoint) GroupIDs() []string { return groupIDs(e.Groups) }

func groupIDs(groups []GroupRef) []string {
	var ids []string
	for _, g := range groups {
		ids = append(ids, g.GroupID)
	}
	return ids
}
