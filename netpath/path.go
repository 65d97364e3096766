package netpath

import (
	"net/netip"
	"strings"
)

// VantageKind says where a vantage sits in relation to the agent.
type VantageKind string

// The kinds of vantage.
const (
	VantageSidecar VantageKind = "sidecar" // beside the agent's ENIs: same subnets and security groups
	VantageAgent   VantageKind = "agent"   // one of the agent's own ENIs
	VantageCaller  VantageKind = "caller"  // where those sit that invoke the agent
)

// Vantage is where live evidence comes from. Fields that could not be learned
// are empty.
type Vantage struct {
	Kind           VantageKind `json:"kind"`
	Region         string      `json:"region"`
	Account        string      `json:"account,omitempty"`
	VPC            string      `json:"vpc,omitempty"`
	Subnet         string      `json:"subnet,omitempty"`
	AZ             string      `json:"az,omitempty"` // Availability Zone id (use1-az1), not name
	ENI            string      `json:"eni,omitempty"`
	Address        netip.Addr  `json:"address,omitzero"`
	SecurityGroups []string    `json:"security_groups,omitempty"`
	Principal      string      `json:"principal,omitempty"`  // IAM ARN that signs the probe's requests
	AccessKey      string      `json:"access_key,omitempty"` // id of the access key that signs; not a secret

	Credentials string `json:"credentials,omitempty"` // where they come from, in words
	Host        string `json:"host,omitempty"`        // ARN of the task or id of the instance, where the configuration does not tell the vantage
}

// Path is one thing to prove: vantage to destination over a route, with an
// expectation. Its ID is unique in a plan: "invoke/<runtime>/private",
// "db/<name>", "service/<name>", "egress/internet", "onprem/<name>".
type Path struct {
	ID      string
	Kind    Kind
	Route   Route
	Expect  Expectation
	Because string // where the expectation comes from, for a reader
	Source  Source
	Target  Target
}

// Source says whose packets the path is about.
type Source struct {
	ENIs []string // the ENIs whose configuration is judged: the vantage's own, or the agent's
}

// Protocol is what is spoken on a path once a connection stands.
type Protocol string

// The protocols.
const (
	ProtocolHTTPS    Protocol = "https"
	ProtocolPostgres Protocol = "postgres"
	ProtocolMySQL    Protocol = "mysql"
	ProtocolTCP      Protocol = "tcp"
	ProtocolDNS      Protocol = "dns" // a question over UDP
)

// Target is the destination of a path. Empty fields are unknown or do not
// apply.
type Target struct {
	Component string       // ARN or id of the destination
	Name      string       // DNS name: resolved, and sent as SNI and Host
	Port      uint16       // TCP port
	Protocol  Protocol     //
	Addresses []netip.Addr // what Name must answer on this route, where the configuration says so

	Inside []netip.Prefix // public ranges that VPCs here use: their addresses are not the internet's

	Spared     string     // why nothing is dialled, for a reader, and the configuration alone is asked; "" where it is
	Zonal      bool       // each source uses the Addresses in its own Availability Zone, and no others
	Writes     bool       // database paths: the agent writes there, so that a reader is not enough
	Endpoint   string     // VPC endpoint id of a private or gateway route
	RuntimeARN string     // invoke paths: the runtime's ARN
	Qualifier  string     // invoke paths: the runtime endpoint's name, usually DEFAULT
	Service    string     // service paths: the AWS service, as endpoints are named: ecr.api
	Read       string     // service paths: the service that is asked a signed question; "" means an unsigned one
	Image      string     // the path to Amazon S3: the agent's container image, a layer of which is fetched; "" where it is not known
	Authorizer Authorizer // invoke paths: "" means AuthorizerSigV4
	Accepts    Claims     // of AuthorizerJWT, as far as it is known
	Declared   Pattern    // invoke paths: the pattern that the configuration demands; "" where it was inferred
	Ways       []Way      // egress paths that must lead nowhere: what is tried instead of Name and Addresses
}

// Way is one way out of the VPC that is tried.
type Way struct {
	Name      string       // resolved, where there are no addresses; of ProtocolDNS, whose name servers are asked
	Addresses []netip.Addr //
	Port      uint16       //
	Protocol  Protocol     // ProtocolTCP or ProtocolDNS
}

// Authorizer is how a runtime knows its callers: each has one of them.
type Authorizer string

// The authorizers.
const (
	AuthorizerSigV4 Authorizer = "sigv4"
	AuthorizerJWT   Authorizer = "jwt" // bearer tokens: IAM does not know the caller
)

// Claims are what a runtime's authorizer wants of a token. Empty fields accept
// anything.
type Claims struct {
	Issuer    string
	Audiences []string
	Clients   []string
}

// Hops lists the hops of a path in travel order.
func (p Path) Hops() []HopName {
	var hops []HopName
	if p.Target.Name != "" {
		hops = append(hops, HopResolver)
	}
	hops = append(hops, HopSourceSG, HopSourceNACL, HopRoute)
	if p.Route == RoutePrivate || p.Route == RouteGateway {
		hops = append(hops, HopEndpoint)
	}
	if p.Route == RoutePrivate || p.Route == RouteVPC {
		hops = append(hops, HopDestNACL, HopDestSG)
	}
	if p.Target.Spared != "" {
		return append(hops, p.told()...)
	}
	hops = append(hops, HopTCP)
	if p.Target.Protocol != ProtocolTCP {
		hops = append(hops, HopTLS)
	}
	return append(hops, p.spoken()...)
}

// spoken are the hops behind the connection, by kind of path.
func (p Path) spoken() []HopName {
	switch {
	case p.Kind == KindInvoke && p.Target.Authorizer == AuthorizerJWT && p.Route == RoutePrivate:
		return []HopName{HopToken, HopEndpointPolicy, HopResourcePolicy, HopRuntime}
	case p.Kind == KindInvoke && p.Target.Authorizer == AuthorizerJWT:
		return []HopName{HopToken, HopResourcePolicy, HopRuntime}
	case p.Kind == KindInvoke && p.Route == RoutePrivate:
		return []HopName{HopSignature, HopIdentityPolicy, HopEndpointPolicy, HopResourcePolicy, HopRuntime}
	case p.Kind == KindInvoke:
		return []HopName{HopSignature, HopIdentityPolicy, HopResourcePolicy, HopRuntime}
	case p.Kind == KindDatabase && (p.Target.Protocol != ProtocolTCP || strings.HasPrefix(p.Target.Component, "arn:")):
		return []HopName{HopDatabase} // of a mere port, RDS alone can tell
	case p.Target.Protocol == ProtocolTCP:
		return nil
	}
	return p.served()
}

// told are the hops behind the network that the configuration knows of by itself.
func (p Path) told() []HopName {
	if p.Kind == KindDatabase && strings.HasPrefix(p.Target.Component, "arn:") {
		return []HopName{HopDatabase}
	}
	return nil
}

// served are the hops of a server that is asked something. What the probe's own
// principal may do is no checkpoint of the agent's way to a service; what the
// endpoint's policy lets through is.
func (p Path) served() []HopName {
	var hops []HopName
	if p.Target.Read != "" {
		hops = append(hops, HopSignature)
	}
	if p.Kind == KindService && (p.Route == RoutePrivate || p.Route == RouteGateway) {
		hops = append(hops, HopEndpointPolicy)
	}
	return append(hops, HopService)
}
