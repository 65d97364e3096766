package config_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/netpath"
)

// exampleCA is the certificate in example.yaml.
const exampleCA = `-----BEGIN CERTIFICATE-----
MIIBGjCBzaADAgECAgEBMAUGAytlcDAVMRMwEQYDVQQDEwpFeGFtcGxlIENBMB4X
DTAwMDEwMTAwMDAwMFoXDTAxMDEwMTAwMDAwMFowFTETMBEGA1UEAxMKRXhhbXBs
ZSBDQTAqMAUGAytlcAMhAMTRY4KNuztN212PNeoFsdZ0BG0FioIrJw0A4e2Xy9zY
o0IwQDAOBgNVHQ8BAf8EBAMCAgQwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQU
xbyPFNY9m3iOmr0kZNOgUgkTN34wBQYDK2VwA0EA7y6LwVfLGRvrumIHP6KwKBLD
bHl37PIJGafOGhlXByg5UG4MsiGTuMa+mAEW1yuJYqTSuq95Sk4I9+IADUefAw==
-----END CERTIFICATE-----
`

// indented is a text as it stands under a field of the second level.
func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

func TestExampleSetsEveryField(t *testing.T) {
	got, err := config.Parse("example.yaml", []byte(config.Example))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Region:  "us-east-1",
		Pattern: netpath.PatternPrivate,
		Runtimes: []config.Runtime{{
			ARN:       "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-a1b2c3d4e5",
			Qualifier: "DEFAULT", Pattern: netpath.PatternPrivate, Line: 14,
			Token: config.Token{Client: config.ClientCredentials{
				DiscoveryURL: "https://idp.example.com/.well-known/openid-configuration", ClientID: "agentcore-probe",
				SecretEnv: "PROBE_CLIENT_SECRET", Scope: "agents/invoke",
			}},
		}},
		Databases: []config.Database{
			{Name: "orders", Line: 29},
			{Name: "ledger", Host: "ledger.corp.example.com", Port: 5432, Protocol: netpath.ProtocolPostgres, Reader: true, Line: 31,
				Login: config.Login{User: "probe", PasswordEnv: "LEDGER_PASSWORD", Database: "ledger"}},
			{
				Name: "carts", Host: "carts.corp.example.com", Port: 3306, Protocol: netpath.ProtocolMySQL, Line: 45,
				Login: config.Login{User: "probe", PasswordEnv: "CARTS_PASSWORD"},
			},
			{Name: "drafts", Line: 55},
		},
		Services: []string{"bedrock-runtime", "secretsmanager"},
		Destinations: []config.Destination{
			{Name: "weather", Host: "api.weather.example.com", Line: 64},
			{Name: "warehouse", Host: "warehouse.corp.example.com", Port: 8443, Protocol: netpath.ProtocolHTTPS, OnPremises: true, Line: 66},
		},
		Egress: config.Egress{Expect: netpath.ExpectReachable, Targets: []string{"checkip.amazonaws.com:443"}},
		Invoke: config.Invoke{Level: config.LevelAuth, Payload: `{"prompt": "ping"}`},
		DNS: config.DNS{
			Servers:         []netip.Addr{netip.MustParseAddr("169.254.169.253")},
			PublicResolvers: []netip.Addr{netip.MustParseAddr("203.0.113.53")},
			PublicAddresses: []netip.Addr{netip.MustParseAddr("198.51.100.10")},
		},
		TLS: config.TLS{CAFile: "/etc/agentcore-probe/ca.pem", CA: exampleCA},
		Timeouts: config.Timeouts{
			Resolve: 2 * time.Second, Connect: 3 * time.Second, Handshake: 3 * time.Second,
			Request: 10 * time.Second, Inventory: 20 * time.Second,
		},
		Thresholds:     config.Thresholds{Resolve: 500 * time.Millisecond, Certificate: 336 * time.Hour},
		SupportedZones: []string{"use1-az1", "use1-az2", "use1-az4"},
		Samples:        5,
		Concurrency:    16,
		Serve: config.Serve{
			Listen: "127.0.0.1:9879", Hold: 2,
			Intervals: config.Intervals{
				Invoke: time.Minute, Billed: time.Hour, Database: time.Minute, File: time.Minute, Service: time.Minute,
				Egress: time.Minute, OnPrem: time.Minute, Inventory: 5 * time.Minute,
			},
		},
		Accounts: []config.Account{{Role: "arn:aws:iam::210987654321:role/agentcore-probe-reader", ExternalID: "agents-network", Region: "us-east-1"}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("example (-want +got):\n%s", diff)
	}
}

func TestErrorsNameFileLineAndField(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown field", "pattern: private\nagents: x\n", "c.yaml:2: agents: unknown field; the fields here are: region, pattern, runtimes, databases, services, destinations, egress, invoke, dns, tls, timeouts, thresholds, idle, samples, supported-zones, concurrency, serve, accounts"},
		{"misspelt field", "regoin: us-east-1\n", "c.yaml:1: regoin: unknown field; did you mean region?"},
		{"misspelt nested field", "serve:\n  intervals:\n    inventry: 5m\n", "c.yaml:3: serve.intervals.inventry: unknown field; did you mean inventory?"},
		{"unknown nested field", "databases:\n  - name: a\n    size: 1\n", "c.yaml:3: databases[0].size: unknown field; the fields here are: name, host, port, protocol, login, reader, without-login, wake, without-tls"},
		{"a destination that is taken", "destinations:\n  - name: internet\n    host: a.example\n", "c.yaml:2: destinations[0].name: \"internet\" is the path of egress; choose another name"},
		{"two tokens", "runtimes:\n  - arn: arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/a\n    token: {file: a, env: B}\n", "c.yaml:3: runtimes[0].token: give one of: file, env, client-credentials"},
		{"an identity provider without TLS", "runtimes:\n  - arn: arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/a\n    token:\n      client-credentials: {discovery-url: 'http://idp/'}\n", `c.yaml:4: runtimes[0].token.client-credentials.discovery-url: "http://idp/" is not a URL that begins with https://`},
		{"a login for another engine", "databases:\n  - name: a\n    login: {user: a, password-env: B}\n", "c.yaml:3: databases[0].login: is for protocols postgres and mysql: give protocol too"},
		{"a login without a password", "databases:\n  - name: a\n    protocol: mysql\n    login: {user: a}\n", "c.yaml:4: databases[0].login.password-env: is required"},
		{"without TLS and without a login", "databases:\n  - name: a\n    protocol: postgres\n    without-tls: true\n", "c.yaml:4: databases[0].without-tls: is for protocol postgres with a login: give both"},
		{"neither true nor false", "databases:\n  - name: a\n    without-login: perhaps\n", `c.yaml:3: databases[0].without-login: "perhaps" is not true or false`},
		{"given twice", "region: us-east-1\nregion: us-east-2\n", "c.yaml:2: region: given twice"},
		{"list wanted", "runtimes: x\n", `c.yaml:1: runtimes: must be a list, not "x"`},
		{"mapping wanted", "invoke: [a]\n", "c.yaml:1: invoke: must be a mapping of fields, not a list"},
		{"number for text", "region: 12\n", "c.yaml:1: region: must be text, not the number 12; quote it"},
		{"text for number", "concurrency: many\n", `c.yaml:1: concurrency: "many" is not a whole number`},
		{"port too large", "databases:\n  - name: a\n    port: 70000\n", `c.yaml:3: databases[0].port: "70000" is not a whole number from 0 to 65535`},
		{"nothing", "region:\n", "c.yaml:1: region: must be text, not nothing"},
		{"duration", "timeouts:\n  connect: soon\n", `c.yaml:2: timeouts.connect: "soon" is not a duration such as 3s`},
		{"duration out of range", "timeouts:\n  connect: 1h\n", "c.yaml:2: timeouts.connect: 1h0m0s is not between 10ms and 5m"},
		{"interval", "serve:\n  intervals:\n    db: 1ms\n", "c.yaml:3: serve.intervals.db: 1ms is not between 1s and 24h"},
		{"listen address", "serve:\n  listen: localhost\n", `c.yaml:2: serve.listen: "localhost" is not host:port`},
		{"address", "dns:\n  servers: [1.2.3]\n", `c.yaml:2: dns.servers[0]: "1.2.3" is not an IP address`},
		{"unknown pattern", "pattern: hidden\n", `c.yaml:1: pattern: "hidden" is not one of: public, vpc, private, isolated`},
		{"ARN", "runtimes:\n  - arn: nonsense\n", `c.yaml:2: runtimes[0].arn: "nonsense" is not a runtime's ARN: arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID`},
		{"missing ARN", "runtimes:\n  - qualifier: DEFAULT\n", "c.yaml:2: runtimes[0].arn: is required"},
		{"duplicate name", "databases:\n  - name: a\n  - name: a\n", "c.yaml:3: databases[1].name: is the same as databases[0].name"},
		{"duplicate service", "services: [logs, logs]\n", "c.yaml:1: services[1]: is the same as services[0]"},
		{"host with its port", "databases:\n  - name: a\n    host: db.example.com:5432\n", `c.yaml:3: databases[0].host: "db.example.com:5432" is not a DNS name or an IP address; the port stands in a field of its own`},
		{"a mere port without its number", "databases:\n  - name: a\n    host: 10.0.0.7\n    protocol: tcp\n", "c.yaml:2: databases[0].port: is required with protocol tcp and a host"},
		{"a role of another account", "accounts:\n  - role: agentcore-probe-reader\n", `c.yaml:2: accounts[0].role: "agentcore-probe-reader" is not a role's ARN: arn:aws:iam::ACCOUNT:role/NAME`},
		{"a CA that is a file's name", "tls:\n  ca: /etc/ca.pem\n", "c.yaml:2: tls.ca: holds no certificate in PEM form"},
		{"a CA that is none", "region: us-east-1\ntls:\n  ca: |\n    -----BEGIN CERTIFICATE-----\n    MAA=\n    -----END CERTIFICATE-----\n", "c.yaml:3: tls.ca: certificate 1 cannot be read: x509: malformed tbs certificate"},
		{"a CA's key", "tls:\n  ca: |\n    -----BEGIN PRIVATE KEY-----\n    MAA=\n    -----END PRIVATE KEY-----\n", "c.yaml:2: tls.ca: holds a PRIVATE KEY: only certificates belong here"},
		{"a CA that is cut off", "tls:\n  ca: |\n" + indented(exampleCA+"-----BEGIN CERTIFICATE-----\nMAA=\n"), "c.yaml:2: tls.ca: 2 certificates begin, 1 are whole"},
		{"a misspelt CA file", "tls:\n  cafile: ca.pem\n", "c.yaml:2: tls.cafile: unknown field; did you mean ca-file?"},
		{"empty", "", "c.yaml: no setting in it; 'probe config example' prints one to start from"},
		{"two documents", "pattern: vpc\n---\nregion: us-east-1\n", "c.yaml:2: a second document begins here; a configuration is one, without '---' in it"},
		{"a second document of nothing", "pattern: vpc\n---\n", "c.yaml:2: a second document begins here; a configuration is one, without '---' in it"},
		{"a second document that is no YAML", "pattern: vpc\n---\n{\n", "c.yaml:3: not YAML: yaml: line 3: did not find expected node content"},
		{"only the beginning of a document", "---\n", "c.yaml:2: must be a mapping of fields, not nothing"},
		{"only a comment", "# nothing\n", "c.yaml: no setting in it; 'probe config example' prints one to start from"},
		{"not a mapping", "- a\n", "c.yaml:1: must be a mapping of fields, not a list"},
		{"an alias of itself", "dns: &a\n  servers: *a\n", "c.yaml:1: dns.servers: must be a list, not a mapping"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Parse("c.yaml", []byte(tt.text))
			var fault *config.Error
			if !errors.As(err, &fault) || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestNoiseIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"binary":       "\x00\x01\x02\xff\xfe",
		"tabs":         "\tregion: x\n",
		"10 MB":        strings.Repeat("x", 10<<20),
		"deep nesting": strings.Repeat("[", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "noise.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := config.Load(file)
			var fault *config.Error
			if !errors.As(err, &fault) || fault.File != file {
				t.Errorf("got %.200v, want an error that names the file", err)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	if _, err := config.Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want a missing file", err)
	}
}

// The example's certificate authority is known to everybody: it must not vouch for
// anything where the example is used as it stands.
func TestExampleTrustsNobody(t *testing.T) {
	block, _ := pem.Decode([]byte(exampleCA))
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	var invalid x509.CertificateInvalidError
	if _, err := ca.Verify(x509.VerifyOptions{Roots: roots}); !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("%v, want it to have ended", err)
	}
}

// FuzzParse looks for input that makes the parser panic or hang.
func FuzzParse(f *testing.F) {
	f.Add(config.Example)
	f.Add("a: &x [*x]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := config.Parse("f", []byte(text)); err != nil {
			if fault := (*config.Error)(nil); !errors.As(err, &fault) {
				t.Errorf("%v is not a *config.Error", err)
			}
		}
	})
}
