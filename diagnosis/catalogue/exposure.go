package catalogue

import "github.com/agentcore-probe/probe/netpath"

// exposure are the faults of who gets in.
func exposure() []Entry { return append(lockedOut(), letIn()...) }

// policyPage is the AWS page behind the faults of resource policies.
const policyPage = "Resource-based policies for Amazon Bedrock AgentCore"

// putPolicy mends a resource policy, putBack takes that back. Runtime and
// runtime endpoint have a policy each: where both are wrong, both are mended.
const (
	putPolicy = "aws bedrock-agentcore-control put-resource-policy --region ${region} --resource-arn ${policy_resource} --policy ${fixed_policy}"
	putBack   = "aws bedrock-agentcore-control put-resource-policy --region ${region} --resource-arn ${policy_resource} --policy ${policy}"

	alsoPutPolicy = "aws bedrock-agentcore-control put-resource-policy --region ${region} --resource-arn ${also_resource} --policy ${also_fixed_policy}"
	alsoPutBack   = "aws bedrock-agentcore-control put-resource-policy --region ${region} --resource-arn ${also_resource} --policy ${also_policy}"
)

// lockedOut are faults that deny those who should get in.
func lockedOut() []Entry {
	return []Entry{{
		Code:     "policy/resource-denies",
		Title:    "the resource policy denies a caller that should get in",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResourcePolicy,
		Summary:  "the resource policy of ${policy_resource} denies ${principal} ${action}",
		Meaning:  "Policies of the runtime and of its endpoint are both evaluated, and an explicit denial in either wins.",
		Live:     "the denial names a resource-based policy",
		Config:   "a statement of the runtime's or its endpoint's policy denies the request",
		Not:      "endpoint/policy-denies: the policy of the VPC endpoint",
		Fix:      []string{putPolicy, alsoPutPolicy, "# change the statement ${statement} of the policy of ${policy_resource} so that it does not match ${principal} through ${endpoint}"},
		Undo:     []string{putBack, alsoPutBack},
		AWSPage:  policyPage,
		Matches:  []Match{{Hop: netpath.HopResourcePolicy, Failure: netpath.FailureDenied}},
	}, {
		Code:     "policy/endpoint-id-stale",
		Title:    "the policy names an endpoint that does not exist",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResourcePolicy,
		Summary:  "the resource policy of ${policy_resource} admits ${stale_endpoint}, which does not exist; the endpoint is ${endpoint}",
		Meaning:  "The endpoint was created again and has a new id: everybody who comes through it is shut out.",
		Live:     "the denial names a resource-based policy",
		Config:   "a condition on aws:SourceVpce names an id that DescribeVpcEndpoints does not list",
		Not:      "policy/resource-denies",
		Fix:      []string{putPolicy, alsoPutPolicy},
		Undo:     []string{putBack, alsoPutBack},
		AWSPage:  policyPage,
	}, {
		Code:     "policy/source-vpc-is-hub",
		Title:    "the policy names the caller's VPC, the endpoint lives in another",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResourcePolicy,
		Summary:  "the resource policy of ${policy_resource} admits ${policy_vpc}; calls come through ${endpoint} of ${vpc}",
		Meaning:  "aws:SourceVpc is the VPC of the endpoint, not of the caller.",
		Live:     "the denial names a resource-based policy",
		Config:   "a condition on aws:SourceVpc names another VPC than the endpoint's",
		Not:      "policy/endpoint-id-stale",
		Fix:      []string{putPolicy, alsoPutPolicy},
		Undo:     []string{putBack, alsoPutBack},
		AWSPage:  policyPage,
	}, {
		Code:     "policy/locks-out-endpoint",
		Title:    "a denial by source address hits everybody who comes through an endpoint",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResourcePolicy,
		Summary:  "statement ${statement} of the resource policy of ${policy_resource} denies by aws:SourceIp, which calls through ${endpoint} do not have",
		Meaning:  "Through an endpoint aws:SourceIp is absent, and a negated operator matches when its key is absent.",
		Live:     "the denial names a resource-based policy",
		Config:   "a Deny with NotIpAddress on aws:SourceIp and no condition that spares endpoints",
		Not:      "policy/resource-denies",
		Fix:      []string{putPolicy, alsoPutPolicy, "# let statement ${statement} spare endpoints: add a condition Null aws:SourceVpce true"},
		Undo:     []string{putBack, alsoPutBack},
		AWSPage:  policyPage,
	}}
}

// letIn are faults that admit those who should not get in.
func letIn() []Entry {
	return []Entry{{
		Code:     "policy/allow-list-hit",
		Title:    "our own address is on the policy's list",
		Severity: netpath.SeverityInfo,
		Hop:      netpath.HopResourcePolicy,
		Summary:  "${source_ip} is admitted over the internet by the resource policy of ${policy_resource}; other addresses are denied",
		Meaning:  "The public front is shut for the world and open for the address of our NAT gateway, on purpose. This is no exposure, and no proof that others are shut out: that is concluded from the policy.",
		Live:     "the public front accepts a signed request from here",
		Config:   "a Deny with NotIpAddress on aws:SourceIp spares our address",
		Not:      "policy/public-exposed, where nothing denies anybody",
		Fix:      []string{"# nothing, if ${source_ip} is meant to get in; else take it off the list of the policy of ${policy_resource}"},
		AWSPage:  policyPage,
	}, {
		Code:     "policy/public-exposed",
		Title:    "the public path gets in although the pattern says no",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopResourcePolicy,
		Summary:  "nothing denies ${principal} to invoke ${runtime} over the internet",
		Meaning:  "Anybody with IAM permission gets in from anywhere. For SigV4 callers of the same account an Allow with a condition shuts nobody out: only an explicit Deny does.",
		Live:     "the public front accepts a signed request from a source that should be shut out",
		Config:   "no statement of the runtime's or its endpoint's policy denies a request without aws:SourceVpce",
		Not:      "policy/allow-list-hit, where the own NAT address is on the policy's list on purpose",
		Fix:      []string{putPolicy, alsoPutPolicy},
		Undo:     []string{putBack, "aws bedrock-agentcore-control delete-resource-policy --region ${region} --resource-arn ${no_policy_resource}"},
		AWSPage:  policyPage,
	}, {
		Code:      "policy/public-egress",
		Title:     "the isolated VPC can reach the internet",
		Severity:  netpath.SeverityCritical,
		Hop:       netpath.HopRoute,
		Component: "${route_table}",
		Summary:   "${source} reaches the internet by ${target}: the route of ${route_table} to ${route_destination}",
		Meaning:   "The pattern says that the agent has no way out: what it can send out, data can leave by.",
		Live:      "something outside answers, over TCP or UDP",
		Config:    "routes, security groups and ACLs lead out of the VPC",
		Not:       "a gateway endpoint, which leads to one AWS service and not to the internet",
		Fix:       []string{"aws ec2 delete-route --region ${region} --route-table-id ${route_table} --destination-cidr-block ${route_destination}"},
		Undo: []string{
			"aws ec2 create-route --region ${region} --route-table-id ${route_table} --destination-cidr-block ${route_destination} --nat-gateway-id ${nat_gateway}",
			"aws ec2 create-route --region ${region} --route-table-id ${route_table} --destination-cidr-block ${route_destination} --gateway-id ${gateway}",
		},
		AWSPage: "Configure route tables",
	}}
}

// runtimes are the faults of the runtime itself.
func runtimes() []Entry {
	const page = "Troubleshoot AgentCore Runtime"
	entry := func(code, title, summary, meaning, live, config, fix string, m ...Match) Entry {
		return Entry{Code: code, Title: title, Severity: netpath.SeverityCritical, Hop: netpath.HopRuntime, Summary: summary, Meaning: meaning, Live: live, Config: config, Fix: []string{fix}, AWSPage: page, Matches: m}
	}
	at := func(f netpath.Failure) Match { return Match{Hop: netpath.HopRuntime, Failure: f} }
	missing := entry("runtime/not-found", "the runtime does not exist", "${runtime} does not exist in ${region}",
		"The ARN is wrong, the runtime was deleted, or it is in another Region.", "404 for the runtime's own qualifier", "GetAgentRuntime answers ResourceNotFoundException",
		"# correct the ARN; these exist: aws bedrock-agentcore-control list-agent-runtimes --region ${region}", at(netpath.FailureNotFound))
	missing.Explains = []string{"iam/identity-denies"} // a role for what exists may not call what does not
	start := entry("runtime/start-failed", "the agent's container does not start in time", "the runtime answers 424: ${message}",
		"The container could not be pulled, or does not answer its health check in time: the answer is the same. In a VPC a session's image comes through the agent's own interfaces; its logs and the file systems that it mounts are reached through them, too.", "424 RuntimeClientError", "",
		"# read the runtime's log group: where it is empty the image was not pulled, else the container says why it ended", at(netpath.FailureStart))
	start.Needs = []string{"ecr.api", "ecr.dkr", "logs", "s3", string(netpath.KindFile)}
	start.Not = "runtime/container-error, where the container runs and answers"
	return []Entry{
		missing, start,
		entry("runtime/not-ready", "the runtime is not ready", "${runtime} is ${state}",
			"Only a runtime and an endpoint in the state READY take requests.", "", "GetAgentRuntime or GetAgentRuntimeEndpoint: status is not READY",
			"# wait while it is being created or updated; else its failureReason says more: aws bedrock-agentcore-control get-agent-runtime --region ${region} --agent-runtime-id ${runtime_id}"),
		entry("runtime/endpoint-not-found", "the runtime has no endpoint of this name", "${runtime} has no endpoint of the name that is called",
			"The qualifier is wrong, or the endpoint was deleted; a new endpoint may need some minutes.", "", "GetAgentRuntimeEndpoint answers ResourceNotFoundException",
			"# correct the qualifier, or create the endpoint; these exist: aws bedrock-agentcore-control list-agent-runtime-endpoints --region ${region} --agent-runtime-id ${runtime_id}"),
		entry("runtime/container-error", "the agent's container answers an error", "the agent's container answers: ${message}",
			"The request arrived at the agent's own code: the network path works.", "424 or 403 RuntimeClientError", "",
			"# read the runtime's log group", at(netpath.FailureContainer)),
		entry("runtime/timeout", "the agent does not answer in time", "the runtime did not answer within the time limit",
			"The request was sent and no answer came.", "the request times out after the handshake", "",
			"# read the runtime's log group; raise timeouts.request if the agent is meant to be slow", at(netpath.FailureTimeout)),
		entry("runtime/throttled", "the service throttles", "the service answers that requests come too fast",
			"The account's request quota is used up.", "429 ThrottlingException", "",
			"# ask for a higher quota, or call less often", Match{Failure: netpath.FailureThrottled}),
		entry("runtime/quota", "a quota is used up", "the service answers that a quota is exceeded: ${message}",
			"The account's sessions or another quota are used up.", "402 ServiceQuotaExceededException", "",
			"# ask for a higher quota", Match{Failure: netpath.FailureQuota}),
		entry("runtime/server-error", "the service fails", "the service answers an error of its own: ${message}",
			"The request arrived and AWS could not handle it.", "a status of 500 or above", "",
			"# look at the AWS Health Dashboard; quote the request id ${request_id}", Match{Failure: netpath.FailureServer}),
		entry("runtime/unexpected-answer", "the answer is not the service's", "${address} gives an answer that is not AgentCore's: ${message}",
			"A proxy or another service answers in its place.", "a redirect, a damaged or an oversized answer", "",
			"# find out what answers at ${address}", at(netpath.FailureMalformed), at(netpath.FailureRedirect), at(netpath.FailureResponseTooLarge), at(netpath.FailureClosed), at(netpath.FailureReset), at(netpath.FailureValidation), at(netpath.FailureConflict), at(netpath.FailureOther)),
	}
}

// databases are what a database itself answers.
func databases() []Entry {
	entry := func(code, title, summary, meaning, live, config, fix, page string, m ...Match) Entry {
		return Entry{Code: code, Title: title, Severity: netpath.SeverityCritical, Hop: netpath.HopDatabase, Summary: summary, Meaning: meaning, Live: live, Config: config, Fix: []string{fix}, AWSPage: page, Matches: m}
	}
	at := func(f netpath.Failure) Match { return Match{Kind: netpath.KindDatabase, Failure: f} }
	unavailable := entry("db/not-available", "the database is not available", "${database} is ${state}",
		"A database that is stopped, being created or failing over takes no connections.", "connections time out or are refused", "DescribeDBInstances: DBInstanceStatus",
		"aws rds start-db-instance --region ${region} --db-instance-identifier ${stopped_database}", "Stopping an Amazon RDS DB instance temporarily", at(netpath.FailureDatabaseStarted))
	unavailable.Fix = append(unavailable.Fix, "aws rds start-db-cluster --region ${region} --db-cluster-identifier ${stopped_cluster}", "# wait while it is being created, started or changed; otherwise its events say why it is ${unready_state}: aws rds describe-events --region ${region} --source-type db-instance --source-identifier ${database}")
	unavailable.Undo = []string{"aws rds stop-db-instance --region ${region} --db-instance-identifier ${stopped_database}", "aws rds stop-db-cluster --region ${region} --db-cluster-identifier ${stopped_cluster}"}
	return []Entry{
		unavailable,
		entry("db/proxy-target-unavailable", "the proxy cannot use its database", "${proxy} cannot use ${why}",
			"A proxy takes connections by itself and passes them on to its database: where that does not let it in, whoever logs in through the proxy waits and fails.", "", "DescribeDBProxyTargets: TargetHealth of each database for writing is UNAVAILABLE",
			"# AUTH_FAILURE: correct the secret that the proxy logs in with, or the role that reads it; UNREACHABLE or CONNECTION_FAILED: look at the database and at the proxy's security groups; see aws rds describe-db-proxy-targets --region ${region} --db-proxy-name ${proxy}", "TargetHealth"),
		entry("db/tls-not-offered", "the database offers no TLS", "${address} answers that it does not speak TLS",
			"Clients that demand TLS cannot connect; those that do not send their password in the clear.", "PostgreSQL answers N to SSLRequest; MySQL's greeting lacks CLIENT_SSL", "",
			"# switch TLS on in the server, or set rds.force_ssl in the parameter group", "Using SSL with a PostgreSQL DB instance", at(netpath.FailureTLSNotOffered)),
		entry("db/tls-required", "the database takes no connection without TLS", "${address} takes ${user} with TLS only, and the agent speaks none",
			"The same account is let in over TLS and refused without: pg_hba.conf has hostssl lines only, as the parameter rds.force_ssl makes them.", "SQLSTATE 28000 to a start-up message without TLS, after a login over TLS", "",
			"# let the agent connect with TLS (sslmode=verify-full), or set rds.force_ssl to 0 in the parameter group", "Using SSL with a PostgreSQL DB instance", at(netpath.FailureTLSRequired)),
		entry("db/too-many-connections", "the database takes no more connections", "${address} answers that it has too many connections",
			"The agent's pool or somebody else's holds every connection.", "SQLSTATE 53300; error 1040", "",
			"# raise max_connections, or put RDS Proxy in front", "Quotas and constraints for Amazon RDS", at(netpath.FailureTooManyClients)),
		entry("db/login-failed", "the database refuses the login", "${address} refuses the login: ${message}",
			"The server is reached and speaks its protocol. The password is wrong, the account is locked, or it may not log in from this address.", "SQLSTATE 28xxx; error 1045, or 1130 before any login", "",
			"# check user and password, and whether the account may log in from ${source_ip}", "Connecting to your MySQL DB instance", at(netpath.FailureLogin)),
		entry("db/host-blocked", "the server has shut this host out", "${address} has shut this host out after too many connections without a login",
			"MySQL and MariaDB block a host after max_connect_errors connections in a row that end before a login: 100 by default. Everything that shares this address is shut out, the agent too. Load balancers, port scans and probes without a login are the usual cause.", "error 1129", "",
			"# as an administrator of the database: FLUSH HOSTS, or TRUNCATE TABLE performance_schema.host_cache from MySQL 8.0.23 on; then give the probe a login", "Troubleshooting for Amazon RDS", at(netpath.FailureHostBlocked)),
		entry("db/not-this-engine", "another program answers on the database's port", "${address} does not speak ${engine}",
			"The port or the address belongs to something else.", "the first bytes are not of the engine's protocol", "",
			"# check the port and the engine of the database", "Finding the connection information for an Amazon RDS DB instance", at(netpath.FailureNotThisEngine),
			Match{Kind: netpath.KindDatabase, Hop: netpath.HopDatabase, Failure: netpath.FailureClosed}, Match{Kind: netpath.KindDatabase, Hop: netpath.HopDatabase, Failure: netpath.FailureReset}, Match{Kind: netpath.KindDatabase, Hop: netpath.HopDatabase, Failure: netpath.FailureTimeout}),
	}
}

// self are findings about the probe's own means.
func self() []Entry {
	return []Entry{{
		Code:     "probe/cannot-read",
		Title:    "a part of the configuration could not be read",
		Severity: netpath.SeverityWarning,
		Summary:  "AWS's configuration could not be read in full: ${actions} (${reason})",
		Meaning:  "What depends on them is judged by live evidence alone, or is unknown.",
		Config:   "the API's own answer, or none",
		Fix: []string{"# allow ${denied_actions} for ${principal}", "# give the VPC a way to ${unreachable_services}: an interface endpoint each, or NAT",
			"# let ${principal} assume ${assumed_role}: in that role's trust policy, with the external id if it demands one, and by sts:AssumeRole in its own"},
		AWSPage: "Actions, resources, and condition keys for Amazon EC2",
	}, {
		Code:     "probe/unexplained",
		Title:    "a hop fails in a way that no known cause matches",
		Severity: netpath.SeverityCritical,
		Summary:  "${address} fails in a way that is not known: ${failure}",
		Meaning:  "The evidence is shown as it was seen; its cause is not in the catalogue.",
		Live:     "a failure that no entry of the catalogue matches",
		Fix:      []string{"# please report it with the output of: probe check -o json"},
	}, {
		Code:     "probe/shut-out-alone",
		Title:    "a rule by address shuts out the probe, and not the agent",
		Severity: netpath.SeverityWarning,
		Summary:  "${why}; the agent's ${agent_enis} it lets pass",
		Meaning:  "The probe has the agent's subnet and security groups, and another address. What it measures here is its own path; the agent's is judged from the configuration.",
		Config:   "a rule names addresses of the subnet, and the probe's is not among them",
		Not:      "sg/wrong-source and nacl/ingress-denied, where it is the agent that is shut out",
		Fix:      []string{"# let the rule name the agent's security group or its whole subnet, or ${address}, too"},
		AWSPage:  "Security group rules",
	}, {
		Code:     "probe/not-the-agents-vantage",
		Title:    "the probe's subnet or groups differ from the agent's",
		Severity: netpath.SeverityWarning,
		Summary:  "the probe's ${eni} in ${subnet} with ${groups} does not have the subnet and groups of the agent's ${agent_enis}",
		Meaning:  "What the probe measures is its own path. The agent's is judged from the configuration.",
		Config:   "the subnet and security groups of the probe's network interface are not the runtime's",
		Fix:      []string{"# run the probe in the subnet and with the security groups of one of ${agent_enis}"},
		AWSPage:  "Configure Amazon Bedrock AgentCore Runtime and tools for VPC",
	}}
}
