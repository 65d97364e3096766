package reachability_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
)

// towards is the path to a service by a route.
func towards(service string, route netpath.Route, endpoint string) netpath.Path {
	return netpath.Path{
		ID: "service/" + service, Kind: netpath.KindService, Route: route, Source: netpath.Source{ENIs: []string{"eni-agent", "eni-sidecar"}},
		Target: netpath.Target{Name: service + ".us-east-1.amazonaws.com", Port: 443, Protocol: netpath.ProtocolHTTPS, Service: service, Endpoint: endpoint},
	}
}

const (
	gatewayRoute = `{"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "Origin": "CreateRoute", "State": "active"}`
	defaultRoute = `,
  {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "Origin": "CreateRoute", "State": "active"}`
	neither = `,
  ` + gatewayRoute + defaultRoute
)

// "Gateway endpoints" (AWS PrivateLink Guide): a gateway endpoint is a route in
// the tables that it is associated with.
func TestTheWayThroughAGatewayEndpoint(t *testing.T) {
	isolated := swap(defaultRoute, "")
	cut := swap(neither, "")
	for _, tt := range []struct {
		name     string
		endpoint string
		replace  []string
		want     map[netpath.HopName]string
	}{
		{"associated", "vpce-s3", isolated, map[netpath.HopName]string{"route": "pass", "endpoint": "pass"}},
		{"not associated", "vpce-s3", cut, map[netpath.HopName]string{"route": "fail route/s3-gateway-missing", "endpoint": "pass"}},
		{"not associated, by NAT instead", "vpce-s3", swap(gatewayRoute+",", ""), map[netpath.HopName]string{"route": "pass", "endpoint": "pass"}},
		{"there is none", "", append(swap(`"VpcEndpointId": "vpce-s3", "VpcEndpointType": "Gateway"`, `"VpcEndpointId": "vpce-s3", "VpcEndpointType": "Interface"`), cut...), map[netpath.HopName]string{"route": "unknown", "endpoint": "fail endpoint/missing"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := statuses(evidence(t, towards("s3", netpath.RouteGateway, tt.endpoint), "eni-agent", s3, tt.replace...))
			for hop, want := range tt.want {
				if got[hop] != want {
					t.Errorf("%s: %q, want %q", hop, got[hop], want)
				}
			}
		})
	}
}

func TestWhatIsNeededToMendAGatewayEndpoint(t *testing.T) {
	cut := swap(neither, "")
	got := evidence(t, towards("s3", netpath.RouteGateway, "vpce-s3"), "eni-agent", s3, cut...)[netpath.HopRoute]
	want := netpath.Evidence{
		Status: netpath.StatusFail, Cause: "route/s3-gateway-missing", Component: "rtb-agent",
		Detail: "rtb-agent is not associated with vpce-s3, which leads to 198.51.100.200",
		Facts: netpath.Facts{
			"region": "us-east-1", "route_table": "rtb-agent", "subnet": "subnet-agent-a", "vpc": "vpc-1", "destination": s3, "source": "eni-agent",
			"endpoint": "vpce-s3", "missing_route": "0.0.0.0/0", "service": "com.amazonaws.us-east-1.s3",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsNeededToCreateAnEndpoint(t *testing.T) {
	base := netpath.Facts{"region": "us-east-1", "vpc": "vpc-1"}
	for service, tt := range map[string]struct {
		route netpath.Route
		facts netpath.Facts
	}{
		"dynamodb": {netpath.RouteGateway, netpath.Facts{"service": "com.amazonaws.us-east-1.dynamodb", "route_tables": `["rtb-agent"]`}},
		"ecr.api":  {netpath.RoutePrivate, netpath.Facts{"service": "com.amazonaws.us-east-1.ecr.api", "subnets": `["subnet-endpoint"]`}},
	} {
		for name, value := range base {
			tt.facts[name] = value
		}
		got := evidence(t, towards(service, tt.route, ""), "eni-agent", internet)[netpath.HopEndpoint]
		if diff := cmp.Diff(tt.facts, got.Facts); diff != "" || got.Cause != "endpoint/missing" {
			t.Errorf("%s: %+v, facts (-want +got):\n%s", service, got, diff)
		}
	}
}

// A name that answers a private address leads to an endpoint somewhere: a hub's
// is not in this inventory.
func TestAnEndpointInAnotherVPC(t *testing.T) {
	got := statuses(evidence(t, towards("logs", netpath.RoutePrivate, ""), "eni-agent", "10.200.0.4"))
	if got[netpath.HopEndpoint] != "unknown" || got[netpath.HopResolver] != "unknown" {
		t.Errorf("%v", got)
	}
}

// The agent's group lets UDP out to port 53 and to nothing else.
func TestAQuestionOverUDPMeetsTheRulesForUDP(t *testing.T) {
	p := netpath.Path{ID: "egress/internet", Kind: netpath.KindEgress, Route: netpath.RoutePublic, Target: netpath.Target{Port: 53, Protocol: netpath.ProtocolDNS}}
	if got := statuses(evidence(t, p, "eni-agent", internet)); got[netpath.HopSourceSG] != "pass" {
		t.Errorf("UDP: %v", got)
	}
	p.Target.Protocol = netpath.ProtocolTCP
	if got := statuses(evidence(t, p, "eni-agent", internet)); got[netpath.HopSourceSG] != "fail sg/egress-missing" {
		t.Errorf("TCP: %v", got)
	}
}
