package inventory

import (
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/agentcore-probe/probe/vpc"
)

// vpnGateways reads the virtual private gateways that routes lead to or come
// from.
func vpnGateways(c *ec2.Client) reference {
	return reference{describe("DescribeVpnGateways", "describe-vpn-gateways.json", "VpnGateways", c.DescribeVpnGateways,
		func(q query) *ec2.DescribeVpnGatewaysInput {
			return &ec2.DescribeVpnGatewaysInput{Filters: q.by("vpn-gateway-id")}
		},
		func(o *ec2.DescribeVpnGatewaysOutput) ([]types.VpnGateway, *string) { return o.VpnGateways, nil }), vgws}
}

// vgws lists the virtual private gateways that route tables name.
func vgws(n *vpc.Network) []string {
	ids := targets(func(r vpc.Route) string { return r.GatewayID }, "vgw-")(n)
	for _, t := range n.RouteTables {
		for _, p := range t.PropagatingVgws {
			ids = append(ids, p.GatewayID)
		}
	}
	return ids
}

// vpnConnections are the actions that read the VPN connections of gateways. The
// API has no pages.
func vpnConnections(c *ec2.Client) []reference {
	by := func(filter string) reader {
		return describe("DescribeVpnConnections", "describe-vpn-connections.json", "VpnConnections", c.DescribeVpnConnections,
			func(q query) *ec2.DescribeVpnConnectionsInput {
				return &ec2.DescribeVpnConnectionsInput{Filters: q.by(filter)}
			},
			func(o *ec2.DescribeVpnConnectionsOutput) ([]types.VpnConnection, *string) {
				for i := range o.VpnConnections {
					hideKeys(&o.VpnConnections[i])
				}
				return o.VpnConnections, nil
			})
	}
	return []reference{
		{by("vpn-gateway-id"), vgws},
		{by("transit-gateway-id"), targets(func(r vpc.Route) string { return r.TransitGatewayID }, "tgw-")},
	}
}

// hideKeys drops the pre-shared keys of a connection: the device configuration
// holds them too ("DescribeVpnConnections", Amazon EC2 API Reference).
func hideKeys(v *types.VpnConnection) {
	v.CustomerGatewayConfiguration = nil
	if v.Options != nil {
		for i := range v.Options.TunnelOptions {
			v.Options.TunnelOptions[i].PreSharedKey = nil
		}
	}
}

// customerGateways reads the other ends of VPN connections. The API has no
// pages.
func customerGateways(c *ec2.Client) reader {
	return describe("DescribeCustomerGateways", "describe-customer-gateways.json", "CustomerGateways", c.DescribeCustomerGateways,
		func(q query) *ec2.DescribeCustomerGatewaysInput {
			return &ec2.DescribeCustomerGatewaysInput{Filters: q.by("customer-gateway-id")}
		},
		func(o *ec2.DescribeCustomerGatewaysOutput) ([]types.CustomerGateway, *string) {
			return o.CustomerGateways, nil
		})
}
