package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// databases plans db/*: the configured ones and, where none is configured,
// those that the agent's rules speak of.
func (p *planner) databases(runtimes []runtime) {
	agents := p.agentENIs(runtimes)
	for _, c := range p.config.Databases {
		p.add(p.configuredDatabase(c, agents))
	}
	if len(p.config.Databases) > 0 {
		return
	}
	for i := range p.network.DBInstances {
		db := &p.network.DBInstances[i]
		if because, ok := p.checks("database", db.DBInstanceIdentifier, db.GroupIDs(), runtimes); ok {
			p.add(p.database(db, agents, because))
		}
	}
	for i := range p.network.DBProxies {
		proxy := &p.network.DBProxies[i]
		if because, ok := p.checks("database proxy", proxy.DBProxyName, proxy.VpcSecurityGroupIDs, runtimes); ok {
			path := p.proxy(proxy, agents, because)
			if slices.ContainsFunc(p.plan.Paths, func(other netpath.Path) bool { return other.ID == path.ID }) {
				path.ID += ".proxy" // an instance may bear a proxy's name
			}
			p.add(path)
		}
	}
}

// checks reports whether something that was found in RDS is checked from here,
// and why; where it is not, a note says so.
func (p *planner) checks(what, name string, groups []string, runtimes []runtime) (because string, ok bool) {
	meant, because := p.meantForAgent(groups, runtimes)
	switch {
	case !meant:
		p.note(fmt.Sprintf("%s %s is not checked: no rule connects it with the agent; name it under databases to check it anyway", what, name))
		return "", false
	case p.calls(runtimes):
		p.note(fmt.Sprintf("%s %s is not checked: here is a caller, with neither subnet nor security groups of the agent; name it under databases to check it anyway", what, name))
		return "", false
	}
	return because, true
}

// calls reports whether the vantage is a caller on purpose: it has neither a
// subnet nor the security groups of any agent, so that its packets say nothing
// about an agent's.
func (p *planner) calls(runtimes []runtime) bool {
	if p.from.ENI == "" {
		return false
	}
	for _, r := range runtimes {
		agent := r.network()
		if agent == nil {
			continue
		}
		if slices.Contains(agent.Subnets, p.from.Subnet) || vpc.SameGroups(agent.SecurityGroups, p.from.SecurityGroups) {
			return false
		}
	}
	return true
}

func (p *planner) database(db *vpc.DBInstance, agents []string, because string) netpath.Path {
	path := netpath.Path{
		ID:      "db/" + db.DBInstanceIdentifier,
		Kind:    netpath.KindDatabase,
		Route:   netpath.RouteVPC,
		Expect:  netpath.ExpectReachable,
		Because: because,
		Source:  netpath.Source{ENIs: agents},
		Target:  netpath.Target{Component: db.DBInstanceARN, Protocol: protocolOf(db.Engine)},
	}
	for i := range p.network.NetworkInterfaces {
		if eni := &p.network.NetworkInterfaces[i]; db.Uses(eni) {
			path.Target.Addresses = append(path.Target.Addresses, eni.PrivateIPAddress)
		}
	}
	if db.Endpoint != nil {
		path.Target.Name = db.Endpoint.Address
		path.Target.Port = uint16(db.Endpoint.Port)
	}
	path.Target.Spared = p.spared(db.DBInstanceIdentifier)
	return path
}

// cluster is the path to a cluster's endpoint, which follows its writer. What it
// answers changes with every failover.
func (p *planner) cluster(c *vpc.DBCluster, agents []string, because string) netpath.Path {
	return netpath.Path{
		Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable,
		Because: because, Source: netpath.Source{ENIs: agents},
		Target: netpath.Target{
			Component: c.DBClusterARN, Name: c.Endpoint, Port: uint16(c.Port), Protocol: protocolOf(c.Engine), Spared: p.spared(c.DBClusterIdentifier),
		},
	}
}

// spared says why a database is not dialled; "" where it is.
func (p *planner) spared(name string) string {
	if sleeper := p.network.Wakes(name); sleeper != "" {
		return "a connection wakes up " + sleeper
	}
	return ""
}

func (p *planner) configuredDatabase(c config.Database, agents []string) netpath.Path {
	because := fmt.Sprintf("databases in the configuration, line %d", c.Line)
	path := netpath.Path{
		ID: "db/" + c.Name, Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable,
		Because: because, Source: netpath.Source{ENIs: agents}, Target: netpath.Target{Component: c.Name},
	}
	known := func(db vpc.DBInstance) bool {
		return db.DBInstanceIdentifier == c.Name || c.Host != "" && db.Endpoint != nil && db.Endpoint.Address == c.Host
	}
	i := slices.IndexFunc(p.network.DBInstances, known)
	switch front, proxy := p.network.DBProxy(c.Host), p.network.DBProxy(c.Name); {
	case front != nil: // whatever it is called
		path = p.proxy(front, agents, because)
	case p.network.DBCluster(c.Host) != nil:
		path = p.cluster(p.network.DBCluster(c.Host), agents, because)
	case i >= 0:
		path = p.database(&p.network.DBInstances[i], agents, because)
	case p.network.DBCluster(c.Name) != nil:
		path = p.cluster(p.network.DBCluster(c.Name), agents, because)
	case proxy != nil:
		path = p.proxy(proxy, agents, because)
	}
	path.ID = "db/" + c.Name
	override(&path.Target, c)
	if c.Wake {
		path.Target.Spared = ""
	}
	path.Target.Writes = !c.Reader
	if path.Target.Name == "" && len(path.Target.Addresses) == 0 {
		p.note(fmt.Sprintf("database %s is not found in RDS: give its host in the configuration, line %d", c.Name, c.Line))
	}
	return path
}

// override lets what the configuration spells out win over RDS.
func override(t *netpath.Target, c config.Database) {
	if c.Protocol != "" {
		t.Protocol = c.Protocol
	}
	if t.Protocol == "" {
		t.Protocol = netpath.ProtocolPostgres
	}
	if address, err := netip.ParseAddr(c.Host); err == nil {
		t.Name, t.Addresses = "", []netip.Addr{address}
	} else if c.Host != "" {
		t.Name = c.Host
	}
	if c.Port != 0 {
		t.Port = c.Port
	}
	if t.Port == 0 {
		t.Port = portOf[t.Protocol]
	}
}

// portOf are the registered ports (IANA).
var portOf = map[netpath.Protocol]uint16{netpath.ProtocolPostgres: 5432, netpath.ProtocolMySQL: 3306}

// protocolOf is what an RDS engine speaks (CreateDBInstance, Engine). A
// connection without a login does harm to MySQL and MariaDB: those must not be
// taken for a mere port.
func protocolOf(engine string) netpath.Protocol {
	switch {
	case strings.Contains(engine, "postgres"):
		return netpath.ProtocolPostgres
	case strings.Contains(engine, "mysql"), strings.Contains(engine, "mariadb"):
		return netpath.ProtocolMySQL
	}
	return netpath.ProtocolTCP
}

// agentENIs are the ENIs whose packets the agent's paths are about.
func (p *planner) agentENIs(runtimes []runtime) []string {
	var ids []string
	for i := range p.network.NetworkInterfaces {
		eni := &p.network.NetworkInterfaces[i]
		uses := func(r runtime) bool { return r.known != nil && r.known.Uses(eni) }
		if slices.ContainsFunc(runtimes, uses) {
			ids = append(ids, eni.NetworkInterfaceID)
		}
	}
	slices.Sort(ids)
	return ids
}

// meantForAgent reports whether a rule says that somebody wanted the agent to
// reach a database with some groups: an outbound rule of the agent's groups that
// names one of them, or an inbound rule of theirs that names the agent's. A rule
// about addresses names nobody.
func (p *planner) meantForAgent(databaseGroups []string, runtimes []runtime) (bool, string) {
	if !p.network.Has("SecurityGroups") {
		return true, "found in RDS; security groups could not be read, so it is not known whether a rule connects it with the agent"
	}
	var agentGroups []string
	for _, r := range runtimes {
		if agent := r.network(); agent != nil {
			agentGroups = append(agentGroups, agent.SecurityGroups...)
		}
	}
	for _, g := range p.network.SecurityGroups {
		if slices.Contains(databaseGroups, g.GroupID) && names(g.IPPermissions, agentGroups) {
			return true, "found in RDS: " + g.GroupID + " has a rule for the agent's group"
		}
		if slices.Contains(agentGroups, g.GroupID) && names(g.IPPermissionsEgress, databaseGroups) {
			return true, "found in RDS: the agent's " + g.GroupID + " has a rule for the database's group"
		}
	}
	return false, ""
}

// names reports whether a rule names one of some groups.
func names(rules []vpc.IPPermission, groups []string) bool {
	return slices.ContainsFunc(rules, func(rule vpc.IPPermission) bool {
		return slices.ContainsFunc(rule.UserIDGroupPairs, func(pair vpc.GroupPair) bool { return slices.Contains(groups, pair.GroupID) })
	})
}
