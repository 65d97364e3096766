package netpath_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
)

// The order is DESIGN's: the order in which a request meets its checkpoints.
func TestHops(t *testing.T) {
	const (
		resolver, tcp, tls = netpath.HopResolver, netpath.HopTCP, netpath.HopTLS
		out, acl, route    = netpath.HopSourceSG, netpath.HopSourceNACL, netpath.HopRoute
		farACL, in         = netpath.HopDestNACL, netpath.HopDestSG
	)
	tests := []struct {
		name string
		path netpath.Path
		want []netpath.HopName
	}{
		{"private invoke", netpath.Path{Kind: netpath.KindInvoke, Route: netpath.RoutePrivate, Target: netpath.Target{Name: "n", Protocol: netpath.ProtocolHTTPS}},
			[]netpath.HopName{resolver, out, acl, route, netpath.HopEndpoint, farACL, in, tcp, tls, netpath.HopSignature, netpath.HopIdentityPolicy, netpath.HopEndpointPolicy, netpath.HopResourcePolicy, netpath.HopRuntime}},
		{"public invoke", netpath.Path{Kind: netpath.KindInvoke, Route: netpath.RoutePublic, Target: netpath.Target{Name: "n", Protocol: netpath.ProtocolHTTPS}},
			[]netpath.HopName{resolver, out, acl, route, tcp, tls, netpath.HopSignature, netpath.HopIdentityPolicy, netpath.HopResourcePolicy, netpath.HopRuntime}},
		{"private invoke by token", netpath.Path{Kind: netpath.KindInvoke, Route: netpath.RoutePrivate, Target: netpath.Target{Name: "n", Protocol: netpath.ProtocolHTTPS, Authorizer: netpath.AuthorizerJWT}},
			[]netpath.HopName{resolver, out, acl, route, netpath.HopEndpoint, farACL, in, tcp, tls, netpath.HopToken, netpath.HopEndpointPolicy, netpath.HopResourcePolicy, netpath.HopRuntime}},
		{"public invoke by token", netpath.Path{Kind: netpath.KindInvoke, Route: netpath.RoutePublic, Target: netpath.Target{Name: "n", Protocol: netpath.ProtocolHTTPS, Authorizer: netpath.AuthorizerJWT}},
			[]netpath.HopName{resolver, out, acl, route, tcp, tls, netpath.HopToken, netpath.HopResourcePolicy, netpath.HopRuntime}},
		{"PostgreSQL", netpath.Path{Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{Name: "n", Protocol: netpath.ProtocolPostgres}},
			[]netpath.HopName{resolver, out, acl, route, farACL, in, tcp, tls, netpath.HopDatabase}},
		{"an RDS database's port", netpath.Path{Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{Component: "arn:aws:rds:…", Protocol: netpath.ProtocolTCP}},
			[]netpath.HopName{out, acl, route, farACL, in, tcp, netpath.HopDatabase}},
		{"a mere port", netpath.Path{Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Target: netpath.Target{Component: "ledger", Protocol: netpath.ProtocolTCP}},
			[]netpath.HopName{out, acl, route, farACL, in, tcp}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.path.Hops()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSeveritiesAreRanked(t *testing.T) {
	critical, warning, info := netpath.SeverityCritical.Rank(), netpath.SeverityWarning.Rank(), netpath.SeverityInfo.Rank()
	if critical >= warning || warning >= info {
		t.Error("critical comes before warning, warning before info")
	}
}
