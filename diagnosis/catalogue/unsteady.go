package catalogue

import "github.com/agentcore-probe/probe/netpath"

// unsteady are the faults of what works in part: not always, not for everything,
// or not for long.
func unsteady() []Entry {
	return append(unsteadyNames(), unsteadyPackets()...)
}

func unsteadyNames() []Entry {
	const page = "Amazon DNS server"
	return []Entry{{
		Code:      "dns/slow",
		Component: "${server}",
		Title:     "the resolver's answers are correct and slow",
		Severity:  netpath.SeverityWarning,
		Hop:       netpath.HopResolver,
		Summary:   "most of ${questions} answers of ${server} took ${median} or longer; more than ${threshold} is slow",
		Meaning:   "Every new connection waits for a name. Clients whose own limit is shorter fail, and say that the name does not resolve.",
		Live:      "the median of several answers to the same question is over thresholds.resolve",
		Not:       "dns/throttled, where some questions get no answer at all and the others are fast",
		Fix:       []string{"# look at what ${server} forwards to: rules of the Route 53 Resolver, servers of one's own behind a VPN or in another Region"},
		AWSPage:   "Resolving DNS queries between VPCs and your network",
		Matches:   []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSSlow}},
	}, {
		Code:      "dns/throttled",
		Component: "${server}",
		Title:     "the resolver leaves some questions unanswered",
		Severity:  netpath.SeverityWarning,
		Hop:       netpath.HopResolver,
		Summary:   "${server} left ${lost} of ${questions} questions unanswered and answered the others",
		Meaning:   "The Amazon DNS server takes 1024 packets a second from each network interface and drops what is more; a busy server of one's own, or a path that loses packets, looks the same. Clients wait for their second try, or fail.",
		Live:      "of several questions that were sent at once, two or more got no answer within the time limit, and others did",
		Not:       "dns/resolver-unreachable, where none is answered",
		Fix: []string{
			"# cache answers on the host (systemd-resolved, dnsmasq, NodeLocal DNSCache), and raise the clients' time limit",
			"# on an instance, 'ethtool -S eth0' shows in linklocal_allowance_exceeded whether it is the limit of the interface",
		},
		Explains: []string{"dns/resolver-unreachable"},
		AWSPage:  page,
		Matches:  []Match{{Hop: netpath.HopResolver, Failure: netpath.FailureDNSUnanswered}},
	}, {
		Code:      "dns/gateway-shadowed",
		Component: "${endpoint}",
		Title:     "the data plane's private DNS hides the names of gateways",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopResolver,
		Summary:   "private DNS of ${endpoint} covers ${zone} and hides ${name}: ${vpc} has no endpoint for gateways",
		Meaning:   "The private zone of the data plane's endpoint answers for every name below it, and knows none of a gateway's: inside of the VPC they do not exist, although they do outside.",
		Live:      "the answer's RCODE is 3 (RFC 1035), in the name of the data plane's zone",
		Config:    "an endpoint for bedrock-agentcore has private DNS on, and none for bedrock-agentcore.gateway is there",
		Not:       "dns/nxdomain, where the endpoint's zone does not cover the name",
		Fix:       []string{"aws ec2 create-vpc-endpoint --region ${region} --vpc-id ${vpc} --vpc-endpoint-type Interface --service-name ${gateway_service} --subnet-ids ${subnets} --security-group-ids ${groups} --private-dns-enabled"},
		AWSPage:   "Use interface VPC endpoints (AWS PrivateLink) to create a private connection between your VPC and your Amazon Bedrock AgentCore resources",
	}}
}

func unsteadyPackets() []Entry {
	return []Entry{{
		Code:     "tcp/loss",
		Title:    "packets get lost on the way",
		Severity: netpath.SeverityWarning,
		Hop:      netpath.HopTCP,
		Summary:  "on the way to ${address} packets get lost: ${losses}",
		Meaning:  "What gets lost is sent again, a second later at the beginning of a connection: calls are slow now and then, and some fail.",
		Live:     "TCP_INFO counts segments that were sent again and had not arrived, and of several more connections one or more needed a second try or failed",
		Not:      "endpoint/address-down and nacl/partial-ephemeral, where it is always the same address or port; route/nat-ports-exhausted, where connections fail and no packet of the others gets lost",
		Fix:      []string{"# find the device that drops: compare the losses from another subnet and to another address, and look at the limits of the instances, tunnels and appliances on the way"},
		Explains: []string{"tls/not-tls"},
		AWSPage:  "Amazon EC2 instance network bandwidth",
		Matches:  []Match{{Hop: netpath.HopTCP, Failure: netpath.FailureLoss}},
	}, {
		Code:      "route/nat-ports-exhausted",
		Component: "${nat_gateway}",
		Title:     "the NAT gateway finds no port for some connections",
		Severity:  netpath.SeverityWarning,
		Hop:       netpath.HopTCP,
		Summary:   "${lost} of ${samples} connections to ${address} through ${nat_gateway} got no answer; the others stood at once",
		Meaning:   "A NAT gateway carries 55,000 connections at a time to one destination for each of its addresses. What is more gets no port and no answer; connections that stand are not touched.",
		Live:      "some connections fail as often as their first packet is repeated, and the others lose nothing",
		Config:    "the route leads through a NAT gateway that works. The metric ErrorPortAllocation of CloudWatch would prove it; the probe does not read it",
		Not:       "tcp/loss, where a packet that is sent again passes",
		Fix: []string{
			"# to prove it: aws cloudwatch get-metric-statistics --region ${region} --namespace AWS/NATGateway --metric-name ErrorPortAllocation --dimensions Name=NatGatewayId,Value=${nat_gateway} --statistics Sum --period 300 --start-time $(date -u -d -1hour +%FT%TZ) --end-time $(date -u +%FT%TZ)",
			"# give ${nat_gateway} more addresses, spread clients over several NAT gateways, reuse connections, or reach the service by an endpoint",
		},
		AWSPage: "Troubleshoot NAT gateways",
		Matches: []Match{{Hop: netpath.HopTCP, Failure: netpath.FailureLoss, Fact: "behind=nat"}},
	}, {
		Code:     "tcp/mtu",
		Title:    "small packets pass, large ones vanish",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopTCP,
		Summary:  "packets to ${address} with ${segment} bytes of payload vanish, smaller ones pass",
		Meaning:  "A link on the way takes smaller packets than both ends believe, and the ICMP message that would say so is filtered: connections stand and small requests pass, until something large is sent and hangs.",
		Live:     "a handshake that hangs with full segments passes with a small maximum segment size (TCP_MAXSEG); on paths with jumbo frames, a padded request hangs after a small one was answered. Which link it is does not show",
		Not:      "tls/not-tls, where small packets are not answered either",
		Fix: []string{
			"# admit ICMP type 3 code 4 (fragmentation needed) in the network ACLs and firewalls between here and ${address}",
			"# or lower the MTU of the clients' interfaces, or clamp the maximum segment size at the tunnel or appliance",
		},
		Explains: []string{"tls/not-tls"},
		AWSPage:  "Network maximum transmission unit (MTU) for your EC2 instance",
		Matches:  []Match{{Hop: netpath.HopTCP, Failure: netpath.FailureMTU}},
	}, {
		Code:     "tcp/idle-timeout",
		Title:    "a connection that is silent for long dies",
		Severity: netpath.SeverityWarning,
		Hop:      netpath.HopTCP,
		Summary:  "a connection to ${address} that was silent for ${silence} is dead; one with keep-alives lives",
		Meaning:  "Something on the way forgets connections in which nothing is said: NAT gateways and interface endpoints after 350 seconds. A stream that pauses for longer ends without an error until somebody writes.",
		Live:     "of two connections that were opened at the same time, the silent one gets no answer or a reset, and the one with TCP keep-alives is answered",
		Not:      "a server that ends idle connections itself, which closes both",
		Fix:      []string{"# send TCP keep-alives (SO_KEEPALIVE, tcp_keepalive_time under 350 s) or something of the protocol more often than every ${silence}"},
		AWSPage:  "Troubleshoot NAT gateways",
		Matches:  []Match{{Hop: netpath.HopTCP, Failure: netpath.FailureIdle}},
	}, {
		Code:     "tls/expiring",
		Title:    "the certificate ends soon",
		Severity: netpath.SeverityWarning,
		Hop:      netpath.HopTLS,
		Summary:  "the certificate of ${address} ends at ${not_after}, in ${days} days",
		Meaning:  "Everything works until then. AWS renews its own certificates long before their end; a certificate of one's own, or of an inspection appliance, may have been forgotten.",
		Live:     "the chain is valid now, and the certificate ends within thresholds.certificate (RFC 5280)",
		Not:      "tls/expired, where it has ended",
		Fix:      []string{"# renew the certificate that was issued by ${issuer}"},
		AWSPage:  "Rotating your SSL/TLS certificate",
		Matches:  []Match{{Hop: netpath.HopTLS, Failure: netpath.FailureTLSExpiring}},
	}}
}
