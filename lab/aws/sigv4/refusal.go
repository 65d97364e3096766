package sigv4

// Fault is why a signature is refused: a closed set. Each protocol has its own
// error code and status for it.
type Fault string

// The faults, in the order in which they are looked for.
const (
	FaultMissing      Fault = "missing"       // neither an Authorization header nor a presigned query
	FaultIncomplete   Fault = "incomplete"    // a part of the signature is missing or malformed
	FaultUnknownKey   Fault = "unknown_key"   // no such access key
	FaultToken        Fault = "token"         // the session token is missing or is not this key's
	FaultTokenExpired Fault = "token_expired" // the session is over
	FaultScope        Fault = "scope"         // the credential scope names another date, region or service
	FaultClock        Fault = "clock"         // signed outside of the clock window; Early says on which side
	FaultMismatch     Fault = "mismatch"      // the signature is not that of this request
)

// Refusal is the error of Verify for a request that is not properly signed.
type Refusal struct {
	Fault   Fault
	Message string // AWS's text
	Early   bool   // FaultClock: signed in the verifier's future
}

func (r *Refusal) Error() string { return "sigv4: " + string(r.Fault) + ": " + r.Message }

// Texts of AWS: "Troubleshoot Signature Version 4 signing for AWS API
// requests" (IAM User Guide), "Common Errors" (API references).
const (
	textMissing  = "Missing Authentication Token"
	textInvalid  = "The security token included in the request is invalid."
	textExpired  = "The security token included in the request is expired"
	textMismatch = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
