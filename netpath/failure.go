package netpath

// Failure is why a step did not succeed: a closed set of snake_case names.
// Failures are classified by error value and by protocol fields, never by
// matching an error's text; "" means success.
type Failure string

// Failures of resolving.
const (
	FailureDNSTimeout     Failure = "dns_timeout"       // the resolver does not answer
	FailureDNSUnreachable Failure = "dns_unreachable"   // the resolver's port is refused or unroutable
	FailureDNSNXDomain    Failure = "dns_nxdomain"      // RCODE 3
	FailureDNSServfail    Failure = "dns_servfail"      // RCODE 2
	FailureDNSRefused     Failure = "dns_refused"       // RCODE 5
	FailureDNSNoAnswer    Failure = "dns_no_answer"     // NOERROR without an address
	FailureDNSTCPBlocked  Failure = "dns_tcp_blocked"   // truncated over UDP, and TCP does not work
	FailureDNSMalformed   Failure = "dns_malformed"     // not a DNS message, or not an answer to our question
	FailureDNSPublic      Failure = "dns_public_answer" // public addresses where the endpoint's were due
	FailureDNSOther       Failure = "dns_other_answer"  // private addresses that are not the endpoint's
	FailureDNSSinkhole    Failure = "dns_sinkhole"      // an address of this host, or of nobody: 127.0.0.0/8, 0.0.0.0
	FailureDNSPartial     Failure = "dns_partial"       // some of the endpoint's addresses are missing
	FailureDNSSlow        Failure = "dns_slow"          // a flaw: answers take longer than the threshold
	FailureDNSUnanswered  Failure = "dns_unanswered"    // a flaw: some questions get no answer, others do
)

// Failures of connecting.
const (
	FailureTimeout            Failure = "timeout"             // no answer within the time limit
	FailureRefused            Failure = "connection_refused"  // ECONNREFUSED: nothing listens
	FailureRejected           Failure = "host_unreachable"    // EHOSTUNREACH: an ICMP administrative refusal
	FailureNetworkUnreachable Failure = "network_unreachable" // ENETUNREACH: no route, here or at a router on the way
	FailureReset              Failure = "connection_reset"    // ECONNRESET, EPIPE
	FailureClosed             Failure = "connection_closed"   // the peer closed where it had to speak
	FailureNotPermitted       Failure = "address_refused"     // our own dialer refuses this address
	FailureCancelled          Failure = "cancelled"           // the run was ended from outside
	FailureLoss               Failure = "packet_loss"         // a flaw: some packets or connections get lost, others do not
	FailureMTU                Failure = "mtu_black_hole"      // small segments pass, large ones vanish
	FailureIdle               Failure = "idle_timeout"        // a flaw: a silent connection dies, one with keep-alives lives
	FailureOther              Failure = "other"               // anything else; the detail says what
)

// Failures of the TLS handshake.
const (
	FailureTLSUntrusted   Failure = "tls_untrusted"
	FailureTLSName        Failure = "tls_name_mismatch"
	FailureTLSExpired     Failure = "tls_expired"
	FailureTLSNotYetValid Failure = "tls_not_yet_valid"
	FailureTLSNotTLS      Failure = "tls_not_tls"
	FailureTLSVersion     Failure = "tls_version"
	FailureTLSAlert       Failure = "tls_alert"    // another alert of the peer; the detail names it
	FailureTLSExpiring    Failure = "tls_expiring" // a flaw: valid, and not for long
)

// Failures of a request: what an AWS service answered.
const (
	FailureNoCredentials    Failure = "no_credentials"
	FailureSignature        Failure = "signature_mismatch"
	FailureUnknownKey       Failure = "unknown_access_key"
	FailureExpired          Failure = "credentials_expired"
	FailureClockSkew        Failure = "clock_skew"
	FailureWrongRegion      Failure = "wrong_region"
	FailureMethodMismatch   Failure = "authorization_method_mismatch"
	FailureTokenMissing     Failure = "token_missing"
	FailureTokenInvalid     Failure = "token_invalid"
	FailureTokenExpired     Failure = "token_expired"
	FailureIDP              Failure = "idp_unreachable"  // the identity provider gives no usable answer
	FailureDenied           Failure = "access_denied"    // by a policy: facts layer, effect, action
	FailurePolicyUnstable   Failure = "policy_unstable"  // a flaw: equal requests are allowed and denied
	FailureDiscovery        Failure = "discovery_denied" // a flaw: the runtime's OAuth metadata is denied
	FailureNotFound         Failure = "not_found"
	FailureValidation       Failure = "validation"
	FailureThrottled        Failure = "throttled"
	FailureQuota            Failure = "quota"
	FailureConflict         Failure = "conflict"
	FailureContainer        Failure = "container_error"
	FailureStart            Failure = "start_failed"
	FailureMMDSv2           Failure = "mmdsv2_required" // the runtime does not demand MMDSv2
	FailureServer           Failure = "server_error"
	FailureMalformed        Failure = "malformed_response"
	FailureRedirect         Failure = "redirect"
	FailureResponseTooLarge Failure = "response_too_large"
)

// Failures of what hands out the probe's own credentials: a request could not
// be signed.
const (
	FailureMetadata        Failure = "metadata_unreachable"  // the platform's credential service, or the way there
	FailureNoRole          Failure = "no_role"               // the instance has no role
	FailureSourceRefuses   Failure = "source_refused"        // the credential service answers, and gives none
	FailureIdentityFile    Failure = "token_file_missing"    // the file of a service account's token
	FailureIdentityExpired Failure = "web_identity_expired"  // the service account's token
	FailureIdentityRefused Failure = "web_identity_refused"  // by STS
	FailureAssumeRole      Failure = "assume_role_denied"    // by a policy: facts role, principal, layer
	FailureSTS             Failure = "sts_unreachable"       // no role can be assumed
	FailureProfile         Failure = "profile_not_found"     // in the shared files
	FailureSourceInvalid   Failure = "credential_source_bad" // shared files or variables that contradict themselves
)

// Failures of a database's own protocol.
const (
	FailureTLSNotOffered   Failure = "tls_not_offered"
	FailureTLSRequired     Failure = "tls_required" // it takes the account with TLS only, and the application speaks none
	FailureNotThisEngine   Failure = "not_this_engine"
	FailureTooManyClients  Failure = "too_many_connections"
	FailureLogin           Failure = "login_failed"
	FailureReadOnly        Failure = "read_only" // it takes no writes where they are meant
	FailureHostBlocked     Failure = "host_blocked"
	FailureDatabaseStarted Failure = "database_starting"
)
