package answer

import (
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
)

// Classify says what an AWS error stands for. Status 2xx without an error type
// is success (""). errorType may carry a namespace or a link as it does on the
// wire. An answer that no AWS service documents is malformed_response below
// status 500, and server_error from there on.
//
// Facts: aws_error and message as received (escaped, bounded); for a denial
// also layer, effect, action, principal, resource and policy_arn, as far as the
// sentence names them; alternative where AWS uses one code for two causes.
func Classify(status int, errorType, message string) (netpath.Failure, netpath.Facts) {
	errorType = typeName(errorType)
	message = scrub(message)
	facts := netpath.Facts{}
	set(facts, "aws_error", errorType)
	set(facts, "message", message)
	// EC2 writes "Client.AuthFailure" and "Server.InternalError" at times.
	errorType = strings.TrimPrefix(strings.TrimPrefix(errorType, "Client."), "Server.")
	var failure netpath.Failure
	if status >= 400 {
		failure = bySentence(errorType, message)
	}
	if failure == "" {
		failure = byType(errorType, message)
	}
	if failure == "" {
		failure = byStatus(status, errorType)
	}
	if other, ok := alternatives[errorType]; ok {
		facts["alternative"] = string(other)
	}
	if failure == netpath.FailureDenied {
		addDenial(facts, message)
	}
	return failure, facts
}

func set(facts netpath.Facts, key, value string) {
	if value != "" {
		facts[key] = value
	}
}

// sentences are texts that AWS documents for errors whose type stands for
// several causes. A sentence counts only under one of these types, so that a
// container's own text cannot pass for one of the front's.
var sentences = []struct {
	text    string // contained in the message
	failure netpath.Failure
	types   []string
}{
	// "Troubleshoot Signature Version 4 signing for AWS API requests", IAM User Guide.
	{"Signature expired", netpath.FailureClockSkew, signatureTypes},
	{"Signature not yet current", netpath.FailureClockSkew, signatureTypes},
	{"Credential should be scoped to a valid region", netpath.FailureWrongRegion, signatureTypes},
	// "Authenticate and authorize with Inbound Auth and Outbound Auth", AgentCore Developer Guide.
	{"Authorization method mismatch", netpath.FailureMethodMismatch, accessTypes},
	{"Token audience mismatch", netpath.FailureTokenInvalid, accessTypes},
	{"OAuth authorization failed", netpath.FailureTokenInvalid, accessTypes},
	{"Token has expired", netpath.FailureTokenExpired, accessTypes},
	{"Missing Authentication Token", netpath.FailureTokenMissing, accessTypes},
	// "Troubleshoot AgentCore Runtime", AgentCore Developer Guide.
	{"not MMDSv2-enabled", netpath.FailureMMDSv2, []string{"ValidationException"}},
}

var (
	signatureTypes = []string{
		"SignatureDoesNotMatch", "InvalidSignatureException", "InvalidSignature", "IncompleteSignature",
		"IncompleteSignatureException", "AuthFailure", "AccessDeniedException", "AccessDenied",
	}
	accessTypes = []string{
		"AccessDeniedException", "AccessDenied", "UnauthorizedException", "Unauthorized", "UnrecognizedClientException",
		"MissingAuthenticationTokenException", "MissingAuthenticationToken", "",
	}
)

func bySentence(errorType, message string) netpath.Failure {
	for _, s := range sentences {
		if strings.Contains(message, s.text) && slices.Contains(s.types, errorType) {
			return s.failure
		}
	}
	if slices.Contains(accessTypes, errorType) && strings.HasPrefix(message, "Claim '") && strings.Contains(message, "mismatch") {
		return netpath.FailureTokenInvalid
	}
	return ""
}

// alternatives holds codes under which EC2 reports a second cause too ("Error
// codes for the Amazon EC2 API").
var alternatives = map[string]netpath.Failure{
	"AuthFailure":    netpath.FailureUnknownKey,
	"RequestExpired": netpath.FailureClockSkew,
}

// byStatus judges what carries no type that is known here. A type, though
// unknown, says that an AWS service spoke; without one a 4xx may come from any
// box on the way.
func byStatus(status int, errorType string) netpath.Failure {
	switch {
	case status >= 500:
		return netpath.FailureServer
	case status >= 300 && status < 400:
		return netpath.FailureRedirect
	case errorType != "":
		return netpath.FailureOther
	case status >= 200 && status < 300:
		return ""
	default:
		return netpath.FailureMalformed
	}
}
