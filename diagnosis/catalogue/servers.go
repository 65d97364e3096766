package catalogue

import "github.com/agentcore-probe/probe/netpath"

// servers are faults of what RDS runs that only the configuration shows.
func servers() []Entry {
	return []Entry{{
		Code:     "db/read-only",
		Title:    "connected to a reader where a writer is meant",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopDatabase,
		Summary:  "${name} at ${address} takes no writes",
		Meaning:  "Reads pass and every write fails: the name leads to a replica or a cluster's reader, or the server is set to read only, as RDS does when storage is full.",
		Live:     "after a login: PostgreSQL's transaction_read_only is on, MySQL's read_only is on",
		Config:   "DescribeDBClusters: the instance is no writer of its cluster, or the name is the reader endpoint; DescribeDBInstances: it is a read replica",
		Not:      "db/login-failed: there the session does not come about",
		Fix:      []string{"# use the endpoint of the writer for ${name}, or say reader: true in the configuration if nobody writes there"},
		AWSPage:  "Amazon Aurora endpoint connections",
		Matches:  []Match{{Kind: netpath.KindDatabase, Failure: netpath.FailureReadOnly}},
	}, {
		Code:     "db/failover-subnet-blocked",
		Title:    "reachable today, blocked from another subnet of the subnet group",
		Severity: netpath.SeverityWarning,
		Hop:      netpath.HopDatabase,
		Summary:  "after a failover of ${database} to ${subnet}, ${source} would not reach it: ${why}",
		Meaning:  "A failover or a replacement puts the database into another subnet of its subnet group. There its address, ACL and route table are others.",
		Config:   "the same flow, judged for an interface with the database's groups in each subnet of its DB subnet group",
		Not:      "a fault of today: the path works until the database moves",
		Fix:      []string{"# give ${subnet} the rules that the database's other subnets have (${cause})"},
		AWSPage:  "Working with a DB instance in a VPC",
	}, {
		Code:     "db/proxy-to-database-blocked",
		Title:    "the proxy's own way to the database is blocked",
		Severity: netpath.SeverityCritical,
		Hop:      netpath.HopDatabase,
		Summary:  "${proxy} in ${from_subnet} does not reach ${database} in ${subnet}: ${why}",
		Meaning:  "Connections to the proxy stand, and every query fails: a proxy has groups and subnets of its own, and the database must admit those.",
		Live:     "the proxy answers, a login fails or hangs",
		Config:   "the flow from each subnet of the proxy to each subnet of the database's subnet group",
		Not:      "sg/ingress-missing, where the client does not reach the proxy",
		Fix:      []string{"# admit the proxy to ${database} (${cause})"},
		AWSPage:  "Getting started with RDS Proxy",
	}}
}
