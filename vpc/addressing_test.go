package vpc_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/vpc"
)

// A VPC may have publicly routable blocks, and of IPv6 has no others ("VPC CIDR
// blocks", Amazon VPC User Guide): what is in them is not the internet's.
func TestWhatIsInside(t *testing.T) {
	n, _ := decode(t, `{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "CidrBlockAssociationSet": [{"CidrBlock": "203.0.113.0/24"}],
		"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:1::/56"}]}],
		"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "PrivateIpAddress": "203.0.113.9"}, {"NetworkInterfaceId": "eni-2", "PrivateIpAddress": "192.0.2.9"}]}`)
	blocks := n.PublicBlocks()
	want := []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8:1::/56"), netip.MustParsePrefix("192.0.2.9/32")}
	if diff := cmp.Diff(want, blocks, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	for address, inside := range map[string]bool{
		"10.9.9.9": true, "100.64.0.1": true, "198.18.0.1": true, "198.19.255.1": true, "fd00::1": true, // RFC 1918, 6598, 2544, 4193
		"203.0.113.200": true, "::ffff:203.0.113.200": true, "2001:db8:1::5": true, "192.0.2.9": true,
		"192.0.2.10": false, "198.20.0.1": false, "2001:db8:2::5": false,
	} {
		if got := vpc.IsInside(netip.MustParseAddr(address), blocks); got != inside {
			t.Errorf("%s: inside %v, want %v", address, got, inside)
		}
	}
}
