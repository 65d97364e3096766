package vpc

import "strings"

// ReadOnly says why a database takes no writes where it is called by a host name:
// the name is that of readers, or the instance is one itself ("Amazon Aurora
// endpoint connections", Aurora User Guide; "Working with DB instance read
// replicas", RDS User Guide). It is "" for a writer, and where nothing says
// otherwise. name is an ARN or identifier; host may be empty.
func (x *Index) ReadOnly(name, host string) string {
	if why := x.readersName(host); why != "" {
		return why
	}
	db := x.DBInstance(name)
	if db == nil || host != "" && x.writersName(host) {
		return ""
	}
	if source := db.ReadReplicaSourceDBInstanceIdentifier; source != "" {
		return db.DBInstanceIdentifier + " is a read replica of " + source
	}
	cluster := x.DBCluster(db.DBClusterIdentifier)
	if cluster == nil || cluster.Writer() == "" || cluster.Writer() == db.DBInstanceIdentifier {
		return ""
	}
	return db.DBInstanceIdentifier + " is a reader of cluster " + cluster.DBClusterIdentifier + ", whose writer is " + cluster.Writer()
}

// readersName says whose readers answer to a name; "" where it is not theirs.
func (x *Index) readersName(host string) string {
	is := func(name string) bool { return host != "" && strings.EqualFold(name, strings.TrimSuffix(host, ".")) }
	for _, c := range x.DBClusters {
		if is(c.ReaderEndpoint) {
			return host + " is the reader endpoint of cluster " + c.DBClusterIdentifier
		}
	}
	for _, e := range x.DBClusterEndpoints {
		if is(e.Endpoint) && (e.EndpointType == "READER" || e.CustomEndpointType == "READER") {
			return host + " is an endpoint of the readers of cluster " + e.DBClusterIdentifier
		}
	}
	for _, e := range x.DBProxyEndpoints {
		if is(e.Endpoint) && e.TargetRole == "READ_ONLY" {
			return host + " is a read-only endpoint of proxy " + e.DBProxyName
		}
	}
	return ""
}

// writersName reports whether a name follows the writer of a cluster.
func (x *Index) writersName(host string) bool {
	for _, c := range x.DBClusters {
		if strings.EqualFold(c.Endpoint, strings.TrimSuffix(host, ".")) {
			return true
		}
	}
	return false
}
