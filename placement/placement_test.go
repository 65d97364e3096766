package placement_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/placement"
	"github.com/agentcore-probe/probe/vpc"
)

const arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a7Kq2XvT9d"

// world is a runtime with an interface in each of two subnets in two zones.
func world() *vpc.Network {
	n := &vpc.Network{Region: "us-east-1", Read: map[string]bool{"NetworkInterfaces": true}}
	r := vpc.Runtime{ARN: arn, Status: "READY"}
	r.NetworkConfiguration.NetworkMode = "VPC"
	r.NetworkConfiguration.NetworkModeConfig = &vpc.VPCConfig{Subnets: []string{"subnet-a", "subnet-b"}, SecurityGroups: []string{"sg-agent"}}
	n.Runtimes = []vpc.Runtime{r}
	for id, zone := range map[string]string{"subnet-a": "use1-az1", "subnet-b": "use1-az2"} {
		n.Subnets = append(n.Subnets, vpc.Subnet{SubnetID: id, VpcID: "vpc-1", AvailabilityZoneID: zone, CidrBlock: netip.MustParsePrefix("10.0.1.0/24")})
		n.NetworkInterfaces = append(n.NetworkInterfaces, vpc.NetworkInterface{
			NetworkInterfaceID: "eni-" + id, InterfaceType: vpc.AgentInterface, SubnetID: id, Groups: []vpc.GroupRef{{GroupID: "sg-agent"}},
		})
	}
	n.Endpoints = []vpc.Endpoint{{VpcEndpointID: "vpce-1", SubnetIDs: []string{"subnet-a"}}}
	return n
}

func subnet(n *vpc.Network, id string) *vpc.Subnet {
	for i := range n.Subnets {
		if n.Subnets[i].SubnetID == id {
			return &n.Subnets[i]
		}
	}
	return nil
}

func without(id string) func(*vpc.Network) {
	return func(n *vpc.Network) {
		for i, eni := range n.NetworkInterfaces {
			if eni.SubnetID == id {
				n.NetworkInterfaces[i].Groups = nil // somebody else's
			}
		}
	}
}

func in(id, zone string) func(*vpc.Network) {
	return func(n *vpc.Network) { subnet(n, id).AvailabilityZoneID = zone }
}

func full(id string) func(*vpc.Network) {
	return func(n *vpc.Network) { subnet(n, id).AvailableIPAddressCount = new(int) }
}

// The zones of us-east-1 are those of "Configure Amazon Bedrock AgentCore
// Runtime and tools for VPC" (AgentCore Developer Guide).
func TestJudge(t *testing.T) {
	type change = func(*vpc.Network)
	for _, test := range []struct {
		label    string
		changes  []change
		declared netpath.Pattern
		zones    []string
		want     []string
	}{
		{"healthy", nil, netpath.PatternPrivate, nil, nil},
		{"nothing declared", nil, "", nil, nil},
		{"declared public", nil, netpath.PatternPublic, nil, []string{"runtime/mode-mismatch " + arn}},
		{"public mode, private pattern", []change{func(n *vpc.Network) {
			n.Runtimes[0].NetworkConfiguration.NetworkMode, n.Runtimes[0].NetworkConfiguration.NetworkModeConfig = "PUBLIC", nil
		}}, netpath.PatternPrivate, nil, []string{"runtime/mode-mismatch " + arn}},
		{"one zone", []change{in("subnet-b", "use1-az1")}, "", nil, []string{"runtime/one-az " + arn}},
		{"a zone that was not read", []change{in("subnet-b", "")}, "", nil, nil},
		{"a zone that is not supported", []change{in("subnet-b", "use1-az3")}, "", nil, []string{"runtime/unsupported-az subnet-b"}},
		{"which explains the missing interface", []change{in("subnet-b", "use1-az3"), without("subnet-b")}, "", nil, []string{"runtime/unsupported-az subnet-b"}},
		{"the configuration supports it", []change{in("subnet-b", "use1-az3")}, "", []string{"use1-az1", "use1-az3"}, nil},
		{"a Region that is not documented", []change{in("subnet-b", "mxc1-az3"), func(n *vpc.Network) { n.Region = "mx-central-1" }}, "", nil, nil},
		{"an interface is missing", []change{without("subnet-b")}, "", nil, []string{"runtime/enis-missing subnet-b"}},
		{"on a capacity provider", []change{without("subnet-b"), func(n *vpc.Network) {
			n.Runtimes[0].CapacityProviderConfiguration = &struct {
				CapacityProviderARN string `json:"capacityProviderArn"`
			}{"arn:aws:bedrock-agentcore:us-east-1:123456789012:capacity-provider/pool"}
		}}, "", nil, nil},
		{"interfaces were not read", []change{without("subnet-b"), func(n *vpc.Network) { n.Read = nil }}, "", nil, nil},
		{"a runtime that is not ready", []change{without("subnet-b"), func(n *vpc.Network) { n.Runtimes[0].Status = "CREATING" }}, "", nil, nil},
		{"no addresses, which explains it", []change{full("subnet-b"), without("subnet-b")}, "", nil, []string{"subnet/no-free-addresses subnet-b"}},
		{"no addresses, of runtime and endpoint", []change{full("subnet-a")}, "", nil, []string{"subnet/no-free-addresses subnet-a"}},
		{"a subnet that was not read", []change{func(n *vpc.Network) { n.Subnets = nil }}, "", nil, nil},
	} {
		t.Run(test.label, func(t *testing.T) {
			n := world()
			for _, f := range test.changes {
				f(n)
			}
			target := netpath.Target{RuntimeARN: arn, Endpoint: "vpce-1", Declared: test.declared}
			paths := []netpath.Path{{ID: "invoke/support/private", Target: target}, {ID: "invoke/support/public", Target: target}}
			var got []string
			for _, r := range placement.Judge(n.Index(), paths, test.zones) {
				got = append(got, r.Config.Cause+" "+r.Config.Component)
				if r.Path.ID != paths[0].ID || r.Config.Status != netpath.StatusFail {
					t.Errorf("%+v", r)
				}
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("remarks (-want +got):\n%s", d)
			}
		})
	}
}
