package catalogue

import "github.com/agentcore-probe/probe/netpath"

// sources are the faults of what hands out the probe's own credentials. They
// say nothing about a path: what needs no signature is proven all the same.
func sources() []Entry {
	return []Entry{noCredentials(), metadataUnreachable(), noRole(), sourceRefuses(), tokenFile(), webIdentityExpired(), webIdentityRefused(), assumeRole(), noSTS(), noProfile(), sourceInvalid()}
}

// ownCredentials is the part that all of them share.
func ownCredentials(code, title, component string, failure netpath.Failure) Entry {
	return Entry{
		Code: code, Title: title, Severity: netpath.SeverityCritical, Hop: netpath.HopSignature, Component: component,
		AWSPage: "AWS SDKs and Tools standardized credential providers",
		Matches: []Match{{Failure: failure}},
	}
}

func noCredentials() Entry {
	e := ownCredentials("auth/no-credentials", "no credentials were found", "${host}", netpath.FailureNoCredentials)
	e.Summary = "no AWS credentials were found here; tried: ${tried}"
	e.Meaning = "Nothing can be signed: only names, connections and certificates are proven."
	e.Live = "every source of credentials is empty"
	e.Not = "auth/metadata-unreachable: there a source is meant and cannot be reached"
	e.Fix = []string{"# give the probe a role: an ECS task role, EKS Pod Identity, or an instance profile"}
	return e
}

func metadataUnreachable() Entry {
	e := ownCredentials("auth/metadata-unreachable", "the platform's credential service cannot be reached", "${address}", netpath.FailureMetadata)
	e.Summary = "the ${service} at ${address} hands out no credentials: ${reason}"
	e.Meaning = "The machine has credentials and the probe does not get at them: a container is one hop too far for the instance's hop limit, a NetworkPolicy or firewall shuts the address, or the service is turned off."
	e.Live = "a PUT for a token that is never answered while a GET is (hop limit); a refused connection (policy); nothing at all (dropped); 403 (turned off)"
	e.Not = "auth/no-role: there the service answers"
	e.Fix = []string{"# ${remedy}"}
	return e
}

func noRole() Entry {
	e := ownCredentials("auth/no-role", "the instance has no role", "${instance}", netpath.FailureNoRole)
	e.Summary = "the instance ${instance} has no role: its metadata service answers, and names none (${reason})"
	e.Meaning = "The instance was started without an instance profile, or its profile holds no role."
	e.Live = "404 for meta-data/iam/security-credentials/"
	e.Not = "auth/metadata-unreachable"
	e.Fix = []string{"# attach an instance profile with the probe's role to ${instance}: aws ec2 associate-iam-instance-profile"}
	e.AWSPage = "IAM roles for Amazon EC2"
	return e
}

func sourceRefuses() Entry {
	e := ownCredentials("auth/source-refuses", "the credential service gives no credentials", "${address}", netpath.FailureSourceRefuses)
	e.Summary = "${service} answers and gives no credentials: ${reason}"
	e.Meaning = "The service cannot hand out the role: the task has none, the pod's service account has no association, or the role does not trust the service."
	e.Live = "an answer other than 200 from the container's or instance's credential endpoint"
	e.Not = "auth/metadata-unreachable"
	e.Fix = []string{"# check the task's taskRoleArn, or the service account's Pod Identity association, and that the role trusts ecs-tasks.amazonaws.com or pods.eks.amazonaws.com"}
	return e
}

func tokenFile() Entry {
	e := ownCredentials("auth/token-file-missing", "the service account's token cannot be read", "${file}", netpath.FailureIdentityFile)
	e.Summary = "${setting} names ${file}, which cannot be used: ${reason}"
	e.Meaning = "The token is projected into the pod by a webhook. It is missing where the pod was started before the webhook, or under another service account, or where another user may not read it."
	e.Live = "reading the file fails, or it is empty"
	e.Not = "auth/web-identity-expired"
	e.Fix = []string{"# check the pod's serviceAccountName and the projected volume behind ${file}, and start the pod anew"}
	e.AWSPage = "Configure Pods to use a Kubernetes service account"
	return e
}

func webIdentityExpired() Entry {
	e := ownCredentials("auth/web-identity-expired", "the service account's token has expired", "${file}", netpath.FailureIdentityExpired)
	e.Summary = "the service account's token in ${file} has expired: ${reason}"
	e.Meaning = "The kubelet renews the token's file; a copy of it is not renewed, nor is one that a subPath mounts."
	e.Live = "the token's exp; ExpiredTokenException from STS"
	e.Not = "auth/expired: there the session has expired; auth/clock-skew"
	e.Fix = []string{"# mount the projected token itself, not a copy and not by subPath, and start the pod anew"}
	e.AWSPage = "AssumeRoleWithWebIdentity"
	return e
}

func webIdentityRefused() Entry {
	e := ownCredentials("auth/web-identity-refused", "STS does not take the service account's token", "${role}", netpath.FailureIdentityRefused)
	e.Summary = "STS does not take the service account's token for ${role}: ${reason}"
	e.Meaning = "The account has no OpenID provider for the cluster's issuer, or the token is for another audience than the provider's."
	e.Live = "InvalidIdentityToken"
	e.Not = "auth/assume-role-denied: there the token is good and the role does not trust it"
	e.Fix = []string{"# create the IAM OIDC provider of the cluster with audience sts.amazonaws.com, and project the token for that audience"}
	e.AWSPage = "AssumeRoleWithWebIdentity"
	return e
}

func assumeRole() Entry {
	e := ownCredentials("auth/assume-role-denied", "the role may not be assumed", "${role}", netpath.FailureAssumeRole)
	e.Summary = "${principal} may not assume ${role}: ${layer_words}"
	e.Meaning = "The role's trust policy must let the principal assume it; where that names only the account, the principal's own policy must allow sts:AssumeRole on the role as well."
	e.Live = "AccessDenied from STS; it names the layer unless that is the trust policy"
	e.Not = "auth/source-refuses"
	e.Fix = []string{"# let ${principal} assume ${role}: in the role's trust policy, and where that names the account, in the principal's policy"}
	e.AWSPage = "Troubleshoot IAM roles"
	return e
}

func noSTS() Entry {
	e := ownCredentials("auth/sts-unreachable", "STS cannot be reached", "sts.${region}.amazonaws.com", netpath.FailureSTS)
	e.Summary = "the role ${role} cannot be assumed, as STS gives no answer: ${reason}"
	e.Meaning = "Assuming a role needs a way to STS. Without internet access that is an interface endpoint for sts with private DNS, whose security group admits port 443 from the probe."
	e.Live = "the name does not resolve, or no connection comes about"
	e.Not = "auth/assume-role-denied"
	e.Fix = []string{"# make a way from here to sts.${region}.amazonaws.com: an interface endpoint for com.amazonaws.${region}.sts"}
	e.AWSPage = "Using AWS STS interface VPC endpoints"
	return e
}

func noProfile() Entry {
	e := ownCredentials("auth/profile-not-found", "the profile is not in the shared files", "${profile}", netpath.FailureProfile)
	e.Summary = "there is no profile ${profile} in ${file}"
	e.Meaning = "AWS_PROFILE names a profile that neither the config nor the credentials file has."
	e.Live = "the files are read, and have no such section; in config it is called [profile NAME]"
	e.Not = "auth/source-invalid"
	e.Fix = []string{"# set AWS_PROFILE to a profile that is there, or write [profile ${profile}] into the config file"}
	e.AWSPage = "Shared config and credentials files"
	return e
}

func sourceInvalid() Entry {
	e := ownCredentials("auth/source-invalid", "the AWS configuration of this machine cannot be used", "${source}", netpath.FailureSourceInvalid)
	e.Summary = "the AWS configuration here cannot be used: ${reason}"
	e.Meaning = "The shared files or the variables contradict themselves: a profile with half of its keys, a source_profile that is not there, a credential_source that does not exist."
	e.Live = "loading it fails before anything is asked"
	e.Not = "auth/profile-not-found"
	e.Fix = []string{"# mend ${source}: ${reason}"}
	e.AWSPage = "Shared config and credentials files"
	return e
}
