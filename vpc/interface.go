package vpc

import "net/netip"

// NetworkInterface is an entry of DescribeNetworkInterfaces.
type NetworkInterface struct {
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	InterfaceType      string // interface, vpc_endpoint, nat_gateway, agentic_ai (undocumented), …
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
