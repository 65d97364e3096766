package answer

import (
	"strings"

	"github.com/agentcore-probe/probe/netpath"
)

// codes maps error types to failures: "Common Error Types" of the AgentCore
// and STS API references, "Error codes for the Amazon EC2 API", "Common
// errors" of the RDS API reference.
var codes = map[string]netpath.Failure{
	"SignatureDoesNotMatch":        netpath.FailureSignature,
	"InvalidSignatureException":    netpath.FailureSignature,
	"InvalidSignature":             netpath.FailureSignature,
	"IncompleteSignature":          netpath.FailureSignature,
	"IncompleteSignatureException": netpath.FailureSignature,
	"AuthFailure":                  netpath.FailureSignature,

	"InvalidClientTokenId":        netpath.FailureUnknownKey,
	"UnrecognizedClientException": netpath.FailureUnknownKey,
	"InvalidAccessKeyId":          netpath.FailureUnknownKey,
	"InvalidSecurity":             netpath.FailureUnknownKey,

	"ExpiredToken":          netpath.FailureExpired,
	"ExpiredTokenException": netpath.FailureExpired,
	"RequestExpired":        netpath.FailureExpired,

	"RequestTimeTooSkewed": netpath.FailureClockSkew,

	"MissingAuthenticationToken":          netpath.FailureTokenMissing,
	"MissingAuthenticationTokenException": netpath.FailureTokenMissing,
	"UnauthorizedException":               netpath.FailureTokenInvalid,

	"AccessDenied":          netpath.FailureDenied,
	"AccessDeniedException": netpath.FailureDenied,
	"UnauthorizedOperation": netpath.FailureDenied,
	"NotAuthorized":         netpath.FailureDenied,

	"ResourceNotFoundException": netpath.FailureNotFound,

	"ValidationException":         netpath.FailureValidation,
	"ValidationError":             netpath.FailureValidation,
	"InvalidParameterValue":       netpath.FailureValidation,
	"InvalidParameterCombination": netpath.FailureValidation,
	"InvalidAction":               netpath.FailureValidation,
	"MissingParameter":            netpath.FailureValidation,
	"MalformedQueryString":        netpath.FailureValidation,
	"SerializationException":      netpath.FailureValidation,
	"UnknownOperationException":   netpath.FailureValidation,

	"Throttling":               netpath.FailureThrottled,
	"ThrottlingException":      netpath.FailureThrottled,
	"TooManyRequestsException": netpath.FailureThrottled,
	"RequestLimitExceeded":     netpath.FailureThrottled,

	"ServiceQuotaExceeded":          netpath.FailureQuota,
	"ServiceQuotaExceededException": netpath.FailureQuota,

	"ConflictException":           netpath.FailureConflict,
	"RetryableConflictException":  netpath.FailureConflict,
	"InternalServerException":     netpath.FailureServer,
	"InternalFailure":             netpath.FailureServer,
	"InternalError":               netpath.FailureServer,
	"ServiceUnavailable":          netpath.FailureServer,
	"ServiceUnavailableException": netpath.FailureServer,
	"Unavailable":                 netpath.FailureServer,
}

// initialisation is how AgentCore words a container that did not come up in
// time, under type RuntimeClientError and status 424 or 403.
const initialisation = "initialization time exceeded"

func byType(errorType, message string) netpath.Failure {
	if failure, ok := codes[errorType]; ok {
		return failure
	}
	switch {
	case errorType == "RuntimeClientError" && strings.Contains(message, initialisation):
		return netpath.FailureStart
	case errorType == "RuntimeClientError":
		return netpath.FailureContainer
	case notFound(errorType):
		return netpath.FailureNotFound
	}
	return ""
}

// notFound covers EC2's InvalidVpcID.NotFound and RDS's DBInstanceNotFound and
// DBSubnetGroupNotFoundFault.
func notFound(errorType string) bool {
	errorType = strings.TrimSuffix(errorType, "Fault")
	return strings.HasSuffix(errorType, "NotFound")
}
