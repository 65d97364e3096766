package vpc_test

import (
	"strings"
	"testing"

	"github.com/agentcore-probe/probe/vpc"
)

// Clusters that pause and others that don't, with fields as the RDS API Reference
// has them (ServerlessV2ScalingConfiguration, ScalingConfigurationInfo).
const sleepers = `{
"DBClusters": [
  {"DBClusterIdentifier": "zero", "Endpoint": "zero.cluster", "ServerlessV2ScalingConfiguration": {"MinCapacity": 0, "MaxCapacity": 4, "SecondsUntilAutoPause": 300},
   "DBClusterMembers": [{"DBInstanceIdentifier": "zero-1", "IsClusterWriter": true}, {"DBInstanceIdentifier": "zero-fixed"}]},
  {"DBClusterIdentifier": "half", "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 4}, "DBClusterMembers": [{"DBInstanceIdentifier": "half-1"}]},
  {"DBClusterIdentifier": "fixed", "ServerlessV2ScalingConfiguration": {"MinCapacity": 0, "MaxCapacity": 4}, "DBClusterMembers": [{"DBInstanceIdentifier": "fixed-1"}]},
  {"DBClusterIdentifier": "first", "EngineMode": "serverless", "ScalingConfigurationInfo": {"MinCapacity": 1, "AutoPause": true}},
  {"DBClusterIdentifier": "awake", "EngineMode": "serverless", "ScalingConfigurationInfo": {"MinCapacity": 1, "AutoPause": false}}],
"DBInstances": [
  {"DBInstanceIdentifier": "zero-1", "DBClusterIdentifier": "zero", "DBInstanceClass": "db.serverless"},
  {"DBInstanceIdentifier": "zero-fixed", "DBClusterIdentifier": "zero", "DBInstanceClass": "db.r6g.large"},
  {"DBInstanceIdentifier": "half-1", "DBClusterIdentifier": "half", "DBInstanceClass": "db.serverless"},
  {"DBInstanceIdentifier": "fixed-1", "DBClusterIdentifier": "fixed", "DBInstanceClass": "db.r6g.large"},
  {"DBInstanceIdentifier": "stray", "DBClusterIdentifier": "unread", "DBInstanceClass": "db.serverless"},
  {"DBInstanceIdentifier": "orders", "DBInstanceClass": "db.t4g.micro"}]
}`

func TestWakes(t *testing.T) {
	var d vpc.Decoder
	if err := d.Decode("sleepers.json", strings.NewReader(sleepers)); err != nil {
		t.Fatal(err)
	}
	x := d.Network().Index()
	for name, want := range map[string]string{
		"zero":         "zero, which pauses when idle",
		"zero.cluster": "zero, which pauses when idle",
		"zero-1":       "zero-1, which pauses when idle",
		"zero-fixed":   "",
		"half":         "",
		"half-1":       "",
		"fixed":        "",
		"fixed-1":      "",
		"first":        "first, which pauses when idle",
		"awake":        "",
		"stray":        "stray, of a cluster that was not read and may pause when idle",
		"orders":       "",
		"nobody":       "",
	} {
		if got := x.Wakes(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
