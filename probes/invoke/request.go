package invoke

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/httpbinding"

	"github.com/agentcore-probe/probe/credentials"
	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/answer"
	"github.com/agentcore-probe/probe/probes/roundtrip"
)

// signingName is the service's in a credential scope, for both planes.
const signingName = "bedrock-agentcore"

const sessionHeader = "X-Amzn-Bedrock-Agentcore-Runtime-Session-Id"

// call is one request: POST /runtimes/{arn}/{operation}?qualifier=…
// ("InvokeAgentRuntime", "StopRuntimeSession", AgentCore API Reference).
type call struct {
	arn, qualifier, operation string
	session, body             string
	unsigned                  bool
	broken                    bool // with the token that nobody may take
}

// reply is an answer taken apart.
type reply struct {
	status  int
	failure netpath.Failure
	facts   netpath.Facts
	detail  string
	took    time.Duration
	broken  bool // no HTTP answer came
}

// line is the connection that the calls go over, one after the other.
type line struct {
	invoker Invoker
	target  Target
	conn    net.Conn // nil: to be opened
	own     net.Conn // opened here, to be closed here
	open    Open
	steps   []netpath.Step
	answers tally
}

func (l *line) close() {
	if l.own != nil {
		_ = l.own.Close()
	}
}

// connect opens the line again where the last answer ended it.
func (l *line) connect(ctx context.Context) bool {
	if l.conn != nil {
		return true
	}
	if l.open == nil {
		return false
	}
	l.close()
	conn, steps := l.open(ctx)
	l.steps = append(l.steps, steps...)
	l.conn, l.own = conn, conn
	return conn != nil
}

func (l *line) send(ctx context.Context, c call) reply {
	if !l.connect(ctx) {
		return l.unopened()
	}
	request, err := l.request(ctx, c)
	if err != nil {
		return reply{failure: netpath.FailureOther, detail: "the request could not be built", facts: netpath.Facts{}, broken: true}
	}
	got, step := roundtrip.Do(ctx, l.conn, request, l.invoker.Limit)
	received := l.invoker.Now()
	if !got.Keep {
		l.conn = nil
	}
	hidden := l.secrets(request)
	out := read(got, step, hidden)
	if skew, ok := answer.Skew(got.Header, received); ok {
		out.facts["skew_seconds"] = strconv.Itoa(int(skew.Seconds()))
	}
	out.facts["exercised"] = l.exercised(c)
	step.Failure, step.Detail = out.failure, out.detail
	l.steps = append(l.steps, step)
	return out
}

func (l *line) unopened() reply {
	r := reply{failure: netpath.FailureClosed, detail: "the connection ended and another one could not be opened", facts: netpath.Facts{}, broken: true}
	if n := len(l.steps); n > 0 && l.steps[n-1].Failure != "" {
		r.failure, r.detail = l.steps[n-1].Failure, l.steps[n-1].Detail
	}
	return r
}

func (l *line) exercised(c call) string {
	if c.operation == metadata {
		return metadataAction + " on " + c.arn
	}
	if c.unsigned {
		return "nothing: the request was not signed"
	}
	if c.operation == "stopruntimesession" {
		return "bedrock-agentcore:StopRuntimeSession on " + c.arn
	}
	return Action + " on " + c.arn
}

func (l *line) request(ctx context.Context, c call) (*http.Request, error) {
	method, body := http.MethodPost, c.body
	if body == "" {
		body = "{}"
	}
	if c.operation == metadata {
		method, body = http.MethodGet, ""
	}
	request, err := http.NewRequestWithContext(ctx, method, "https://"+l.target.Name, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.URL.Path = "/runtimes/" + c.arn + "/" + c.operation
	request.URL.RawPath = "/runtimes/" + httpbinding.EscapePath(c.arn, true) + "/" + c.operation
	request.URL.RawQuery = url.Values{"qualifier": {c.qualifier}}.Encode()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	if c.session != "" {
		request.Header.Set(sessionHeader, c.session)
	}
	switch {
	case c.unsigned:
		return request, nil
	case c.broken:
		request.Header.Set("Authorization", "Bearer "+l.invoker.Broken)
		return request, nil
	case l.target.Bearer:
		request.Header.Set("Authorization", "Bearer "+l.invoker.Token)
		return request, nil
	}
	return request, credentials.Sign(ctx, l.invoker.Credentials, request, body, signingName, l.invoker.Region, l.invoker.Now())
}

// secrets are the texts that must never come back in a result, whoever
// repeats them.
func (l *line) secrets(request *http.Request) []string {
	all := []string{
		l.invoker.Credentials.SecretAccessKey, l.invoker.Credentials.SessionToken, l.invoker.Credentials.AccessKeyID,
		request.Header.Get("Authorization"), l.invoker.Token, l.invoker.Broken,
	}
	if _, signature, ok := strings.Cut(request.Header.Get("Authorization"), "Signature="); ok {
		all = append(all, signature)
	}
	return all
}

func hide(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[hidden]")
		}
	}
	return text
}

func read(got roundtrip.Reply, step netpath.Step, secrets []string) reply {
	out := reply{status: got.Status, took: step.Duration, facts: netpath.Facts{}}
	if got.Status == 0 || step.Failure != "" && got.Status/100 == 2 {
		out.broken, out.failure, out.detail = true, step.Failure, step.Detail
		return out
	}
	header := got.Header.Clone()
	for _, values := range header {
		for i := range values {
			values[i] = hide(values[i], secrets)
		}
	}
	a := answer.Read(got.Status, header, []byte(hide(string(got.Body), secrets)))
	if got.Status/100 == 2 {
		a.Type, a.Message = "", "" // the body is the agent's own
	}
	out.failure, out.facts = answer.Classify(got.Status, a.Type, a.Message)
	for key, value := range out.facts {
		out.facts[key] = hide(value, secrets)
	}
	out.facts["http_status"] = strconv.Itoa(got.Status)
	if a.RequestID != "" {
		out.facts["request_id"] = hide(a.RequestID, secrets)
	}
	out.detail = worded(out)
	return out
}

func worded(r reply) string {
	text := "HTTP status " + strconv.Itoa(r.status)
	if name := r.facts["aws_error"]; name != "" {
		text += ", " + name
	}
	if message := r.facts["message"]; message != "" {
		text += ": " + message
	}
	return text
}

// controlARN names a runtime of the same account that does not exist.
func controlARN(arn string) string {
	fields := strings.SplitN(arn, ":", 6)
	fields[len(fields)-1] = ControlRuntime
	return strings.Join(fields, ":")
}

// newSession makes an id of 48 characters; the API wants 33 to 256.
func newSession() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails (crypto/rand)
	return "agentcore-probe-" + hex.EncodeToString(b[:])
}
