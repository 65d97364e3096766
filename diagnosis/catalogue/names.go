package catalogue

import (
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// names are the faults of resolving.
func names() []Entry {
	return slices.Concat(resolvers(), privateNames(), publicAnswers(), otherNames())
}

// resolvers are what a resolver answers, whatever the name.
func resolvers() []Entry {
	return []Entry{{
		Code:      "dns/resolver-unreachable",
		Component: "${server}",
		Title:     "the configured resolver does not answer",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Summary:   "the resolver ${server} does not answer for ${name}",
		Meaning:   "No name can be resolved from here, so nothing that is addressed by name works. The VPC's own resolver is not filtered by security groups or network ACLs; a resolver of one's own is.",
		Live:      "every configured server let the query time out or refused the port",
		Not:       "dns/servfail: there the server answers",
		Fix:       []string{"# compare the nameserver lines of /etc/resolv.conf with the VPC's DHCP options; the Amazon resolver is 169.254.169.253"},
		AWSPage:   "Amazon DNS server",
		Explains:  []string{"probe/cannot-read"},
		Matches: []Match{
			{Hop: netpath.HopResolver, Failure: netpath.FailureDNSTimeout},
			{Hop: netpath.HopResolver, Failure: netpath.FailureDNSUnreachable},
		},
	}, {
		Code:     "dns/servfail",
		Title:    "the resolver answers SERVFAIL",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResolver,
		Summary:  "the resolver ${server} answers SERVFAIL for ${name}",
		Meaning:  "The resolver tried and could not find an answer: its forwarder or the zone's servers are unreachable, or a rule forwards the name to a server that does not know it.",
		Live:     "the answer's RCODE is 2 (RFC 1035)",
		Not:      "dns/nxdomain: there the zone says that the name does not exist",
		Fix:      []string{"# look at the Route 53 Resolver rules that match ${name} and at the servers they forward to"},
		AWSPage:  "Resolving DNS queries between VPCs and your network",
		Matches:  []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSServfail}},
	}, {
		Code:     "dns/nxdomain",
		Title:    "the resolver says that the name does not exist",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResolver,
		Summary:  "the resolver ${server} says that ${name} does not exist",
		Meaning:  "A private hosted zone, a forwarding rule or a firewall hides the name: AWS's own zone has it.",
		Live:     "the answer's RCODE is 3 (RFC 1035)",
		Config:   "the interface endpoint is there and has private DNS, so the VPC's resolver would know the name",
		Not:      "dns/database-unresolvable: the same for a database's name",
		Fix:      []string{"# look for a private hosted zone, resolver rule or DNS Firewall rule of the VPC that covers ${name}"},
		AWSPage:  "Working with private hosted zones",
		Matches:  []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSNXDomain}},
	}, {
		Code:      "dns/refused",
		Component: "${server}",
		Title:     "the resolver refuses the query",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Summary:   "the resolver ${server} refuses to answer for ${name}",
		Meaning:   "The server is there and does not serve this client or this zone.",
		Live:      "the answer's RCODE is 5 (RFC 1035)",
		Not:       "dns/resolver-unreachable: there nothing comes back",
		Fix:       []string{"# a resolver of one's own must allow queries from this subnet; the Amazon resolver is 169.254.169.253"},
		AWSPage:   "Amazon DNS server",
		Matches:   []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSRefused}},
	}, {
		Code:     "dns/blocked",
		Title:    "the name is answered without a usable address",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResolver,
		Summary:  "the resolver ${server} answers ${name} with no address that leads anywhere",
		Meaning:  "The name is known and has no address here: DNS Firewall answers NODATA so, and so does a private zone with another record type.",
		Live:     "RCODE 0 and no address, or one of this host or of nobody (127.0.0.0/8, 0.0.0.0), or RCODE 3 without the SOA record of a zone that denies the name (RFC 2308): somebody made it up",
		Not:      "dns/nxdomain: there a zone denies the name itself",
		Fix:      []string{"# look at the DNS Firewall rule groups associated with the VPC for a rule that covers ${name}"},
		AWSPage:  "How Route 53 Resolver DNS Firewall works",
		Matches: []Match{
			{Hop: netpath.HopResolver, Failure: netpath.FailureDNSNoAnswer},
			{Hop: netpath.HopResolver, Failure: netpath.FailureDNSSinkhole},
			{Hop: netpath.HopResolver, Failure: netpath.FailureDNSNXDomain, Fact: "zone=none"},
		},
	}}
}

// privateNames are the faults of an endpoint's private names.
func privateNames() []Entry {
	const privateDNS = "Access an AWS service using an interface VPC endpoint"
	const vpcDNS = "View and update DNS attributes for your VPC"
	return []Entry{{
		Code:     "dns/private-dns-off",
		Title:    "the interface endpoint exists, its private DNS is off",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResolver,
		Summary:  "${endpoint} does not answer for ${name}: its private DNS is off, so the name stays public",
		Meaning:  "Callers that use the service's ordinary name go out to the internet, or nowhere, although the endpoint stands beside them.",
		Live:     "the name answers public addresses",
		Config:   "DescribeVpcEndpoints: PrivateDnsEnabled is false",
		Not:      "dns/vpc-attributes-off and dns/custom-resolver, where private DNS is on and has no effect",
		Fix:      []string{"aws ec2 modify-vpc-endpoint --region ${region} --vpc-endpoint-id ${endpoint} --private-dns-enabled"},
		Undo:     []string{"aws ec2 modify-vpc-endpoint --region ${region} --vpc-endpoint-id ${endpoint} --no-private-dns-enabled"},
		AWSPage:  privateDNS,
	}, {
		Code:     "dns/vpc-attributes-off",
		Title:    "a DNS attribute of the VPC is off",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResolver,
		Summary:  "${attribute} of ${vpc} is off, so private DNS of ${endpoint} has no effect",
		Meaning:  "Private DNS needs enableDnsSupport and enableDnsHostnames; without both the service's name stays public.",
		Live:     "the name answers public addresses",
		Config:   "DescribeVpcAttribute: the attribute's value is false",
		Not:      "dns/private-dns-off: there it is the endpoint's switch",
		Fix:      []string{"aws ec2 modify-vpc-attribute --region ${region} --vpc-id ${vpc} --${attribute_flag}"},
		Undo:     []string{"aws ec2 modify-vpc-attribute --region ${region} --vpc-id ${vpc} --no-${attribute_flag}"},
		AWSPage:  vpcDNS,
	}, {
		Code:     "dns/not-the-endpoint",
		Title:    "the name answers private addresses that are not the endpoint's",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResolver,
		Summary:  "${name} answers ${answers}, which is not ${endpoint}",
		Meaning:  "A private hosted zone or a hosts entry points somewhere else, often at an endpoint that was deleted.",
		Live:     "the answered addresses are private and none is an ENI of the endpoint",
		Config:   "the endpoint's ENIs have other addresses",
		Not:      "endpoints centralised in a hub VPC: there the addresses are another endpoint's, on purpose",
		Fix:      []string{"# correct the record of ${name} in the private hosted zone or hosts file; the endpoint's addresses are ${expected}"},
		AWSPage:  "Working with private hosted zones",
		Matches:  []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSOther}},
	}, {
		Code:     "dns/partial",
		Title:    "some of the endpoint's addresses are missing from the answer",
		Severity: netpath.SeverityWarning,
		Hop:      netpath.HopResolver,
		Summary:  "${name} answers ${answers} and leaves out ${missing}",
		Meaning:  "Callers use fewer Availability Zones than the endpoint has.",
		Live:     "the answer is a proper part of the endpoint's addresses",
		Not:      "endpoint/address-down: the name of an endpoint leaves out ENIs that are not healthy",
		Fix:      []string{"# check the record of ${name} if it is kept by hand; the endpoint's addresses are ${expected}"},
		AWSPage:  privateDNS,
		Matches:  []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSPartial}},
	}}
}

func otherNames() []Entry {
	return []Entry{{
		Code:      "dns/tcp-blocked",
		Component: "${server}",
		Title:     "the answer is truncated and TCP 53 does not work",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Summary:   "the answer of ${server} for ${name} is truncated, and TCP port 53 does not work",
		Meaning:   "Large answers need TCP (RFC 7766). A firewall between here and the resolver lets UDP through only.",
		Live:      "TC bit over UDP, then a failed TCP connection to the same server",
		Fix:       []string{"# admit TCP port 53 to ${server}"},
		AWSPage:   "Amazon DNS server",
		Matches:   []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSTCPBlocked}},
	}, {
		Code:     "dns/database-unresolvable",
		Title:    "the database's name does not resolve inside the VPC",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResolver,
		Summary:  "the resolver ${server} says that ${name} does not exist",
		Meaning:  "The agent cannot find its database: the name is wrong, the instance was deleted or renamed, or the zone is not visible here.",
		Live:     "the answer's RCODE is 3 (RFC 1035) for the database's name",
		Not:      "dns/nxdomain: the same for an AWS service's name",
		Fix:      []string{"# correct the name; RDS has these: aws rds describe-db-instances --region ${region} --query 'DBInstances[].Endpoint.Address'"},
		AWSPage:  "Finding the connection information for an Amazon RDS DB instance",
		Matches:  []Match{{Kind: netpath.KindDatabase, Hop: netpath.HopResolver, Failure: netpath.FailureDNSNXDomain}},
	}, {
		Code:      "dns/database-public",
		Title:     "the database's name answers public addresses",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Component: "${server}",
		Summary:   "${server} answers ${name} with public addresses: ${answers}",
		Meaning:   "Inside of the VPC the name of an RDS database answers its private address. A resolver that asks outside sends the agent to the internet.",
		Live:      "the answered addresses are public",
		Not:       "dns/custom-resolver: the same for an AWS service's name",
		Fix:       towardsTheVPC,
		AWSPage:   "Hiding a DB instance in a VPC from the internet",
		Matches:   []Match{{Kind: netpath.KindDatabase, Hop: netpath.HopResolver, Failure: netpath.FailureDNSPublic}},
	}, {
		Code:     "dns/not-the-database",
		Title:    "the database's name answers an address that is not the database's",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResolver,
		Summary:  "${name} answers ${answers}; the database has ${expected}",
		Meaning:  "A private hosted zone or a hosts entry sends the agent to another machine.",
		Live:     "the answered addresses are private and none is the database's",
		Config:   "the network interface that RDS made for the database has another address",
		Not:      "dns/database-unresolvable, where nothing is answered",
		Fix:      []string{"# correct the record of ${name} in the private hosted zone or hosts file"},
		AWSPage:  "Working with private hosted zones",
		Matches:  []Match{{Kind: netpath.KindDatabase, Hop: netpath.HopResolver, Failure: netpath.FailureDNSOther}},
	}, {
		Code:      "dns/malformed",
		Component: "${server}",
		Title:     "what answers is not a DNS server",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Summary:   "${server} answers something that is not a DNS message for ${name}",
		Meaning:   "Another service listens on port 53, or an appliance damages the messages.",
		Live:      "the message cannot be parsed, or does not answer the question asked (RFC 5452)",
		Fix:       []string{"# find out what listens on ${server} port 53"},
		AWSPage:   "Amazon DNS server",
		Matches:   []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSMalformed}},
	}}
}

// publicAnswers are why a name that is to be private may answer public addresses
// although no switch says so.
func publicAnswers() []Entry {
	return []Entry{{
		Code:      "dns/custom-resolver",
		Component: "${setting}",
		Title:     "a resolver that does not know the endpoint's private names",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Summary:   "${server} answers ${name} with public addresses although private DNS of ${endpoint} is on",
		Meaning:   "The resolver in use is not the VPC's, or forwards past it: the endpoint's private zone is visible to the VPC resolver only.",
		Live:      "the name answers public addresses",
		Config:    "private DNS is on and both DNS attributes of the VPC are true; the VPC's DHCP options may name the resolver",
		Not:       "dns/private-dns-off",
		Fix:       towardsTheVPC,
		AWSPage:   "DHCP option sets in Amazon VPC",
		Matches: []Match{
			{Kind: netpath.KindInvoke, Hop: netpath.HopResolver, Failure: netpath.FailureDNSPublic, Fact: "private_dns=on"},
			{Kind: netpath.KindService, Hop: netpath.HopResolver, Failure: netpath.FailureDNSPublic, Fact: "private_dns=on"},
		},
	}, {
		Code:      "dns/zone-not-associated",
		Component: "${vpc}",
		Title:     "the private zone of an endpoint elsewhere does not answer in this VPC",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Summary:   "${server} answers ${name} with public addresses: no private zone that leads to ${endpoint}, in ${zone_of}, answers in ${vpc}",
		Meaning:   "Where endpoints are central, a private hosted zone of their VPC is associated with the others. A VPC that it is not associated with gets the service's public addresses. The endpoint's own private DNS is off on purpose, and switched on would answer in its own VPC only.",
		Live:      "the name answers public addresses",
		Config:    "the endpoint is in another VPC that this one is joined with, and the DHCP options name Amazon's resolver. Route 53 is not read",
		Not:       "dns/private-dns-off, where the endpoint is in this VPC",
		Fix: []string{
			"# associate the private hosted zone of ${name} with ${vpc}: aws route53 create-vpc-association-authorization by the zone's account, then aws route53 associate-vpc-with-hosted-zone by this one",
			"# or associate the Route 53 Profile that holds the zone with ${vpc}",
		},
		AWSPage: "Associating an Amazon VPC and a private hosted zone that you created with different AWS accounts",
		Matches: []Match{
			{Kind: netpath.KindInvoke, Hop: netpath.HopResolver, Failure: netpath.FailureDNSPublic, Fact: "private_dns=another VPC's"},
			{Kind: netpath.KindService, Hop: netpath.HopResolver, Failure: netpath.FailureDNSPublic, Fact: "private_dns=another VPC's"},
		},
	}, {
		Code:      "dns/public-answers",
		Component: "${server}",
		Title:     "a name that is to be private answers public addresses",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Summary:   "${server} answers ${name} with public addresses, and what could be read of the configuration does not say why",
		Meaning:   "Calls go out to the internet, or nowhere. There is no endpoint here, or its private DNS is off, or a DNS attribute of the VPC; its zone is a hub's and not associated with this VPC; or the resolver in use is not the VPC's.",
		Live:      "the name answers public addresses; that private DNS is on is not known",
		Not:       "dns/custom-resolver, where the configuration was read and leaves only the resolver",
		Fix: []string{
			"# let the probe read the VPC's endpoints and attributes (see the findings about what could not be read), then check again",
			"# or look: aws ec2 describe-vpc-endpoints --region ${region} --filters Name=vpc-id,Values=${vpc} --query 'VpcEndpoints[].[ServiceName,State,PrivateDnsEnabled]'",
		},
		AWSPage: "Access an AWS service using an interface VPC endpoint",
		Matches: []Match{
			{Kind: netpath.KindInvoke, Hop: netpath.HopResolver, Failure: netpath.FailureDNSPublic},
			{Kind: netpath.KindService, Hop: netpath.HopResolver, Failure: netpath.FailureDNSPublic},
		},
	}}
}

// towardsTheVPC mends what answers public addresses where private ones are meant: a
// resolver, or a line that Kubernetes writes for hostAliases and Compose for extra_hosts.
var towardsTheVPC = []string{
	"# let ${resolver} forward ${name} to the VPC's resolver (169.254.169.253), or use that one in DHCP options and resolv.conf",
	"# take the line of ${name} out of ${hosts_file}; in a pod it comes from hostAliases, in Compose from extra_hosts",
}
