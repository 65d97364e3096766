package fabric_test

import "testing"

// The kernel says by which changes packets between the VPC and a site vanish.
func TestSite(t *testing.T) {
	const warehouse, agent = "172.20.1.10:443", "10.0.1.10:443"
	l := build(t, `{"op":"add","path":"/SecurityGroups/1/IpPermissions/0","value":{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"IpRanges":[{"CidrIp":"172.20.0.0/16"}]}}`)
	l.serve("warehouse", warehouse)
	l.serve("agent-a", agent)
	l.mustShow("sidecar", warehouse, "10.0.1.20")
	l.mustShow("warehouse", agent, "172.20.1.10")
	for name, c := range map[string]struct{ broken, mended string }{
		"one tunnel of two is enough": {`{"op":"replace","path":"/VpnConnections/0/VgwTelemetry/0/Status","value":"DOWN"}`, ""},
		"both tunnels are down": {`{"op":"replace","path":"/VpnConnections/0/VgwTelemetry/0/Status","value":"DOWN"},{"op":"replace","path":"/VpnConnections/0/VgwTelemetry/1/Status","value":"DOWN"}`,
			`{"op":"replace","path":"/VpnConnections/0/VgwTelemetry/0/Status","value":"UP"},{"op":"replace","path":"/VpnConnections/0/VgwTelemetry/1/Status","value":"UP"}`},
		"the connection is gone": {`{"op":"replace","path":"/VpnConnections/0/State","value":"deleted"}`, `{"op":"replace","path":"/VpnConnections/0/State","value":"available"}`},
		"the gateway is detached": {`{"op":"replace","path":"/VpnGateways/0/VpcAttachments/0/State","value":"detached"}`,
			`{"op":"replace","path":"/VpnGateways/0/VpcAttachments/0/State","value":"attached"}`},
		"no route to the site": {`{"op":"remove","path":"/RouteTables/1/Routes/2"}`,
			`{"op":"add","path":"/RouteTables/1/Routes/2","value":{"DestinationCidrBlock":"172.20.0.0/16","GatewayId":"vgw-0e4b7a2c91d35f680","Origin":"EnableVgwRoutePropagation","State":"active"}}`},
		"no route from the site": {`{"op":"replace","path":"/Lab/Sites/0/Routes","value":[]}`, `{"op":"replace","path":"/Lab/Sites/0/Routes","value":["10.0.0.0/16"]}`},
		"static routes, none of which covers it": {`{"op":"replace","path":"/VpnConnections/0/Options/StaticRoutesOnly","value":true}`,
			`{"op":"replace","path":"/VpnConnections/0/Options/StaticRoutesOnly","value":false}`},
		"the site's firewall": {`{"op":"add","path":"/Lab/Hosts/` + warehouseIndex + `/Firewall","value":[{"Action":"drop","Protocol":"tcp","Port":443}]}`,
			`{"op":"remove","path":"/Lab/Hosts/` + warehouseIndex + `/Firewall"}`},
	} {
		l.follow(c.broken)
		if c.mended == "" {
			l.mustPass("sidecar", warehouse)
			l.follow(`{"op":"replace","path":"/VpnConnections/0/VgwTelemetry/0/Status","value":"UP"}`)
			continue
		}
		t.Log(name)
		l.mustVanish("sidecar", warehouse)
		l.follow(c.mended)
		l.mustPass("sidecar", warehouse)
	}
	l.follow(`{"op":"replace","path":"/VpnConnections/0/Options/StaticRoutesOnly","value":true},{"op":"add","path":"/VpnConnections/0/Routes/0","value":{"DestinationCidrBlock":"172.20.0.0/16","State":"available"}},
		{"op":"replace","path":"/Lab/Sites/0/Routes","value":["10.0.0.0/16","203.0.113.0/24"]}`)
	l.mustPass("sidecar", warehouse)
	l.mustPass("warehouse", agent)
	l.mustVanish("warehouse", "203.0.113.80:443") // NAT serves nothing that arrives by a VPN
	l.mustVanish("warehouse", "10.0.0.2:53")      // nor does the Amazon DNS server
}

// warehouseIndex is where the host stands in the private world.
const warehouseIndex = "17"
