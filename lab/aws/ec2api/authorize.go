package ec2api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// authorize adds rules to a group: all of them, or none when one is there
// already ("AuthorizeSecurityGroupIngress").
func authorize(direction string) func(tree.Object, wire.Form) (tree.Object, error) {
	return func(doc tree.Object, f wire.Form) (tree.Object, error) {
		group, err := byID(doc, "DescribeSecurityGroups", f, "GroupId")
		if err != nil {
			return nil, err
		}
		added, err := readRules(doc, f)
		if err != nil {
			return nil, err
		}
		if len(added) == 0 {
			return nil, missing("IpPermissions")
		}
		rules := rulesOf(group, direction)
		described := []tree.Object{}
		for _, r := range added {
			if slices.ContainsFunc(rules, r.same) {
				return nil, wire.Faultf(http.StatusBadRequest, "InvalidPermission.Duplicate", "the specified rule \"%s\" already exists", r)
			}
			rules = append(rules, r.clone())
			described = append(described, r.describe(group, direction))
		}
		setRules(group, direction, rules)
		result := returned()
		tree.SetObjects(result, "SecurityGroupRules", described)
		return result, nil
	}
}

// revoke removes rules: named by id, or by what they say. One that is not there
// is an error ("RevokeSecurityGroupIngress", for groups in a VPC).
func revoke(direction string) func(tree.Object, wire.Form) (tree.Object, error) {
	return func(doc tree.Object, f wire.Form) (tree.Object, error) {
		group, err := byID(doc, "DescribeSecurityGroups", f, "GroupId")
		if err != nil {
			return nil, err
		}
		rules := rulesOf(group, direction)
		gone, err := toRevoke(doc, f, group, direction, rules)
		if err != nil {
			return nil, err
		}
		revoked := []tree.Object{}
		for _, r := range gone {
			if !slices.ContainsFunc(rules, r.same) {
				return nil, wire.Faultf(http.StatusBadRequest, "InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
			}
			rules = slices.DeleteFunc(rules, r.same)
			revoked = append(revoked, r.revoked(group, direction))
		}
		setRules(group, direction, rules)
		result := returned()
		tree.SetObjects(result, "RevokedSecurityGroupRules", revoked)
		return result, nil
	}
}

func toRevoke(doc tree.Object, f wire.Form, group tree.Object, direction string, rules []rule) ([]rule, error) {
	ids := f.List("SecurityGroupRuleId")
	if len(ids) == 0 {
		gone, err := readRules(doc, f)
		if err == nil && len(gone) == 0 {
			err = missing("IpPermissions")
		}
		return gone, err
	}
	var gone []rule
	for _, id := range ids {
		i := slices.IndexFunc(rules, func(r rule) bool { return r.id(tree.Text(group, "GroupId"), direction) == id })
		if i < 0 {
			return nil, wire.Faultf(http.StatusBadRequest, "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '%s' does not exist", id)
		}
		gone = append(gone, rules[i])
	}
	return gone, nil
}

// revoked is the rule as RevokeSecurityGroupIngress prints it.
func (r rule) revoked(group tree.Object, direction string) tree.Object {
	out := r.describe(group, direction)
	delete(out, "Tags")
	delete(out, "GroupOwnerId")
	if info := tree.Child(out, "ReferencedGroupInfo"); info != nil {
		out["ReferencedGroupId"] = info["GroupId"]
		delete(out, "ReferencedGroupInfo")
	}
	return out
}

// String is how EC2 names a rule in its errors.
func (r rule) String() string {
	ports := ""
	if r.from != "" {
		ports = fmt.Sprintf(", from port: %s, to port: %s", r.from, r.to)
	}
	protocol := strings.ToUpper(r.protocol)
	if r.protocol == "-1" {
		protocol = "ALL"
	}
	return fmt.Sprintf("peer: %s, %s%s, ALLOW", r.value, protocol, ports)
}
