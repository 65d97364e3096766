package dns

import (
	"net/netip"

	"github.com/agentcore-probe/probe/vpc"
)

// Private reports whether the internet does not route addr; see vpc.IsPrivate.
func Private(addr netip.Addr) bool { return vpc.IsPrivate(addr) }
