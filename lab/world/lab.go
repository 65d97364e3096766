package world

import (
	"encoding/json"
	"net/netip"
	"time"
)

// Lab is the part of a world that is not an AWS resource. Its fields are
// strict: one that is not known is an error.
type Lab struct {
	Pattern    string // public, vpc, private, isolated; hub is private with its endpoints centralised
	Region     string
	Account    string // 12 digits
	Principals []Principal
	Hosts      []Host

	// Stale is what the AWS APIs say otherwise than the network does: RFC 6902
	// operations on the document that they read ("Eventual consistency in the
	// Amazon EC2 API").
	Stale json.RawMessage `json:",omitempty"`

	Credentials *Credentials `json:",omitempty"` // of the command's host; nil is SourceEnvironment
	Roles       []Role       `json:",omitempty"`
	Buckets     []Bucket     `json:",omitempty"`
	Sites       []Site       `json:",omitempty"` // on-premises
	Zones       []Zone       `json:",omitempty"` // shared between VPCs

	Accounts     []Account     `json:",omitempty"` // others than Account
	Organization *Organization `json:",omitempty"` // that the account belongs to
	Unsettled    []Unsettled   `json:",omitempty"`
}

// Zone is a private hosted zone with an endpoint's addresses at its apex, that
// is associated with VPCs other than the endpoint's ("Centralized access to VPC
// private endpoints", Building a Scalable and Secure Multi-VPC AWS Network
// Infrastructure: the endpoint's own private DNS is off then).
type Zone struct {
	Name          string
	VpcEndpointId string   //nolint:revive // as EC2 spells it
	VpcIds        []string //nolint:revive // as EC2 spells it
}

// Account is another account: only its principals are told of its VPCs, and of
// what is in them.
type Account struct {
	Id     string   //nolint:revive // 12 digits; as Organizations spells it
	VpcIds []string //nolint:revive // as EC2 spells it
}

// Organization is what AWS Organizations attaches to the account. A nil list
// caps nothing, as where that type of policy is not enabled.
type Organization struct {
	ServiceControlPolicies  []string `json:",omitempty"` // JSON text of each; cap the account's principals
	ResourceControlPolicies []string `json:",omitempty"` // JSON text of each; their denials hold for the account's resources
}

// Unsettled is an endpoint whose policy was edited a moment ago: some requests
// are still judged by the policy before.
type Unsettled struct {
	VpcEndpointId string //nolint:revive // as EC2 spells it
	Before        string `json:",omitempty"` // JSON text; "" is the default policy, full access
	Every         int    // the first request that arrives at an address, and each Nth after it, is judged by Before
}

// Bucket is a bucket of Amazon S3.
type Bucket struct {
	Name    string
	Account string   // that owns it
	Policy  string   `json:",omitempty"` // JSON text
	Objects []Object `json:",omitempty"`
}

// Object is an object in a Bucket.
type Object struct {
	Key         string
	ContentType string
	Body        []byte
}

// Principal is who may sign requests: an IAM user, or a session of a role. A
// long-term key has no SessionToken and no Expiration.
type Principal struct {
	Name                string // unique; "probe" signs for the command that lab run starts
	Arn                 string // arn:aws:iam::…:user/… or arn:aws:sts::…:assumed-role/…/…
	UserId              string //nolint:revive // as STS spells it: AIDA…, AROA…:session
	Account             string
	AccessKeyId         string //nolint:revive // as IAM spells it: AKIA… of a user, ASIA… of a session
	SecretAccessKey     string
	SessionToken        string     `json:",omitempty"`
	Expiration          *time.Time `json:",omitempty"`
	IdentityPolicies    []string   // JSON text of each identity-based policy
	PermissionsBoundary string     `json:",omitempty"` // JSON text
	SessionPolicy       string     `json:",omitempty"` // JSON text
	Disabled            bool       `json:",omitempty"` // the key exists and is inactive: answered as an unknown one
}

// Host is a machine of the world: a network namespace with listeners. It sits
// on an ENI (NetworkInterfaceId), in a VPC as its resolver (VpcId and
// Addresses), or on the internet (Addresses alone). Everything from
// ClockOffsetSeconds on is a fault knob and invisible to the AWS APIs.
type Host struct {
	Name               string       // unique; what lab run --at names
	NetworkInterfaceId string       `json:",omitempty"` //nolint:revive // as EC2 spells it
	VpcId              string       `json:",omitempty"` //nolint:revive // as EC2 spells it
	Site               string       `json:",omitempty"` // on-premises, with Addresses
	Addresses          []netip.Addr `json:",omitempty"`
	Services           []Service    `json:",omitempty"`

	// ClockOffsetSeconds is how far the clock of the host's services is ahead
	// of the real one; negative is behind.
	ClockOffsetSeconds int `json:",omitempty"`
	// TLS breaks the certificates of the host's services.
	TLS *TLS `json:",omitempty"`
	// Firewall drops or rejects packets that arrive at the host.
	Firewall []FirewallRule `json:",omitempty"`
	// DNS replaces the answers of the host's DNS services, the first that
	// matches.
	DNS []DNSOverride `json:",omitempty"`
	// Nameservers are those of the host's resolv.conf, instead of what the DHCP
	// options say.
	Nameservers []netip.Addr `json:",omitempty"`
	// HostsFile are lines that somebody added to the host's /etc/hosts.
	HostsFile []HostsEntry `json:",omitempty"`
	// MTU is that of the host's link; 0 means 1500. Within a VPC it may be 9001
	// ("Network maximum transmission unit").
	MTU int `json:",omitempty"`
	// IdleSeconds is how long the host's own firewall remembers a connection in
	// which nothing is said; what comes later vanishes.
	IdleSeconds int `json:",omitempty"`
	// Exhausted are destinations for which a NAT gateway runs out of ports.
	Exhausted []Exhaustion `json:",omitempty"`
}

// HostsEntry is a line of a hosts file (hosts(5)).
type HostsEntry struct {
	Address netip.Addr
	Name    string
}

// Exhaustion is a destination for which a NAT gateway finds no port now and
// then.
type Exhaustion struct {
	Address netip.Addr
	Port    uint16
	Every   int // the first new connection, and each Nth after it, gets no port
}

// ServiceType is what a listener speaks.
type ServiceType string

// The types of service.
const (
	ServiceAWS              ServiceType = "aws"               // an AWS API over HTTPS
	ServiceHTTPS            ServiceType = "https"             // a web server that is not an AWS API
	ServiceHTTP             ServiceType = "http"              // the same without TLS
	ServiceTCP              ServiceType = "tcp"               // a server that sends back what it gets
	ServiceOpenID           ServiceType = "openid"            // an OpenID provider over HTTPS, with Issuer and Clients
	ServiceAgent            ServiceType = "agent"             // the container contract of AgentCore Runtime, inside of the agent only
	ServicePostgres         ServiceType = "postgres"          // a PostgreSQL server that demands TLS
	ServiceMySQL            ServiceType = "mysql"             // a MariaDB server that offers TLS
	ServiceVPCDNS           ServiceType = "vpc-dns"           // the Amazon DNS server of a VPC
	ServiceAuthoritativeDNS ServiceType = "authoritative-dns" // answers for its Zones only
	ServiceRecursiveDNS     ServiceType = "recursive-dns"     // a public resolver
	ServiceInstanceMetadata ServiceType = "instance-metadata" // IMDSv2 of the command's host
	ServiceTaskMetadata     ServiceType = "task-metadata"     // of ECS: credentials and metadata version 4
	ServicePodIdentity      ServiceType = "pod-identity"      // the EKS Pod Identity agent
)

// SaysSource has a web server answer every request with the address that the
// request comes from and a newline, as checkip.amazonaws.com does.
const SaysSource = "source-address"

// SaysUnavailable has a web server answer every request with status 503 (RFC
// 9110, 15.6.4), as a load balancer without healthy targets does.
const SaysUnavailable = "unavailable"

// Service is a listener of a host. An agent's listens on the loopback address
// of its ENI's namespace: nothing reaches an agent through its ENI.
type Service struct {
	Type      ServiceType
	Port      uint16
	Addresses []netip.Addr `json:",omitempty"` // of the host's; all of them by default
	Names     []string     `json:",omitempty"` // in public DNS, with the service's addresses or that of the host's ENI

	API                  string   `json:",omitempty"` // aws: bedrock-agentcore, ec2, ecr.api, …: as in the names of endpoint services
	DBInstanceIdentifier string   `json:",omitempty"` // postgres, mysql: whose endpoint this is, unless it has Names as a proxy has
	Zones                []string `json:",omitempty"` // authoritative-dns
	Issuer               string   `json:",omitempty"` // openid: URL without a trailing slash
	Clients              []Client `json:",omitempty"` // openid
	Says                 string   `json:",omitempty"` // https, http: SaysSource, SaysUnavailable; by default JSON with host and path

	// AuthorizeAfterNotFound is a knob of the bedrock-agentcore API: a
	// qualifier or session that does not exist is answered 404 before any
	// policy is asked. AWS does not document the order; the default, policies
	// first, is what most of its services do.
	AuthorizeAfterNotFound bool `json:",omitempty"`
	// Refuses is a knob of an AWS API: how every call of it ends.
	Refuses Refusal `json:",omitempty"`
	// Settings are settings of a database server, NAME=VALUE as on its command
	// line; a stand-in has none.
	Settings []string `json:",omitempty"`
	// Sessions are connections that somebody else holds at a database server.
	Sessions int `json:",omitempty"`
	// ErrorsFrom are hosts of the world whose connections to a database server
	// ended before a login, twice each.
	ErrorsFrom []string `json:",omitempty"`
	// Container is a knob of an agent: what is wrong with its container.
	Container ContainerFault `json:",omitempty"`
}

// Refusal is how an AWS API ends calls that it should let pass. All but
// RefusalInternal are the bedrock-agentcore API's.
type Refusal string

// The refusals.
const (
	RefusalInternal  Refusal = "internal-error" // 500, whatever is called
	RefusalThrottled Refusal = "throttled"      // 429, whatever is called
	RefusalQuota     Refusal = "quota"          // 402, whatever is called
	RefusalNotYet    Refusal = "not-yet"        // 404 for what the control plane calls READY: it has not arrived yet
)

// ContainerFault is what is wrong with an agent's container.
type ContainerFault string

// The faults of containers.
const (
	ContainerNeverStarts ContainerFault = "never-starts" // its initialisation takes too long
	ContainerCrashes     ContainerFault = "crashes"      // it ends while it starts
	ContainerFails       ContainerFault = "fails"        // it answers 500
	ContainerSilent      ContainerFault = "silent"       // it takes requests and does not answer
)

// TLS is what is wrong with a host's certificates.
type TLS struct {
	Issuer  string `json:",omitempty"` // common name of another authority, that nobody trusts
	Expired bool   `json:",omitempty"` // ended yesterday
	Name    string `json:",omitempty"` // the only name in the certificate

	ExpiresInDays int    `json:",omitempty"` // it ends so soon
	MaxVersion    string `json:",omitempty"` // of the protocol, of the host's web servers: 1.0, 1.1, 1.2
	PlainText     bool   `json:",omitempty"` // the host's web servers speak HTTP without TLS
}

// FirewallRule drops or rejects what arrives at a host. Protocol and port as
// in a packet filter on the host itself.
type FirewallRule struct {
	Action   string // drop: silence; reject: ICMP administratively prohibited; refuse: a TCP reset
	Protocol string // tcp, udp
	Port     uint16 `json:",omitempty"` // 0 means every port

	// Every is of drop: the first packet that matches vanishes, and each Nth
	// after it; 0 means all.
	Every int `json:",omitempty"`
	// LargerThan is of drop: IP packets of more bytes vanish, in both
	// directions, and no ICMP message says so.
	LargerThan int `json:",omitempty"`
}

// DNSOverride is another answer for a name.
type DNSOverride struct {
	Name      string       // without the last dot; "*" is every name
	Answer    string       `json:",omitempty"` // nxdomain, servfail, refused, nodata, silence, malformed, addresses; "" is the usual one
	Addresses []netip.Addr `json:",omitempty"` // for addresses

	// Forged is of nxdomain and nodata: no zone's SOA record stands beside the
	// denial, as where a DNS firewall makes it up.
	Forged bool `json:",omitempty"`
	// Truncated says that the answer does not fit into a datagram.
	Truncated bool `json:",omitempty"`
	// DelayMilliseconds is how late answers come.
	DelayMilliseconds int `json:",omitempty"`
	// DropEvery has the first question vanish, and each Nth after it.
	DropEvery int `json:",omitempty"`
}

// UnmarshalJSON refuses fields that are not known.
func (l *Lab) UnmarshalJSON(data []byte) error {
	type plain Lab
	return strict(data, (*plain)(l))
}

var _ json.Unmarshaler = (*Lab)(nil)

// Principal returns the principal of this name.
func (l *Lab) Principal(name string) (Principal, bool) {
	return find(l.Principals, func(p Principal) bool { return p.Name == name })
}

// Role returns the role of this ARN.
func (l *Lab) Role(arn string) (Role, bool) {
	return find(l.Roles, func(r Role) bool { return r.Arn == arn })
}

// Host returns the host of this name.
func (l *Lab) Host(name string) (Host, bool) {
	return find(l.Hosts, func(h Host) bool { return h.Name == name })
}

// AuthorizeAfterNotFound reports the knob of the bedrock-agentcore API: true
// when any of its services has it.
func (l *Lab) AuthorizeAfterNotFound() bool {
	for _, h := range l.Hosts {
		for _, s := range h.Services {
			if s.API == "bedrock-agentcore" && s.AuthorizeAfterNotFound {
				return true
			}
		}
	}
	return false
}
