package vpc

import "strings"

// LoadBalancer is an entry of elbv2 DescribeLoadBalancers.
type LoadBalancer struct {
	LoadBalancerARN   string `json:"LoadBalancerArn"`
	LoadBalancerName  string
	DNSName           string
	Scheme            string // internal, internet-facing
	Type              string // application, network, gateway
	VpcID             string `json:"VpcId"`
	State             struct{ Code string }
	SecurityGroups    []string // none of a network load balancer that was made without
	AvailabilityZones []struct {
		ZoneName string
		SubnetID string `json:"SubnetId"`
	}
}

// Uses reports whether an interface is the load balancer's. It is known by its
// description, "ELB app/name/id", which is the end of the load balancer's ARN
// ("Application Load Balancers", Elastic Load Balancing).
func (b *LoadBalancer) Uses(eni *NetworkInterface) bool {
	_, name, ok := strings.Cut(b.LoadBalancerARN, ":loadbalancer/")
	return ok && eni.Description == "ELB "+name
}

// LoadBalancer finds a load balancer by ARN, name or DNS name.
func (x *Index) LoadBalancer(name string) *LoadBalancer {
	for i := range x.LoadBalancers {
		b := &x.LoadBalancers[i]
		if name != "" && (name == b.LoadBalancerARN || name == b.LoadBalancerName || strings.EqualFold(name, b.DNSName)) {
			return b
		}
	}
	return nil
}
