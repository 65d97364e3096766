package aws

import (
	"net/http"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/sigv4"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// refused turns a signature's refusal into what a service of that protocol
// answers. Sources and doubts: beliefs.md.
func refused(service string, protocol wire.Protocol, r *sigv4.Refusal, late time.Duration, presigned bool) *wire.Fault {
	switch protocol {
	case wire.RESTXML:
		return refusedByS3(r, presigned)
	case wire.JSON10, wire.JSON11:
		fault := refusedByREST(service, r)
		fault.Status = http.StatusBadRequest // of every client's error ("AWS JSON 1.1 protocol")
		return fault
	case wire.EC2:
		return refusedByEC2(r, late)
	case wire.Query:
		return refusedByQuery(r)
	default:
		return refusedByREST(service, r)
	}
}

func refusedByEC2(r *sigv4.Refusal, late time.Duration) *wire.Fault {
	expired := wire.Faultf(http.StatusBadRequest, "RequestExpired", "Request has expired.")
	switch {
	case r.Fault == sigv4.FaultMissing:
		return wire.Faultf(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter AWSAccessKeyId")
	case r.Fault == sigv4.FaultIncomplete:
		return wire.Faultf(http.StatusBadRequest, "IncompleteSignature", "%s", r.Message)
	case r.Fault == sigv4.FaultTokenExpired, r.Fault == sigv4.FaultClock && late > 15*time.Minute:
		return expired
	case r.Fault == sigv4.FaultMismatch:
		return wire.Faultf(http.StatusForbidden, "SignatureDoesNotMatch", "%s", r.Message)
	default:
		return wire.Faultf(http.StatusUnauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials")
	}
}

func refusedByQuery(r *sigv4.Refusal) *wire.Fault {
	switch r.Fault {
	case sigv4.FaultMissing:
		return wire.Faultf(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	case sigv4.FaultIncomplete:
		return wire.Faultf(http.StatusBadRequest, "IncompleteSignature", "%s", r.Message)
	case sigv4.FaultUnknownKey, sigv4.FaultToken:
		return wire.Faultf(http.StatusForbidden, "InvalidClientTokenId", "%s", r.Message)
	case sigv4.FaultTokenExpired:
		return wire.Faultf(http.StatusForbidden, "ExpiredToken", "%s", r.Message)
	default:
		return wire.Faultf(http.StatusForbidden, "SignatureDoesNotMatch", "%s", r.Message)
	}
}

func refusedByREST(service string, r *sigv4.Refusal) *wire.Fault {
	switch r.Fault {
	case sigv4.FaultMissing:
		status := http.StatusForbidden
		if service == ServiceAgentCore {
			status = http.StatusUnauthorized
		}
		return wire.Faultf(status, "MissingAuthenticationTokenException", "%s", r.Message)
	case sigv4.FaultIncomplete:
		return wire.Faultf(http.StatusForbidden, "IncompleteSignatureException", "%s", r.Message)
	case sigv4.FaultUnknownKey, sigv4.FaultToken:
		return wire.Faultf(http.StatusForbidden, "UnrecognizedClientException", "%s", r.Message)
	case sigv4.FaultTokenExpired:
		return wire.Faultf(http.StatusForbidden, "ExpiredTokenException", "%s", r.Message)
	default:
		return wire.Faultf(http.StatusForbidden, "InvalidSignatureException", "%s", r.Message)
	}
}

// refusedByS3: "Error responses" (Amazon S3 API Reference).
func refusedByS3(r *sigv4.Refusal, presigned bool) *wire.Fault {
	switch r.Fault {
	case sigv4.FaultUnknownKey:
		return wire.Faultf(http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	case sigv4.FaultToken:
		return wire.Faultf(http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid.")
	case sigv4.FaultTokenExpired:
		return wire.Faultf(http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
	case sigv4.FaultIncomplete, sigv4.FaultScope:
		return wire.Faultf(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; %s", r.Message)
	case sigv4.FaultClock:
		if presigned && !r.Early {
			return wire.Faultf(http.StatusForbidden, "AccessDenied", "Request has expired")
		}
		return wire.Faultf(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
	default:
		return wire.Faultf(http.StatusForbidden, "SignatureDoesNotMatch", "%s", r.Message)
	}
}

// denied turns a policy's denial into what a service of that protocol answers.
func denied(protocol wire.Protocol, d *iam.Denial) *wire.Fault {
	switch protocol {
	case wire.EC2:
		return wire.Faultf(http.StatusForbidden, "UnauthorizedOperation", "You are not authorized to perform this operation. %s", d.Error())
	case wire.Query:
		return wire.Faultf(http.StatusForbidden, "AccessDenied", "%s", d.Error())
	case wire.JSON10, wire.JSON11:
		return wire.Faultf(http.StatusBadRequest, "AccessDeniedException", "%s", d.Error())
	case wire.Registry:
		return wire.Faultf(http.StatusForbidden, "DENIED", "%s", d.Error())
	default:
		return wire.Faultf(http.StatusForbidden, "AccessDeniedException", "%s", d.Error())
	}
}

// broken answers for what the lab itself cannot do, such as a policy that its
// evaluator refuses to guess about.
func broken(protocol wire.Protocol, err error) *wire.Fault {
	code := map[wire.Protocol]string{wire.EC2: "InternalError", wire.Query: "InternalFailure", wire.RESTJSON: "InternalServerException", wire.RESTXML: "InternalError"}[protocol]
	if code == "" {
		code = "InternalFailure"
	}
	return wire.Faultf(http.StatusInternalServerError, code, "The lab cannot answer this request: %v", err)
}
