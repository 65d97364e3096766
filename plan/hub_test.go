package plan_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/plan"
	"github.com/agentcore-probe/probe/vpc"
)

// hubs are VPCs with an endpoint of the data plane each, joined with the agents'
// by a transit gateway.
func hubs(ids ...string) func(*vpc.Network) {
	return func(n *vpc.Network) {
		n.TransitAttachments = append(n.TransitAttachments, vpc.TransitAttachment{TransitGatewayAttachmentID: "tgw-attach-0", TransitGatewayID: "tgw-1", VpcID: theVPC})
		for i, id := range ids {
			eni := "eni-" + id
			n.TransitAttachments = append(n.TransitAttachments, vpc.TransitAttachment{TransitGatewayAttachmentID: "tgw-attach-" + id, TransitGatewayID: "tgw-1", VpcID: id})
			n.Endpoints = append(n.Endpoints, vpc.Endpoint{
				VpcEndpointID: "vpce-" + id, VpcID: id, VpcEndpointType: "Interface",
				ServiceName: "com.amazonaws.us-east-1.bedrock-agentcore", NetworkInterfaceIDs: []string{eni},
			})
			n.NetworkInterfaces = append(n.NetworkInterfaces, vpc.NetworkInterface{NetworkInterfaceID: eni, VpcID: id, PrivateIPAddress: netip.AddrFrom4([4]byte{10, 8, byte(i), 10})})
		}
	}
}

// "Centralized access to VPC private endpoints", Building a Scalable and Secure
// Multi-VPC AWS Network Infrastructure: the endpoint stands in another VPC, and
// its own private DNS is off.
func TestTheHubsEndpointIsKnown(t *testing.T) {
	ownNames := func(n *vpc.Network) { n.Endpoints[0].PrivateDNSEnabled = true }
	tests := []struct {
		name    string
		network *vpc.Network
		want    string
	}{
		{"a hub", world(withPolicy, hubs("vpc-hub")), "vpce-vpc-hub"},
		{"two hubs: only the name's answer can tell", world(withPolicy, hubs("vpc-hub", "vpc-old")), ""},
		{"one's own endpoint goes first", world(withPolicy, withEndpoint, hubs("vpc-hub")), "vpce-1"},
		{"an endpoint whose names are its own VPC's", world(withPolicy, hubs("vpc-hub"), ownNames), ""},
		{"peering", world(withPolicy, hubs("vpc-hub"), func(n *vpc.Network) {
			n.TransitAttachments = nil
			n.Peerings = []vpc.Peering{{VpcPeeringConnectionID: "pcx-1", RequesterVpcInfo: vpc.PeeringVPC{VpcID: "vpc-hub"}, AccepterVpcInfo: vpc.PeeringVPC{VpcID: theVPC}}}
		}), "vpce-vpc-hub"},
		{"a VPC that nothing joins", world(withPolicy, hubs("vpc-hub"), func(n *vpc.Network) { n.TransitAttachments = nil }), ""},
	}
	for _, tt := range tests {
		p := plan.Make(config.Default(), tt.network, netpath.Vantage{Region: "us-east-1", VPC: theVPC})
		if got := find(t, p, "invoke/support/private").Target.Endpoint; got != tt.want {
			t.Errorf("%s: endpoint %q, want %q", tt.name, got, tt.want)
		}
	}
}

const proxyName = "orders-proxy.proxy-c9zq4xw1vtkf.us-east-1.rds.amazonaws.com"

func withProxy(family string) func(*vpc.Network) {
	return func(n *vpc.Network) {
		n.DBProxies = []vpc.DBProxy{{
			DBProxyName: "orders-proxy", DBProxyARN: "arn:aws:rds:us-east-1:123456789012:db-proxy:prx-1", EngineFamily: family,
			Endpoint: proxyName, VpcSecurityGroupIDs: []string{"sg-proxy"}, VpcSubnetIDs: []string{inside},
		}}
	}
}

// "Using Amazon RDS Proxy": a proxy listens on its engine's own port.
func TestProxiesAreDatabases(t *testing.T) {
	target := func(protocol netpath.Protocol, port uint16) netpath.Target {
		return netpath.Target{Component: "arn:aws:rds:us-east-1:123456789012:db-proxy:prx-1", Name: proxyName, Port: port, Protocol: protocol}
	}
	for family, want := range map[string]netpath.Target{
		"POSTGRESQL": target(netpath.ProtocolPostgres, 5432),
		"MYSQL":      target(netpath.ProtocolMySQL, 3306),
		"SQLSERVER":  target(netpath.ProtocolTCP, 1433),
	} {
		p := plan.Make(config.Default(), world(withProxy(family), speaking("sg-proxy", agentSG, false)), here())
		if diff := cmp.Diff(want, find(t, p, "db/orders-proxy").Target, sameAddress); diff != "" {
			t.Errorf("%s (-want +got):\n%s", family, diff)
		}
	}
	p := plan.Make(config.Default(), world(withProxy("MYSQL")), here())
	want := []string{"database proxy orders-proxy is not checked: no rule connects it with the agent; name it under databases to check it anyway"}
	if diff := cmp.Diff(want, p.Notes); diff != "" {
		t.Errorf("notes of one that nothing connects (-want +got):\n%s", diff)
	}
}

// A database in the configuration may be a proxy, by its name or by its host.
func TestConfiguredProxies(t *testing.T) {
	c := config.Default()
	c.Databases = []config.Database{{Name: "orders-proxy", Line: 3}, {Name: "orders", Host: proxyName, Line: 4}}
	p := plan.Make(c, world(withProxy("POSTGRESQL"), withDatabase), here())
	want := netpath.Target{
		Component: "arn:aws:rds:us-east-1:123456789012:db-proxy:prx-1", Name: proxyName, Port: 5432, Protocol: netpath.ProtocolPostgres, Writes: true,
	}
	for _, id := range []string{"db/orders-proxy", "db/orders"} {
		if diff := cmp.Diff(want, find(t, p, id).Target, sameAddress); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
