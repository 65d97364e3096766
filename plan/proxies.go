package plan

import (
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/vpc"
)

// proxy is the path to a proxy's default endpoint, which listens on its engine's
// own port ("Using Amazon RDS Proxy").
func (p *planner) proxy(proxy *vpc.DBProxy, agents []string, because string) netpath.Path {
	path := netpath.Path{
		ID: "db/" + proxy.DBProxyName, Kind: netpath.KindDatabase, Route: netpath.RouteVPC, Expect: netpath.ExpectReachable,
		Because: because, Source: netpath.Source{ENIs: agents},
		Target: netpath.Target{Component: proxy.DBProxyARN, Name: proxy.Endpoint, Protocol: protocolOf(strings.ToLower(proxy.EngineFamily))},
	}
	path.Target.Port = portOf[path.Target.Protocol]
	if strings.EqualFold(proxy.EngineFamily, "SQLSERVER") {
		path.Target.Port = 1433
	}
	for i := range p.network.NetworkInterfaces {
		if eni := &p.network.NetworkInterfaces[i]; proxy.Uses(eni) {
			path.Target.Addresses = append(path.Target.Addresses, eni.PrivateIPAddress)
		}
	}
	return path
}
