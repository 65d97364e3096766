package probes

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/authority"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/invoke"
	"github.com/agentcore-probe/probe/probes/mysql"
	"github.com/agentcore-probe/probe/probes/postgres"
	"github.com/agentcore-probe/probe/probes/service"
	"github.com/agentcore-probe/probe/probes/tcp"
	"github.com/agentcore-probe/probe/probes/tls"
	"github.com/agentcore-probe/probe/probes/token"
)

const maxDetail = 300

// attempt is the probe of one address.
type attempt struct {
	prober Prober
	path   netpath.Path
	conn   net.Conn
	tally  tally
	began  int    // segments that were sent again when the connection stood
	shaken func() // called when a handshake has come to an end other than a timeout
	netpath.AddressObservation
}

// observe connects to one address and speaks the target's protocol there.
func (p Prober) observe(ctx context.Context, path netpath.Path, addr netip.AddrPort) netpath.AddressObservation {
	a := attempt{prober: p, path: path, shaken: func() {}}
	a.Address, a.Hops = addr, map[netpath.HopName]netpath.Evidence{}
	if path.Target.Spared != "" {
		a.note(netpath.HopTCP, netpath.Evidence{Status: netpath.StatusSkipped, Detail: "not dialled: " + path.Target.Spared})
		return a.AddressObservation
	}
	speak, harmless := p.strategy(path)
	if !harmless {
		a.note(netpath.HopTCP, netpath.Evidence{
			Status: netpath.StatusUnknown,
			Detail: "not dialled: a " + string(path.Target.Protocol) + " server counts connections without a login against this host; a login under databases is tried each time",
		})
		return a.AddressObservation
	}
	if a.connect(ctx) {
		defer func() { _ = a.conn.Close() }()
		a.talk(ctx, speak)
		a.stretch(ctx)
		a.steady(ctx)
		a.idle(ctx)
	}
	return a.AddressObservation
}

// strategy chooses how a target is spoken to. harmless is false where a
// connection alone does harm: MySQL blocks hosts that connect without logging
// in (error 1129).
func (p Prober) strategy(path netpath.Path) (speak func(*attempt, context.Context), harmless bool) {
	switch path.Target.Protocol {
	case netpath.ProtocolPostgres:
		return (*attempt).postgres, true
	case netpath.ProtocolHTTPS:
		if path.Kind == netpath.KindInvoke {
			return (*attempt).invoke, true
		}
		return (*attempt).service, true
	case netpath.ProtocolMySQL:
		return (*attempt).mysql, p.Once || !p.Counts(path)
	default:
		return func(*attempt, context.Context) {}, true
	}
}

// Counts reports whether the server of a path counts each connection against this
// host, and nobody has said that it may be dialled on a schedule all the same.
func (p Prober) Counts(path netpath.Path) bool {
	account := p.Accounts[path.ID]
	return path.Target.Protocol == netpath.ProtocolMySQL && path.Target.Spared == "" && account.User == "" && !account.WithoutLogin
}

func (a *attempt) note(hop netpath.HopName, e netpath.Evidence) {
	if e.Status == "" {
		return
	}
	if hop == netpath.HopTLS {
		e = a.expiring(unverified(e))
	}
	a.Hops[hop] = settled(e)
	if hop == netpath.HopTLS && e.Failure != netpath.FailureTimeout {
		a.shaken()
	}
}

// unverified is the evidence of a certificate by an authority of Amazon RDS that
// is newer than our copy of them: whether it is genuine is not known.
func unverified(e netpath.Evidence) netpath.Evidence {
	if e.Failure == netpath.FailureTLSUntrusted && authority.Unknown(e.Facts["issuer"]) {
		e.Status, e.Failure = netpath.StatusUnknown, ""
		e.Detail = "issued by " + e.Facts["issuer"] + ", whose root is not known here; give the Region's certificate bundle as tls.ca-file"
	}
	return e
}

// expiring notes as a flaw that a valid certificate ends soon.
func (a *attempt) expiring(e netpath.Evidence) netpath.Evidence {
	until, err := time.Parse(time.RFC3339, e.Facts["not_after"])
	left := until.Sub(a.prober.Now())
	if err != nil || e.Status != netpath.StatusPass || left > a.prober.Thresholds.Certificate {
		return e
	}
	days := strconv.Itoa(int(left.Hours() / 24))
	e.Flaws = append(e.Flaws, netpath.FailureTLSExpiring)
	e.Detail += ", which ends in " + days + " days"
	addFacts(&e, netpath.Facts{"days": days})
	return e
}

func (a *attempt) connect(ctx context.Context) bool {
	conn, step := a.open(ctx)
	a.Steps = append(a.Steps, step)
	e := netpath.Evidence{Status: netpath.StatusPass, Failure: step.Failure, Detail: step.Detail, Duration: step.Duration, Facts: netpath.Facts{
		"address": a.Address.Addr().String(), "port": strconv.Itoa(int(a.Address.Port())), "protocol": "tcp",
	}}
	if conn == nil {
		e.Status = netpath.StatusFail
		a.note(netpath.HopTCP, e)
		return false
	}
	a.conn, a.Local, a.began = conn, tcp.Local(conn), resent(conn)
	e.Facts["source_ip"] = a.Local.String()
	if info, ok := tcp.ReadInfo(conn); ok {
		e.Facts["rtt_us"] = strconv.FormatInt(info.RTT.Microseconds(), 10)
		e.Facts["retransmits"] = strconv.Itoa(info.Retransmits)
	}
	if e.Detail == "" {
		e.Detail = "connected to " + a.Address.String()
	}
	a.note(netpath.HopTCP, e)
	return true
}

func (a *attempt) tls() tls.Client {
	roots := a.prober.Roots
	if a.path.Kind == netpath.KindDatabase {
		roots = cmp.Or(a.prober.DatabaseRoots, roots)
	}
	return tls.Client{Name: a.serverName(), Roots: roots, Now: a.prober.Now, Limit: a.prober.Timeouts.Handshake}
}

// serverName is what the certificate must be for: the name, or the address of
// a target without one. A database that is known by its address alone has a
// certificate for a name that is not known here: any will do.
func (a *attempt) serverName() string {
	if a.path.Target.Name != "" || a.path.Kind == netpath.KindDatabase {
		return a.path.Target.Name
	}
	return a.Address.Addr().String()
}

// secure shakes hands over the standing connection; nil where that fails.
func (a *attempt) secure(ctx context.Context) net.Conn {
	secured, peer, step := a.tls().Handshake(ctx, a.conn)
	a.Steps = append(a.Steps, step)
	e := netpath.Evidence{Status: netpath.StatusPass, Failure: step.Failure, Detail: step.Detail, Duration: step.Duration, Facts: peer.Facts()}
	if secured == nil {
		e.Status = netpath.StatusFail
		a.note(netpath.HopTLS, e)
		return nil
	}
	a.note(netpath.HopTLS, e)
	return secured
}

func (a *attempt) service(ctx context.Context) {
	secured := a.secure(ctx)
	if secured == nil {
		return
	}
	if a.path.Target.Read != "" && a.prober.Level != invoke.LevelReach && a.read(ctx, secured) {
		return
	}
	a.ask(ctx, secured)
}

// ask sends an unsigned request, as the service has one: that it answers is
// proven.
func (a *attempt) ask(ctx context.Context, secured net.Conn) {
	ask := service.Ask
	switch a.path.Target.Service {
	case "ecr.dkr":
		ask = service.Challenge
	case "s3":
		a.bucket(ctx, secured)
		return
	}
	e, step := ask(ctx, secured, a.serverName(), a.prober.Timeouts.Request)
	a.Steps = append(a.Steps, step)
	a.note(netpath.HopService, e)
}

// read asks an AWS service a signed question; false where nothing can be
// signed, which is the probe's own lack and not a fault of the agent's way.
func (a *attempt) read(ctx context.Context, secured net.Conn) bool {
	var signer invoke.Invoker
	if failure := a.sign(ctx, &signer); failure.Status != "" {
		a.note(netpath.HopSignature, failure)
		return false
	}
	reader := service.Reader{Credentials: signer.Credentials, Region: a.prober.Region, Limit: a.prober.Timeouts.Request, Now: a.prober.Now}
	hops, step := reader.Read(ctx, secured, a.path.Target.Read, a.serverName())
	a.Steps = append(a.Steps, step)
	for hop, e := range hops {
		a.note(hop, e)
	}
	return true
}

func (a *attempt) postgres(ctx context.Context) {
	account := a.prober.Accounts[a.path.ID]
	client := postgres.Client{
		TLS: a.tls(), Limit: a.prober.Timeouts.Handshake, Writes: a.path.Target.Writes,
		Login: postgres.Login{User: account.User, Password: account.Password, Database: account.Database},
	}
	result := client.Probe(ctx, a.conn)
	a.Steps = append(a.Steps, result.Steps...)
	a.note(netpath.HopTLS, result.TLS)
	a.note(netpath.HopDatabase, result.Database)
	if account.WithoutTLS && account.User != "" && result.Database.Status == netpath.StatusPass {
		a.withoutTLS(ctx, client)
	}
}

// withoutTLS asks the database on another connection whether it takes the account
// without TLS too. What was seen with TLS stands where that is not answered.
func (a *attempt) withoutTLS(ctx context.Context, client postgres.Client) {
	conn, connect := a.prober.Dialer.Connect(ctx, a.Address, a.prober.Timeouts.Connect)
	a.tally.add(conn, connect.Failure)
	a.Steps = append(a.Steps, connect)
	if conn == nil {
		return
	}
	defer conn.Close() //nolint:errcheck // it is over either way
	said, step := client.Plain(ctx, conn)
	a.Steps = append(a.Steps, step)
	if said.Failure == netpath.FailureTLSRequired {
		a.note(netpath.HopDatabase, said)
	}
}

func (a *attempt) mysql(ctx context.Context) {
	client := mysql.Client{TLS: a.tls(), Limit: a.prober.Timeouts.Handshake, Login: a.prober.Accounts[a.path.ID].Login, Writes: a.path.Target.Writes}
	result := client.Probe(ctx, a.conn)
	a.Steps = append(a.Steps, result.Steps...)
	a.note(netpath.HopTLS, result.TLS)
	a.note(netpath.HopDatabase, result.Database)
}

func (a *attempt) invoke(ctx context.Context) {
	secured := a.secure(ctx)
	if secured == nil {
		return
	}
	caller := invoke.Invoker{
		Region: a.prober.Region, Level: a.prober.Level, Payload: a.prober.Payload,
		Limit: a.prober.Timeouts.Request, Samples: a.prober.Samples, Now: a.prober.Now,
	}
	var unsigned netpath.Evidence
	if caller.Level != invoke.LevelReach {
		hop, failure := a.authorize(ctx, &caller)
		if hop == netpath.HopToken && failure.Status != "" {
			a.note(hop, failure)
			return
		}
		if unsigned = failure; unsigned.Status != "" {
			caller.Level = invoke.LevelReach // what needs no signature is still proven
		}
	}
	result := caller.Run(ctx, secured, a.again, invoke.Target{
		Name: a.path.Target.Name, RuntimeARN: a.path.Target.RuntimeARN, Qualifier: a.path.Target.Qualifier,
		Private: a.path.Route == netpath.RoutePrivate, Bearer: a.path.Target.Authorizer == netpath.AuthorizerJWT,
	})
	a.Steps = append(a.Steps, result.Steps...)
	for hop, e := range result.Hops() {
		if a.Local.IsValid() && e.Facts != nil {
			e.Facts["source_ip"] = a.Local.String()
		}
		a.note(hop, e)
	}
	a.note(netpath.HopSignature, unsigned)
}

// authorize fetches what the runtime's authorizer wants.
func (a *attempt) authorize(ctx context.Context, caller *invoke.Invoker) (netpath.HopName, netpath.Evidence) {
	if a.path.Target.Authorizer == netpath.AuthorizerJWT {
		return netpath.HopToken, a.bear(ctx, caller)
	}
	return netpath.HopSignature, a.sign(ctx, caller)
}

// bear fetches the bearer token; a failure is returned as evidence. A runtime
// without a configured token is called without one.
func (a *attempt) bear(ctx context.Context, caller *invoke.Invoker) netpath.Evidence {
	source := a.prober.Tokens[a.path.Target.RuntimeARN]
	if source == nil {
		return netpath.Evidence{}
	}
	bearer, err := source.Get(ctx, a.path.Target.Accepts)
	var fault *token.Error
	if errors.As(err, &fault) {
		failure := fault.Failure
		if ctx.Err() != nil {
			failure = netpath.FailureCancelled
		}
		return netpath.Evidence{Status: netpath.StatusFail, Failure: failure, Detail: fault.Text, Facts: netpath.Facts{"reason": fault.Text}}
	}
	caller.Token, caller.Broken = bearer.Raw, bearer.Broken()
	return netpath.Evidence{}
}

// sign fetches the credentials; where there are none that is returned as
// evidence: it says nothing about the path.
func (a *attempt) sign(ctx context.Context, caller *invoke.Invoker) netpath.Evidence {
	none := netpath.Evidence{Status: netpath.StatusUnknown, Failure: netpath.FailureNoCredentials, Detail: "not signed: no credentials are configured", Facts: netpath.Facts{}}
	if a.prober.Credentials == nil {
		return none
	}
	limited, cancel := context.WithTimeout(ctx, a.prober.Timeouts.Request)
	defer cancel()
	keys, err := a.prober.Credentials.Retrieve(limited)
	if err != nil {
		none.Detail = "not signed: no credentials: " + escape.Line(err.Error(), maxDetail)
		var why *credentials.Error
		if errors.As(err, &why) {
			none.Failure, none.Facts = why.Failure, maps.Clone(why.Facts)
		}
		return none
	}
	caller.Credentials = keys
	return netpath.Evidence{}
}

// again opens another connection like the first one, for a server that ended
// it after an answer.
func (a *attempt) again(ctx context.Context) (net.Conn, []netpath.Step) {
	conn, connect := a.prober.Dialer.Connect(ctx, a.Address, a.prober.Timeouts.Connect)
	a.tally.add(conn, connect.Failure)
	if conn == nil {
		return nil, []netpath.Step{connect}
	}
	secured, _, handshake := a.tls().Handshake(ctx, conn)
	if secured == nil {
		_ = conn.Close()
		return nil, []netpath.Step{connect, handshake}
	}
	return secured, []netpath.Step{connect, handshake}
}
