// Package metadata serves what a platform tells the machines on it: the EC2
// instance metadata service version 2, the ECS task metadata and credential
// endpoints, and the EKS Pod Identity agent. They speak plain HTTP on link-local
// addresses, and answer from the world's document.
package metadata

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/world"
)

// Platform is what the handlers answer from.
type Platform struct {
	World func() *world.World // its present state
	Now   func() time.Time
	// Verify reads a service account's token for an audience; the error says
	// what is wrong with it.
	Verify func(token, audience string) error
}

// Handler serves a type of service; nil for one that is none of metadata.
func (p Platform) Handler(service world.ServiceType) http.Handler {
	switch service {
	case world.ServiceInstanceMetadata:
		return newInstance(p)
	case world.ServiceTaskMetadata:
		return p.task()
	case world.ServicePodIdentity:
		return p.pods()
	}
	return nil
}

// knobs are the world's credentials as they are set now.
func (p Platform) knobs() world.Credentials {
	if c := p.World().Lab().Credentials; c != nil {
		return *c
	}
	return world.Credentials{}
}

// session is whose keys are handed out.
func (p Platform) session() world.Principal {
	found, _ := p.World().Lab().Principal("probe")
	return found
}

// expiration is when the handed out keys end.
func expiration(s world.Principal) string {
	if s.Expiration == nil {
		return ""
	}
	return s.Expiration.UTC().Format(time.RFC3339)
}

// interfaceAt is the interface with a private address, and its subnet.
func interfaceAt(w *world.World, address netip.Addr) (eni, subnet tree.Object) {
	eni, _ = tree.Find(w.Document(), "NetworkInterfaces", "PrivateIpAddress", address.String())
	subnet, _ = tree.Find(w.Document(), "Subnets", "SubnetId", tree.Text(eni, "SubnetId"))
	return eni, subnet
}

// source is the address that a request comes from.
func source(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr().Unmap()
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}
