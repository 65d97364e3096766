package inventory_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// routesTo is a route table with a route to each gateway that a VPC may have.
func routesTo(w http.ResponseWriter, _ *http.Request) {
	text(200, `<DescribeRouteTablesResponse><routeTableSet><item><routeTableId>rtb-0a1b2c3d4e5f60001</routeTableId><vpcId>vpc-0a1b2c3d4e5f60001</vpcId><routeSet>
		<item><destinationCidrBlock>172.16.0.0/12</destinationCidrBlock><transitGatewayId>tgw-0a1b2c3d4e5f60001</transitGatewayId></item>
		<item><destinationCidrBlock>10.1.0.0/16</destinationCidrBlock><vpcPeeringConnectionId>pcx-0a1b2c3d4e5f60001</vpcPeeringConnectionId></item>
		<item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><egressOnlyInternetGatewayId>eigw-0a1b2c3d4e5f60001</egressOnlyInternetGatewayId></item>
		</routeSet><propagatingVgwSet><item><gatewayId>vgw-0a1b2c3d4e5f60001</gatewayId></item></propagatingVgwSet></item></routeTableSet></DescribeRouteTablesResponse>`)(w, nil)
}

// TestCollectReadsWhatRoutesLeadTo: answers as testdata/wire has them.
func TestCollectReadsWhatRoutesLeadTo(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeRouteTables"] = routesTo
	s := f.collect(t, nil)
	if len(s.Unread) != 0 || len(s.Ignored) != 0 {
		t.Errorf("unread %v, ignored %v", s.Unread, s.Ignored)
	}
	x := s.Network.Index()
	const gateway, table = "tgw-0a1b2c3d4e5f60001", "tgw-rtb-0a1b2c3d4e5f60001"
	routes, whole := x.TransitRoutes(table)
	of := func(attachment string) []any {
		table, state, known := x.TransitTableOf(attachment)
		return []any{table, state, known}
	}
	up, known := x.VPNConnection("vpn-0a1b2c3d4e5f60002").Up()
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"transit gateway", x.TransitGateway(gateway).Options.SecurityGroupReferencingSupport, "enable"},
		{"attachment of the VPC", x.TransitAttachmentOf(gateway, "vpc-0a1b2c3d4e5f60001").SubnetIDs, []string{"subnet-0a1b2c3d4e5f6a001"}},
		{"attachment of the VPN", x.TransitGatewayAttachment("tgw-attach-0a1b2c3d4e5f60002").ResourceID, "vpn-0a1b2c3d4e5f60002"},
		{"table", x.TransitRouteTable(table).DefaultAssociationRouteTable, true},
		{"table of the VPC", of("tgw-attach-0a1b2c3d4e5f60001"), []any{table, "associated", true}},
		{"table of the VPN: none", of("tgw-attach-0a1b2c3d4e5f60002"), []any{"", "", true}},
		{"table of a stranger", of("tgw-attach-9"), []any{"", "", false}},
		{"all routes", whole, true},
		{"route", routes[0].Target(), "tgw-attach-0a1b2c3d4e5f60002"},
		{"blackhole", routes[1].Target(), "(blackhole)"},
		{"a tunnel is up", []any{up, known}, []any{true, true}},
		{"VPN connections", len(x.VPNConnectionsOf(gateway)), 1},
		{"customer gateway", x.CustomerGateway("cgw-0a1b2c3d4e5f60001").IPAddress, "192.0.2.9"},
		{"virtual private gateway", x.VPNGateway("vgw-0a1b2c3d4e5f60001").VpcAttachments[0].State, "attached"},
		{"egress-only gateway", x.EgressOnlyGateway("eigw-0a1b2c3d4e5f60001").Attachments[0].VpcID, "vpc-0a1b2c3d4e5f60001"},
		{"peering", x.Peering("pcx-0a1b2c3d4e5f60001").AccepterVpcInfo.CidrBlock, "10.1.0.0/16"},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestCollectReadsWhatStandsBesideTheVPC(t *testing.T) {
	x := newFakeAWS(t).collect(t, nil).Network.Index()
	targets, known := x.DBProxyTargetsOf("front")
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"service", x.EndpointService("com.amazonaws.us-east-1.bedrock-agentcore", "Interface").PrivateDNSNames[0].PrivateDNSName, "bedrock-agentcore.us-east-1.amazonaws.com"},
		{"block public access", x.BlockPublicAccess("123456789012").InternetGatewayBlockMode, "block-ingress"},
		{"exclusion", x.BlockPublicAccessExclusion("vpc-0a1b2c3d4e5f60001").InternetGatewayExclusionMode, "allow-egress"},
		{"association", x.SecurityGroupAssociations[0].VpcID, "vpc-0a1b2c3d4e5f60002"},
		{"managed prefix list", x.ManagedPrefixLists[0].PrefixListName, "offices"},
		{"cluster by its reader", x.DBCluster("ledger.cluster-ro-c9zq4xw1vtkf.us-east-1.rds.amazonaws.com").Writer(), "ledger-1"},
		{"cluster that pauses", x.DBCluster("ledger").PausesWhenIdle(), true},
		{"subnet group of the cluster", x.DBSubnetGroup(x.DBCluster("ledger").DBSubnetGroup).VpcID, "vpc-0a1b2c3d4e5f60001"},
		{"cluster endpoint", x.DBClusterEndpoints[0].EndpointType, "WRITER"},
		{"proxy", x.DBProxy("front").RequireTLS, true},
		{"proxy's target", targets[0].TargetHealth.Reason, "UNREACHABLE"},
		{"targets are known", known, true},
		{"proxy's endpoint", x.DBProxyEndpointsOf("front")[0].TargetRole, "READ_ONLY"},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestCollectAsksOnlyForWhatIsThere(t *testing.T) {
	f := newFakeAWS(t)
	f.overrides["DescribeVpcBlockPublicAccessOptions"] = text(200, `<DescribeVpcBlockPublicAccessOptionsResponse><vpcBlockPublicAccessOptions><internetGatewayBlockMode>off</internetGatewayBlockMode></vpcBlockPublicAccessOptions></DescribeVpcBlockPublicAccessOptionsResponse>`)
	f.overrides["DescribeDBClusters"] = text(200, `<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters/></DescribeDBClustersResult></DescribeDBClustersResponse>`)
	f.overrides["DescribeDBProxies"] = text(200, `<DescribeDBProxiesResponse><DescribeDBProxiesResult><DBProxies/></DescribeDBProxiesResult></DescribeDBProxiesResponse>`)
	f.collect(t, nil)
	for _, operation := range []string{
		"DescribeVpcBlockPublicAccessExclusions", "DescribeDBClusterEndpoints", "DescribeDBProxyEndpoints", "DescribeDBProxyTargets",
		"DescribeTransitGateways", "DescribeVpnConnections", "DescribeCustomerGateways", "SearchTransitGatewayRoutes",
	} {
		if got := f.called(operation); got != 0 {
			t.Errorf("%s was called %d times", operation, got)
		}
	}
}
