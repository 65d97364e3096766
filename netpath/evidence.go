package netpath

import (
	"net/netip"
	"time"
)

// Facts are named values that evidence carries and that a finding's summary,
// fix and undo refer to: group, source_group, port, issuer, request_id, …
// Values never hold a secret.
type Facts map[string]string

// Evidence is what was learned about a hop by one kind of evidence, live or
// config. The zero value means nothing was learned.
type Evidence struct {
	Status    Status        // "" reads as StatusSkipped
	Failure   Failure       // live: what went wrong, from the closed set; "" unless Status is fail
	Cause     string        // config: the catalogue code of what is wrong; "" unless Status is fail
	Component string        // ARN or id of what decided
	Detail    string        // one line for a reader: what was seen
	Flaws     []Failure     // live: what is wrong beside the status, such as a rate of losses at a hop that passes
	Facts     Facts         //
	Duration  time.Duration // live: time spent on this hop
}

// Hop is a checkpoint of a path with both kinds of evidence.
type Hop struct {
	Name   HopName
	Live   Evidence
	Config Evidence
}

// Operation is a step's kind. A dial is only their composition.
type Operation string

// The operations.
const (
	OpResolve   Operation = "resolve"
	OpConnect   Operation = "connect"
	OpHandshake Operation = "handshake"
	OpRequest   Operation = "request"
)

// Step is one operation of a probe as it was carried out. The durations of a
// probe's steps add up to its total.
type Step struct {
	Operation Operation
	Start     time.Time
	Duration  time.Duration
	Address   netip.AddrPort // zero for resolve
	Server    netip.AddrPort // of resolve: whom it asked
	RTT       time.Duration  // the kernel's smoothed round-trip time (TCP_INFO); 0 where unknown
	Failure   Failure        // "" on success
	Detail    string         // the failure in words, or what was seen
}

// Observation is the live evidence of one run of a path.
type Observation struct {
	Path      string
	Start     time.Time
	Duration  time.Duration
	Resolver  Evidence             // the resolver hop; skipped for a path without a name
	Answers   []netip.Addr         // what the name answered
	Resolve   []Step               // the steps of resolving
	Addresses []AddressObservation // one for each address dialled
}

// AddressObservation is the live evidence of one address of a path.
type AddressObservation struct {
	Address netip.AddrPort
	UDP     bool       // asked over UDP; false means TCP
	Local   netip.Addr // our source address; zero when no connection stood
	Steps   []Step
	Hops    map[HopName]Evidence // hops from source-sg on; a hop that is missing was not exercised
}
