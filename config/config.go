// Package config reads the configuration: YAML in, a validated Config out.
//
// No file is needed: the zero Config means that everything is discovered and
// every default applies. A file adds expectations. Decoding is strict: an
// unknown field, a value of the wrong type or a value out of range is an
// *Error that names file, line and field.
package config

import (
	"net/netip"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// Config is what a configuration file says, with defaults filled in.
type Config struct {
	Region       string          `yaml:"region"`
	Pattern      netpath.Pattern `yaml:"pattern"` // "" means: infer it
	Runtimes     []Runtime       `yaml:"runtimes"`
	Databases    []Database      `yaml:"databases"`
	Services     []string        `yaml:"services"`     // AWS services that the agent needs, as endpoints are named: ecr.api
	Destinations []Destination   `yaml:"destinations"` // anything else that the agent must reach
	Egress       Egress          `yaml:"egress"`
	Invoke       Invoke          `yaml:"invoke"`
	DNS          DNS             `yaml:"dns"`
	TLS          TLS             `yaml:"tls"`
	Timeouts     Timeouts        `yaml:"timeouts"`
	Thresholds   Thresholds      `yaml:"thresholds"`
	Idle         Idle            `yaml:"idle"`

	// Samples are the questions or connections by which a rate is measured
	// where a single one cannot tell.
	Samples int `yaml:"samples"`

	// SupportedZones are the ids of the Availability Zones that AgentCore
	// supports in the Region, instead of those that AWS documents.
	SupportedZones []string `yaml:"supported-zones"`

	// Concurrency bounds how many paths are probed at once.
	Concurrency int `yaml:"concurrency"`

	Serve Serve `yaml:"serve"`

	// Accounts are others that hold parts of the network: it is read there too.
	Accounts []Account `yaml:"accounts"`
}

// Account is an account in which the probe assumes a role to read.
type Account struct {
	Role       string `yaml:"role"`        // ARN
	ExternalID string `yaml:"external-id"` // that the role's trust policy demands
	Region     string `yaml:"region"`      // Config.Region where not given
}

// Runtime is a runtime whose paths are to be proven.
type Runtime struct {
	ARN       string          `yaml:"arn"`
	Qualifier string          `yaml:"qualifier"` // the runtime endpoint's name, DEFAULT where not given
	Pattern   netpath.Pattern `yaml:"pattern"`   // overrides Config.Pattern
	Token     Token           `yaml:"token"`     // of a runtime that takes bearer tokens

	Line int `yaml:"-"` // where it stands in the file
}

// Token is where bearer tokens come from: one of its fields is set, or none.
type Token struct {
	File   string            `yaml:"file"` // read each time it is needed
	Env    string            `yaml:"env"`  // the environment variable that holds it
	Client ClientCredentials `yaml:"client-credentials"`
}

// ClientCredentials are those of a client of an identity provider (RFC 6749, 4.4).
type ClientCredentials struct {
	DiscoveryURL string `yaml:"discovery-url"`
	ClientID     string `yaml:"client-id"`
	SecretEnv    string `yaml:"client-secret-env"` // the environment variable that holds the secret
	Scope        string `yaml:"scope"`
}

// Database is a database that the agent must reach.
type Database struct {
	Name     string           `yaml:"name"`     // the path's id is db/<name>; an RDS identifier where host is not given
	Host     string           `yaml:"host"`     // DNS name or address; looked up in RDS where not given
	Port     uint16           `yaml:"port"`     // that of RDS, else PostgreSQL's, where not given
	Protocol netpath.Protocol `yaml:"protocol"` // postgres, mysql, or tcp for a mere connection
	Login    Login            `yaml:"login"`    // of protocol mysql or postgres
	Reader   bool             `yaml:"reader"`   // a replica or reader is meant: nobody writes there
	// WithoutLogin lets serve connect to a MySQL server without logging in,
	// which is counted against this host; check does so once in any case.
	WithoutLogin bool `yaml:"without-login"`
	// Wake lets the probe connect to Aurora Serverless although it pauses when
	// nobody is connected: then it never does, and costs something.
	Wake bool `yaml:"wake"`
	// WithoutTLS says that the agent speaks no TLS with a PostgreSQL server: it is
	// asked whether it takes the login's account so. No password is sent then.
	WithoutTLS bool `yaml:"without-tls"`

	Line int `yaml:"-"`
}

// Login is an account of a database.
type Login struct {
	User        string `yaml:"user"`
	PasswordEnv string `yaml:"password-env"` // the environment variable that holds the password
	Database    string `yaml:"database"`     // of PostgreSQL; that of the user's name where not given
}

// Destination is an HTTPS or TCP server that the agent must reach.
type Destination struct {
	Name       string           `yaml:"name"` // the path's id is egress/<name> or onprem/<name>
	Host       string           `yaml:"host"` // DNS name or address
	Port       uint16           `yaml:"port"` // 443 where not given
	Protocol   netpath.Protocol `yaml:"protocol"`
	OnPremises bool             `yaml:"on-premises"` // reached by VPN or Direct Connect

	Line int `yaml:"-"`
}

// Egress says whether the agent is to have a way to the internet.
type Egress struct {
	Expect  netpath.Expectation `yaml:"expect"`  // reachable or unreachable; by the pattern where not given
	Targets []string            `yaml:"targets"` // host:port each; dialled to prove it
}

// Invoke says how far an invocation goes.
type Invoke struct {
	Level   Level  `yaml:"level"`
	Payload string `yaml:"payload"` // sent at level invoke
}

// Level is how far an invocation goes, cheapest first.
type Level string

// The levels of invoke.
const (
	LevelReach  Level = "reach"  // TLS and an unsigned request: arrival is proven, permission is not
	LevelAuth   Level = "auth"   // a signed request that starts no session: permission is proven
	LevelInvoke Level = "invoke" // a real invocation: billed, its session stopped afterwards
)

// DNS says whom to ask.
type DNS struct {
	Servers         []netip.Addr `yaml:"servers"`          // instead of those in /etc/resolv.conf
	PublicResolvers []netip.Addr `yaml:"public-resolvers"` // asked for addresses that private DNS hides, instead of the zone's own servers
	PublicAddresses []netip.Addr `yaml:"public-addresses"` // AgentCore's behind its private names, where nobody outside is to be asked
}

// TLS says whom to trust.
type TLS struct {
	CAFile string `yaml:"ca-file"` // PEM, in addition to the system's roots and AWS_CA_BUNDLE
	CA     string `yaml:"ca"`      // the PEM itself, in addition to the file's
}

// Timeouts are the limits of a probe's steps. Each step has its own.
type Timeouts struct {
	Resolve   time.Duration `yaml:"resolve"`
	Connect   time.Duration `yaml:"connect"`
	Handshake time.Duration `yaml:"handshake"`
	Request   time.Duration `yaml:"request"`
	Inventory time.Duration `yaml:"inventory"` // all of it
}

// Thresholds say from when on something that works is worth a finding.
type Thresholds struct {
	Resolve     time.Duration `yaml:"resolve"`     // a resolver's answer that takes longer is slow
	Certificate time.Duration `yaml:"certificate"` // a certificate that ends sooner is about to expire
}

// Idle says whether check tries connections that are silent for long; serve does
// not.
type Idle struct {
	Silence time.Duration `yaml:"silence"` // 0: not tried
}

// Default returns the configuration that applies where no file says otherwise.
func Default() Config {
	return Config{
		Invoke: Invoke{Level: LevelAuth, Payload: `{"prompt": "connectivity check by agentcore-probe; please answer ok"}`},
		Timeouts: Timeouts{
			Resolve:   2 * time.Second,
			Connect:   3 * time.Second,
			Handshake: 3 * time.Second,
			Request:   10 * time.Second,
			Inventory: 20 * time.Second,
		},
		Thresholds:  Thresholds{Resolve: 500 * time.Millisecond, Certificate: 14 * 24 * time.Hour},
		Samples:     5,
		Concurrency: 16,
		Serve:       defaultServe(),
	}
}
