package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// essential are the services that every agent in a VPC depends on, and for what; one
// whose code is uploaded has no image ("Configure Amazon Bedrock AgentCore Runtime and tools for VPC"; "Amazon ECR
// interface VPC endpoints", Amazon ECR User Guide).
var essential = []struct{ name, why string }{
	{"ecr.api", "the agent's image is looked up there"},
	{"ecr.dkr", "the manifests of the agent's image come from there"},
	{"s3", "the layers of the agent's image come from there"},
	{"logs", "the agent's logs go there"},
}

// Essential lists the services that every agent in a VPC depends on.
func Essential() []string {
	var all []string
	for _, s := range essential {
		all = append(all, s.name)
	}
	return all
}

// reads are the services that can be asked a signed question which changes
// nothing; the others are asked without a signature.
var reads = []string{"bedrock-runtime", "dynamodb", "ecr.api", "kms", "logs", "secretsmanager", "sqs", "ssm", "sts"}

// services plans service/*: what every agent in a VPC depends on, and what the
// configuration adds.
func (p *planner) services(a agents) {
	configured := slices.Clone(p.config.Services)
	switch {
	case a.watched:
		p.note("the AWS services that the agent needs, and its way to the internet, are not checked: here is a caller, with neither subnet nor security groups of the agent")
	case a.inVPC:
		for _, s := range essential {
			if a.code && s.name == "s3" {
				s.why = "the agent's code comes from there"
			}
			if a.code && strings.HasPrefix(s.name, "ecr.") {
				continue
			}
			if s.name == "s3" && a.ownS3 && !slices.Contains(configured, s.name) {
				p.note("s3 is not checked: AgentCore's own gateway serves the agent (requireServiceS3Endpoint); name it under services to check it anyway")
				continue
			}
			configured = slices.DeleteFunc(configured, func(name string) bool { return name == s.name })
			p.add(p.service(s.name, a, s.why+"; "+a.because))
		}
	}
	for _, name := range configured {
		p.add(p.service(name, a, "services in the configuration"))
	}
}

func (p *planner) service(name string, a agents, because string) netpath.Path {
	route, endpoint := p.wayTo(name, a)
	path := netpath.Path{
		ID: "service/" + name, Kind: netpath.KindService, Route: route, Expect: netpath.ExpectReachable,
		Because: because, Source: netpath.Source{ENIs: a.enis},
		Target: netpath.Target{
			Component: "com.amazonaws." + a.region + "." + name, Name: hostOf(name, a.region, a.account), Port: 443,
			Protocol: netpath.ProtocolHTTPS, Service: name,
		},
	}
	if slices.Contains(reads, name) {
		path.Target.Read = name
	}
	if name == "s3" && strings.HasPrefix(a.image, hostOf("ecr.dkr", a.region, a.account)+"/") {
		path.Target.Image = a.image
	}
	if endpoint == nil {
		return path
	}
	path.Target.Endpoint = endpoint.VpcEndpointID
	if addresses, all := p.network.EndpointAddresses(endpoint.VpcEndpointID); all && route == netpath.RoutePrivate {
		path.Target.Addresses = addresses
	}
	return path
}

// wayTo is the route to a service: by its interface endpoint, by a gateway
// endpoint, else over the internet. Where there is no internet an endpoint is
// due, though there may be none.
func (p *planner) wayTo(service string, a agents) (netpath.Route, *vpc.Endpoint) {
	interfaces := p.network.EndpointsFor(a.vpc, service, "Interface")
	gateways := p.network.EndpointsFor(a.vpc, service, "Gateway")
	isolated := a.pattern == netpath.PatternIsolated
	switch {
	// The names of S3 and DynamoDB may stay public on purpose: their gateway
	// endpoints cost nothing.
	case len(interfaces) > 0 && (interfaces[0].AnswersInside() || !hasGateway(service)):
		return netpath.RoutePrivate, interfaces[0]
	case len(gateways) > 0 && (isolated || p.associated(gateways[0], a.subnets)):
		return netpath.RouteGateway, gateways[0]
	case isolated && hasGateway(service):
		return netpath.RouteGateway, nil
	case isolated:
		return netpath.RoutePrivate, nil
	}
	return netpath.RoutePublic, nil
}

// hasGateway reports whether a service has gateway endpoints ("Gateway
// endpoints", AWS PrivateLink Guide).
func hasGateway(service string) bool { return service == "s3" || service == "dynamodb" }

// associated reports whether a gateway endpoint is in the route table of any of
// some subnets.
func (p *planner) associated(e *vpc.Endpoint, subnets []string) bool {
	return slices.ContainsFunc(subnets, func(subnet string) bool {
		table := p.network.RouteTable(subnet)
		return table != nil && slices.Contains(e.RouteTableIDs, table.RouteTableID)
	})
}

// hostOf is the name under which an agent calls a service ("AWS service
// endpoints", AWS General Reference; "Amazon ECR interface VPC endpoints", which
// names the bucket of the image layers).
func hostOf(service, region, account string) string {
	domain := region + ".amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		domain += ".cn"
	}
	switch service {
	case "ecr.api":
		return "api.ecr." + domain
	case "ecr.dkr":
		return account + ".dkr.ecr." + domain
	case "s3":
		return fmt.Sprintf("prod-%s-starport-layer-bucket.s3.%s", region, domain)
	}
	return service + "." + domain
}

// accountOf is the fifth field of an ARN.
func accountOf(arn string) string {
	fields := strings.SplitN(arn, ":", 6)
	if len(fields) < 6 {
		return ""
	}
	return fields[4]
}
