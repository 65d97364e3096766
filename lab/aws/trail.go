package aws

import (
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/agentcore"
	"github.com/agentcore-probe/probe/lab/aws/trailapi"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

// sources are the services whose calls CloudTrail records here, as events name
// them.
var sources = map[string]string{
	ServiceEC2: "ec2.amazonaws.com", ServiceRDS: "rds.amazonaws.com", ServiceAgentCoreControl: "bedrock-agentcore.amazonaws.com",
}

// resourceTypes are the types of resources in events, by how ARNs call them: the
// names of AWS CloudFormation's types.
var resourceTypes = map[string]string{
	"security-group": "AWS::EC2::SecurityGroup", "vpc-endpoint": "AWS::EC2::VPCEndpoint", "vpc": "AWS::EC2::VPC", "network-acl": "AWS::EC2::NetworkAcl",
	"route-table": "AWS::EC2::RouteTable", "db": "AWS::RDS::DBInstance", "runtime": "AWS::BedrockAgentCore::Runtime",
}

// history has CloudTrail record a call of somebody who is known.
func (x *exchange) history() {
	source := sources[x.service]
	if source == "" || x.who.ARN == "" {
		return
	}
	address := x.r.RemoteAddr
	if a, err := netip.ParseAddrPort(address); err == nil {
		address = a.Addr().Unmap().String()
	}
	x.services.history.Add(trailapi.Event{
		At: x.call.At, Source: source, Name: x.call.Action, Address: address, Agent: x.r.UserAgent(), Endpoint: x.arrival.Endpoint,
		Caller: trailapi.Caller{ARN: x.who.ARN, Role: x.who.Role, Account: x.who.Account, UserID: x.who.userID, AccessKey: x.who.key.ID},
		Region: tree.Region(x.doc), RequestID: x.id, Code: x.call.Code, Resources: resourcesOf(x.service, x.resource),
	})
}

// resourcesOf are what an event says a call was about: what it was authorized on,
// by its id or name, and of AgentCore by its ARN.
func resourcesOf(service, arn string) []trailapi.Resource {
	fields := strings.SplitN(arn, ":", 6)
	if len(fields) < 6 {
		return nil // nothing in particular
	}
	end := strings.IndexAny(fields[5], ":/")
	if end < 0 {
		return nil
	}
	kind, name := resourceTypes[fields[5][:end]], fields[5][end+1:]
	if service == ServiceAgentCoreControl {
		name = arn
	}
	if kind == "" || name == "" || name == "*" {
		return nil
	}
	return []trailapi.Resource{{Type: kind, Name: name}}
}

// trail answers for CloudTrail. Its events are the account's of who asks.
func (x *exchange) trail(authorize agentcore.Authorize) error {
	if x.call.Action != "LookupEvents" {
		return x.unknown()
	}
	if err := authorize("cloudtrail:LookupEvents", "*", ""); err != nil {
		return err
	}
	return x.json(x.services.history.Lookup(x.who.Account, x.input, x.call.At))
}
