package catalogue

import (
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// endpoints are the faults of VPC endpoints and their policies.
func endpoints() []Entry {
	return slices.Concat(endpointsThemselves(), endpointPolicies(), endpointDenials())
}

// endpointsThemselves are the faults of endpoints that packets meet.
func endpointsThemselves() []Entry {
	const create = "Access an AWS service using an interface VPC endpoint"
	return []Entry{{
		Code:     "endpoint/missing",
		Explains: []string{"dns/custom-resolver", "dns/public-answers"},
		Title:    "no endpoint for a service that the pattern needs",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopEndpoint,
		Summary:  "${vpc} has no endpoint for ${service}",
		Meaning:  "The service's name stays public; without a way to the internet nothing answers, with one the call is not private.",
		Live:     "the service's name answers public addresses",
		Config:   "DescribeVpcEndpoints lists none for the service in this VPC",
		Not:      "endpoints centralised in a hub VPC, where the name answers private addresses",
		Fix: []string{
			"aws ec2 create-vpc-endpoint --region ${region} --vpc-id ${vpc} --vpc-endpoint-type Interface --service-name ${service} --subnet-ids ${subnets} --security-group-ids ${groups} --private-dns-enabled",
			"aws ec2 create-vpc-endpoint --region ${region} --vpc-id ${vpc} --vpc-endpoint-type Gateway --service-name ${service} --route-table-ids ${route_tables}",
			"# ${service} needs an endpoint in ${vpc}; delete-vpc-endpoints takes it back",
		},
		AWSPage: create,
	}, {
		Code:     "endpoint/not-available",
		Explains: []string{"dns/custom-resolver", "dns/public-answers"},
		Title:    "the endpoint is not available",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopEndpoint,
		Summary:  "${endpoint} is ${state}",
		Meaning:  "Only an available endpoint passes traffic. One that has just become available may need some minutes more.",
		Live:     "connections to its addresses time out",
		Config:   "DescribeVpcEndpoints: State is not available, or CreationTimestamp is less than ten minutes ago and nothing else stops the packets",
		Not:      "sg/endpoint-ingress-missing: the same timeout, the endpoint available",
		Fix:      []string{"# wait while it is pending; accept it where acceptance is required; create it again where it failed or was rejected"},
		AWSCode:  "BAD_STATE", AWSPage: create,
	}, {
		Code:      "endpoint/address-down",
		Component: "${destination_eni}",
		Title:     "one of the endpoint's addresses does not answer",
		Severity:  netpath.SeverityWarning,
		Hop:       netpath.HopTCP,
		Summary:   "${address} of ${endpoint} does not answer; the endpoint's other addresses do",
		Meaning:   "Callers that pick this address time out; the others get through. The endpoint serves fewer Availability Zones than it seems to.",
		Live:      "connections to this address fail, connections to the endpoint's other addresses stand",
		Not:       "sg/endpoint-ingress-missing, where no address answers",
		Fix:       []string{"# look at the endpoint's network interface with this address; take its subnet out of the endpoint and add it again, or open a case with AWS Support ('probe ticket case.tar.gz' puts together what they ask for)"},
		AWSPage:   create,
	}}
}

// endpointPolicyPage is the AWS page about endpoint policies.
const endpointPolicyPage = "Control access to VPC endpoints using endpoint policies"

// What gives an endpoint another policy, and its own again.
var (
	newEndpointPolicy = []string{"aws ec2 modify-vpc-endpoint --region ${region} --vpc-endpoint-id ${endpoint} --policy-document ${fixed_policy}"}
	oldEndpointPolicy = []string{"aws ec2 modify-vpc-endpoint --region ${region} --vpc-endpoint-id ${endpoint} --policy-document ${policy}"}
)

// endpointPolicies are endpoints' policies that allow too little or too much.
func endpointPolicies() []Entry {
	return []Entry{{
		Code:     "endpoint/policy-denies",
		Title:    "the endpoint policy denies this action, principal or resource",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopEndpointPolicy,
		Summary:  "the policy of ${endpoint} does not let ${principal} do ${action}",
		Meaning:  "An endpoint policy only caps: what it does not allow is denied to everybody who comes through the endpoint.",
		Live:     "the denial names the VPC endpoint policy",
		Config:   "no statement of the endpoint's policy allows the request, or one denies it",
		Not:      "policy/resource-denies and iam/identity-denies: the denial's words name the layer",
		Fix:      newEndpointPolicy,
		Undo:     oldEndpointPolicy,
		AWSPage:  endpointPolicyPage,
		Explains: []string{"endpoint/prm-denied"},
		Matches:  []Match{{Hop: netpath.HopEndpointPolicy, Failure: netpath.FailureDenied}},
	}, {
		Code:     "endpoint/policy-blocks-oauth",
		Title:    "the endpoint policy names IAM principals, the runtime takes bearer tokens",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopEndpointPolicy,
		Summary:  "the policy of ${endpoint} lets IAM principals in (statement ${statement}), and ${runtime} is called with bearer tokens",
		Meaning:  "A bearer of a token is no IAM principal: a statement of an endpoint policy is about such calls only where its principal is *.",
		Live:     "calls with a valid token are denied through the endpoint",
		Config:   "the runtime has a JWT authorizer, and the statement of the endpoint's policy that allows the action names principals",
		Not:      "auth/token-invalid, where the token itself is refused, by every way",
		Fix:      newEndpointPolicy,
		Undo:     oldEndpointPolicy,
		AWSPage:  endpointPolicyPage,
		Explains: []string{"endpoint/prm-denied", "endpoint/policy-denies"},
	}, {
		Code:     "endpoint/policy-blocks-layers",
		Title:    "the policy of the S3 endpoint leaves out the image layers",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopEndpointPolicy,
		Summary:  "the policy of ${endpoint} does not let everybody do ${action} on ${resource}, where the layers of the agent's image are",
		Meaning:  "Layers are fetched from a bucket of Amazon ECR's by links that Amazon ECR has signed, not by the agent's role. Without them the container cannot be pulled: the next cold start fails with 424, sessions that run go on.",
		Config:   "no statement of the endpoint's policy allows s3:GetObject on the layer bucket to everybody, or one denies it",
		Not:      "route/s3-gateway-missing, where packets do not get there at all",
		Fix:      newEndpointPolicy,
		Undo:     oldEndpointPolicy,
		AWSPage:  "Amazon ECR interface VPC endpoints",
	}, {
		Code:     "endpoint/policy-open",
		Title:    "the policy of the S3 endpoint is a way out for data",
		Severity: netpath.SeverityInfo,
		Hop:      netpath.HopEndpointPolicy,
		Summary:  "${vpc} has no way to the internet, and the policy of ${endpoint} lets the agent write into the bucket of any account",
		Meaning:  "The default policy of an endpoint allows full access: whoever controls the agent can put data into a bucket of their own through it. What the agent's role may do is another limit.",
		Config:   "the policy of the S3 endpoint allows s3:PutObject on a bucket of another account, and the agent is to have no way out",
		Not:      "policy/public-egress, where packets get to the internet",
		Fix:      newEndpointPolicy,
		Undo:     oldEndpointPolicy,
		AWSPage:  endpointPolicyPage,
	}}
}

// endpointDenials are denials by endpoints' policies that not everybody meets.
func endpointDenials() []Entry {
	return []Entry{{
		Code:     "endpoint/prm-denied",
		Title:    "OAuth discovery through the endpoint is denied",
		Severity: netpath.SeverityWarning,
		Hop:      netpath.HopEndpointPolicy,
		Summary:  "the policy of ${endpoint} denies ${action}: clients cannot look up where to get a token",
		Meaning:  "A client without a token asks the runtime for its protected-resource metadata (RFC 9728). The request carries no credentials, so the endpoint's policy must allow it for the principal *. Clients that have a token get in.",
		Live:     "the request for the metadata is denied by the VPC endpoint policy",
		Not:      "endpoint/policy-blocks-oauth, where calls with a token are denied, too",
		Fix:      []string{"# add to the policy of ${endpoint} a statement that allows bedrock-agentcore:GetRuntimeProtectedResourceMetadata on ${runtime} for the principal *"},
		AWSPage:  "GetRuntimeProtectedResourceMetadata",
		Matches:  []Match{{Hop: netpath.HopEndpointPolicy, Failure: netpath.FailureDiscovery}},
	}, {
		Code:     "endpoint/policy-unstable",
		Title:    "the endpoint policy allows and denies equal requests",
		Severity: netpath.SeverityWarning,
		Hop:      netpath.HopEndpointPolicy,
		Summary:  "the policy of ${endpoint} denied ${denied} of ${asked} equal requests",
		Meaning:  "An edit of an endpoint's policy takes minutes to spread. Until then requests are judged by the old policy or the new one, whichever is where they arrive.",
		Live:     "of several equal requests some are denied by the VPC endpoint policy, and some get past it",
		Not:      "endpoint/policy-denies, where all are denied",
		Fix:      []string{"# wait five minutes and check again; if it stays so, look at who edits the policy of ${endpoint}"},
		Explains: []string{"endpoint/policy-denies", "endpoint/policy-blocks-oauth", "endpoint/prm-denied"},
		AWSPage:  endpointPolicyPage,
		Matches:  []Match{{Hop: netpath.HopEndpointPolicy, Failure: netpath.FailurePolicyUnstable}},
	}}
}

// services are what other servers than AgentCore and databases answer.
func services() []Entry {
	entry := func(code, title, summary, meaning, live, fix string, failures ...netpath.Failure) Entry {
		e := Entry{Code: code, Title: title, Severity: netpath.SeverityCritical, Hop: netpath.HopService, Summary: summary, Meaning: meaning, Live: live, Fix: []string{fix}, AWSPage: "AWS service endpoints"}
		for _, f := range failures {
			for _, kind := range []netpath.Kind{netpath.KindService, netpath.KindEgress, netpath.KindOnPrem} {
				e.Matches = append(e.Matches, Match{Kind: kind, Hop: netpath.HopService, Failure: f})
			}
		}
		return e
	}
	return []Entry{
		entry("service/error", "the server answers an error of its own", "${name} at ${address} answers with HTTP status ${http_status}",
			"The request arrived: the network path works, the server does not.", "a status of 500 or above, or an error of the service's that is about no permission",
			"# look at the server, or for an AWS service at the AWS Health Dashboard",
			netpath.FailureServer, netpath.FailureQuota, netpath.FailureConflict),
		entry("service/unexpected-answer", "the answer is not what such a server gives", "${name} at ${address} does not answer as it should: ${failure}",
			"The connection and TLS stand, and what answers is not the server that is meant, or does not answer in time.", "no answer within timeouts.request, an answer that is not HTTP, a redirect, or none of the service's own",
			"# find out what answers at ${address}: a proxy, a load balancer without targets, another service",
			netpath.FailureTimeout, netpath.FailureClosed, netpath.FailureReset, netpath.FailureMalformed, netpath.FailureRedirect, netpath.FailureResponseTooLarge,
			netpath.FailureNotFound, netpath.FailureValidation, netpath.FailureOther),
	}
}

// transport are the faults of TCP and TLS.
func transport() []Entry {
	const tls = "Using SSL/TLS to encrypt a connection to a DB instance or cluster"
	entry := func(code, title, summary, meaning, live, not, fix string, m ...Match) Entry {
		return Entry{Code: code, Title: title, Severity: netpath.SeverityCritical, Hop: m[0].Hop, Summary: summary, Meaning: meaning, Live: live, Not: not, Fix: []string{fix}, Matches: m}
	}
	untrusted := entry("tls/untrusted", "the certificate's issuer is not trusted",
		"${address} shows a certificate issued by ${issuer}, which is not trusted here",
		"Something between here and the service ends TLS with a certificate of its own (an inspection appliance), or a database has a certificate of an authority that is not installed. The roots of Amazon RDS are known to the probe; whether the agent has them is for its image to say.",
		"the chain leads to no root of the trust store", "tls/name-mismatch: a trusted chain for another name",
		"# if ${issuer} is an inspection appliance, exempt ${name} from it; if it is the authority of a database of your own, install its CA bundle",
		Match{Hop: netpath.HopTLS, Failure: netpath.FailureTLSUntrusted})
	untrusted.AWSPage = tls
	passes := Entry{
		Code:     "tcp/passes-unexplained",
		Title:    "the configuration blocks it, and it works",
		Severity: netpath.SeverityInfo,
		Hop:      netpath.HopTCP,
		Summary:  "${address} answers although the configuration says ${cause}",
		Meaning:  "The configuration that was read is older than the network, or the connection was tracked before a rule went: new connections from elsewhere will fail.",
		Live:     "the connection stands",
		Config:   "a rule, route or state that should stop it",
		Not:      "an exposure: that is judged by the path's expectation",
		Fix:      []string{"# read the configuration again; if it still says so, look for a rule that was changed in the last minutes"},
		AWSPage:  "Security group connection tracking",
	}
	dropped := entry("tcp/dropped-unexplained", "the packets vanish and no rule explains it",
		"${address} does not answer, and nothing in the configuration that was read stops it",
		"A host firewall, an appliance or an on-premises firewall drops the packets: the VPC's own rules admit them.",
		"the connection times out", "sg/ingress-missing and the other rules, which the configuration would show",
		"# look at what the configuration does not show: the host's own firewall, appliances on the way, and whether the target listens on all addresses",
		Match{Hop: netpath.HopTCP, Failure: netpath.FailureTimeout})
	dropped.Config = "every rule, route and state on the way admits it"
	silent := entry("tcp/no-answer", "no answer, and not every rule on the way is known",
		"${address} does not answer, and the configuration could not be read far enough to say why",
		"Something on the way drops the packets. Which rule it is cannot be said: a part of the configuration is unknown.",
		"the connection times out", "tcp/dropped-unexplained, where every rule is known to admit it",
		"# let the probe read the configuration (see the findings about what could not be read), then check again",
		Match{Hop: netpath.HopTCP, Failure: netpath.FailureTimeout, Fact: "never=true"})
	silent.Matches = nil // chosen by what is known of the rules, not by the failure alone
	return []Entry{
		dropped, silent, passes, untrusted,
		entry("tcp/refused", "nothing listens on the port",
			"${address} refuses the connection",
			"The host is reachable and nothing listens: the packets pass every rule on the way.",
			"ECONNREFUSED (a TCP reset, RFC 9293)", "a security group or ACL, which drop without an answer",
			"# check the port, and that the service runs and listens on this address",
			Match{Hop: netpath.HopTCP, Failure: netpath.FailureRefused}, Match{Hop: netpath.HopTCP, Failure: netpath.FailureReset}),
		entry("tcp/rejected", "something on the way refuses by ICMP",
			"the way to ${address} is refused by an ICMP message",
			"A firewall that rejects, or a router without a route: neither security groups nor ACLs answer.",
			"EHOSTUNREACH or ENETUNREACH", "tcp/dropped-unexplained, where nothing comes back",
			"# look for a firewall with a reject rule on the way to ${address}, or a missing route on this host",
			Match{Hop: netpath.HopTCP, Failure: netpath.FailureRejected}, Match{Hop: netpath.HopTCP, Failure: netpath.FailureNetworkUnreachable}),
		entry("tls/name-mismatch", "the certificate is for another name",
			"${address} shows a certificate for ${names}, not for ${name}",
			"The name leads to another service than the one meant, or an appliance answers.",
			"the certificate does not cover the name (RFC 9525)", "tls/untrusted",
			"# check where ${name} points",
			Match{Hop: netpath.HopTLS, Failure: netpath.FailureTLSName}),
		entry("tls/expired", "the certificate is not valid now",
			"the certificate of ${address} is valid from ${not_before} to ${not_after}",
			"The certificate has run out or is not valid yet, or this machine's clock is wrong.",
			"the time lies outside of the certificate's validity (RFC 5280)", "auth/clock-skew, which the service's Date header shows",
			"# renew the certificate, or set this machine's clock",
			Match{Hop: netpath.HopTLS, Failure: netpath.FailureTLSExpired}, Match{Hop: netpath.HopTLS, Failure: netpath.FailureTLSNotYetValid}),
		entry("tls/not-tls", "what answers does not speak TLS",
			"${address} does not answer with TLS",
			"Another protocol listens on the port, or a proxy answers in plain text.",
			"the first bytes are not a TLS record", "tls/version",
			"# check the port, and whether a proxy is in the way",
			Match{Hop: netpath.HopTLS, Failure: netpath.FailureTLSNotTLS}, Match{Hop: netpath.HopTLS, Failure: netpath.FailureClosed}, Match{Hop: netpath.HopTLS, Failure: netpath.FailureReset}, Match{Hop: netpath.HopTLS, Failure: netpath.FailureTimeout}),
		entry("tls/version", "no common TLS version",
			"${address} offers no TLS version of 1.2 or later",
			"AWS's services need TLS 1.2; something old answers.",
			"a protocol_version or handshake_failure alert (RFC 8446)", "tls/not-tls",
			"# find out what answers at ${address}",
			Match{Hop: netpath.HopTLS, Failure: netpath.FailureTLSVersion}, Match{Hop: netpath.HopTLS, Failure: netpath.FailureTLSAlert}),
	}
}
