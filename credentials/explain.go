package credentials

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"strings"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/answer"
	"github.com/agentcore-probe/probe/probes/escape"
	"github.com/agentcore-probe/probe/probes/tcp"
)

const maxText = 300 // bytes of a foreign text

// fault makes an Error with facts as pairs of a name and a value.
func (c *Chain) fault(failure netpath.Failure, text string, facts ...string) *Error {
	e := &Error{Failure: failure, Text: text, Facts: netpath.Facts{"reason": text}}
	for name, value := range map[string]string{"credentials": c.origin.words, "role": c.origin.role} {
		if value != "" {
			e.Facts[name] = value
		}
	}
	for i := 0; i+1 < len(facts); i += 2 {
		if facts[i+1] != "" {
			e.Facts[facts[i]] = facts[i+1]
		}
	}
	return e
}

// explain says why the SDK has found no credentials. What hands out the first
// keys is asked once more, by itself; where that works it is STS.
func (c *Chain) explain(ctx context.Context, err error, limit time.Duration) *Error {
	var found *Error
	switch c.origin.kind {
	case kindInstance:
		found = c.instanceFault(ctx)
	case kindContainer:
		found = c.containerFault(ctx)
	case kindWebIdentity:
		_, found = c.identityToken(c.origin.file, c.origin.setting)
	}
	switch {
	case found != nil:
		return found
	case c.origin.role != "":
		return c.stsFault(err, limit)
	}
	return c.fault(netpath.FailureNoCredentials, escape.Line(err.Error(), maxText), "tried", c.tried(ctx))
}

// stsFault says what is wrong with assuming the role.
func (c *Chain) stsFault(err error, limit time.Duration) *Error {
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) {
		failure := tcp.Classify(err)
		reason := tcp.Describe(failure, err, limit)
		var name *net.DNSError
		if errors.As(err, &name) {
			reason = escape.Line(name.Error(), maxText)
		}
		return c.fault(netpath.FailureSTS, reason)
	}
	failure, facts := answer.Classify(response.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage())
	text := escape.Line(api.ErrorCode()+": "+api.ErrorMessage(), maxText)
	switch code := api.ErrorCode(); {
	case code == "InvalidIdentityToken" || code == "IDPRejectedClaim" || code == "IDPCommunicationError":
		failure = netpath.FailureIdentityRefused
	case code == "ExpiredTokenException" && c.origin.kind == kindWebIdentity:
		failure = netpath.FailureIdentityExpired
	case failure == netpath.FailureDenied:
		failure = netpath.FailureAssumeRole
		facts["layer_words"] = layerWords(facts)
	}
	e := c.fault(failure, text, "access_key", c.origin.key, "file", c.origin.file, "principal", c.subject())
	maps.Copy(e.Facts, facts)
	return e
}

// layerWords name the policy that a denial names. AWS names none where a role's
// trust policy is what denies.
func layerWords(facts netpath.Facts) string {
	if facts["layer"] == "" {
		return "the role's trust policy does not let it, or there is no such role"
	}
	return "its " + facts["layer"] + " policy does not allow it"
}

// subject is whom a service account's token is about, "" where there is none.
func (c *Chain) subject() string {
	if c.origin.kind != kindWebIdentity {
		return ""
	}
	t, _ := c.identityToken(c.origin.file, c.origin.setting)
	return t.Subject
}

// misconfigured says what is wrong where the SDK cannot even begin.
func (c *Chain) misconfigured(err error) *Error {
	text := escape.Line(strings.Join(strings.Fields(err.Error()), " "), maxText)
	profile := cmp.Or(c.env["AWS_PROFILE"], "default")
	e := c.fault(netpath.FailureSourceInvalid, text, "source", "profile "+profile, "profile", profile)
	var missing awsconfig.SharedConfigProfileNotExistError
	var role awsconfig.SharedConfigAssumeRoleError
	var file awsconfig.SharedConfigLoadError
	switch {
	case errors.As(err, &role):
		e.Facts["role"] = role.RoleARN
		if errors.As(role.Err, &missing) {
			e.Facts["reason"] = "the source_profile " + missing.Profile + " is not in " + fileList(c.files())
		}
	case errors.As(err, &missing):
		e.Failure = netpath.FailureProfile
		e.Facts["profile"], e.Facts["file"] = missing.Profile, fileList(c.files())
		e.Text = fmt.Sprintf("there is no profile %s in %s", missing.Profile, e.Facts["file"])
		e.Facts["reason"] = e.Text
	case errors.As(err, &file):
		e.Facts["file"], e.Facts["source"] = file.Filename, file.Filename
	}
	return e
}

// fileList names files in words: those that are not there are said to be so.
func fileList(files []string) string {
	named := make([]string, len(files))
	for i, name := range files {
		named[i] = name
		if _, err := os.Stat(name); err != nil {
			named[i] += " (not there)"
		}
	}
	return strings.Join(named, " or ")
}
