// Package probes gathers the live evidence of a path: it resolves the name
// once, dials every address with the name's SNI and Host, speaks the target's
// protocol, and says for each hop what was proven.
//
// Only hops that were exercised carry evidence. The network hops before tcp
// cannot be told apart by a connection; what its failure means for them is
// concluded elsewhere.
package probes

import (
	"cmp"
	"context"
	"crypto/x509"
	"net/netip"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/dns"
	"github.com/agentcore-probe/probe/probes/invoke"
	"github.com/agentcore-probe/probe/probes/mysql"
	"github.com/agentcore-probe/probe/probes/tcp"
	"github.com/agentcore-probe/probe/probes/token"
)

// Bounds of one observation.
const (
	maxAddresses  = 16 // dialled
	maxConcurrent = 8  // at a time
	attempts      = 2  // rounds over the name servers
)

// Timeouts limits the steps of a probe, each by itself. Zero means the default.
type Timeouts struct {
	Resolve   time.Duration // for one name server, over all attempts; 2 s
	Connect   time.Duration // 3 s
	Handshake time.Duration // 3 s
	Request   time.Duration // 10 s
}

func (t Timeouts) filled() Timeouts {
	return Timeouts{
		Resolve:   cmp.Or(t.Resolve, 2*time.Second),
		Connect:   cmp.Or(t.Connect, 3*time.Second),
		Handshake: cmp.Or(t.Handshake, 3*time.Second),
		Request:   cmp.Or(t.Request, 10*time.Second),
	}
}

// Thresholds say from when on something that works is a flaw. Zero means the
// default.
type Thresholds struct {
	Resolve     time.Duration // of an answer; 500 ms
	Certificate time.Duration // until it ends; 14 days
}

// Account is how a database is to be spoken to.
type Account struct {
	mysql.Login
	Database     string // of PostgreSQL; "" means that of the user's name
	WithoutLogin bool   // a MySQL server may be dialled without a login on a schedule too
	WithoutTLS   bool   // of PostgreSQL, with a login: the application speaks no TLS
}

// Prober holds what every observation needs. It keeps no state; observations
// may run concurrently.
type Prober struct {
	Dialer          tcp.Dialer
	Servers         []netip.AddrPort        // the host's name servers, in order
	PublicResolvers []netip.AddrPort        // asked for public answers instead of the authoritative servers
	PublicAddresses []netip.Addr            // what private DNS hides, where nobody is to be asked
	Credentials     aws.CredentialsProvider // nil: none
	Region          string                  // that requests are signed for
	Roots           *x509.CertPool          // nil: the system's
	DatabaseRoots   *x509.CertPool          // of databases, those of Amazon RDS among them; nil: Roots
	Timeouts        Timeouts
	Thresholds      Thresholds
	Samples         int              // by which a rate is measured; 0 means 5
	Silence         time.Duration    // for which connections are left idle to see whether they live; 0: not tried
	Hosts           dns.Hosts        // names of the host's own
	Level           invoke.Level     // "" means invoke.LevelAuth
	Payload         string           // of invoke.LevelInvoke; "" means {"prompt":"ping"}
	Now             func() time.Time // signs and verifies; nil means time.Now

	// Once says that paths are probed once and not on a schedule, or seldom: a MySQL
	// server is then dialled without a login too, which costs mysql.CostConnectErrors.
	Once     bool
	Accounts map[string]Account // by path id

	// Tokens are where the bearer tokens of runtimes come from, by ARN.
	Tokens map[string]*token.Source

	pulling *pulled // of the path that is observed; nil where no layer is asked for

	// AuthorityPort is where authoritative name servers listen; 0 means 53.
	AuthorityPort uint16
}

// Observe probes a path once. Whatever happens is a result: a destination that
// is down is evidence, and a run that ctx ended leaves hops unknown.
func (p Prober) Observe(ctx context.Context, path netpath.Path) netpath.Observation {
	p = p.filled()
	start := time.Now()
	o := netpath.Observation{Path: path.ID, Start: p.Now()}
	if len(path.Target.Ways) > 0 {
		p.tryWays(ctx, path, &o)
		o.Duration = time.Since(start)
		return o
	}
	if path.Target.Service == "s3" {
		if p.pulling = p.pull(ctx, path); p.pulling != nil {
			defer func() { <-p.pulling.done }()
		}
	}
	addresses := path.Target.Addresses
	if path.Target.Name != "" {
		found := p.resolve(ctx, path)
		o.Resolver, o.Answers, o.Resolve = found.evidence, found.answers, found.steps
		addresses = found.dial
	} else {
		o.Resolver = netpath.Evidence{Status: netpath.StatusSkipped}
	}
	o.Addresses = p.dial(ctx, path, addresses)
	o.Duration = time.Since(start)
	return o
}

func (p Prober) filled() Prober {
	p.Timeouts = p.Timeouts.filled()
	p.Thresholds.Resolve = cmp.Or(p.Thresholds.Resolve, 500*time.Millisecond)
	p.Thresholds.Certificate = cmp.Or(p.Thresholds.Certificate, 14*24*time.Hour)
	p.Samples = cmp.Or(p.Samples, 5)
	p.Level = cmp.Or(p.Level, invoke.LevelAuth)
	p.Payload = cmp.Or(p.Payload, `{"prompt":"ping"}`)
	if p.Now == nil {
		p.Now = time.Now
	}
	return p
}

// dial probes every address at the same time, and returns their evidence in
// the order of the answer.
func (p Prober) dial(ctx context.Context, path netpath.Path, addresses []netip.Addr) []netpath.AddressObservation {
	addresses = addresses[:min(len(addresses), maxAddresses)]
	if len(addresses) == 0 {
		return nil
	}
	out := make([]netpath.AddressObservation, len(addresses))
	slots := make(chan struct{}, maxConcurrent)
	var group sync.WaitGroup
	for i, addr := range addresses {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out[i] = p.observe(ctx, path, netip.AddrPortFrom(addr, path.Target.Port))
		})
	}
	group.Wait()
	return out
}

func (p Prober) names() dns.Client {
	return dns.Client{
		Dialer: p.Dialer, Servers: p.Servers, Attempts: attempts, Limit: p.Timeouts.Resolve / attempts,
		AuthorityPort: p.AuthorityPort, Hosts: p.Hosts,
	}
}
