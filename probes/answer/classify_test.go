package answer_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/answer"
)

// Types and sentences: "Troubleshooting Signature Version 4 request signature
// errors" (IAM User Guide), "Common Error Types" (AgentCore API Reference),
// "Error codes for the Amazon EC2 API", "Common errors" (RDS API Reference).
func TestClassify(t *testing.T) {
	for _, test := range []struct {
		name      string
		status    int
		errorType string
		message   string
		want      netpath.Failure
	}{
		{"success", 200, "", "", ""},
		{"wrong secret, AgentCore", 403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.", netpath.FailureSignature},
		{"wrong secret, STS", 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.", netpath.FailureSignature},
		{"clock behind", 403, "SignatureDoesNotMatch", "Signature expired: 20261124T000000Z is now earlier than 20261124T001500Z (20261124T002000Z - 5 min.)", netpath.FailureClockSkew},
		{"clock ahead", 403, "InvalidSignatureException", "Signature not yet current: 20261124T004000Z is still later than 20261124T002500Z (20261124T002000Z + 5 min.)", netpath.FailureClockSkew},
		{"unknown key, STS", 403, "InvalidClientTokenId", "The security token included in the request is invalid.", netpath.FailureUnknownKey},
		{"unknown key, AgentCore", 403, "com.amazon.coral.service#UnrecognizedClientException", "The security token included in the request is invalid.", netpath.FailureUnknownKey},
		{"expired token", 403, "ExpiredTokenException:", "The security token included in the request is expired", netpath.FailureExpired},
		{"expired token, STS", 403, "ExpiredToken", "The security token included in the request is expired", netpath.FailureExpired},
		{"incomplete", 400, "IncompleteSignatureException", "Authorization header requires 'Credential' parameter.", netpath.FailureSignature},
		{"wrong region", 403, "InvalidSignatureException", "Credential should be scoped to a valid region, not 'eu-west-1'. ", netpath.FailureWrongRegion},
		{"wrong region, STS", 403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.", netpath.FailureWrongRegion},
		{"denial", 403, "AccessDeniedException", "User: u is not authorized to perform: a on resource: r because no identity-based policy allows the a action", netpath.FailureDenied},
		{"denial, EC2", 403, "Client.UnauthorizedOperation", "You are not authorized to perform this operation.", netpath.FailureDenied},
		{"bare denial", 403, "AccessDenied", "Access Denied", netpath.FailureDenied},
		{"method mismatch is no policy", 403, "AccessDeniedException", "Authorization method mismatch. The agent is configured for a different authorization method than what was used in your request.", netpath.FailureMethodMismatch},
		{"token audience", 403, "AccessDeniedException", "Token audience mismatch", netpath.FailureTokenInvalid},
		{"token claim", 403, "AccessDeniedException", "Claim 'client_id' value mismatch with configuration.", netpath.FailureTokenInvalid},
		{"unsigned", 401, "", "Missing Authentication Token", netpath.FailureTokenMissing},
		{"unsigned, typed", 403, "MissingAuthenticationTokenException", "Missing Authentication Token", netpath.FailureTokenMissing},
		{"not found", 404, "ResourceNotFoundException", "No endpoint or agent found with qualifier 'x'", netpath.FailureNotFound},
		{"not found, EC2", 400, "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist", netpath.FailureNotFound},
		{"not found, RDS", 404, "DBSubnetGroupNotFoundFault", "", netpath.FailureNotFound},
		{"validation", 400, "ValidationException", "1 validation error detected", netpath.FailureValidation},
		{"throttled", 429, "ThrottlingException", "Rate exceeded", netpath.FailureThrottled},
		{"throttled, EC2", 503, "RequestLimitExceeded", "Request limit exceeded.", netpath.FailureThrottled},
		{"quota", 402, "ServiceQuotaExceededException", "", netpath.FailureQuota},
		{"conflict", 409, "ConflictException", "", netpath.FailureConflict},
		{"container", 424, "RuntimeClientError", "Received error (502) from runtime.", netpath.FailureContainer},
		{"start", 424, "RuntimeClientError", "Runtime initialization time exceeded. Please make sure that initialization completes in 30s.", netpath.FailureStart},
		{"start as 403", 403, "RuntimeClientError", "Runtime initialization time exceeded.", netpath.FailureStart},
		{"a container's words about signatures", 424, "RuntimeClientError", "Signature expired", netpath.FailureContainer},
		{"server", 500, "InternalServerException", "", netpath.FailureServer},
		{"server without type", 502, "", "", netpath.FailureServer},
		{"redirect", 302, "", "", netpath.FailureRedirect},
		{"403 of a box on the way", 403, "", "", netpath.FailureMalformed},
		{"404 of a box on the way", 404, "", "not here", netpath.FailureMalformed},
		{"an AWS error nobody here knows", 418, "TeapotException", "", netpath.FailureOther},
		{"an agent that quotes an error", 200, "", "Missing Authentication Token", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, _ := answer.Classify(test.status, test.errorType, test.message); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestClassifyFacts(t *testing.T) {
	for _, test := range []struct {
		name, errorType, message string
		want                     netpath.Facts
	}{
		{"type and text", "ResourceNotFoundException:http://x/", "gone", netpath.Facts{"aws_error": "ResourceNotFoundException", "message": "gone"}},
		{"one code, two causes", "AuthFailure", "AWS was not able to validate the provided access credentials",
			netpath.Facts{"aws_error": "AuthFailure", "message": "AWS was not able to validate the provided access credentials", "alternative": "unknown_access_key"}},
		{"nothing", "", "", netpath.Facts{}},
		// The sentence of "Troubleshoot access denied error messages", IAM User Guide.
		{"denial", "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/probe/i is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime on resource: arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/a with an explicit deny in a resource-based policy",
			netpath.Facts{
				"aws_error": "AccessDeniedException",
				"message":   "User: arn:aws:sts::123456789012:assumed-role/probe/i is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime on resource: arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/a with an explicit deny in a resource-based policy",
				"principal": "arn:aws:sts::123456789012:assumed-role/probe/i", "action": "bedrock-agentcore:InvokeAgentRuntime",
				"resource": "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/a", "layer": "resource-based", "effect": "explicit",
			}},
		{"bare denial", "AccessDenied", "Access Denied", netpath.Facts{"aws_error": "AccessDenied", "message": "Access Denied"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got := answer.Classify(400, test.errorType, test.message)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzClassify(f *testing.F) {
	f.Add(403, "a#AccessDeniedException:x", "User: arn:aws:iam::1:user/u is not authorized to perform: a:B on resource: r with an explicit deny in a resource-based policy")
	f.Add(403, "AccessDenied", "\x1b[0m")
	f.Fuzz(func(t *testing.T, status int, errorType, message string) {
		_, facts := answer.Classify(status, errorType, message)
		for key, value := range facts {
			if strings.IndexFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0 {
				t.Errorf("fact %s = %q is not printable", key, value)
			}
			if len(value) > 1100 {
				t.Errorf("fact %s has %d bytes", key, len(value))
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"__type":"a#b","message":"c"}`))
	f.Add([]byte(`<ErrorResponse><Error><Code>c</Code></Error></ErrorResponse>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if a := answer.Read(400, nil, body); strings.ContainsAny(a.Message+a.Type, "\n\x1b") {
			t.Errorf("%+v", a)
		}
	})
}
