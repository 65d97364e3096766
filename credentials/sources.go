package credentials

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/agentcore-probe/probe/metadata"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/tcp"
	"github.com/agentcore-probe/probe/probes/token"
)

const maxFile = 64 << 10 // bytes of a token's file

// instanceFault says what is wrong with the instance's credentials, nil where
// nothing is.
func (c *Chain) instanceFault(ctx context.Context) *Error {
	if c.env["AWS_EC2_METADATA_DISABLED"] == "true" {
		return c.fault(netpath.FailureNoCredentials, "AWS_EC2_METADATA_DISABLED is true, and there is no other source", "tried", c.triedBut("AWS_EC2_METADATA_DISABLED is true"))
	}
	found := c.instance().Ask(ctx)
	switch {
	case found.Standing == metadata.Silent && !c.origin.asked:
		return c.fault(netpath.FailureNoCredentials, "no source of credentials is configured, and nothing answers at 169.254.169.254",
			"tried", c.triedBut("nothing answers at 169.254.169.254 (instance metadata): "+found.Detail))
	case found.Standing != metadata.Answers:
		return c.fault(netpath.FailureMetadata, found.Detail, "cause", string(found.Standing), "service", "instance metadata service",
			"address", instanceAddress, "remedy", remedies[found.Standing])
	}
	role, status, err := c.instance().Get(ctx, found, rolePath)
	switch {
	case err != nil:
		return c.fault(netpath.FailureMetadata, tcp.Describe(tcp.Classify(err), err, localLimit), "service", "instance metadata service",
			"address", instanceAddress, "remedy", remedies[metadata.Silent])
	case role == "":
		name, _, _ := c.instance().Get(ctx, found, "meta-data/instance-id") // without it the finding names the service
		return c.fault(netpath.FailureNoRole, "status "+strconv.Itoa(status)+" for its role", "instance", cmp.Or(name, instanceAddress))
	}
	body, status, err := c.instance().Get(ctx, found, rolePath+firstLine(role))
	var keys struct{ Code, Message string }
	if err == nil && json.Unmarshal([]byte(body), &keys) == nil && keys.Code == "Success" {
		return nil
	}
	reason := escape.Line(strings.TrimSpace("status "+strconv.Itoa(status)+" "+keys.Code+" "+keys.Message), maxText)
	return c.fault(netpath.FailureSourceRefuses, reason, "service", "the instance metadata service", "address", instanceAddress)
}

const instanceAddress = "169.254.169.254"

const rolePath = "meta-data/iam/security-credentials/"

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// remedies is what to do, by what was seen.
var remedies = map[metadata.Standing]string{
	metadata.HopLimit: "raise the hop limit to 2: aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --instance-id …",
	metadata.Off:      "turn the service on: aws ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id …",
	metadata.Refused:  "let the probe's pod out to it in the Kubernetes NetworkPolicy or host firewall, or give the probe another source",
	metadata.Silent:   "let the probe's pod out to it in the Kubernetes NetworkPolicy or host firewall, or give the probe another source",
	metadata.Odd:      "something else answers at this address: look for a proxy for metadata, such as kube2iam",
}

// containerFault says what is wrong with the credentials that a container's
// variables name, nil where nothing is.
func (c *Chain) containerFault(ctx context.Context) *Error {
	const variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
	authorization := c.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
	if file := c.env[variable]; file != "" {
		text, failed := c.readToken(file, variable)
		if failed == nil && strings.Count(text, ".") == 2 {
			_, failed = c.identityToken(file, variable)
		}
		if failed != nil {
			return failed
		}
		authorization = text
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.origin.url, http.NoBody)
	if err != nil || !local(c.origin.url) {
		return nil // what the SDK says is all there is
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := metadata.Client().Do(request)
	if err != nil {
		failure := tcp.Classify(err)
		standing := metadata.Silent
		if failure == netpath.FailureRefused || failure == netpath.FailureRejected {
			standing = metadata.Refused
		}
		return c.fault(netpath.FailureMetadata, tcp.Describe(failure, err, localLimit), "cause", string(standing),
			"service", "container credential service", "address", hostOf(c.origin.url), "remedy", remedies[standing])
	}
	defer response.Body.Close() //nolint:errcheck // read, not written
	if response.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxText)) // as much as came
	reason := escape.Line(strings.TrimSpace("status "+strconv.Itoa(response.StatusCode)+" "+hidden(string(body), authorization)), maxText)
	return c.fault(netpath.FailureSourceRefuses, reason, "service", c.origin.words, "address", hostOf(c.origin.url))
}

// hidden takes a secret out of a text that may repeat it.
func hidden(text, secret string) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, "[hidden]")
}

// readToken reads the file of a service account's token.
func (c *Chain) readToken(file, setting string) (string, *Error) {
	missing := func(reason string) *Error {
		return c.fault(netpath.FailureIdentityFile, file+": "+reason, "file", file, "setting", setting, "reason", reason)
	}
	f, err := os.Open(file)
	if err != nil {
		return "", missing(escape.Line(cause(err), maxText))
	}
	defer f.Close() //nolint:errcheck // opened to be read
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	switch {
	case err != nil:
		return "", missing(escape.Line(cause(err), maxText))
	case strings.TrimSpace(string(text)) == "":
		return "", missing("it is empty")
	}
	return strings.TrimSpace(string(text)), nil
}

// identityToken reads a service account's token and looks at its end. One that
// is no JWT is for its reader to refuse.
func (c *Chain) identityToken(file, setting string) (token.Claims, *Error) {
	text, failed := c.readToken(file, setting)
	if failed != nil {
		return token.Claims{}, failed
	}
	t, err := token.Parse(text)
	if err != nil {
		return token.Claims{}, nil //nolint:nilerr // see above
	}
	ends := t.Claims.Ends()
	if ends.IsZero() || c.now().Before(ends) {
		return t.Claims, nil
	}
	at := ends.UTC().Format(time.RFC3339)
	return t.Claims, c.fault(netpath.FailureIdentityExpired, "the token in "+file+" expired at "+at, "file", file, "setting", setting, "expired_at", at)
}

// cause is an error of the operating system without the file's name.
func cause(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		return text[i+2:]
	}
	return text
}

// tried lists the sources in the order in which they are looked for, and what
// was found there.
func (c *Chain) tried(ctx context.Context) string {
	return c.triedBut("instance metadata: " + c.instance().Ask(ctx).Detail)
}

// files are the shared files, in the places that the environment names.
func (c *Chain) files() []string {
	return []string{
		cmp.Or(c.env["AWS_SHARED_CREDENTIALS_FILE"], awsconfig.DefaultSharedCredentialsFilename()),
		cmp.Or(c.env["AWS_CONFIG_FILE"], awsconfig.DefaultSharedConfigFilename()),
	}
}

// triedBut is tried with what is known of the last source.
func (c *Chain) triedBut(instance string) string {
	environment := "no AWS_ACCESS_KEY_ID in the environment"
	if c.env["AWS_ACCESS_KEY_ID"] != "" {
		environment = "AWS_ACCESS_KEY_ID in the environment without AWS_SECRET_ACCESS_KEY"
	} else if c.env["AWS_SECRET_ACCESS_KEY"] != "" {
		environment = "AWS_SECRET_ACCESS_KEY in the environment without AWS_ACCESS_KEY_ID"
	}
	profile := cmp.Or(c.env["AWS_PROFILE"], "default")
	return strings.Join([]string{
		environment, "no AWS_WEB_IDENTITY_TOKEN_FILE", "no keys in profile " + profile + " of " + fileList(c.files()),
		"no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI", instance,
	}, "; ")
}
