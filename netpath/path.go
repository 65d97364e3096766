package netpath

import "net/netip"

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
)

// Target is the destination of a path. Empty fields are unknown or do not
// apply.
type Target struct {
	Component string       // ARN or id of the destination
	Name      string       // DNS name: resolved, and sent as SNI and Host
	Port      uint16       // TCP port
	Protocol  Protocol     //
	Addresses []netip.Addr // what Name must answer on this route, where the configuration says so

	Endpoint   string // VPC endpoint id of a private or gateway route
	RuntimeARN string // invoke paths: the runtime's ARN
	Qualifier  string // invoke paths: the runtime endpoint's name, usually DEFAULT
}
