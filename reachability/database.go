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
		"creating", "deleting", "failed", "inaccessible-encryption-credentials",
		"inaccessible-encryption-credentials-recoverable", "incompatible-network", "incompatible-parameters",
		"incompatible-restore", "insufficient-capacity", "rebooting", "restore-error", "starting", "stopped", "stopping",
	}
)

// database is what RDS says about the path's database itself.
func (a *Analysis) database(p netpath.Path) netpath.Evidence {
	db := a.network.DBInstance(p.Target.Component)
	if db == nil {
		return unknown(p.Target.Component, "not among the databases that were read")
	}
	e := netpath.Evidence{
		Status: netpath.StatusUnknown, Component: db.DBInstanceARN, Detail: "RDS says: " + db.DBInstanceStatus,
		Facts: netpath.Facts{"database": db.DBInstanceIdentifier, "state": db.DBInstanceStatus, "region": a.network.Region},
	}
	switch {
	case slices.Contains(servingStates, db.DBInstanceStatus):
		e.Status = netpath.StatusPass
	case slices.Contains(closedStates, db.DBInstanceStatus):
		e.Status, e.Cause = netpath.StatusFail, "db/not-available"
	}
	if db.DBInstanceStatus == "stopped" {
		e.Facts["stopped_database"] = db.DBInstanceIdentifier
	}
	return e
}
