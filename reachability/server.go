package reachability

import (
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// server is something that RDS runs: an instance, a cluster or a proxy.
type server struct {
	id, arn, state string
	groups         []string
	subnets        []string // where its interfaces are, or will be after a failover
	port           uint16
	cluster        string // identifier of the cluster that it is or belongs to; "" where there is none
}

// serverOf finds what an ARN or identifier names.
func (a *Analysis) serverOf(name string) *server {
	if db := a.network.DBInstance(name); db != nil {
		s := &server{id: db.DBInstanceIdentifier, arn: db.DBInstanceARN, state: db.DBInstanceStatus, groups: db.GroupIDs(), subnets: subnetsOf(db.DBSubnetGroup), cluster: db.DBClusterIdentifier}
		if db.Endpoint != nil {
			s.port = uint16(db.Endpoint.Port)
		}
		return s
	}
	if c := a.network.DBCluster(name); c != nil {
		return &server{
			id: c.DBClusterIdentifier, arn: c.DBClusterARN, state: c.Status, groups: c.GroupIDs(),
			subnets: subnetsOf(a.network.DBSubnetGroup(c.DBSubnetGroup)), port: uint16(c.Port), cluster: c.DBClusterIdentifier,
		}
	}
	if p := a.network.DBProxy(name); p != nil {
		return &server{id: p.DBProxyName, arn: p.DBProxyARN, state: p.Status, groups: p.VpcSecurityGroupIDs, subnets: p.VpcSubnetIDs}
	}
	return nil
}

func subnetsOf(g *vpc.DBSubnetGroup) []string {
	if g == nil {
		return nil
	}
	var ids []string
	for _, s := range g.Subnets {
		ids = append(ids, s.SubnetIdentifier)
	}
	return ids
}

// at is the interface that the server has in a subnet, or the one that it would
// have: with its groups, and an address of the subnet's that nobody uses.
func (a *Analysis) at(s *server, subnetID string) *iface {
	home := a.subnets[subnetID]
	if home == nil || !home.block.IsValid() {
		return nil
	}
	for i := range a.network.NetworkInterfaces {
		eni := &a.network.NetworkInterfaces[i]
		if eni.SubnetID == subnetID && eni.RequesterID == "amazon-rds" && eni.PrivateIPAddress.IsValid() && vpc.SameGroups(eni.GroupIDs(), s.groups) {
			return a.interfaces[eni.NetworkInterfaceID]
		}
	}
	e := &iface{id: s.id, vpc: home.vpc, kind: "interface", subnet: home, subnetID: subnetID}
	for _, id := range s.groups {
		g := a.groups[id]
		if g == nil {
			g = &group{id: id}
		}
		e.groups = append(e.groups, g)
	}
	address := home.block.Addr()
	for range 5 { // AWS keeps the first four addresses of a subnet for itself
		address = address.Next()
	}
	for a.find(address, home.vpc) != nil {
		address = address.Next()
	}
	if !home.block.Contains(address) {
		return nil // there is no room for it
	}
	e.addresses = []netip.Addr{address}
	return e
}

// traceBetween follows a flow between interfaces that need not exist.
func (a *Analysis) traceBetween(from, to *iface, port uint16) Result {
	return a.trace(Flow{From: Source{ENI: from.id, Address: from.primary(true)}, To: to.primary(true), Protocol: tcp, Port: port}, from, to)
}

// afterFailover says whether the server can still be reached in the other
// subnets of its subnet group, where a failover or a replacement may put it
// ("Working with a DB instance in a VPC", Amazon RDS User Guide).
func (a *Analysis) afterFailover(s *server, today Result, port uint16) (netpath.Evidence, bool) {
	src := a.interfaces[today.Flow.From.ENI]
	if src == nil || today.Verdict == VerdictBlocked {
		return netpath.Evidence{}, false
	}
	for _, id := range s.subnets {
		there := a.at(s, id)
		if there == nil {
			continue
		}
		r := a.traceBetween(src, there, port)
		hop, _ := r.Deciding()
		if r.Verdict != VerdictBlocked {
			continue
		}
		facts := netpath.Facts{"database": s.id, "subnet": id, "source": src.id, "region": a.network.Region, "cause": hop.Cause, "why": hop.Detail}
		e := fail("db/failover-subnet-blocked", hop.Component, s.id+" could not be reached in "+id+": "+hop.Detail, facts)
		e.Status = netpath.StatusUnknown // it is reached where it is today
		return e, true
	}
	return netpath.Evidence{}, false
}

// behindProxy says whether a proxy's own way to its databases is open: from each
// of its subnets to each of the database's ("Using Amazon RDS Proxy", section
// "Setting up network prerequisites").
func (a *Analysis) behindProxy(p *vpc.DBProxy) (netpath.Evidence, bool) {
	proxy := a.serverOf(p.DBProxyARN)
	targets, _ := a.network.DBProxyTargetsOf(p.DBProxyName)
	for _, target := range targets {
		db := a.serverOf(target.RDSResourceID)
		if db == nil {
			db = a.serverOf(target.TargetARN)
		}
		if db == nil {
			continue
		}
		port := uint16(target.Port)
		if port == 0 {
			port = db.port
		}
		if e, blocked := a.proxyBlocked(proxy, db, port); blocked {
			return e, true
		}
	}
	return a.unhealthy(proxy, targets)
}

// unhealthy says whether a proxy itself calls each database that it could write to
// unavailable ("TargetHealth", Amazon RDS API Reference).
func (a *Analysis) unhealthy(proxy *server, targets []vpc.DBProxyTarget) (netpath.Evidence, bool) {
	var why []string
	for _, t := range targets {
		switch {
		case t.Role == "READ_ONLY":
			continue
		case t.TargetHealth == nil || t.TargetHealth.State != "UNAVAILABLE":
			return netpath.Evidence{}, false
		}
		why = append(why, strings.TrimSuffix(t.RDSResourceID+": "+t.TargetHealth.Reason+" "+t.TargetHealth.Description, " "))
	}
	if len(why) == 0 {
		return netpath.Evidence{}, false
	}
	facts := netpath.Facts{"proxy": proxy.id, "region": a.network.Region, "why": strings.Join(why, "; ")}
	return fail("db/proxy-target-unavailable", proxy.arn, "RDS says that "+proxy.id+" cannot use "+facts["why"], facts), true
}

func (a *Analysis) proxyBlocked(proxy, db *server, port uint16) (netpath.Evidence, bool) {
	for _, from := range proxy.subnets {
		for _, to := range db.subnets {
			near, far := a.at(proxy, from), a.at(db, to)
			if near == nil || far == nil {
				continue
			}
			r := a.traceBetween(near, far, port)
			hop, _ := r.Deciding()
			if r.Verdict != VerdictBlocked {
				continue
			}
			facts := netpath.Facts{
				"proxy": proxy.id, "database": db.id, "from_subnet": from, "subnet": to, "region": a.network.Region,
				"cause": hop.Cause, "why": hop.Detail,
			}
			return fail("db/proxy-to-database-blocked", hop.Component, proxy.id+" does not reach "+db.id+": "+hop.Detail, facts), true
		}
	}
	return netpath.Evidence{}, false
}

// beyondNetwork is what the configuration says of a server that is available:
// its other subnets, and a proxy's own way on.
func (a *Analysis) beyondNetwork(s *server, today Result, port uint16, e netpath.Evidence) netpath.Evidence {
	if p := a.network.DBProxy(s.arn); p != nil {
		if blocked, ok := a.behindProxy(p); ok {
			return blocked
		}
	}
	if blocked, ok := a.afterFailover(s, today, port); ok {
		return blocked
	}
	return e
}
