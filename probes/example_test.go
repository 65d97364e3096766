package probes_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes"
)

// A destination that may not be dialled is a result, not an error.
func ExampleProber_Observe() {
	path := netpath.Path{
		ID: "onprem/ldap", Kind: netpath.KindOnPrem, Route: netpath.RouteOnPremises,
		Target: netpath.Target{Addresses: []netip.Addr{netip.MustParseAddr("169.254.169.254")}, Port: 636, Protocol: netpath.ProtocolTCP},
	}
	o := probes.Prober{}.Observe(context.Background(), path)
	tcp := o.Addresses[0].Hops[netpath.HopTCP]
	fmt.Println(tcp.Status, tcp.Failure, tcp.Detail)
	// Output: fail address_refused address refused: 169.254.169.254: hands out credentials
}
