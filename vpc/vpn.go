package vpc

// VPNGateway is an entry of DescribeVpnGateways.
type VPNGateway struct {
	VpnGatewayID   string `json:"VpnGatewayId"`
	State          string
	VpcAttachments []GatewayAttachment
	Tags           []Tag
}

// VPNConnection is an entry of DescribeVpnConnections. It ends at a virtual
// private gateway or at a transit gateway.
type VPNConnection struct {
	VpnConnectionID   string `json:"VpnConnectionId"`
	VpnGatewayID      string `json:"VpnGatewayId"`
	TransitGatewayID  string `json:"TransitGatewayId"`
	CustomerGatewayID string `json:"CustomerGatewayId"`
	State             string // pending, available, deleting, deleted
	Options           *struct {
		StaticRoutesOnly      bool
		LocalIpv4NetworkCidr  string // the customer's side
		RemoteIpv4NetworkCidr string // the side of AWS
	}
	Routes       []VPNRoute  // static ones; those that BGP announces are not told
	VgwTelemetry []VPNTunnel // one each
	Tags         []Tag
}

// VPNRoute is a static route of a VPN connection.
type VPNRoute struct {
	DestinationCidrBlock string
	State                string // pending, available, deleting, deleted
}

// VPNTunnel is the state of one tunnel of a VPN connection.
type VPNTunnel struct {
	OutsideIPAddress   string `json:"OutsideIpAddress"`
	Status             string // UP, DOWN
	StatusMessage      string
	AcceptedRouteCount int
}

// Up reports whether at least one tunnel of the connection is up. The second
// result is false where nothing is said about tunnels.
func (c *VPNConnection) Up() (up, known bool) {
	for _, t := range c.VgwTelemetry {
		up = up || t.Status == "UP"
	}
	return up, len(c.VgwTelemetry) > 0
}

// CustomerGateway is an entry of DescribeCustomerGateways: the other end of a
// VPN connection.
type CustomerGateway struct {
	CustomerGatewayID string `json:"CustomerGatewayId"`
	IPAddress         string `json:"IpAddress"`
	BgpAsn            string
	State             string
	Tags              []Tag
}

// VPNGateway finds a virtual private gateway by id.
func (x *Index) VPNGateway(id string) *VPNGateway { return x.vpnGateways[id] }

// VPNConnection finds a VPN connection by id: of a transit gateway's attachment
// that is its ResourceID.
func (x *Index) VPNConnection(id string) *VPNConnection { return x.vpns[id] }

// VPNConnectionsOf lists the VPN connections that end at a virtual private
// gateway or at a transit gateway.
func (x *Index) VPNConnectionsOf(gateway string) []*VPNConnection {
	var out []*VPNConnection
	for i := range x.VPNConnections {
		if c := &x.VPNConnections[i]; gateway != "" && (c.VpnGatewayID == gateway || c.TransitGatewayID == gateway) {
			out = append(out, c)
		}
	}
	return out
}

// CustomerGateway finds a customer gateway by id.
func (x *Index) CustomerGateway(id string) *CustomerGateway {
	for i := range x.CustomerGateways {
		if g := &x.CustomerGateways[i]; g.CustomerGatewayID == id {
			return g
		}
	}
	return nil
}
