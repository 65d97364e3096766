package reachability_test

import (
	"net/netip"
	"testing"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/reachability"
	"github.com/agentcore-probe/probe/vpc"
)

// The states are those of "Viewing Amazon RDS DB instance status" (Amazon RDS
// User Guide).
func TestDatabaseState(t *testing.T) {
	const arn = "arn:aws:rds:us-east-1:123456789012:db:orders"
	path := netpath.Path{Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{Component: arn, Port: 5432}}
	for state, want := range map[string]netpath.Status{
		"available": netpath.StatusPass, "backing-up": netpath.StatusPass, "stopped": netpath.StatusFail,
		"creating": netpath.StatusFail, "a-state-of-tomorrow": netpath.StatusUnknown,
		"storage-full": netpath.StatusUnknown, "renaming": netpath.StatusUnknown, "incompatible-parameters": netpath.StatusFail,
	} {
		n := &vpc.Network{DBInstances: []vpc.DBInstance{{DBInstanceIdentifier: "orders", DBInstanceARN: arn, DBInstanceStatus: state}}}
		got := reachability.Evidence(n, reachability.Source{}, path, netip.Addr{})[netpath.HopDatabase]
		if got.Status != want || (got.Cause == "db/not-available") != (want == netpath.StatusFail) {
			t.Errorf("%s: %s %q, want %s", state, got.Status, got.Cause, want)
		}
		if unready := got.Facts["unready_state"] != ""; unready != (want == netpath.StatusFail && state != "stopped") {
			t.Errorf("%s: unready_state %q", state, got.Facts["unready_state"])
		}
		if stopped := got.Facts["stopped_database"] != ""; stopped != (state == "stopped") {
			t.Errorf("%s: stopped_database %q", state, got.Facts["stopped_database"])
		}
	}
}
