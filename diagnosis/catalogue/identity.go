package catalogue

import (
	"slices"

	"github.com/agentcore-probe/probe/netpath"
)

// identity are the faults of credentials and of IAM policies.
func identity() []Entry {
	return slices.Concat(credentials(), sources(), tokens(), denials())
}

func credentials() []Entry {
	const sign = "Troubleshoot AWS Signature Version 4 signing for API requests"
	entry := func(code, title, summary, meaning, live, not string, failure netpath.Failure, fix ...string) Entry {
		return Entry{
			Code: code, Title: title, Severity: netpath.SeverityCritical, Hop: netpath.HopSignature,
			Component: "${access_key}",
			Summary:   summary, Meaning: meaning, Live: live, Not: not, Fix: fix, AWSPage: sign,
			Matches: []Match{{Failure: failure}},
		}
	}
	skew := entry("auth/clock-skew", "this machine's clock is wrong",
		"the clock here is ${skew} the service's",
		"AWS refuses signatures that are more than five minutes off. The AWS SDKs hide it by signing again with the service's time; other clients do not.",
		"Signature expired or not yet current; the Date header of the answer", "auth/expired",
		netpath.FailureClockSkew,
		"# set the clock; in a VPC chrony can use the Amazon Time Sync Service at 169.254.169.123")
	skew.Component = "${host}"
	mismatch := entry("auth/method-mismatch", "SigV4 against an OAuth runtime, or the other way round",
		"the runtime wants another kind of authorization",
		"A runtime takes either SigV4 or a bearer token. The network path works.",
		"Authorization method mismatch", "iam/identity-denies",
		netpath.FailureMethodMismatch,
		"# call it with the kind of authorization that its authorizerConfiguration names")
	mismatch.Component = "${runtime}"
	return []Entry{
		skew,
		entry("auth/bad-signature", "the signature does not match",
			"the service cannot verify the signature of ${access_key}: the secret key is wrong",
			"The access key exists and its secret is another one, or a proxy changes the request on the way.",
			"InvalidSignatureException or SignatureDoesNotMatch", "auth/clock-skew, auth/invalid-key",
			netpath.FailureSignature,
			"# set the secret access key that belongs to ${access_key}; a proxy must not change signed headers"),
		entry("auth/invalid-key", "the access key or session token is not known",
			"the service does not know the access key ${access_key}",
			"The key was deleted, belongs to another partition, or its session token is missing.",
			"UnrecognizedClientException or InvalidClientTokenId", "auth/expired",
			netpath.FailureUnknownKey,
			"# replace the access key ${access_key}, or supply the session token that belongs to it"),
		entry("auth/expired", "the credentials have expired",
			"the session of ${access_key} has expired; it comes from ${credentials}",
			"Temporary credentials were not renewed: what hands them out, or a copy of them, is stale.",
			"ExpiredTokenException", "auth/clock-skew: there the signature's time is rejected",
			netpath.FailureExpired,
			"# renew the session: restart what hands out the credentials, or sign in again"),
		entry("auth/wrong-region", "the signature is for another Region",
			"the service wants a signature for another Region than ${region}",
			"The client is configured for another Region than the name it calls.",
			"the error says that the credential should be scoped to a valid Region", "runtime/not-found",
			netpath.FailureWrongRegion,
			"# set AWS_REGION to the Region of the runtime"),
		mismatch,
	}
}

// tokens are the faults of bearer tokens.
func tokens() []Entry {
	entry := func(code, title, summary, meaning, live, not string, failure netpath.Failure, fix ...string) Entry {
		return Entry{
			Code: code, Title: title, Severity: netpath.SeverityCritical, Hop: netpath.HopToken,
			Summary: summary, Meaning: meaning, Live: live, Not: not, Fix: fix,
			AWSPage: "Authenticate and authorize with Inbound Auth and Outbound Auth",
			Matches: []Match{{Failure: failure}},
		}
	}
	return []Entry{
		entry("auth/idp-unreachable", "the identity provider gives no usable answer",
			"no token can be had: ${reason}",
			"Discovery document, token endpoint or keys cannot be fetched from here. In an isolated VPC the provider needs a way of its own.",
			"the request for the discovery document, the token or the keys fails", "auth/token-missing, where the provider answers and refuses the client",
			netpath.FailureIDP,
			"# check the discovery URL, and the way from here to the identity provider"),
		entry("auth/token-missing", "there is no bearer token",
			"there is no bearer token to send: ${reason}",
			"The runtime takes bearer tokens. The file or the variable is empty, the identity provider refuses the client, or something on the way drops the Authorization header.",
			"the source holds no token; 401 Missing Authentication Token", "auth/method-mismatch",
			netpath.FailureTokenMissing,
			"# put a token where runtimes[].token of the configuration says, or mend the client's id and secret"),
		entry("auth/token-invalid", "the bearer token is not one that the runtime takes",
			"the runtime ${runtime} does not take the token: ${reason}",
			"Issuer, audience or client are not those of the runtime's authorizerConfiguration, or the signature cannot be verified.",
			"the token's claims against the runtime's authorizer; 401 or 403 with a mismatch of audience or claim", "auth/token-expired",
			netpath.FailureTokenInvalid,
			"# ask the identity provider for a token with the issuer, audience and client that the runtime's authorizerConfiguration names"),
		entry("auth/token-expired", "the bearer token has expired",
			"the token for ${runtime} has expired: ${reason}",
			"A static token was not renewed, or a clock is wrong.",
			"the token's exp; 401 Token has expired", "auth/clock-skew",
			netpath.FailureTokenExpired,
			"# renew the token, or use client-credentials, which renews it"),
	}
}

func denials() []Entry {
	const page = "Troubleshoot access denied error messages"
	entry := func(code, title, layer, meaning, fix string) Entry {
		return Entry{
			Code: code, Title: title, Severity: netpath.SeverityCritical, Hop: netpath.HopIdentityPolicy,
			Component: "${principal}",
			Summary:   "${principal} may not do ${action}: " + layer,
			Meaning:   meaning,
			Live:      "the denial names the layer",
			Not:       "endpoint/policy-denies and policy/resource-denies, which the denial's words tell apart",
			Fix:       []string{fix}, AWSPage: page,
		}
	}
	identity := entry("iam/identity-denies", "the principal's own policy does not allow it", "its identity-based policy does not allow it, or denies it",
		"The role or user that signs lacks the permission. Every other hop up to here works.",
		"# allow ${action} on ${resource} for ${principal}")
	identity.Matches = []Match{{Hop: netpath.HopIdentityPolicy, Failure: netpath.FailureDenied}}
	boundary := entry("iam/boundary-denies", "a permissions boundary does not allow it", "its permissions boundary does not allow it",
		"A boundary caps what the identity's policies can grant.", "# add ${action} to the permissions boundary of ${principal}")
	boundary.Matches = []Match{{Hop: netpath.HopIdentityPolicy, Failure: netpath.FailureDenied, Fact: "layer=permissions-boundary"}}
	scp := entry("iam/scp-denies", "a service control policy does not allow it", "a service control policy of the organization does not allow it",
		"The organization caps what the account may do.", "# ask the organization's administrators to allow ${action}")
	scp.Matches = []Match{{Hop: netpath.HopIdentityPolicy, Failure: netpath.FailureDenied, Fact: "layer=service-control"}}
	rcp := entry("iam/rcp-denies", "a resource control policy denies it", "a resource control policy of the organization denies it",
		"The organization caps who may use the account's resources.", "# ask the organization's administrators to admit ${principal}")
	rcp.Hop = netpath.HopResourcePolicy
	rcp.Matches = []Match{{Hop: netpath.HopResourcePolicy, Failure: netpath.FailureDenied, Fact: "layer=resource-control"}}
	session := entry("iam/session-denies", "the session policy does not allow it", "the policy of its session does not allow it",
		"The session was created with a policy that caps it.", "# create the session of ${principal} with a policy that allows ${action}")
	session.Matches = []Match{{Hop: netpath.HopIdentityPolicy, Failure: netpath.FailureDenied, Fact: "layer=session"}}
	missed := entry("iam/condition-missed-endpoint", "the principal's policy lets it in through the endpoint only", "it may through ${through}, and this call comes another way",
		"A condition of the principal's policies, such as on aws:SourceVpce, holds for calls through the endpoint and not for this one: the permission is there, the way is another one than was meant.",
		"# call through ${through}, or widen the condition on aws:SourceVpce, aws:SourceVpc or aws:VpcSourceIp in the policies of ${principal}")
	missed.Live = "the same principal's same action on the same runtime is let in through the endpoint, and denied by the identity-based policy on the other way"
	missed.Not = "iam/identity-denies, where the permission is missing on every way"
	missed.Explains = []string{"iam/identity-denies"}
	missed.Matches = []Match{{Hop: netpath.HopIdentityPolicy, Failure: netpath.FailureDenied, Fact: "elsewhere=let in"}}
	return []Entry{identity, boundary, scp, rcp, session, missed}
}
