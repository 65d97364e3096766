package proposal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agentcore-probe/probe/vpc"
)

// IsPolicy reports whether a file holds a policy document rather than
// operations: an object.
func IsPolicy(data []byte) bool {
	text := bytes.TrimSpace(data)
	return len(text) > 0 && text[0] == '{'
}

// ReadPolicy reads a policy document that is to take the place of a resource's:
// of an interface or gateway endpoint, by its id, or of a runtime or runtime
// endpoint, by its ARN. Where resource is "" its statements say whose it is.
func ReadPolicy(name, resource string, data []byte) (Change, error) {
	var document struct{ Statement json.RawMessage }
	err := json.Unmarshal(data, &document)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
		return Change{}, &vpc.DocumentError{Name: name, Line: line, Err: fmt.Errorf("not JSON: %w", err)}
	case err != nil:
		return Change{}, &vpc.DocumentError{Name: name, Line: 1, Err: err}
	case document.Statement == nil:
		return Change{}, &vpc.DocumentError{Name: name, Line: 1, Field: "Statement", Err: errors.New("is missing: want a policy document, or a list of RFC 6902 operations")}
	}
	return Change{name: name, policy: string(data), resource: resource}, nil
}

// attach gives the policy to its resource.
func (c Change) attach(n *vpc.Network) (Result, error) {
	resource := c.resource
	if resource == "" {
		var err error
		if resource, err = c.owner(n); err != nil {
			return Result{}, err
		}
	}
	after := *n
	if i := slices.IndexFunc(n.Endpoints, func(e vpc.Endpoint) bool { return e.VpcEndpointID == resource }); i >= 0 {
		after.Endpoints = slices.Clone(n.Endpoints)
		after.Endpoints[i].PolicyDocument = c.policy
		return Result{Network: &after}, nil
	}
	after.ResourcePolicies = slices.Clone(n.ResourcePolicies)
	i := slices.IndexFunc(n.ResourcePolicies, func(p vpc.ResourcePolicy) bool { return p.ResourceARN == resource })
	switch {
	case i >= 0:
		after.ResourcePolicies[i].Policy = c.policy
	case slices.Contains(runtimes(n), resource):
		after.ResourcePolicies = append(after.ResourcePolicies, vpc.ResourcePolicy{ResourceARN: resource, Policy: c.policy})
	default:
		return Result{}, &vpc.DocumentError{Name: c.name, Err: fmt.Errorf("%s is no VPC endpoint, runtime or runtime endpoint in the inventory", resource)}
	}
	return Result{Network: &after}, nil
}

// owner is the one runtime or runtime endpoint that the policy's statements name.
func (c Change) owner(n *vpc.Network) (string, error) {
	var document any
	if err := json.Unmarshal([]byte(c.policy), &document); err != nil {
		return "", err
	}
	statements := document.(map[string]any)["Statement"] // ReadPolicy has seen that it is one
	var named []string
	for _, statement := range listed(statements) {
		fields, _ := statement.(map[string]any)
		for _, resource := range listed(fields["Resource"]) {
			if arn, _ := resource.(string); slices.Contains(runtimes(n), arn) {
				named = append(named, arn)
			}
		}
	}
	slices.Sort(named)
	named = slices.Compact(named)
	if len(named) == 1 {
		return named[0], nil
	}
	what := "none of the runtimes"
	if len(named) > 1 {
		what = strings.Join(named, " and ")
	}
	return "", &vpc.DocumentError{Name: c.name, Field: "Statement", Err: fmt.Errorf("whose policy is it? its statements name %s", what)}
}

// listed is a value that may stand for a list of one (IAM's grammar of policies).
func listed(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// runtimes are the ARNs of what can have a resource policy.
func runtimes(n *vpc.Network) []string {
	var all []string
	for i := range n.Runtimes {
		all = append(all, n.Runtimes[i].ARN)
	}
	for i := range n.RuntimeEndpoints {
		all = append(all, n.RuntimeEndpoints[i].ARN)
	}
	return all
}
