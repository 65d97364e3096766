package inventory_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/metadata"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

const located = `{"Subnets":[{"SubnetId":"subnet-1","AvailabilityZoneId":"use1-az1"}],
"NetworkInterfaces":[
 {"NetworkInterfaceId":"eni-agent","InterfaceType":"agentic_ai","VpcId":"vpc-1","SubnetId":"subnet-1","PrivateIpAddress":"10.0.0.1","Groups":[{"GroupId":"sg-1"},{"GroupId":"sg-2"}]},
 {"NetworkInterfaceId":"eni-beside","InterfaceType":"interface","VpcId":"vpc-1","SubnetId":"subnet-1","PrivateIpAddress":"10.0.0.2","Groups":[{"GroupId":"sg-2"},{"GroupId":"sg-1"}]},
 {"NetworkInterfaceId":"eni-group","InterfaceType":"interface","VpcId":"vpc-1","SubnetId":"subnet-1","PrivateIpAddress":"10.0.0.3","Groups":[{"GroupId":"sg-1"}]},
 {"NetworkInterfaceId":"eni-subnet","InterfaceType":"interface","VpcId":"vpc-1","SubnetId":"subnet-9","PrivateIpAddress":"10.0.0.4","Groups":[{"GroupId":"sg-1"},{"GroupId":"sg-2"}]}],
"agentRuntimes":[{"agentRuntimeArn":"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/r","networkConfiguration":{"networkMode":"VPC","networkModeConfig":{"subnets":["subnet-1"],"securityGroups":["sg-1","sg-2"]}}}]}`

func TestLocate(t *testing.T) {
	var d vpc.Decoder
	if err := d.Decode("located", strings.NewReader(located)); err != nil {
		t.Fatal(err)
	}
	at := func(kind netpath.VantageKind, eni, address, subnet, az string, groups ...string) netpath.Vantage {
		return netpath.Vantage{
			Kind: kind, Region: "us-east-1", Account: "123456789012", VPC: "vpc-1", Subnet: subnet, AZ: az, ENI: eni,
			Address: netip.MustParseAddr(address), SecurityGroups: groups, Principal: "arn:p",
		}
	}
	nowhere := netpath.Vantage{Kind: netpath.VantageCaller, Region: "us-east-1", Account: "123456789012", Principal: "arn:p"}
	alone := nowhere
	alone.Address = netip.MustParseAddr("192.0.2.1")
	for _, tt := range []struct {
		local string
		want  netpath.Vantage
	}{
		{"10.0.0.1", at(netpath.VantageAgent, "eni-agent", "10.0.0.1", "subnet-1", "use1-az1", "sg-1", "sg-2")},
		{"10.0.0.2", at(netpath.VantageSidecar, "eni-beside", "10.0.0.2", "subnet-1", "use1-az1", "sg-1", "sg-2")},
		{"10.0.0.3", at(netpath.VantageCaller, "eni-group", "10.0.0.3", "subnet-1", "use1-az1", "sg-1")},
		{"10.0.0.4", at(netpath.VantageCaller, "eni-subnet", "10.0.0.4", "subnet-9", "", "sg-1", "sg-2")},
		{"10.0.0.3 10.0.0.2", at(netpath.VantageSidecar, "eni-beside", "10.0.0.2", "subnet-1", "use1-az1", "sg-1", "sg-2")},
		{"::ffff:10.0.0.2", at(netpath.VantageSidecar, "eni-beside", "10.0.0.2", "subnet-1", "use1-az1", "sg-1", "sg-2")},
		{"192.0.2.1", alone},
		{"", nowhere},
	} {
		var local []netip.Addr
		for _, a := range strings.Fields(tt.local) {
			local = append(local, netip.MustParseAddr(a))
		}
		got := inventory.Locate(d.Network(), "us-east-1", "arn:p", local)
		if diff := cmp.Diff(tt.want, got, equal); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.local, diff)
		}
	}
	if got := inventory.Locate(nil, "r", "p", nil); got.Kind != netpath.VantageCaller {
		t.Errorf("without a network: %+v", got)
	}
}

func TestLocalAddresses(t *testing.T) {
	local, err := inventory.LocalAddresses()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range local {
		if a.IsLoopback() || a.IsLinkLocalUnicast() || a.Is4In6() {
			t.Errorf("address %s", a)
		}
	}
}

// What the platform says of the machine fills in what the network does not show,
// and is never put in the place of what it does.
func TestComplete(t *testing.T) {
	host := metadata.Host{
		Name: "i-0f3c9a7b5d1e24680", Region: "us-east-1", Account: "123456789012", VPC: "vpc-0e3f", Subnet: "subnet-0c2d", AZ: "use1-az1",
		ENI: "eni-0a1b", Address: netip.MustParseAddr("10.0.1.20"), SecurityGroups: []string{"sg-agent"},
	}
	var d vpc.Decoder
	const runtime = `{"agentRuntimeArn": "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/r-0123456789", "networkConfiguration":
		{"networkMode": "VPC", "networkModeConfig": {"subnets": ["subnet-0c2d"], "securityGroups": ["sg-agent"]}}}`
	if err := d.Decode("get-agent-runtime.json", strings.NewReader(runtime)); err != nil {
		t.Fatal(err)
	}
	beside := netpath.Vantage{
		Kind: netpath.VantageSidecar, Region: "us-east-1", Account: "123456789012", VPC: host.VPC, Subnet: host.Subnet, AZ: host.AZ,
		ENI: host.ENI, Address: host.Address, SecurityGroups: host.SecurityGroups, Host: host.Name,
	}
	known := netpath.Vantage{Kind: netpath.VantageAgent, ENI: "eni-9", Region: "us-east-1"}
	task := netpath.Vantage{Kind: netpath.VantageCaller, Region: "us-east-1", Host: "arn:aws:ecs:us-east-1:123456789012:task/agents/1"}
	for name, test := range map[string]struct {
		from netpath.Vantage
		host metadata.Host
		want netpath.Vantage
	}{
		"an instance beside the agent": {netpath.Vantage{Kind: netpath.VantageCaller}, host, beside},
		"a task":                       {netpath.Vantage{Kind: netpath.VantageCaller, Region: "us-east-1"}, metadata.Host{Name: task.Host}, task},
		"nothing is told":              {netpath.Vantage{Kind: netpath.VantageCaller}, metadata.Host{}, netpath.Vantage{Kind: netpath.VantageCaller}},
		"the network shows it":         {known, host, known},
	} {
		if diff := cmp.Diff(test.want, inventory.Complete(test.from, d.Network(), test.host), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
