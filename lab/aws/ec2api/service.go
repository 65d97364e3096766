// Package ec2api is Amazon EC2's API as far as the lab's worlds need it: it
// describes what the world holds and carries out the changes that mending
// commands and their undoings make ("Amazon EC2 API Reference", version
// 2016-11-15).
//
// It knows nothing of HTTP, signatures and policies: its caller has
// authenticated and authorized before it calls Do.
package ec2api

import (
	"net/http"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Service is the API of one region.
type Service struct {
	Store           tree.Store
	Region, Account string
}

// change is an action that alters the document.
type change struct {
	resource string // type of the resource in its ARN
	id       string // parameter with the resource's id
	do       func(doc tree.Object, f wire.Form) (tree.Object, error)
}

var changes = map[string]change{
	"AuthorizeSecurityGroupIngress": {"security-group", "GroupId", authorize("IpPermissions")},
	"AuthorizeSecurityGroupEgress":  {"security-group", "GroupId", authorize("IpPermissionsEgress")},
	"RevokeSecurityGroupIngress":    {"security-group", "GroupId", revoke("IpPermissions")},
	"RevokeSecurityGroupEgress":     {"security-group", "GroupId", revoke("IpPermissionsEgress")},
	"ModifyVpcEndpoint":             {"vpc-endpoint", "VpcEndpointId", modifyEndpoint},
	"ModifyVpcAttribute":            {"vpc", "VpcId", modifyVPCAttribute},
	"CreateNetworkAclEntry":         {"network-acl", "NetworkAclId", createACLEntry},
	"ReplaceNetworkAclEntry":        {"network-acl", "NetworkAclId", replaceACLEntry},
	"DeleteNetworkAclEntry":         {"network-acl", "NetworkAclId", deleteACLEntry},
	"CreateRoute":                   {"route-table", "RouteTableId", createRoute},
	"ReplaceRoute":                  {"route-table", "RouteTableId", replaceRoute},
	"DeleteRoute":                   {"route-table", "RouteTableId", deleteRoute},
}

// Resource returns the ARN that an action is authorized on: "*" for reading
// ("Actions, resources, and condition keys for Amazon EC2", Service
// Authorization Reference). ok is false for an action that is not known.
func (s Service) Resource(action string, f wire.Form) (arn string, ok bool) {
	if c, known := changes[action]; known {
		return strings.Join([]string{"arn", "aws", "ec2", s.Region, s.Account, c.resource + "/" + f.Text(c.id)}, ":"), true
	}
	_, listed := listings[action]
	_, special := specials[action]
	return "*", listed || special
}

// Do carries out an action. The error is a *wire.Fault for what the caller did
// wrong.
func (s Service) Do(action string, f wire.Form) (tree.Object, error) {
	if f.Text("DryRun") == "true" {
		return nil, wire.Faultf(http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	if c, ok := changes[action]; ok {
		var result tree.Object
		err := s.Store.Change(func(doc tree.Object) (err error) {
			result, err = c.do(doc, f)
			return err
		})
		return result, err
	}
	doc, err := s.Store.Read()
	if err != nil {
		return nil, err
	}
	if special, ok := specials[action]; ok {
		return special(doc, f)
	}
	l, ok := listings[action]
	if !ok {
		return nil, wire.Faultf(http.StatusBadRequest, "InvalidAction", "The action %s is not valid for this web service.", action)
	}
	return l.describe(tree.Objects(doc, l.key), f)
}

// Names are the XML names of the answers.
func (Service) Names() wire.Names {
	return wire.Names{Elements: elements, Default: wire.LowerFirst, Item: "item"}
}

func invalidValue(format string, args ...any) *wire.Fault {
	return wire.Faultf(http.StatusBadRequest, "InvalidParameterValue", format, args...)
}

func missing(parameter string) *wire.Fault {
	return wire.Faultf(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter %s", parameter)
}

// returned is the answer of an action without a result of its own.
func returned() tree.Object { return tree.Object{"Return": true} }

// byID finds the resource that a change names.
func byID(doc tree.Object, action string, f wire.Form, parameter string) (tree.Object, error) {
	l, id := listings[action], f.Text(parameter)
	if id == "" {
		return nil, missing(parameter)
	}
	if !strings.HasPrefix(id, l.prefix) {
		return nil, l.malformed(id)
	}
	found, ok := tree.Find(doc, l.key, l.id, id)
	if !ok {
		return nil, l.missing(id)
	}
	return found, nil
}
