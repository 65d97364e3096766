package vpc

import (
	"strings"

	"github.com/agentcore-probe/probe/netpath"
)

// stackTag is set by CloudFormation on what a stack creates ("Resource tags",
// AWS CloudFormation User Guide).
const stackTag = "aws:cloudformation:stack-name"

// Owner finds the owner of a resource by its id or ARN; the zero Owner where
// nothing is known.
func (x *Index) Owner(id string) netpath.Owner {
	if strings.HasPrefix(id, "arn:") {
		return x.ownerByARN(id)
	}
	if g := x.SecurityGroup(id); g != nil {
		return owner(g.GroupName, g.OwnerID, g.Tags)
	}
	if e := x.Endpoint(id); e != nil {
		return owner("", e.OwnerID, e.Tags)
	}
	if s := x.Subnet(id); s != nil {
		return owner("", s.OwnerID, s.Tags)
	}
	if v := x.VPC(id); v != nil {
		return owner("", v.OwnerID, v.Tags)
	}
	if i := x.Interface(id); i != nil {
		return owner("", i.OwnerID, i.TagSet)
	}
	if n := x.NATGateway(id); n != nil {
		return owner("", "", n.Tags)
	}
	return x.ownerOfRules(id)
}

// ownerOfRules looks among tables and ACLs.
func (x *Index) ownerOfRules(id string) netpath.Owner {
	for _, t := range x.RouteTables {
		if t.RouteTableID == id {
			return owner("", t.OwnerID, t.Tags)
		}
	}
	for _, a := range x.NetworkACLs {
		if a.NetworkACLID == id {
			return owner("", a.OwnerID, a.Tags)
		}
	}
	return netpath.Owner{}
}

func (x *Index) ownerByARN(arn string) netpath.Owner {
	account := ""
	if fields := strings.SplitN(arn, ":", 6); len(fields) == 6 {
		account = fields[4]
	}
	if db := x.DBInstance(arn); db != nil {
		return owner(db.DBInstanceIdentifier, account, db.TagList)
	}
	if r := x.Runtime(arn); r != nil {
		return owner(r.Name, account, nil)
	}
	return netpath.Owner{Account: account}
}

// owner prefers the resource's own name over its Name tag.
func owner(name, account string, tags []Tag) netpath.Owner {
	o := netpath.Owner{Name: name, Account: account}
	for _, t := range tags {
		switch {
		case t.Key == "Name" && o.Name == "":
			o.Name = t.Value
		case t.Key == stackTag:
			o.Stack = t.Value
		}
	}
	return o
}
