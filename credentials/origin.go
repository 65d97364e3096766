package credentials

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/agentcore-probe/probe/metadata"
)

// kind is what hands out the keys that everything starts from.
type kind string

const (
	kindEnvironment kind = "environment"
	kindProfile     kind = "profile"
	kindInstance    kind = "instance"
	kindContainer   kind = "container"
	kindWebIdentity kind = "web-identity"
	kindOther       kind = "other" // a process, IAM Identity Center: the SDK's word is all there is
)

// origin is where credentials come from.
type origin struct {
	kind    kind
	words   string
	asked   bool   // somebody has named this source; false: it is what is left
	profile string // that was chosen
	role    string // ARN that STS hands out a session of; "" for none
	key     string // id of the long-term key that assumes it, where there is one
	url     string // of a container's credentials
	file    string // of a service account's token
	setting string // what names the file
}

// read finds the origin in what the SDK has loaded.
func read(c aws.Config) origin {
	var env awsconfig.EnvConfig
	var shared awsconfig.SharedConfig
	for _, source := range c.ConfigSources {
		switch s := source.(type) {
		case awsconfig.EnvConfig:
			env = s
		case awsconfig.SharedConfig:
			shared = s
		}
	}
	var chain []aws.CredentialSource
	if named, ok := c.Credentials.(aws.CredentialProviderSource); ok {
		chain = named.ProviderSources()
	}
	return originOf(chain, env, shared)
}

// originOf reads the chain of sources that the SDK reports. credential_source =
// Environment is reported as an HTTP source, so that the profile is asked too.
func originOf(chain []aws.CredentialSource, env awsconfig.EnvConfig, shared awsconfig.SharedConfig) origin {
	has := func(s aws.CredentialSource) bool { return slices.Contains(chain, s) }
	deepest := shared
	for deepest.Source != nil {
		deepest = *deepest.Source
	}
	o := origin{profile: shared.Profile}
	switch {
	case has(aws.CredentialSourceEnvVars):
		o = origin{kind: kindEnvironment, words: "the environment", asked: true}
	case has(aws.CredentialSourceEnvVarsSTSWebIDToken):
		o = webIdentity(env.RoleARN, env.WebIdentityTokenFilePath, "AWS_WEB_IDENTITY_TOKEN_FILE")
	case has(aws.CredentialSourceProfileSTSWebIDToken):
		o = webIdentity(deepest.RoleARN, deepest.WebIdentityTokenFile, "web_identity_token_file of profile "+deepest.Profile)
		o.profile = shared.Profile
	case deepest.CredentialSource == "Environment":
		o.kind, o.words, o.asked, o.key = kindEnvironment, "the environment", true, env.Credentials.AccessKeyID
	case has(aws.CredentialSourceProfile):
		o.kind, o.words, o.asked, o.key = kindProfile, "profile "+deepest.Profile, true, deepest.Credentials.AccessKeyID
	case has(aws.CredentialSourceHTTP):
		o = container(env)
		o.profile = shared.Profile
	case has(aws.CredentialSourceIMDS):
		o.kind, o.words, o.asked = kindInstance, "instance metadata at 169.254.169.254", deepest.CredentialSource != ""
	case has(aws.CredentialSourceProfileProcess):
		o.kind, o.words, o.asked = kindOther, "the process of profile "+deepest.Profile, true
	default:
		o.kind, o.words, o.asked = kindOther, "IAM Identity Center, profile "+deepest.Profile, true
	}
	if has(aws.CredentialSourceSTSAssumeRole) || shared.RoleARN != "" && o.role == "" && o.kind != kindEnvironment {
		o.role = shared.RoleARN
		o.words = fmt.Sprintf("profile %s: role %s, assumed with %s", shared.Profile, shared.RoleARN, o.words)
	}
	return o
}

func webIdentity(role, file, setting string) origin {
	return origin{
		kind: kindWebIdentity, asked: true, role: role, file: file, setting: setting,
		words: fmt.Sprintf("web identity: role %s for the token in %s", role, file),
	}
}

// container is what a container's variables name ("Container credential
// provider", AWS SDKs and Tools Reference Guide).
func container(env awsconfig.EnvConfig) origin {
	o := origin{kind: kindContainer, asked: true, url: env.ContainerCredentialsEndpoint}
	if env.ContainerCredentialsRelativePath != "" {
		o.url = "http://169.254.170.2" + env.ContainerCredentialsRelativePath
	}
	host := hostOf(o.url)
	switch host {
	case "169.254.170.2":
		o.words = "the ECS task role at " + host
	case "169.254.170.23", "fd00:ec2::23":
		o.words = "EKS Pod Identity at " + host
	default:
		o.words = "the container's credentials at " + cmp.Or(host, "an unreadable URL")
	}
	return o
}

func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// local reports whether a URL leads to one of the platform's own services.
func local(text string) bool {
	a, err := netip.ParseAddr(hostOf(text))
	return err == nil && metadata.Permitted(a)
}
