package ec2api

import (
	"errors"
	"net/http"
	"slices"

	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// DefaultEndpointPolicy is what an endpoint has after ResetPolicy ("Control
// access to VPC endpoints using endpoint policies", AWS PrivateLink).
const DefaultEndpointPolicy = `{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`

// modifyEndpoint carries out ModifyVpcEndpoint for policy, private DNS, security
// groups and route tables; other changes are refused.
func modifyEndpoint(doc tree.Object, f wire.Form) (tree.Object, error) {
	endpoint, err := byID(doc, "DescribeVpcEndpoints", f, "VpcEndpointId")
	if err != nil {
		return nil, err
	}
	for _, other := range []string{"AddSubnetId", "RemoveSubnetId", "IpAddressType", "DnsOptions", "SubnetConfiguration"} {
		if f.HasPrefix(other) {
			return nil, wire.Faultf(http.StatusBadRequest, "UnsupportedOperation", "The lab does not change %s of an endpoint.", other)
		}
	}
	for _, step := range []func(doc, endpoint tree.Object, f wire.Form) error{setPolicy, setPrivateDNS, setGroups, setRouteTables} {
		if err := step(doc, endpoint, f); err != nil {
			return nil, err
		}
	}
	return returned(), nil
}

func setPolicy(_, endpoint tree.Object, f wire.Form) error {
	if f.Text("ResetPolicy") == "true" {
		endpoint["PolicyDocument"] = DefaultEndpointPolicy
		return nil
	}
	if !f.Has("PolicyDocument") {
		return nil
	}
	text := f.Text("PolicyDocument")
	if _, err := iam.Parse(text, iam.KindResource); err != nil {
		if errors.Is(err, iam.ErrUnsupported) {
			return err
		}
		return wire.Faultf(http.StatusBadRequest, "InvalidParameter", "Policy document is invalid: %v", err)
	}
	endpoint["PolicyDocument"] = text
	return nil
}

// setPrivateDNS needs both DNS attributes of the VPC, and no other endpoint for
// the same names ("Access an AWS service using an interface VPC endpoint").
func setPrivateDNS(doc, endpoint tree.Object, f wire.Form) error {
	if !f.Has("PrivateDnsEnabled") {
		return nil
	}
	on := f.Text("PrivateDnsEnabled") == "true"
	if on {
		if err := mayHavePrivateDNS(doc, endpoint); err != nil {
			return err
		}
	}
	endpoint["PrivateDnsEnabled"] = on
	return nil
}

func mayHavePrivateDNS(doc, endpoint tree.Object) error {
	vpc := tree.Text(endpoint, "VpcId")
	set, _ := tree.Find(doc, "VpcAttributes", "VpcId", vpc)
	for _, attribute := range []string{"enableDnsSupport", "enableDnsHostnames"} {
		a := attributes[attribute]
		if value := tree.Child(set, a.member); value == nil && !a.initial || value != nil && tree.Text(value, "Value") != "true" {
			return wire.Faultf(http.StatusBadRequest, "InvalidParameter",
				"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for %s", vpc)
		}
	}
	for _, other := range tree.Objects(doc, "VpcEndpoints") {
		if tree.Text(other, "VpcEndpointId") != tree.Text(endpoint, "VpcEndpointId") && tree.Text(other, "VpcId") == vpc &&
			tree.Text(other, "ServiceName") == tree.Text(endpoint, "ServiceName") && tree.Text(other, "PrivateDnsEnabled") == "true" {
			return wire.Faultf(http.StatusBadRequest, "InvalidParameter",
				"private-dns-enabled cannot be set because there is already a conflicting DNS domain for %s in the VPC %s",
				tree.Text(endpoint, "ServiceName"), vpc)
		}
	}
	return nil
}

// setGroups changes the endpoint's groups and those of its network interfaces.
func setGroups(doc, endpoint tree.Object, f wire.Form) error {
	add, remove := f.List("AddSecurityGroupId"), f.List("RemoveSecurityGroupId")
	if len(add)+len(remove) == 0 {
		return nil
	}
	groups := tree.Objects(endpoint, "Groups")
	groups = slices.DeleteFunc(groups, func(g tree.Object) bool { return slices.Contains(remove, tree.Text(g, "GroupId")) })
	for _, id := range add {
		group, ok := tree.Find(doc, "SecurityGroups", "GroupId", id)
		if !ok {
			return listings["DescribeSecurityGroups"].missing(id)
		}
		if !slices.ContainsFunc(groups, func(g tree.Object) bool { return tree.Text(g, "GroupId") == id }) {
			groups = append(groups, tree.Object{"GroupId": id, "GroupName": tree.Text(group, "GroupName")})
		}
	}
	if len(groups) == 0 {
		return invalidValue("At least one security group is required for an interface endpoint")
	}
	tree.SetObjects(endpoint, "Groups", groups)
	interfaces := tree.Strings(endpoint, "NetworkInterfaceIds")
	for _, eni := range tree.Objects(doc, "NetworkInterfaces") {
		if slices.Contains(interfaces, tree.Text(eni, "NetworkInterfaceId")) {
			tree.SetObjects(eni, "Groups", groups)
		}
	}
	return nil
}

// modifyVPCAttribute sets one attribute ("ModifyVpcAttribute": one at a time).
func modifyVPCAttribute(doc tree.Object, f wire.Form) (tree.Object, error) {
	if _, err := byID(doc, "DescribeVpcs", f, "VpcId"); err != nil {
		return nil, err
	}
	all, ok := tree.Find(doc, "VpcAttributes", "VpcId", f.Text("VpcId"))
	if !ok {
		all = tree.Object{"VpcId": f.Text("VpcId")}
		tree.SetObjects(doc, "VpcAttributes", append(tree.Objects(doc, "VpcAttributes"), all))
	}
	set := 0
	for _, a := range attributes {
		if name := a.member + ".Value"; f.Has(name) {
			all[a.member] = tree.Object{"Value": f.Text(name) == "true"}
			set++
		}
	}
	if set != 1 {
		return nil, wire.Faultf(http.StatusBadRequest, "InvalidParameterCombination", "Exactly one attribute must be specified")
	}
	return returned(), nil
}
