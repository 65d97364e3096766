package agentcore

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/lab/aws/iam"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

// Control is the control plane, bedrock-agentcore-control.
type Control struct {
	Store           tree.Store
	Region, Account string
}

// call is a request that has found its operation.
type call struct {
	doc       tree.Object
	query     url.Values
	body      []byte
	id, name  string // runtime and endpoint, or the resource of a policy in id
	authorize Authorize
}

// Operation returns the operation that a request is for, "" for none.
func (Control) Operation(r *http.Request) string {
	name, _, _, _ := route(r)
	return name
}

func route(r *http.Request) (operation string, do func(Control, call) (Result, error), id, name string) {
	parts, ok := segments(r.URL)
	if !ok {
		return "", nil, "", ""
	}
	pattern := r.Method + " " + parts[0]
	if len(parts) > 1 {
		id, pattern = parts[1], pattern+"/{}"
	}
	if len(parts) > 2 {
		pattern += "/" + parts[2]
	}
	if len(parts) > 3 {
		name, pattern = parts[3], pattern+strings.Repeat("/{}", len(parts)-3)
	}
	switch pattern {
	case "POST runtimes":
		return "ListAgentRuntimes", Control.listRuntimes, id, name
	case "GET runtimes/{}":
		return "GetAgentRuntime", Control.getRuntime, id, name
	case "POST runtimes/{}/runtime-endpoints":
		return "ListAgentRuntimeEndpoints", Control.listEndpoints, id, name
	case "GET runtimes/{}/runtime-endpoints/{}":
		return "GetAgentRuntimeEndpoint", Control.getEndpoint, id, name
	case "GET resourcepolicy/{}":
		return "GetResourcePolicy", Control.getPolicy, id, name
	case "PUT resourcepolicy/{}":
		return "PutResourcePolicy", Control.putPolicy, id, name
	case "DELETE resourcepolicy/{}":
		return "DeleteResourcePolicy", Control.deletePolicy, id, name
	}
	return "", nil, "", ""
}

// Do carries out a request. The error is a *wire.Fault for what the caller did
// wrong.
func (c Control) Do(r *http.Request, body []byte, authorize Authorize) (Result, error) {
	_, do, id, name := route(r)
	if do == nil {
		return Result{}, unknown()
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Result{}, validation("The query string is malformed.")
	}
	doc, err := c.Store.Read()
	if err != nil {
		return Result{}, err
	}
	return do(c, call{doc: doc, query: query, body: body, id: id, name: name, authorize: authorize})
}

func (c Control) arn(id string) string {
	return "arn:aws:bedrock-agentcore:" + c.Region + ":" + c.Account + ":runtime/" + id
}

// summary holds the members of GetAgentRuntime that ListAgentRuntimes has too.
var summary = []string{"agentRuntimeArn", "agentRuntimeId", "agentRuntimeName", "agentRuntimeVersion", "description", "lastUpdatedAt", "status"}

func (c Control) listRuntimes(k call) (Result, error) {
	if err := k.authorize("bedrock-agentcore:ListAgentRuntimes", "*", ""); err != nil {
		return Result{}, err
	}
	runtimes := tree.Objects(k.doc, "agentRuntimes")
	for i, runtime := range runtimes {
		runtimes[i] = maps.Clone(runtime)
		maps.DeleteFunc(runtimes[i], func(member string, _ any) bool { return !slices.Contains(summary, member) })
	}
	return page(runtimes, "agentRuntimeArn", "agentRuntimes", k.query)
}

func (c Control) listEndpoints(k call) (Result, error) {
	if err := k.authorize("bedrock-agentcore:ListAgentRuntimeEndpoints", c.arn(k.id), ""); err != nil {
		return Result{}, err
	}
	if _, err := c.find(k); err != nil {
		return Result{}, err
	}
	endpoints := slices.DeleteFunc(tree.Objects(k.doc, "agentRuntimeEndpoints"), func(e tree.Object) bool {
		return tree.Text(e, "agentRuntimeArn") != c.arn(k.id)
	})
	return page(endpoints, "agentRuntimeEndpointArn", "runtimeEndpoints", k.query)
}

func (c Control) getRuntime(k call) (Result, error) {
	if err := k.authorize("bedrock-agentcore:GetAgentRuntime", c.arn(k.id), ""); err != nil {
		return Result{}, err
	}
	runtime, err := c.find(k)
	if version := k.query.Get("version"); err == nil && version != "" && version != tree.Text(runtime, "agentRuntimeVersion") {
		err = notFound("Agent runtime %s has no version %s", k.id, version)
	}
	return Result{Status: http.StatusOK, Body: runtime}, err
}

func (c Control) find(k call) (tree.Object, error) {
	if !runtimeID.MatchString(k.id) {
		return nil, validation("1 validation error detected: Value '%s' at 'agentRuntimeId' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: [a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10}", k.id)
	}
	runtime, ok := tree.Find(k.doc, "agentRuntimes", "agentRuntimeId", k.id)
	if !ok {
		return nil, notFound("Agent runtime with ID %s was not found", k.id)
	}
	return runtime, nil
}

func (c Control) getEndpoint(k call) (Result, error) {
	arn := c.arn(k.id) + "/runtime-endpoint/" + k.name
	if err := k.authorize("bedrock-agentcore:GetAgentRuntimeEndpoint", arn, ""); err != nil {
		return Result{}, err
	}
	if _, err := c.find(k); err != nil {
		return Result{}, err
	}
	endpoint, ok := endpointOf(k.doc, c.arn(k.id), k.name)
	if !ok {
		return Result{}, notFound("Agent runtime endpoint %s of %s was not found", k.name, k.id)
	}
	return Result{Status: http.StatusOK, Body: endpoint}, nil
}

func endpointOf(doc tree.Object, arn, name string) (tree.Object, bool) {
	for _, e := range tree.Objects(doc, "agentRuntimeEndpoints") {
		if tree.Text(e, "agentRuntimeArn") == arn && tree.Text(e, "name") == name {
			return e, true
		}
	}
	return nil, false
}

// resource checks that a policy's resource is well-formed and there.
func (c Control) resource(k call, action string) error {
	if err := k.authorize("bedrock-agentcore:"+action, k.id, ""); err != nil {
		return err
	}
	if !policyARN.MatchString(k.id) {
		return validation("1 validation error detected: Value '%s' at 'resourceArn' failed to satisfy constraint: Member must be an ARN of Amazon Bedrock AgentCore", k.id)
	}
	arn, endpoint, isEndpoint := strings.Cut(k.id, "/runtime-endpoint/")
	_, ok := tree.Find(k.doc, "agentRuntimes", "agentRuntimeArn", arn)
	if ok && isEndpoint {
		_, ok = endpointOf(k.doc, arn, endpoint)
	}
	if !ok {
		return notFound("Resource %s was not found", k.id)
	}
	return nil
}

// getPolicy: what AWS answers for a resource without a policy is not known. A
// world with an entry and an empty policy answers an empty result, one without
// an entry ResourceNotFoundException.
func (c Control) getPolicy(k call) (Result, error) {
	if err := c.resource(k, "GetResourcePolicy"); err != nil {
		return Result{}, err
	}
	entry, ok := tree.Find(k.doc, "resourcePolicies", "resourceArn", k.id)
	text := tree.Text(entry, "policy")
	switch {
	case !ok:
		return Result{}, notFound("No resource policy found for resource %s", k.id)
	case text == "":
		return Result{Status: http.StatusOK, Body: tree.Object{}}, nil
	}
	return Result{Status: http.StatusOK, Body: tree.Object{"policy": text}}, nil
}

func (c Control) putPolicy(k call) (Result, error) {
	if err := c.resource(k, "PutResourcePolicy"); err != nil {
		return Result{}, err
	}
	var input struct{ Policy string }
	if err := json.Unmarshal(k.body, &input); err != nil || input.Policy == "" || len(input.Policy) > 20480 {
		return Result{}, validation("1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length between 1 and 20480")
	}
	if _, err := iam.Parse(input.Policy, iam.KindResource); errors.Is(err, iam.ErrUnsupported) {
		return Result{}, err
	} else if err != nil {
		return Result{}, validation("The resource policy is invalid: %v", err)
	}
	err := c.Store.Change(func(doc tree.Object) error {
		entries := slices.DeleteFunc(tree.Objects(doc, "resourcePolicies"), func(e tree.Object) bool { return tree.Text(e, "resourceArn") == k.id })
		tree.SetObjects(doc, "resourcePolicies", append(entries, tree.Object{"resourceArn": k.id, "policy": input.Policy}))
		return nil
	})
	return Result{Status: http.StatusCreated, Body: tree.Object{"policy": input.Policy}}, err
}

func (c Control) deletePolicy(k call) (Result, error) {
	if err := c.resource(k, "DeleteResourcePolicy"); err != nil {
		return Result{}, err
	}
	if policyOf(k.doc, k.id) == "" {
		return Result{}, notFound("No resource policy found for resource %s", k.id)
	}
	err := c.Store.Change(func(doc tree.Object) error {
		entries := slices.DeleteFunc(tree.Objects(doc, "resourcePolicies"), func(e tree.Object) bool { return tree.Text(e, "resourceArn") == k.id })
		tree.SetObjects(doc, "resourcePolicies", entries)
		return nil
	})
	return Result{Status: http.StatusNoContent}, err
}

// page cuts out what maxResults (1 to 100, 100 by default) and nextToken ask for.
func page(objects []tree.Object, id, key string, query url.Values) (Result, error) {
	size := 100
	if text := query.Get("maxResults"); text != "" {
		var err error
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > 100 {
			return Result{}, validation("1 validation error detected: Value '%s' at 'maxResults' failed to satisfy constraint: Member must have value between 1 and 100", text)
		}
	}
	if token := query.Get("nextToken"); token != "" {
		first, err := base64.RawURLEncoding.DecodeString(token)
		start := slices.IndexFunc(objects, func(o tree.Object) bool { return tree.Text(o, id) == string(first) })
		if err != nil || start < 0 {
			return Result{}, validation("The pagination token is not valid")
		}
		objects = objects[start:]
	}
	body := tree.Object{}
	if len(objects) > size {
		body["nextToken"] = base64.RawURLEncoding.EncodeToString([]byte(tree.Text(objects[size], id)))
		objects = objects[:size]
	}
	tree.SetObjects(body, key, objects)
	return Result{Status: http.StatusOK, Body: body}, nil
}
