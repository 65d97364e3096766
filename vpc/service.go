package vpc

// EndpointService is an entry of ServiceDetails, in the answer of
// DescribeVpcEndpointServices: what an endpoint for the service can be.
type EndpointService struct {
	ServiceID            string `json:"ServiceId"`
	ServiceName          string // s3 has an entry for each of its types
	ServiceRegion        string
	ServiceType          []struct{ ServiceType string } // Interface, Gateway, GatewayLoadBalancer
	AvailabilityZones    []string                       // names
	AvailabilityZoneIDs  []string                       `json:"AvailabilityZoneIds"`
	BaseEndpointDNSNames []string                       `json:"BaseEndpointDnsNames"`
	PrivateDNSName       string                         `json:"PrivateDnsName"`
	PrivateDNSNames      []struct {
		PrivateDNSName string `json:"PrivateDnsName"`
	} `json:"PrivateDnsNames"`
	SupportedIPAddressTypes    []string `json:"SupportedIpAddressTypes"` // ipv4, ipv6
	VpcEndpointPolicySupported *bool
}

// Is reports whether the service is reached by endpoints of a type: Interface
// or Gateway.
func (s *EndpointService) Is(kind string) bool {
	for _, t := range s.ServiceType {
		if t.ServiceType == kind {
			return true
		}
	}
	return false
}

// EndpointService finds what is known of a service by its full name and the
// type of its endpoints.
func (x *Index) EndpointService(name, kind string) *EndpointService {
	for i := range x.EndpointServices {
		if s := &x.EndpointServices[i]; s.ServiceName == name && s.Is(kind) {
			return s
		}
	}
	return nil
}
