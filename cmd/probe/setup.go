package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/spf13/cobra"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/inventory"
	"github.com/agentcore-probe/probe/metadata"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes"
	"github.com/agentcore-probe/probe/probes/authority"
	"github.com/agentcore-probe/probe/probes/dns"
	"github.com/agentcore-probe/probe/probes/invoke"
	"github.com/agentcore-probe/probe/probes/mysql"
	"github.com/agentcore-probe/probe/probes/token"
	"github.com/agentcore-probe/probe/watch"
)

// setup are the flags that say what to check and with which means.
type setup struct {
	file      string
	pattern   string
	inventory string
	once      bool // paths are probed once, not on a schedule
}

func (f *setup) flags(c *cobra.Command) {
	c.Flags().StringVarP(&f.file, "config", "c", "", "configuration file (YAML), instead of the text in $"+configText+"; 'probe config example' prints one")
	c.Flags().StringVar(&f.pattern, "pattern", "", "the network pattern that must hold: public, vpc, private or isolated")
	c.Flags().StringVar(&f.inventory, "inventory", "", "read the configuration from this folder of AWS CLI output instead of AWS")
}

// configText is the variable that holds the text of a configuration: a container of
// ECS has no file, unless its image brings one.
const configText = "AGENTCORE_PROBE_CONFIG"

// configuration is what a file says; where none is named, what the text in the
// environment says; without either, the defaults.
func configuration(file string, env map[string]string) (config.Config, error) {
	if file == "" {
		return environmental(env[configText])
	}
	c, err := config.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		err = hint{err, "'probe config example >" + file + "' writes one to start from; none is needed"}
	}
	return c, err
}

func environmental(text string) (config.Config, error) {
	if text == "" {
		return config.Default(), nil
	}
	c, err := config.Parse(configText, []byte(text))
	if err != nil && !strings.Contains(text, ":") {
		err = hint{err, configText + " holds the configuration itself; --config names a file"}
	}
	return c, err
}

// load reads the configuration and lets flags override it.
func (f *setup) load(env map[string]string) (config.Config, error) {
	c, err := configuration(f.file, env)
	if err != nil {
		return c, err
	}
	if f.pattern != "" {
		c.Pattern = netpath.Pattern(f.pattern)
		if !slices.Contains(netpath.Patterns(), c.Pattern) {
			return c, fmt.Errorf("--pattern: %q is not one of: public, vpc, private, isolated", f.pattern)
		}
	}
	return c, nil
}

// turn prepares a turn: everything that can be refused is refused here, before
// anything is started.
func (f *setup) turn(ctx context.Context, s streams) (watch.Turn, error) {
	c, err := f.load(s.env)
	if err != nil {
		return watch.Turn{}, err
	}
	sdk, chain := credentials.Load(ctx, credentials.Options{Region: c.Region, Env: s.env})
	if sdk.Region == "" {
		return watch.Turn{}, hint{errors.New("no Region is configured"), "set AWS_REGION, or region in a configuration file; instance metadata names none"}
	}
	prober, err := f.prober(c, s.env)
	if err != nil {
		return watch.Turn{}, err
	}
	prober.Credentials, prober.Region = chain, sdk.Region
	local, err := inventory.LocalAddresses()
	if err != nil {
		return watch.Turn{}, err
	}
	client := apiClient(prober.Roots)
	turn := watch.Turn{
		Config: c, Region: sdk.Region, AccessKey: chain.KeyID, Source: chain.Source(), Local: local,
		Collect: f.collector(c, sdk, client, local, s.env), Now: time.Now,
	}
	if f.inventory == "" {
		turn.Who = eventHistory(sdk, client)
	} else {
		_, _ = chain.Retrieve(ctx) // nobody asks for them before the vantage is told; why there are none is found again
	}
	if f.once {
		prober.Silence = c.Idle.Silence
		turn.Observe = prober.Observe
	} else {
		schedule(&turn, prober)
	}
	return turn, nil
}

// prober probes as a configuration says; it cannot sign yet.
func (f *setup) prober(c config.Config, env map[string]string) (probes.Prober, error) {
	roots, err := trust(c, env["AWS_CA_BUNDLE"])
	if err != nil {
		return probes.Prober{}, err
	}
	servers, err := nameServers(c)
	if err != nil {
		return probes.Prober{}, err
	}
	hosts, err := hostsFile()
	if err != nil {
		return probes.Prober{}, err
	}
	accounts, err := accounts(c, env)
	if err != nil {
		return probes.Prober{}, err
	}
	prober := probes.Prober{
		Servers:         servers,
		PublicResolvers: onPort53(c.DNS.PublicResolvers),
		PublicAddresses: c.DNS.PublicAddresses,
		Roots:           roots,
		DatabaseRoots:   authority.WithRDS(roots),
		Hosts:           hosts,
		Thresholds:      probes.Thresholds{Resolve: c.Thresholds.Resolve, Certificate: c.Thresholds.Certificate},
		Samples:         c.Samples,
		Timeouts:        probes.Timeouts{Resolve: c.Timeouts.Resolve, Connect: c.Timeouts.Connect, Handshake: c.Timeouts.Handshake, Request: c.Timeouts.Request},
		Level:           invoke.Level(c.Invoke.Level),
		Payload:         c.Invoke.Payload,
		Now:             time.Now,
		Once:            f.once,
		Accounts:        accounts,
	}
	prober.Tokens, err = tokens(c, env, prober.Transport())
	return prober, err
}

// schedule has a turn probe for ever: what costs money or is counted is done seldom,
// and something cheaper in between.
func schedule(turn *watch.Turn, prober probes.Prober) {
	if prober.Level == invoke.LevelInvoke {
		turn.Billed = prober.Observe
		prober.Level = invoke.LevelAuth
	}
	seldom := prober
	seldom.Once = true
	turn.Observe, turn.Counted, turn.Counts = prober.Observe, seldom.Observe, prober.Counts
}

// read reads the inventory; from a folder it needs neither Region nor
// credentials.
func (f *setup) read(ctx context.Context, s streams) (inventory.Snapshot, error) {
	if f.inventory != "" {
		return inventory.ReadFolder(f.inventory)
	}
	turn, err := f.turn(ctx, s)
	if err != nil {
		return inventory.Snapshot{}, err
	}
	s.progress("reading the configuration")
	defer s.progress("")
	return turn.Collect(ctx)
}

// accounts are those of the configured databases, by path id.
func accounts(c config.Config, env map[string]string) (map[string]probes.Account, error) {
	all := map[string]probes.Account{}
	for i, db := range c.Databases {
		account := probes.Account{WithoutLogin: db.WithoutLogin, WithoutTLS: db.WithoutTLS}
		if variable := db.Login.PasswordEnv; variable != "" {
			password, set := env[variable]
			if !set {
				return nil, fmt.Errorf("databases[%d].login.password-env: the environment has no %s", i, variable)
			}
			account.Login = mysql.Login{User: db.Login.User, Password: password}
			account.Database = db.Login.Database
		}
		all["db/"+db.Name] = account
	}
	return all, nil
}

// tokens are where the runtimes' bearer tokens come from, by ARN.
func tokens(c config.Config, env map[string]string, transport http.RoundTripper) (map[string]*token.Source, error) {
	all := map[string]*token.Source{}
	for i, r := range c.Runtimes {
		source := &token.Source{File: r.Token.File, Now: time.Now}
		var set bool
		switch client := r.Token.Client; {
		case r.Token == config.Token{}:
			continue
		case r.Token.Env != "":
			if source.Value, set = env[r.Token.Env]; !set {
				return nil, fmt.Errorf("runtimes[%d].token.env: the environment has no %s", i, r.Token.Env)
			}
		case client.SecretEnv != "":
			source.Client = &token.Client{DiscoveryURL: client.DiscoveryURL, ID: client.ClientID, Scope: client.Scope, Transport: transport, Limit: c.Timeouts.Request}
			if source.Client.Secret, set = env[client.SecretEnv]; !set {
				return nil, fmt.Errorf("runtimes[%d].token.client-credentials.client-secret-env: the environment has no %s", i, client.SecretEnv)
			}
		}
		all[r.ARN] = source
	}
	return all, nil
}

// apiClient is what AWS's APIs are asked with.
func apiClient(roots *x509.CertPool) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	})
}

// eventHistory asks who made a change, seldom: no connection is kept for it.
func eventHistory(sdk aws.Config, client *awshttp.BuildableClient) watch.Who {
	transport := client.GetTransport()
	transport.DisableKeepAlives = true
	return inventory.Trail{Config: sdk, Transport: transport, Now: time.Now}.Author
}

// collector reads the configuration from a folder or from AWS.
func (f *setup) collector(c config.Config, sdk aws.Config, client *awshttp.BuildableClient, local []netip.Addr, env map[string]string) func(context.Context) (inventory.Snapshot, error) {
	if f.inventory != "" {
		return func(context.Context) (inventory.Snapshot, error) { return inventory.ReadFolder(f.inventory) }
	}
	source := inventory.AWS{Config: sdk, HTTPClient: client, Local: local, Timeout: c.Timeouts.Inventory, Now: time.Now, Host: machine(env)}
	for _, r := range c.Runtimes {
		source.Runtimes = append(source.Runtimes, r.ARN)
	}
	sdk.HTTPClient = client
	for _, a := range c.Accounts {
		source.Accounts = append(source.Accounts, inventory.Account{Role: a.Role, Region: a.Region, Credentials: credentials.Assume(sdk, a.Role, a.ExternalID)})
	}
	return source.Collect
}

// machine asks the platform where this machine is: ECS where its variable is
// set, else the instance.
func machine(env map[string]string) func(context.Context) metadata.Host {
	if uri := env["ECS_CONTAINER_METADATA_URI_V4"]; uri != "" {
		return metadata.Task{URI: uri}.Read
	}
	if env["AWS_EC2_METADATA_DISABLED"] == "true" {
		return nil
	}
	return metadata.Instance{Endpoint: env["AWS_EC2_METADATA_SERVICE_ENDPOINT"]}.Read
}

// trust is the system's roots, and the bundles that are configured.
func trust(c config.Config, bundle string) (*x509.CertPool, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	roots.AppendCertsFromPEM([]byte(c.TLS.CA)) // validated
	for _, source := range []struct{ name, file string }{{"AWS_CA_BUNDLE", bundle}, {"tls.ca-file", c.TLS.CAFile}} {
		if source.file == "" {
			continue
		}
		pem, err := os.ReadFile(source.file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source.name, err)
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: %s holds no certificate in PEM form", source.name, source.file)
		}
	}
	return roots, nil
}

// resolvConf is where the resolvers of a host are configured (resolv.conf(5)).
const resolvConf = "/etc/resolv.conf"

// nameServers are the configured ones, else those of the host.
func nameServers(c config.Config) ([]netip.AddrPort, error) {
	if len(c.DNS.Servers) > 0 {
		return onPort53(c.DNS.Servers), nil
	}
	file, err := os.Open(resolvConf)
	if err != nil {
		return nil, hint{err, "name resolvers under dns.servers in a configuration file"}
	}
	conf, err := dns.ParseConf(file, resolvConf)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return conf.Servers, nil
}

// hostsFile reads the names of the host's own; a host without such a file has
// none.
func hostsFile() (dns.Hosts, error) {
	file, err := os.Open(dns.HostsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	hosts, err := dns.ParseHosts(file)
	return hosts, errors.Join(err, file.Close())
}

func onPort53(addresses []netip.Addr) []netip.AddrPort {
	var all []netip.AddrPort
	for _, a := range addresses {
		all = append(all, netip.AddrPortFrom(a, 53))
	}
	return all
}
