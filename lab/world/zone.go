package world

import (
	"fmt"
)

// validateZones checks that shared zones are of endpoints and VPCs that exist.
func (w *World) validateZones() error {
	var bad []error
	for i, z := range w.lab.Zones {
		if z.Name == "" {
			bad = append(bad, wrong(at("Lab/Zones", i, "Name"), "must not be empty"))
		}
		if _, ok := w.network.Endpoint(z.VpcEndpointId); !ok {
			bad = append(bad, wrong(at("Lab/Zones", i, "VpcEndpointId"), "no endpoint %q", z.VpcEndpointId))
		}
		for j, id := range z.VpcIds {
			if _, ok := w.network.VPC(id); !ok {
				bad = append(bad, wrong(at("Lab/Zones", i, fmt.Sprintf("VpcIds/%d", j)), "no VPC %q", id))
			}
		}
	}
	return first(bad...)
}
