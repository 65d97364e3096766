package world_test

import (
	"encoding/json"
	"fmt"

	"github.com/agentcore-probe/probe/lab/world"
)

// A scenario is the healthy world with something broken.
func ExampleWorld_Patch() {
	w, err := world.Healthy("private")
	if err != nil {
		fmt.Println(err)
		return
	}
	broken, err := w.Patch(json.RawMessage(`[{"op": "replace", "path": "/DBInstances/0/DBInstanceStatus", "value": "stopped"}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Network().DBInstances[0].DBInstanceStatus, broken.Network().DBInstances[0].DBInstanceStatus)
	// Output: available stopped
}
