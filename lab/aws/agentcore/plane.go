// Package agentcore is Amazon Bedrock AgentCore's control and data plane as far
// as the lab's worlds need them: runtimes, their endpoints and resource-based
// policies, and invoking. Paths, limits and error names are those of the
// services' API models in the AWS SDK for Go v2.
package agentcore

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// Authorize judges an action on a resource for the caller of a request.
// resourcePolicy is the JSON text of the resource's own policy, "" for none.
// The error is a *wire.Fault for a denial.
type Authorize func(action, resource, resourcePolicy string) error

// Result is what an operation answers with.
type Result struct {
	Status int
	Body   any // nil for none
	Header http.Header
	Stream *http.Response // the agent's answer, passed through instead of Body
}

var (
	runtimeID  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10}$`)
	runtimeARN = regexp.MustCompile(`^arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:runtime/[a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10}$`)
	policyARN  = regexp.MustCompile(`^arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:(runtime|gateway|memory)/[^/]+(/runtime-endpoint/[^/]+)?$`)
)

// segments splits an escaped path and unescapes each segment: an ARN in a path
// has its slashes escaped.
func segments(u *url.URL) ([]string, bool) {
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		var err error
		if parts[i], err = url.PathUnescape(part); err != nil {
			return nil, false
		}
	}
	return parts, true
}

func validation(format string, args ...any) *wire.Fault {
	return wire.Faultf(http.StatusBadRequest, "ValidationException", format, args...)
}

func notFound(format string, args ...any) *wire.Fault {
	return wire.Faultf(http.StatusNotFound, "ResourceNotFoundException", format, args...)
}

// unknown answers a path that no operation has.
func unknown() *wire.Fault {
	return wire.Faultf(http.StatusNotFound, "UnknownOperationException", "")
}

// policyOf returns the text of a resource's policy, "" for none.
func policyOf(doc tree.Object, arn string) string {
	entry, _ := tree.Find(doc, "resourcePolicies", "resourceArn", arn)
	return tree.Text(entry, "policy")
}
