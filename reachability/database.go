package reachability

import (
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// States in which a database takes connections, and in which it takes none
// ("Viewing Amazon RDS DB instance status", Amazon RDS User Guide). What
// stands in neither list is unknown: a database whose storage is full may or
// may not take connections, and one that is renamed has another name.
var (
	servingStates = []string{
		"available", "backing-up", "configuring-enhanced-monitoring", "configuring-iam-database-auth",
		"configuring-log-exports", "modifying", "resetting-master-credentials", "storage-optimization",
	}
	closedStates = []string{
		"creating", "deleting", "insufficient-resource-limits", "suspended", "suspending", "reactivating", "failed", "inaccessible-encryption-credentials",
		"inaccessible-encryption-credentials-recoverable", "incompatible-network", "incompatible-parameters",
		"incompatible-restore", "insufficient-capacity", "rebooting", "restore-error", "starting", "stopped", "stopping",
	}
)

// database is what RDS says about the path's database itself: its state, and
// where it is available, whether it takes writes that are to be made there, and
// whether it would be reached in its other subnets too.
func (a *Analysis) database(p netpath.Path, today Result) netpath.Evidence {
	s := a.serverOf(p.Target.Component)
	if s == nil {
		return unknown(p.Target.Component, "not among the databases that were read")
	}
	e := netpath.Evidence{
		Status: netpath.StatusUnknown, Component: s.arn, Detail: "RDS says: " + s.state,
		Facts: netpath.Facts{"database": s.id, "state": s.state, "region": a.network.Region},
	}
	switch {
	case slices.Contains(servingStates, s.state):
		e.Status = netpath.StatusPass
		if why := a.network.ReadOnly(s.arn, p.Target.Name); why != "" && p.Target.Writes {
			e.Status, e.Cause, e.Detail, e.Facts["reader"] = netpath.StatusFail, "db/read-only", why, why
			return e
		}
		return a.beyondNetwork(s, today, p.Target.Port, e)
	case slices.Contains(closedStates, s.state):
		e.Status, e.Cause = netpath.StatusFail, "db/not-available"
	}
	switch {
	case s.state == "stopped" && s.cluster != "": // its members cannot be started by themselves
		e.Facts["stopped_cluster"] = s.cluster
	case s.state == "stopped":
		e.Facts["stopped_database"] = s.id
	case e.Status == netpath.StatusFail:
		e.Facts["unready_state"] = s.state
	}
	return e
}
