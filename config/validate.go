package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/agentcore-probe/probe/netpath"
)

// fault is a value that is well formed and not acceptable.
type fault struct{ field, text string }

var (
	regionForm     = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	zoneForm       = regexp.MustCompile(`^[a-z0-9-]+-az[0-9]+$`)
	runtimeARNForm = regexp.MustCompile(`^arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[A-Za-z][A-Za-z0-9_-]*$`)
	variableForm   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	httpsForm      = regexp.MustCompile(`^https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?/\S*$`)
	nameForm       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	hostForm       = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
)

const variableWords = "the name of an environment variable"

// fault returns the first thing that is wrong with c, nil where nothing is.
func (c Config) fault() *fault {
	checks := []*fault{
		match("region", c.Region, regionForm, "a Region such as us-east-1"),
		pattern("pattern", c.Pattern),
		oneOf("invoke.level", c.Invoke.Level, LevelReach, LevelAuth, LevelInvoke),
		within("concurrency", c.Concurrency, 1, 256),
		within("samples", c.Samples, 3, 20),
	}
	for i, zone := range c.SupportedZones {
		checks = append(checks, match(fmt.Sprintf("supported-zones[%d]", i), zone, zoneForm, "the id of an Availability Zone, such as use1-az1"))
	}
	for i, r := range c.Runtimes {
		at := fmt.Sprintf("runtimes[%d].", i)
		checks = append(checks,
			required(at+"arn", r.ARN),
			match(at+"arn", r.ARN, runtimeARNForm, "a runtime's ARN: arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID"),
			match(at+"qualifier", r.Qualifier, nameForm, "a runtime endpoint's name, such as DEFAULT"),
			pattern(at+"pattern", r.Pattern))
		checks = append(checks, r.Token.faults(at+"token")...)
	}
	for i, db := range c.Databases {
		at := fmt.Sprintf("databases[%d].", i)
		checks = append(checks,
			required(at+"name", db.Name),
			match(at+"name", db.Name, nameForm, "letters, digits, dot, dash and underscore"),
			host(at+"host", db.Host),
			oneOf(at+"protocol", db.Protocol, "", netpath.ProtocolPostgres, netpath.ProtocolMySQL, netpath.ProtocolTCP))
		checks = append(checks, db.loginFaults(at)...)
		if db.Protocol == netpath.ProtocolTCP && db.Host != "" && db.Port == 0 {
			checks = append(checks, &fault{at + "port", "is required with protocol tcp and a host"})
		}
	}
	checks = append(checks, c.outward()...)
	checks = append(checks, c.elsewhere()...)
	checks = append(checks, c.TLS.faults()...)
	checks = append(checks, c.Timeouts.faults()...)
	checks = append(checks, c.Thresholds.faults()...)
	checks = append(checks, c.Idle.faults()...)
	checks = append(checks, c.Serve.faults()...)
	checks = append(checks, duplicate("runtimes", "arn", c.Runtimes, func(r Runtime) string { return r.ARN }))
	checks = append(checks, duplicate("databases", "name", c.Databases, func(d Database) string { return d.Name }))
	if i := slices.IndexFunc(checks, func(f *fault) bool { return f != nil }); i >= 0 {
		return checks[i]
	}
	return nil
}

func (t Token) faults(at string) []*fault {
	given := 0
	for _, set := range []bool{t.File != "", t.Env != "", t.Client != ClientCredentials{}} {
		if set {
			given++
		}
	}
	if given > 1 {
		return []*fault{{at, "give one of: file, env, client-credentials"}}
	}
	all := []*fault{match(at+".env", t.Env, variableForm, variableWords)}
	if t.Client != (ClientCredentials{}) {
		at += ".client-credentials."
		all = append(all,
			required(at+"discovery-url", t.Client.DiscoveryURL),
			match(at+"discovery-url", t.Client.DiscoveryURL, httpsForm, "a URL that begins with https://"),
			required(at+"client-id", t.Client.ClientID),
			required(at+"client-secret-env", t.Client.SecretEnv),
			match(at+"client-secret-env", t.Client.SecretEnv, variableForm, variableWords))
	}
	return all
}

func (db Database) loginFaults(at string) []*fault {
	switch {
	case db.Protocol != netpath.ProtocolMySQL && db.WithoutLogin:
		return []*fault{{at + "without-login", "is for protocol mysql: give protocol too"}}
	case (db.Protocol != netpath.ProtocolPostgres || db.Login == Login{}) && db.WithoutTLS:
		return []*fault{{at + "without-tls", "is for protocol postgres with a login: give both"}}
	case db.Protocol != netpath.ProtocolMySQL && db.Protocol != netpath.ProtocolPostgres && db.Login != Login{}:
		return []*fault{{at + "login", "is for protocols postgres and mysql: give protocol too"}}
	case db.Login == Login{}:
		return nil
	}
	return []*fault{
		required(at+"login.user", db.Login.User),
		required(at+"login.password-env", db.Login.PasswordEnv),
		match(at+"login.password-env", db.Login.PasswordEnv, variableForm, variableWords),
	}
}

func (t Timeouts) faults() []*fault {
	limit := func(name string, d time.Duration) *fault {
		if d < 10*time.Millisecond || d > 5*time.Minute {
			return &fault{"timeouts." + name, fmt.Sprintf("%s is not between 10ms and 5m", d)}
		}
		return nil
	}
	return []*fault{
		limit("resolve", t.Resolve), limit("connect", t.Connect), limit("handshake", t.Handshake),
		limit("request", t.Request), limit("inventory", t.Inventory),
	}
}

func (t Thresholds) faults() []*fault {
	return []*fault{
		between("thresholds.resolve", t.Resolve, time.Millisecond, 30*time.Second),
		between("thresholds.certificate", t.Certificate, time.Hour, 2*365*24*time.Hour),
	}
}

func (i Idle) faults() []*fault {
	if i.Silence == 0 {
		return nil
	}
	return []*fault{between("idle.silence", i.Silence, time.Second, time.Hour)}
}

func between(field string, d, low, high time.Duration) *fault {
	if d < low || d > high {
		return &fault{field, fmt.Sprintf("%s is not between %s and %s", d, low, high)}
	}
	return nil
}

func required(field, value string) *fault {
	if value == "" {
		return &fault{field, "is required"}
	}
	return nil
}

func host(field, value string) *fault {
	if _, err := netip.ParseAddr(value); err == nil {
		return nil
	}
	return match(field, value, hostForm, "a DNS name or an IP address; the port stands in a field of its own")
}

func match(field, value string, form *regexp.Regexp, want string) *fault {
	if value != "" && !form.MatchString(value) {
		return &fault{field, fmt.Sprintf("%q is not %s", value, want)}
	}
	return nil
}

func pattern(field string, p netpath.Pattern) *fault {
	return oneOf(field, p, append([]netpath.Pattern{""}, netpath.Patterns()...)...)
}

func oneOf[T ~string](field string, value T, allowed ...T) *fault {
	if slices.Contains(allowed, value) {
		return nil
	}
	var names []string
	for _, a := range allowed {
		if a != "" {
			names = append(names, string(a))
		}
	}
	return &fault{field, fmt.Sprintf("%q is not one of: %s", string(value), strings.Join(names, ", "))}
}

func within(field string, value, low, high int) *fault {
	if value < low || value > high {
		return &fault{field, fmt.Sprintf("%d is not between %d and %d", value, low, high)}
	}
	return nil
}

func duplicate[T any](list, key string, items []T, of func(T) string) *fault {
	seen := map[string]int{}
	for i, item := range items {
		if first, ok := seen[of(item)]; ok {
			at := func(i int) string { return strings.TrimSuffix(fmt.Sprintf("%s[%d].%s", list, i, key), ".") }
			return &fault{at(i), "is the same as " + at(first)}
		}
		seen[of(item)] = i
	}
	return nil
}
