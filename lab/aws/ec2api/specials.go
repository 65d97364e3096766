package ec2api

import (
	"encoding/json"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// specials are the reading actions that are more than a listing.
var specials = map[string]func(doc tree.Object, f wire.Form) (tree.Object, error){
	"DescribeVpcAttribute":              describeVPCAttribute,
	"DescribeSecurityGroupRules":        describeRules,
	"DescribeVpcEndpointServices":       describeEndpointServices,
	"DescribePrefixLists":               describePrefixLists,
	"DescribeManagedPrefixLists":        describeManagedLists,
	"GetManagedPrefixListEntries":       prefixListEntries,
	"DescribeTransitGatewayAttachments": describeTransitAttachments,
	"SearchTransitGatewayRoutes":        searchTransitRoutes,

	"GetTransitGatewayRouteTableAssociations": transitAssociations,
	"DescribeVpcBlockPublicAccessOptions":     blockPublicAccessOptions,
}

// attributes of a VPC by the value of the parameter Attribute, with the value
// of a VPC that says nothing ("DescribeVpcAttribute"; "DNS attributes for your
// VPC", VPC User Guide).
var attributes = map[string]struct {
	member  string
	initial bool
}{
	"enableDnsSupport":                 {"EnableDnsSupport", true},
	"enableDnsHostnames":               {"EnableDnsHostnames", false},
	"enableNetworkAddressUsageMetrics": {"EnableNetworkAddressUsageMetrics", false},
}

func describeVPCAttribute(doc tree.Object, f wire.Form) (tree.Object, error) {
	if _, err := byID(doc, "DescribeVpcs", f, "VpcId"); err != nil {
		return nil, err
	}
	attribute, ok := attributes[f.Text("Attribute")]
	if !ok {
		return nil, invalidValue("Value (%s) for parameter attribute is invalid. Unknown VPC attribute", f.Text("Attribute"))
	}
	value := attribute.initial
	if all, ok := tree.Find(doc, "VpcAttributes", "VpcId", f.Text("VpcId")); ok {
		if set := tree.Child(all, attribute.member); set != nil {
			value = tree.Text(set, "Value") == "true"
		}
	}
	return tree.Object{"VpcId": f.Text("VpcId"), attribute.member: tree.Object{"Value": value}}, nil
}

func describeRules(doc tree.Object, f wire.Form) (tree.Object, error) {
	var rules []tree.Object
	for _, group := range tree.Objects(doc, "SecurityGroups") {
		for _, direction := range []string{"IpPermissions", "IpPermissionsEgress"} {
			for _, r := range rulesOf(group, direction) {
				rules = append(rules, r.describe(group, direction))
			}
		}
	}
	return listing{
		result: "SecurityGroupRules", id: "SecurityGroupRuleId", param: "SecurityGroupRuleId", prefix: "sgr-",
		notFound: "InvalidSecurityGroupRuleId.NotFound", noun: "security group rule ID", minimum: 5,
		filters: paths("group-id", "GroupId", "security-group-rule-id", "SecurityGroupRuleId"),
	}.describe(rules, f)
}

func describeEndpointServices(doc tree.Object, f wire.Form) (tree.Object, error) {
	l := listing{
		result: "ServiceDetails", id: "ServiceName", param: "ServiceName", notFound: "InvalidServiceName", noun: "Vpc Endpoint Service", minimum: 1,
		filters: paths("service-name", "ServiceName", "owner", "Owner", "service-type", "ServiceType.ServiceType", "supported-ip-address-types", "SupportedIpAddressTypes"),
	}
	result, err := l.describe(tree.Objects(doc, "ServiceDetails"), f)
	if err != nil {
		return nil, err
	}
	tree.SetStrings(result, "ServiceNames", tree.Values(result, "ServiceDetails.ServiceName"))
	return result, nil
}

func blockPublicAccessOptions(doc tree.Object, _ wire.Form) (tree.Object, error) {
	options := tree.Child(doc, "VpcBlockPublicAccessOptions")
	if options == nil {
		options = tree.Object{"AwsAccountId": tree.Account(doc), "AwsRegion": tree.Region(doc), "InternetGatewayBlockMode": "off", "State": "default-state"}
	}
	return tree.Object{"VpcBlockPublicAccessOptions": options}, nil
}

// number reads an integer parameter within bounds.
func number(f wire.Form, name string, low, high int) (json.Number, error) {
	n := json.Number(strings.TrimSpace(f.Text(name)))
	v, err := n.Int64()
	if err != nil || int(v) < low || int(v) > high {
		return "", invalidValue("Value (%s) for parameter %s is invalid.", f.Text(name), wire.LowerFirst(name))
	}
	return n, nil
}
