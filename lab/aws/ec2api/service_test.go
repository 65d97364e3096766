package ec2api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws/ec2api"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

const (
	agent    = "sg-000000000000000b1"
	database = "sg-000000000000000b3"
	vpc      = "vpc-0a1b2c3d4e5f60718"
	acl      = "acl-0a1a2a3a4a5a6a7a8"
	table    = "rtb-0a1a2a3a4a5a6a7a8"
	endpoint = "vpce-0d1d2d3d4d5d6d7d8"
	postgres = "&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=5432&IpPermissions.1.ToPort=5432"
)

func newService(t testing.TB) ec2api.Service {
	t.Helper()
	text, err := os.ReadFile("../testdata/world.json")
	if err != nil {
		t.Fatal(err)
	}
	store, err := tree.NewMemory(text)
	if err != nil {
		t.Fatal(err)
	}
	return ec2api.Service{Store: store, Region: "us-east-1", Account: "123456789012"}
}

func do(t testing.TB, s ec2api.Service, action, parameters string) (tree.Object, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f, fault := wire.ParseForm(r, []byte(parameters))
	if fault != nil {
		t.Fatal(fault)
	}
	result, err := s.Do(action, f)
	if errors.As(err, &fault) {
		return nil, fault.Code
	} else if err != nil {
		return nil, err.Error()
	}
	return result, ""
}

// Codes: "Error codes for the Amazon EC2 API" and the actions' own pages.
func TestFaults(t *testing.T) {
	for _, tc := range []struct{ action, parameters, want string }{
		{"DescribeVpcs", "VpcId.1=vpc-1", "InvalidVpcID.NotFound"},
		{"DescribeVpcs", "VpcId.1=subnet-1", "InvalidVpcID.Malformed"},
		{"DescribeVpcs", "MaxResults=1001", "InvalidParameterValue"},
		{"DescribeVpcs", "MaxResults=4", "InvalidParameterValue"},
		{"DescribeVpcs", "NextToken=x", "InvalidParameterValue"},
		{"DescribeVpcs", "Filter.1.Name=vpc-id", "InvalidParameterValue"},
		{"DescribeVpcs", "DryRun=true", "DryRunOperation"},
		{"DescribeNatGateways", "NatGatewayId.1=nat-1", "NatGatewayNotFound"},
		{"DescribeNatGateways", "NatGatewayId.1=x", "NatGatewayMalformed"},
		{"DescribeSecurityGroups", "GroupId.1=x", "InvalidGroupId.Malformed"},
		{"DescribeSecurityGroupRules", "SecurityGroupRuleId.1=sgr-1", "InvalidSecurityGroupRuleId.NotFound"},
		{"DescribeVpcAttribute", "VpcId=" + vpc + "&Attribute=x", "InvalidParameterValue"},
		{"DescribeVpcAttribute", "Attribute=enableDnsSupport", "MissingParameter"},
		{"GetManagedPrefixListEntries", "PrefixListId=pl-1", "InvalidPrefixListID.NotFound"},
		{"Nothing", "", "InvalidAction"},

		{"AuthorizeSecurityGroupIngress", "GroupId=" + database + postgres + "&IpPermissions.1.Groups.1.GroupId=" + agent, "InvalidPermission.Duplicate"},
		{"AuthorizeSecurityGroupIngress", "GroupId=" + database + postgres + "&IpPermissions.1.Groups.1.GroupId=sg-1", "InvalidGroup.NotFound"},
		{"AuthorizeSecurityGroupIngress", "GroupId=" + database + postgres + "&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0", "InvalidParameterValue"},
		{"AuthorizeSecurityGroupIngress", "GroupId=" + database + postgres + "&IpPermissions.1.IpRanges.1.CidrIp=::/0", "InvalidParameterValue"},
		{"AuthorizeSecurityGroupIngress", "GroupId=" + database + postgres + "&IpPermissions.1.PrefixListIds.1.PrefixListId=pl-1", "InvalidPrefixListID.NotFound"},
		{"AuthorizeSecurityGroupIngress", "GroupId=" + database + postgres, "InvalidParameterValue"},
		{"AuthorizeSecurityGroupIngress", "GroupId=" + database, "MissingParameter"},
		{"AuthorizeSecurityGroupIngress", "GroupId=" + database + "&IpPermissions.1.IpProtocol=quic&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0", "InvalidParameterValue"},
		{"AuthorizeSecurityGroupIngress", "GroupId=" + database + "&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=9&IpPermissions.1.ToPort=8&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0", "InvalidParameterValue"},
		{"RevokeSecurityGroupIngress", "GroupId=" + database + postgres + "&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8", "InvalidPermission.NotFound"},
		{"RevokeSecurityGroupIngress", "GroupId=" + database + "&SecurityGroupRuleId.1=sgr-1", "InvalidSecurityGroupRuleId.NotFound"},
		{"RevokeSecurityGroupIngress", "GroupId=sg-1", "InvalidGroup.NotFound"},

		{"CreateNetworkAclEntry", "NetworkAclId=" + acl + "&RuleNumber=100&Egress=false&Protocol=-1&RuleAction=allow&CidrBlock=0.0.0.0/0", "NetworkAclEntryAlreadyExists"},
		{"CreateNetworkAclEntry", "NetworkAclId=" + acl + "&RuleNumber=32767&Egress=false&Protocol=-1&RuleAction=allow&CidrBlock=0.0.0.0/0", "InvalidParameterValue"},
		{"CreateNetworkAclEntry", "NetworkAclId=" + acl + "&RuleNumber=90&Egress=false&Protocol=tcp&RuleAction=allow&CidrBlock=0.0.0.0/0", "InvalidParameterValue"},
		{"CreateNetworkAclEntry", "NetworkAclId=" + acl + "&RuleNumber=90&Egress=false&Protocol=-1&RuleAction=allow", "InvalidParameterCombination"},
		{"DeleteNetworkAclEntry", "NetworkAclId=" + acl + "&RuleNumber=90&Egress=true", "InvalidNetworkAclEntry.NotFound"},
		{"DeleteNetworkAclEntry", "NetworkAclId=acl-1&RuleNumber=90&Egress=true", "InvalidNetworkAclID.NotFound"},

		{"CreateRoute", "RouteTableId=" + table + "&DestinationCidrBlock=0.0.0.0/0&GatewayId=igw-0a1a2a3a4a5a6a7a8", "RouteAlreadyExists"},
		{"CreateRoute", "RouteTableId=" + table + "&DestinationCidrBlock=10.9.0.0/16&GatewayId=igw-1", "InvalidInternetGatewayID.NotFound"},
		{"CreateRoute", "RouteTableId=" + table + "&DestinationCidrBlock=10.9.0.0/16", "InvalidParameterCombination"},
		{"CreateRoute", "RouteTableId=" + table + "&GatewayId=igw-1", "MissingParameter"},
		{"ReplaceRoute", "RouteTableId=" + table + "&DestinationCidrBlock=10.9.0.0/16&GatewayId=igw-0a1a2a3a4a5a6a7a8", "InvalidRoute.NotFound"},
		{"DeleteRoute", "RouteTableId=" + table + "&DestinationCidrBlock=10.0.0.0/16", "InvalidParameterValue"},

		{"ModifyVpcAttribute", "VpcId=" + vpc, "InvalidParameterCombination"},
		{"ModifyVpcEndpoint", "VpcEndpointId=vpce-1", "InvalidVpcEndpointId.NotFound"},
		{"ModifyVpcEndpoint", "VpcEndpointId=" + endpoint + "&PolicyDocument={", "InvalidParameter"},
		{"ModifyVpcEndpoint", "VpcEndpointId=" + endpoint + "&AddSubnetId.1=subnet-1", "UnsupportedOperation"},
		{"ModifyVpcEndpoint", "VpcEndpointId=" + endpoint + "&RemoveSecurityGroupId.1=sg-000000000000000b2", "InvalidParameterValue"},
	} {
		if _, got := do(t, newService(t), tc.action, tc.parameters); got != tc.want {
			t.Errorf("%s %s = %q, want %q", tc.action, tc.parameters, got, tc.want)
		}
	}
}

// Every page together is the whole list, in its order.
func TestPaging(t *testing.T) {
	s := newService(t)
	whole, _ := do(t, s, "DescribeSubnets", "")
	var pages []string
	token, requests := "", 0
	for {
		page, fault := do(t, s, "DescribeSubnets", "MaxResults=5&NextToken="+token)
		if fault != "" {
			t.Fatal(fault)
		}
		pages = append(pages, tree.Values(page, "Subnets.SubnetId")...)
		requests++
		if token = tree.Text(page, "NextToken"); token == "" {
			break
		}
	}
	if diff := cmp.Diff(tree.Values(whole, "Subnets.SubnetId"), pages); diff != "" || requests != 2 {
		t.Error(requests, diff)
	}
}

func TestFilters(t *testing.T) {
	for _, tc := range []struct {
		action, filter, path string
		want                 []string
	}{
		{"DescribeSecurityGroups", "Filter.1.Name=group-name&Filter.1.Value.1=*db&Filter.1.Value.2=ag?nt", "SecurityGroups.GroupName", []string{"agent", "orders-db"}},
		{"DescribeSecurityGroups", "Filter.1.Name=ip-permission.group-id&Filter.1.Value.1=" + agent, "SecurityGroups.GroupName", []string{"endpoint", "orders-db"}},
		{"DescribeSecurityGroups", "Filter.1.Name=tag-key&Filter.1.Value.1=Name", "SecurityGroups.GroupName", []string{"agent"}},
		{"DescribeNetworkInterfaces", "Filter.1.Name=tag:AmazonBedrockAgentCoreManaged&Filter.1.Value.1=true", "NetworkInterfaces.PrivateIpAddress", []string{"10.0.1.10"}},
		{"DescribeNetworkInterfaces", "Filter.1.Name=addresses.private-ip-address&Filter.1.Value.1=10.0.5.10", "NetworkInterfaces.Description", []string{"db"}},
		{"DescribeNetworkInterfaces", "Filter.1.Name=association.public-ip&Filter.1.Value.1=192.0.2.10", "NetworkInterfaces.Description", []string{"nat"}},
		{"DescribeVpcEndpoints", "Filter.1.Name=vpc-endpoint-id&Filter.1.Value.1=vpce-*&Filter.2.Name=vpc-id&Filter.2.Value.1=none", "VpcEndpoints.VpcEndpointId", nil},
		{"DescribeNetworkAcls", "Filter.1.Name=default&Filter.1.Value.1=true", "NetworkAcls.NetworkAclId", []string{acl}},
		{"DescribePrefixLists", "Filter.1.Name=prefix-list-name&Filter.1.Value.1=*.s3", "PrefixLists.PrefixListId", []string{"pl-63a5400a"}},
	} {
		got, fault := do(t, newService(t), tc.action, tc.filter)
		if diff := cmp.Diff(tc.want, tree.Values(got, tc.path)); diff != "" || fault != "" {
			t.Errorf("%s %s: %s %s", tc.action, tc.filter, fault, diff)
		}
	}
}

// A rule keeps its id while it exists, and can be revoked by it.
func TestRuleIDs(t *testing.T) {
	s := newService(t)
	first, _ := do(t, s, "DescribeSecurityGroupRules", "Filter.1.Name=group-id&Filter.1.Value.1="+database)
	again, _ := do(t, s, "DescribeSecurityGroupRules", "Filter.1.Name=group-id&Filter.1.Value.1="+database)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	rules := tree.Objects(first, "SecurityGroupRules")
	if len(rules) != 2 || tree.Text(tree.Child(rules[0], "ReferencedGroupInfo"), "GroupId") != agent || tree.Text(rules[1], "PrefixListId") != "pl-63a5400a" {
		t.Fatal(rules)
	}
	if _, fault := do(t, s, "RevokeSecurityGroupIngress", "GroupId="+database+"&SecurityGroupRuleId.1="+tree.Text(rules[0], "SecurityGroupRuleId")); fault != "" {
		t.Fatal(fault)
	}
	groups, _ := do(t, s, "DescribeSecurityGroups", "GroupId.1="+database)
	if left := tree.Objects(tree.Objects(groups, "SecurityGroups")[0], "IpPermissions"); len(left) != 0 {
		t.Error(left)
	}
}

// Revoking one source of a permission leaves the others.
func TestRevokeLeavesTheRest(t *testing.T) {
	s := newService(t)
	_, fault := do(t, s, "RevokeSecurityGroupEgress", "GroupId="+agent+"&IpPermissions.1.IpProtocol=6&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0")
	if fault != "" {
		t.Fatal(fault)
	}
	got, _ := do(t, s, "DescribeSecurityGroups", "GroupId.1="+agent)
	egress := tree.Objects(tree.Objects(got, "SecurityGroups")[0], "IpPermissionsEgress")
	if diff := cmp.Diff([]string{"sg-000000000000000b2"}, tree.Values(egress[0]["UserIdGroupPairs"], "GroupId")); diff != "" || len(egress) != 4 || len(tree.Objects(egress[0], "IpRanges")) != 0 {
		t.Error(diff, egress)
	}
}

// Private DNS needs both attributes ("Access an AWS service using an interface
// VPC endpoint", AWS PrivateLink).
func TestPrivateDNSNeedsTheAttributes(t *testing.T) {
	s := newService(t)
	for _, step := range []struct{ action, parameters, want string }{
		{"ModifyVpcEndpoint", "VpcEndpointId=" + endpoint + "&PrivateDnsEnabled=false", ""},
		{"ModifyVpcAttribute", "VpcId=" + vpc + "&EnableDnsHostnames.Value=false", ""},
		{"ModifyVpcEndpoint", "VpcEndpointId=" + endpoint + "&PrivateDnsEnabled=true", "InvalidParameter"},
		{"ModifyVpcAttribute", "VpcId=" + vpc + "&EnableDnsHostnames.Value=true", ""},
		{"ModifyVpcEndpoint", "VpcEndpointId=" + endpoint + "&PrivateDnsEnabled=true", ""},
		{"ModifyVpcEndpoint", "VpcEndpointId=" + endpoint + "&ResetPolicy=true", ""},
	} {
		if _, got := do(t, s, step.action, step.parameters); got != step.want {
			t.Errorf("%s %s = %q", step.action, step.parameters, got)
		}
	}
}

// A change of an endpoint's groups reaches its network interfaces.
func TestEndpointGroupsAreThoseOfItsInterfaces(t *testing.T) {
	s := newService(t)
	if _, fault := do(t, s, "ModifyVpcEndpoint", "VpcEndpointId="+endpoint+"&AddSecurityGroupId.1="+agent+"&RemoveSecurityGroupId.1=sg-000000000000000b2"); fault != "" {
		t.Fatal(fault)
	}
	got, _ := do(t, s, "DescribeNetworkInterfaces", "Filter.1.Name=interface-type&Filter.1.Value.1=vpc_endpoint")
	if diff := cmp.Diff([]string{agent, agent}, tree.Values(got, "NetworkInterfaces.Groups.GroupId")); diff != "" {
		t.Error(diff)
	}
}

// A gateway endpoint has a route to its service's prefix list in each of its
// route tables ("Gateway endpoints", AWS PrivateLink).
func TestAGatewayHasARouteInEachOfItsTables(t *testing.T) {
	const gateway = "vpce-0e1e2e3e4e5e6e7e8"
	s := newService(t)
	if err := s.Store.Change(func(doc tree.Object) error {
		tree.SetObjects(doc, "VpcEndpoints", append(tree.Objects(doc, "VpcEndpoints"), tree.Object{
			"VpcEndpointId": gateway, "VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.us-east-1.s3", "VpcId": vpc, "RouteTableIds": []any{},
		}))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		parameters, fault string
		routes            []string
	}{
		{"VpcEndpointId=" + endpoint + "&AddRouteTableId.1=" + table, "InvalidParameter", nil},
		{"VpcEndpointId=" + gateway + "&AddRouteTableId.1=rtb-0dead", "InvalidRouteTableID.NotFound", nil},
		{"VpcEndpointId=" + gateway + "&AddRouteTableId.1=" + table, "", []string{"pl-63a5400a"}},
		{"VpcEndpointId=" + gateway + "&AddRouteTableId.1=" + table, "", []string{"pl-63a5400a"}},
		{"VpcEndpointId=" + gateway + "&RemoveRouteTableId.1=" + table, "", nil},
	} {
		if _, fault := do(t, s, "ModifyVpcEndpoint", step.parameters); fault != step.fault {
			t.Errorf("%s: %q, want %q", step.parameters, fault, step.fault)
		}
		tables, _ := do(t, s, "DescribeRouteTables", "RouteTableId.1="+table)
		if diff := cmp.Diff(step.routes, tree.Values(tables, "RouteTables.Routes.DestinationPrefixListId")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.parameters, diff)
		}
	}
}

func FuzzDo(f *testing.F) {
	f.Add("DescribeVpcs", "Filter.1.Name=vpc-id&Filter.1.Value.1=*")
	f.Add("AuthorizeSecurityGroupIngress", "GroupId="+database+postgres+"&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8")
	f.Add("CreateNetworkAclEntry", "NetworkAclId="+acl+"&RuleNumber=90&Egress=false&Protocol=icmp&Icmp.Type=-1&Icmp.Code=-1&RuleAction=allow&CidrBlock=0.0.0.0/0")
	f.Add("CreateRoute", "RouteTableId="+table+"&DestinationCidrBlock=10.9.0.0/16&GatewayId=vgw-1")
	s := newService(f)
	f.Fuzz(func(_ *testing.T, action, parameters string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		form, fault := wire.ParseForm(r, []byte(parameters))
		if fault != nil {
			return
		}
		s.Resource(action, form)
		_, _ = s.Do(action, form)
	})
}
