package main

import (
	"testing"

	"github.com/agentcore-probe/probe/netpath"
)

// --path and --runtime narrow each other; a star at the end means the rest of an id.
func TestSelects(t *testing.T) {
	const arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1"
	invoke := netpath.Path{ID: "invoke/support/private", Target: netpath.Target{RuntimeARN: arn}}
	database := netpath.Path{ID: "db/orders"}
	tests := []struct {
		flags    checkFlags
		path     netpath.Path
		selected bool
	}{
		{checkFlags{}, database, true},
		{checkFlags{path: "db/*"}, database, true},
		{checkFlags{path: "invoke/*"}, invoke, true},
		{checkFlags{path: "invoke/support"}, invoke, false},
		{checkFlags{path: "db/*"}, invoke, false},
		{checkFlags{runtime: "support-a1"}, invoke, true},
		{checkFlags{runtime: arn}, invoke, true},
		{checkFlags{runtime: "support-a1"}, database, false},
		{checkFlags{path: "invoke/*", runtime: "support-a1"}, invoke, true},
		{checkFlags{path: "invoke/*", runtime: "sales-b2"}, invoke, false},
		{checkFlags{path: "invoke/support/private", runtime: "sales-b2"}, invoke, false},
	}
	for _, tt := range tests {
		if got := tt.flags.selects(tt.path); got != tt.selected {
			t.Errorf("--path %q --runtime %q selects %s: %v, want %v", tt.flags.path, tt.flags.runtime, tt.path.ID, got, tt.selected)
		}
	}
}
