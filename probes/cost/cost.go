// Package cost declares what each kind of probe costs the other side: in
// connections, requests, log lines, errors counted against this host, sessions
// and money. Tests hold it against real servers; docs/cost.md is made of it.
package cost

import (
	"strconv"
	"time"

	"github.com/agentcore-probe/probe/config"
	"github.com/agentcore-probe/probe/probes/mysql"
	"github.com/agentcore-probe/probe/probes/postgres"
	"github.com/agentcore-probe/probe/probes/service"
)

// Cost is what one run of a path costs at each address that is dialled, while
// everything is well.
type Cost struct {
	Probe       string
	Interval    func(config.Intervals) time.Duration // of serve, by default; nil: less than once a day
	Connections int
	Requests    int // after the handshake
	LogLines    int // in the server's log, at its default settings
	Errors      int // counted against this host
	Sessions    int // of a runtime
	Microcents  int // of a US dollar, at most: see Price
	Note        string
}

// The probes.
var (
	InvokeReach  = Cost{Probe: "invoke, level `reach`", Interval: invoked, Connections: 1, Requests: 1}
	InvokeAuth   = Cost{Probe: "invoke, level `auth` (default)", Interval: invoked, Connections: 1, Requests: 2, Note: "for an endpoint and a runtime that do not exist: no session is started"}
	InvokeBilled = Cost{
		Probe: "invoke, level `invoke`", Interval: func(i config.Intervals) time.Duration { return i.Billed },
		Connections: 1, Requests: 2, Sessions: 1, Microcents: sessionLimit * Price,
		Note: "an invocation, then its session is stopped; level `auth` goes on in between. What the agent itself calls, such as a model, comes on top; a session that could not be stopped lasts until its idle timeout",
	}
	Postgres          = Cost{Probe: "database, PostgreSQL", Interval: database, Connections: postgres.CostConnections, Requests: 1, LogLines: postgres.CostLogLines, Note: "`SSLRequest` and TLS, no login. A line more with `log_connections`, or while its certificate is not trusted"}
	PostgresPlain     = Cost{Probe: "database, PostgreSQL with `login` and `without-tls`", Interval: database, Connections: 2 * postgres.CostConnections, Requests: 2, LogLines: postgres.CostLoginLogLines, Note: "a login over TLS, and the beginning of one without. A line in the log where that is refused"}
	MySQLLogin        = Cost{Probe: "database, MySQL with `login`", Interval: database, Connections: mysql.CostConnections, Requests: 1, LogLines: mysql.CostLoginLogLines, Errors: mysql.CostLoginErrors, Note: "a login that is refused is a line in the log, and no error that counts"}
	MySQL             = Cost{Probe: "database, MySQL without a login", Connections: mysql.CostConnections, LogLines: mysql.CostLogLines, Errors: mysql.CostConnectErrors, Note: "once in a `check`; `serve` connects five minutes after its start, then once a week, when the address or the configuration of the way is another, and each hour while the server shows a fault. It shuts a host out after 100 errors in a row (`max_connect_errors`)"}
	MySQLWithoutLogin = Cost{Probe: "database, MySQL with `without-login`", Interval: database, Connections: mysql.CostConnections, LogLines: mysql.CostLogLines, Errors: mysql.CostConnectErrors, Note: "shuts this host out in under two hours, unless logins from elsewhere on it succeed in between"}
	Spared            = Cost{Probe: "database, Aurora Serverless that pauses when idle", Note: "judged from the configuration alone; `wake` has it dialled as others are, and so it never pauses"}
	TCP               = Cost{Probe: "any server, protocol `tcp`; a mount target", Interval: database, Connections: 1, Note: "says nothing: a database of another kind may log or count it"}
	HTTPS             = Cost{Probe: "service, destination (on premises or not), egress", Interval: serviced, Connections: 1, Requests: 1, Note: "unsigned, or one signed read that changes nothing"}
	Layer             = Cost{Probe: "service `s3`, a layer of the agent's image", Interval: serviced, Connections: 1, Requests: 1, Note: "one byte, by a link for which Amazon ECR is asked " + strconv.Itoa(service.CostLayerRequests) + " times a run, once more where the image is for several platforms"}
	Nowhere           = Cost{Probe: "egress that must lead nowhere", Interval: func(i config.Intervals) time.Duration { return i.Egress }, Connections: 1, Note: "on ports 443 and 80, at two addresses each at most, and a question to two name servers; where all is well none of it arrives"}
)

// All lists the probes in the order of the documentation.
func All() []Cost {
	return []Cost{InvokeReach, InvokeAuth, InvokeBilled, Postgres, PostgresPlain, MySQLLogin, MySQL, MySQLWithoutLogin, Spared, TCP, HTTPS, Layer, Nowhere}
}

func invoked(i config.Intervals) time.Duration  { return i.Invoke }
func serviced(i config.Intervals) time.Duration { return i.Service }
func database(i config.Intervals) time.Duration { return i.Database }

// Price is what a second of a session costs at most, in millionths of a cent: two
// vCPUs, each $0.0895 an hour, and 8 GB, each $0.00945 an hour ("Amazon Bedrock
// AgentCore pricing", list prices as published for us-east-1; "Quotas for Amazon
// Bedrock AgentCore", the hardware of a session). No bill has been seen.
const Price = (2*8_950_000 + 8*945_000) / 3600

// sessionLimit is how long a session lasts at most, in seconds: by default the
// limit of the invocation, and of the request that stops it.
const sessionLimit = 20

// samples are the connections that measure a rate of losses (config.samples).
var samples = config.Default().Samples

// Most is how many connections a run makes at most to an address where packets
// get lost: those that measure the rate, twice, and a second conversation in
// small packets that does the same.
func (c Cost) Most() int {
	if c.Connections == 0 || c.Errors > 0 || c.Probe == MySQLLogin.Probe {
		return c.Connections // what says nothing would be counted
	}
	return 2 * (c.Connections + 2*samples)
}

// Day is how often serve does it in a day, by default.
func (c Cost) Day() int {
	if c.Interval == nil {
		return 0
	}
	return int(24 * time.Hour / c.Interval(config.Default().Serve.Intervals))
}
