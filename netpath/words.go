// Package netpath holds the words that every other package speaks: a path, its
// hops, the evidence for each of them, the steps a probe took, the closed set
// of failures, verdicts and findings.
//
// It has values and nothing else: no I/O, no decisions, and no import of
// another package of this module.
package netpath

// Pattern is one of the four network connectivity patterns of the AWS article
// "Network connectivity patterns for agents deployed on Amazon Bedrock
// AgentCore Runtime". It says what must work and what must not.
type Pattern string

// The patterns, in the article's order.
const (
	PatternPublic   Pattern = "public"   // default: both directions over the internet
	PatternVPC      Pattern = "vpc"      // the agent has ENIs in a VPC; its front stays public
	PatternPrivate  Pattern = "private"  // as vpc; invoked through an interface endpoint only
	PatternIsolated Pattern = "isolated" // as private; no way to the internet at all
)

// Patterns lists every pattern in the article's order.
func Patterns() []Pattern {
	return []Pattern{PatternPublic, PatternVPC, PatternPrivate, PatternIsolated}
}

// Route is the way a path takes to its destination.
type Route string

// The routes.
const (
	RoutePrivate    Route = "private"     // an interface endpoint (AWS PrivateLink)
	RouteGateway    Route = "gateway"     // a gateway endpoint
	RoutePublic     Route = "public"      // the internet
	RouteVPC        Route = "vpc"         // inside the VPC or a connected one
	RouteOnPremises Route = "on-premises" // VPN or Direct Connect
)

// Expectation is what a path must show to be ok.
type Expectation string

// The expectations.
const (
	// ExpectReachable is met when the destination answers.
	ExpectReachable Expectation = "reachable"
	// ExpectDenied is met only by a policy's explicit denial that shuts
	// callers out as such. A timeout does not meet it.
	ExpectDenied Expectation = "denied"
	// ExpectUnreachable is met when there is no network path.
	ExpectUnreachable Expectation = "unreachable"
)

// Kind is what a path leads to; it is the first element of the path's id.
type Kind string

// The kinds of path.
const (
	KindInvoke   Kind = "invoke"
	KindDatabase Kind = "db"
	KindFile     Kind = "fs" // a file system that the agent mounts
	KindService  Kind = "service"
	KindEgress   Kind = "egress"
	KindOnPrem   Kind = "onprem"
)

// HopName names one checkpoint of a path.
type HopName string

// The hops.
const (
	HopResolver       HopName = "resolver"
	HopSourceSG       HopName = "source-sg"
	HopSourceNACL     HopName = "source-nacl"
	HopRoute          HopName = "route"
	HopEndpoint       HopName = "endpoint"
	HopDestNACL       HopName = "dest-nacl"
	HopDestSG         HopName = "dest-sg"
	HopTCP            HopName = "tcp"
	HopTLS            HopName = "tls"
	HopSignature      HopName = "signature"
	HopToken          HopName = "token"
	HopIdentityPolicy HopName = "identity-policy"
	HopEndpointPolicy HopName = "endpoint-policy"
	HopResourcePolicy HopName = "resource-policy"
	HopRuntime        HopName = "runtime"
	HopDatabase       HopName = "database"
	HopService        HopName = "service"
)

// Status is what one kind of evidence says about a hop.
type Status string

// The statuses. StatusUnknown is never written as pass and never as fail.
const (
	StatusPass    Status = "pass"
	StatusFail    Status = "fail"
	StatusUnknown Status = "unknown" // tried or looked at, and not decided
	StatusSkipped Status = "skipped" // not tried: an earlier hop failed, or there is nothing to try
)

// Verdict is the judgement of a whole path.
type Verdict string

// The verdicts.
const (
	VerdictOK       Verdict = "ok"
	VerdictBroken   Verdict = "broken"   // should work, doesn't
	VerdictExposed  Verdict = "exposed"  // should be shut, isn't
	VerdictDegraded Verdict = "degraded" // some addresses, AZs or attempts fail, or it is slow
	VerdictUnknown  Verdict = "unknown"
)

// Severity ranks a finding.
type Severity string

// The severities.
const (
	SeverityCritical Severity = "critical"
	SeverityWarning  Severity = "warning"
	SeverityInfo     Severity = "info"
)

// Basis says which kind of evidence carries a statement.
type Basis string

// The bases.
const (
	BasisLive   Basis = "live"   // measured
	BasisConfig Basis = "config" // derived from what AWS says; not measured
	BasisBoth   Basis = "both"
	BasisNone   Basis = "none"
)
