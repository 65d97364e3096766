package agentcore

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/aws/wire"
)

// MaxPayload is the largest payload of an invocation, in bytes ("Quotas for
// Amazon Bedrock AgentCore").
const MaxPayload = 100_000_000

const (
	sessionHeader = "X-Amzn-Bedrock-Agentcore-Runtime-Session-Id"
	userHeader    = "X-Amzn-Bedrock-Agentcore-Runtime-User-Id"
	maxSessions   = 1024
)

// Data is the data plane, bedrock-agentcore.
type Data struct {
	Store tree.Store
	// Agent reaches an agent's container: a request for
	// http://<runtime id>/invocations.
	Agent    http.RoundTripper
	Verifier Verifier      // of bearer tokens; nil knows no provider
	Timeout  time.Duration // of the agent's answer; 0 means a minute

	mu       sync.Mutex
	sessions []string // runtime ARN + " " + session id, the oldest first
}

// invocation is a request to a runtime, taken apart.
type invocation struct {
	request   *http.Request
	body      []byte
	doc       tree.Object
	arn       string // of the runtime
	id        string
	qualifier string
	session   string
	authorize Authorize
}

// Operation returns the operation that a request is for, "" for none.
func (*Data) Operation(r *http.Request) string {
	parts, ok := segments(r.URL)
	switch {
	case ok && r.Method == http.MethodGet && len(parts) == 5 && parts[0] == "runtimes" && strings.Join(parts[2:], "/") == "invocations/.well-known/oauth-protected-resource":
		return metadataOperation
	case !ok || r.Method != http.MethodPost:
		return ""
	case len(parts) == 3 && parts[0] == "runtimes" && parts[2] == "invocations":
		return "InvokeAgentRuntime"
	case len(parts) == 3 && parts[0] == "runtimes" && parts[2] == "stopruntimesession":
		return "StopRuntimeSession"
	case len(parts) == 6 && parts[0] == "memories" && parts[2] == "actor" && parts[4] == "sessions":
		return "ListEvents"
	}
	return ""
}

// Do carries out a request. The error is a *wire.Fault for what the caller did
// wrong.
func (d *Data) Do(r *http.Request, body []byte, authorize Authorize) (Result, error) {
	operation := d.Operation(r)
	if operation == "" {
		return Result{}, unknown()
	}
	doc, err := d.Store.Read()
	if err != nil {
		return Result{}, err
	}
	parts, _ := segments(r.URL)
	if operation == "ListEvents" {
		return listEvents(doc, parts[1], authorize)
	}
	v, err := read(r, body, doc, parts[1])
	if err != nil {
		return Result{}, err
	}
	v.authorize = authorize
	if err := refused(doc); err != nil {
		return Result{}, err
	}
	if operation == metadataOperation {
		authorizer, _ := authorizerOf(r, doc)
		return d.metadata(v, authorizer)
	}
	actions := []string{"bedrock-agentcore:" + operation}
	if operation == "InvokeAgentRuntime" && r.Header.Get(userHeader) != "" {
		actions = append(actions, "bedrock-agentcore:InvokeAgentRuntimeForUser")
	}
	if err := d.check(v, operation, actions); err != nil {
		return Result{}, err
	}
	if operation == "StopRuntimeSession" {
		return d.stop(v)
	}
	return d.invoke(v)
}

// listEvents finds no memory: the lab has none. It is the cheap signed call
// that shows whether a request arrives and passes policies.
func listEvents(doc tree.Object, memory string, authorize Authorize) (Result, error) {
	arn := "arn:aws:bedrock-agentcore:" + tree.Region(doc) + ":" + tree.Account(doc) + ":memory/" + memory
	if err := authorize("bedrock-agentcore:ListEvents", arn, ""); err != nil {
		return Result{}, err
	}
	return Result{}, notFound("Resource not found: memory %s", memory)
}

// read takes a path's runtime: an ARN, or a bare id with the query's accountId.
func read(r *http.Request, body []byte, doc tree.Object, label string) (invocation, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return invocation{}, validation("The query string is malformed.")
	}
	v := invocation{request: r, body: body, doc: doc, arn: label, qualifier: query.Get("qualifier"), session: r.Header.Get(sessionHeader)}
	if runtimeID.MatchString(label) {
		account := query.Get("accountId")
		if account == "" {
			return v, validation("accountId is required when the agent runtime is given by its id")
		}
		v.arn = "arn:aws:bedrock-agentcore:" + tree.Region(doc) + ":" + account + ":runtime/" + label
	}
	if !runtimeARN.MatchString(v.arn) {
		return v, validation("1 validation error detected: Value '%s' at 'agentRuntimeArn' failed to satisfy constraint: Member must be an ARN or an id of an agent runtime", label)
	}
	v.id = v.arn[strings.LastIndex(v.arn, "/")+1:]
	if v.qualifier == "" {
		v.qualifier = "DEFAULT"
	}
	return v, nil
}

// check applies the checks of an invocation. Their order is not documented, so
// that a world may choose it: policies first, or last.
func (d *Data) check(v invocation, operation string, actions []string) error {
	validate := func() error { return v.validate(operation) }
	authorized := func() error { return v.authorized(actions) }
	checks := []func() error{authorized, validate, v.found}
	if authorizeLast(v.doc) {
		checks = []func() error{validate, v.found, authorized}
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// authorizeLast is the knob AuthorizeAfterNotFound of the world's
// bedrock-agentcore services.
func authorizeLast(doc tree.Object) bool {
	return slices.Contains(tree.Values(doc["Lab"], "Hosts.Services.AuthorizeAfterNotFound"), "true")
}

func (v invocation) validate(operation string) error {
	n := len(v.session)
	switch {
	case n == 0 && operation == "StopRuntimeSession":
		return validation("1 validation error detected: Value at 'runtimeSessionId' failed to satisfy constraint: Member must not be null")
	case n > 0 && n < 33:
		return validation("1 validation error detected: Value at 'runtimeSessionId' failed to satisfy constraint: Member must have length greater than or equal to 33")
	case n > 256:
		return validation("1 validation error detected: Value at 'runtimeSessionId' failed to satisfy constraint: Member must have length less than or equal to 256")
	}
	return nil
}

// authorized asks for every action on the runtime and on its endpoint, each
// with its own resource policy ("Resource-based policies for Amazon Bedrock
// AgentCore": both are evaluated).
func (v invocation) authorized(actions []string) error {
	if runtime, ok := tree.Find(v.doc, "agentRuntimes", "agentRuntimeArn", v.arn); ok && runtime["authorizerConfiguration"] != nil && Bearer(v.request) == "" {
		return MethodMismatch()
	}
	for _, action := range actions {
		for _, arn := range []string{v.arn, v.arn + "/runtime-endpoint/" + v.qualifier} {
			if err := v.authorize(action, arn, policyOf(v.doc, arn)); err != nil {
				return err
			}
		}
	}
	return nil
}

// MethodMismatch answers SigV4 for a runtime with OAuth, and the other way
// round.
func MethodMismatch() *wire.Fault {
	return wire.Faultf(http.StatusForbidden, "AccessDeniedException", "Authorization method mismatch. "+
		"The agent is configured for a different authorization method than what was used in your request. "+
		"Check the agent's authorization configuration and ensure your request uses the matching method (OAuth or SigV4)")
}

// found answers for a runtime that is not there as for an endpoint that is not
// there or not yet ready.
func (v invocation) found() error {
	_, known := tree.Find(v.doc, "agentRuntimes", "agentRuntimeArn", v.arn)
	endpoint, ok := endpointOf(v.doc, v.arn, v.qualifier)
	if !known || !ok || tree.Text(endpoint, "status") != "READY" || knob(v.doc, "Refuses", "not-yet") {
		return v.absent()
	}
	return v.enabled()
}

func (v invocation) absent() error {
	return notFound("No endpoint or agent found with qualifier '%s' for agent '%s'", v.qualifier, v.arn)
}

// invoke passes the payload to the agent's container ("HTTP protocol contract":
// POST /invocations) and its answer back.
func (d *Data) invoke(v invocation) (Result, error) {
	if v.session == "" {
		v.session = newSession()
	}
	ctx, cancel := context.WithTimeout(v.request.Context(), d.timeout())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+v.id+"/invocations", bytes.NewReader(v.body))
	if err != nil {
		cancel()
		return Result{}, err
	}
	for _, name := range []string{"Content-Type", "Accept", "Mcp-Session-Id", "X-Amzn-Trace-Id", userHeader} {
		if value := v.request.Header.Get(name); value != "" {
			r.Header.Set(name, value)
		}
	}
	r.Header.Set(sessionHeader, v.session)
	if knob(v.doc, "Container", "crashes") {
		cancel()
		return Result{}, wire.Faultf(http.StatusForbidden, "RuntimeClientError",
			"An error occurred when starting the runtime. Please check your CloudWatch logs for more information.")
	}
	d.remember(v)
	response, err := d.roundTrip(r)
	if err != nil {
		cancel()
		return Result{}, wire.Faultf(http.StatusFailedDependency, "RuntimeClientError",
			"Runtime initialization time exceeded. Please make sure that initialization completes in 30s.")
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		_ = response.Body.Close()
		cancel()
		return Result{}, wire.Faultf(http.StatusFailedDependency, "RuntimeClientError",
			"Received error (%d) from runtime. Please check your CloudWatch logs for more information.", response.StatusCode)
	}
	response.Body = cancelling{response.Body, cancel}
	return Result{Status: http.StatusOK, Header: http.Header{sessionHeader: {v.session}}, Stream: response}, nil
}

func (d *Data) timeout() time.Duration {
	if d.Timeout == 0 {
		return time.Minute
	}
	return d.Timeout
}

func (d *Data) roundTrip(r *http.Request) (*http.Response, error) {
	if d.Agent == nil {
		return nil, http.ErrServerClosed
	}
	return d.Agent.RoundTrip(r)
}

// cancelling ends a request's context with its body.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c cancelling) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

func newSession() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (d *Data) remember(v invocation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := v.arn + " " + v.session
	if slices.Contains(d.sessions, key) {
		return
	}
	if len(d.sessions) == maxSessions {
		d.sessions = slices.Delete(d.sessions, 0, 1)
	}
	d.sessions = append(d.sessions, key)
}

// stop ends a session that an invocation began.
func (d *Data) stop(v invocation) (Result, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.Index(d.sessions, v.arn+" "+v.session)
	if i < 0 {
		return Result{}, notFound("No session %s found for agent '%s'", v.session, v.arn)
	}
	d.sessions = slices.Delete(d.sessions, i, i+1)
	return Result{Status: http.StatusOK, Header: http.Header{sessionHeader: {v.session}}, Body: tree.Object{}}, nil
}
