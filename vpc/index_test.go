package vpc_test

import (
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/vpc"
)

const (
	theVPC      = "vpc-0a1b2c3d4e5f60001"
	agentSubnet = "subnet-0a1b2c3d4e5f6a001"
	theRuntime  = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-Ab3dEf6hIj"
)

func private(t testing.TB) *vpc.Network {
	t.Helper()
	f, err := os.Open("testdata/private.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var d vpc.Decoder
	if err := d.Decode("private.json", f); err != nil {
		t.Fatal(err)
	}
	if ignored := d.Ignored(); len(ignored) != 0 {
		t.Fatalf("ignored: %v", ignored)
	}
	return d.Network()
}

func TestIndexLooksUp(t *testing.T) {
	n := private(t)
	x := n.Index()
	addr := netip.MustParseAddr
	ids := func(enis []*vpc.NetworkInterface) (out []string) {
		for _, i := range enis {
			out = append(out, i.NetworkInterfaceID)
		}
		return out
	}
	ranges := func(id string) any {
		r, ok := x.PrefixListRanges(id)
		return []any{r, ok}
	}
	addresses, whole := x.EndpointAddresses("vpce-0a1b2c3d4e5f60001")
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"region", n.Region, "us-east-1"},
		{"account", n.Account, "123456789012"},
		{"vpc", x.VPC(theVPC).CidrBlock.String(), "10.0.0.0/16"},
		{"attributes", x.Attributes(theVPC).EnableDNSHostnames.Value, true},
		{"subnet by address", x.SubnetOf(theVPC, addr("10.0.2.9")).AvailabilityZoneID, "use1-az2"},
		{"interface by secondary address", x.InterfaceAt("", addr("10.0.1.21")).NetworkInterfaceID, "eni-0a1b2c3d4e5f6b001"},
		{"interface of another vpc", x.InterfaceAt("vpc-2", addr("10.0.1.21")) == nil, true},
		{"interfaces with a group", ids(x.InterfacesWith("sg-0a1b2c3d4e5f6a001")), []string{"eni-0a1b2c3d4e5f6a001", "eni-0a1b2c3d4e5f6b001"}},
		{"associated table", x.RouteTable(agentSubnet).RouteTableID, "rtb-0a1b2c3d4e5f60002"},
		{"main table", x.RouteTable("subnet-0a1b2c3d4e5f6d001").RouteTableID, "rtb-0a1b2c3d4e5f60001"},
		{"table of an unknown subnet", x.RouteTable("subnet-9") == nil, true},
		{"associated acl", x.NetworkACL(agentSubnet).NetworkACLID, "acl-0a1b2c3d4e5f60001"},
		{"default acl", x.NetworkACL("subnet-0a1b2c3d4e5f6d001").NetworkACLID, "acl-0a1b2c3d4e5f60001"},
		{"aws prefix list", ranges("pl-63a5400a"), []any{[]string{"198.51.100.0/24"}, true}},
		{"own prefix list", ranges("pl-0a1b2c3d4e5f60001"), []any{[]string{"192.0.2.0/24"}, true}},
		{"unread prefix list", ranges("pl-9"), []any{[]string(nil), false}},
		{"interface endpoints", len(x.EndpointsFor(theVPC, "bedrock-agentcore", "Interface")), 1},
		{"no gateway endpoint", len(x.EndpointsFor(theVPC, "bedrock-agentcore", "Gateway")), 0},
		{"not by a part of the name", len(x.EndpointsFor(theVPC, "agentcore", "")), 0},
		{"endpoint addresses", addresses, []netip.Addr{addr("10.0.11.10")}},
		{"all of them", whole, true},
		{"endpoint groups", x.Endpoint("vpce-0a1b2c3d4e5f60001").GroupIDs(), []string{"sg-0a1b2c3d4e5f6d001"}},
		{"runtime by name", x.Runtime("support").ARN, theRuntime},
		{"runtime by id", x.Runtime("support-Ab3dEf6hIj").ARN, theRuntime},
		{"runtime endpoints", x.RuntimeEndpointsOf(theRuntime)[0].Name, "DEFAULT"},
		{"policy", x.Policy(theRuntime) != nil, true},
		{"unread policy", x.Policy(theRuntime+"/runtime-endpoint/DEFAULT") == nil, true},
		{"database", x.DBInstance("orders").Endpoint.Port, 5432},
		{"rules were read", x.Has("SecurityGroupRules"), true},
		{"nat gateway", x.NATGateway("nat-0a1b2c3d4e5f60001").State, "available"},
		{"internet gateway", x.InternetGateway("igw-0a1b2c3d4e5f60001") != nil, true},
	} {
		if diff := cmp.Diff(tt.want, tt.got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestIndexOfNothing(t *testing.T) {
	x := (*vpc.Network)(nil).Index()
	if x.Subnet("subnet-1") != nil || x.RouteTable("subnet-1") != nil || x.InterfaceAt("", netip.Addr{}) != nil || x.Has("Vpcs") {
		t.Error("found something in nothing")
	}
	if _, ok := x.EndpointAddresses("vpce-1"); ok {
		t.Error("the addresses of an unknown endpoint are known")
	}
}

func TestInterfaceAtAnAddressOfTwoVPCs(t *testing.T) {
	n, _ := decode(t, `{"NetworkInterfaces":[
		{"NetworkInterfaceId":"eni-1","VpcId":"vpc-1","PrivateIpAddress":"10.0.0.5"},
		{"NetworkInterfaceId":"eni-2","VpcId":"vpc-2","PrivateIpAddress":"10.0.0.5"}]}`)
	x, a := n.Index(), netip.MustParseAddr("10.0.0.5")
	if x.InterfaceAt("", a) != nil {
		t.Error("an ambiguous address found something")
	}
	if i := x.InterfaceAt("vpc-2", a); i == nil || i.NetworkInterfaceID != "eni-2" {
		t.Errorf("in vpc-2: %v", i)
	}
}

func TestServiceNames(t *testing.T) {
	for name, want := range map[string]string{
		"com.amazonaws.us-east-1.s3":                        "s3",
		"com.amazonaws.us-east-1.bedrock-agentcore.gateway": "bedrock-agentcore.gateway",
		"cn.com.amazonaws.cn-north-1.ecr.api":               "ecr.api",
		"aws.sagemaker.us-east-1.notebook":                  "aws.sagemaker.us-east-1.notebook",
	} {
		e := vpc.Endpoint{ServiceName: name}
		if got := e.Service(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestOriginOfSeveralRegions(t *testing.T) {
	n, _ := decode(t, `{"agentRuntimes":[
		{"agentRuntimeArn":"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/a"},
		{"agentRuntimeArn":"arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/b"}]}`,
		`{"Subnets":[{"SubnetId":"subnet-1","AvailabilityZone":"us-east-1a"}]}`)
	if n.Region != "" || n.Account != "123456789012" {
		t.Errorf("region %q, account %q", n.Region, n.Account)
	}
	n, _ = decode(t, `{"Subnets":[{"SubnetId":"subnet-1","AvailabilityZone":"ap-southeast-2c"}],"Vpcs":[{"VpcId":"vpc-1","OwnerId":"123456789012"}]}`)
	if n.Region != "ap-southeast-2" || n.Account != "123456789012" {
		t.Errorf("region %q, account %q", n.Region, n.Account)
	}
}
