package invoke_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/invoke"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	host      = "bedrock-agentcore.us-east-1.amazonaws.com"
	arn       = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-AbCdEf1234"
	principal = "arn:aws:sts::123456789012:assumed-role/probe/i-1"
)

var credentials = aws.Credentials{AccessKeyID: "ASIAEXAMPLEEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/secret", SessionToken: "FwoGZXIvYXdzEXAMPLETOKEN=="}

var now = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

// said is what the service answers to one request.
type said struct {
	status     int
	kind, text string
	body       string
	headers    map[string]string
}

var (
	notFound = said{status: 404, kind: "ResourceNotFoundException", text: "No endpoint or agent found with qualifier 'x'"}
	served   = said{status: 200, body: `{"answer":"pong"}`}
)

func denied(layer, context, resource string) said {
	return said{status: 403, kind: "AccessDeniedException", text: fmt.Sprintf(
		"User: %s is not authorized to perform: %s on resource: %s %s", principal, invoke.Action, resource, fmt.Sprintf(context, layer))}
}

const (
	implicit = "because no %s policy allows the " + invoke.Action + " action"
	explicit = "with an explicit deny in a %s policy"
)

// front is the service: it answers by what is asked for.
type front struct {
	onReal, onControl, onStop said
	mu                        sync.Mutex
	requests                  []*http.Request
	bodies                    []string
	conns                     int
	hold                      chan struct{} // where set, the real runtime answers once it is closed
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.requests, f.bodies = append(f.requests, r), append(f.bodies, string(body))
	f.mu.Unlock()
	answer := f.onReal
	switch {
	case strings.HasSuffix(r.URL.Path, "/stopruntimesession"):
		answer = f.onStop
	case !strings.Contains(r.URL.Path, arn):
		answer = f.onControl
	}
	if f.hold != nil && strings.HasSuffix(r.URL.Path, "/invocations") {
		<-f.hold
	}
	w.Header().Set("Date", now.Format(http.TimeFormat))
	w.Header().Set("X-Amzn-Requestid", "id-1")
	for key, value := range answer.headers {
		w.Header().Set(key, value)
	}
	if answer.kind != "" {
		w.Header().Set("X-Amzn-Errortype", answer.kind)
		answer.body = fmt.Sprintf(`{"message":%q}`, answer.text)
	}
	w.WriteHeader(answer.status)
	io.WriteString(w, answer.body)
}

// run calls the front at a level, over plain TCP: TLS is another package's.
func (f *front) run(t *testing.T, i invoke.Invoker, target invoke.Target) invoke.Result {
	t.Helper()
	at := f.listenOnce(t)
	open := func(ctx context.Context) (net.Conn, []netpath.Step) {
		f.conns++
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
		if err != nil {
			t.Error(err)
			return nil, nil
		}
		return conn, nil
	}
	conn, _ := open(t.Context())
	defer conn.Close()
	return i.Run(t.Context(), conn, open, target)
}

func invoker(level invoke.Level) invoke.Invoker {
	return invoke.Invoker{
		Credentials: credentials, Region: "us-east-1", Level: level, Payload: `{"prompt":"ping"}`,
		Limit: time.Second, Now: func() time.Time { return now },
	}
}

func target() invoke.Target {
	return invoke.Target{Name: host, RuntimeARN: arn, Qualifier: "DEFAULT", Private: true}
}

// ladder words a result briefly: "signature pass, resource-policy fail access_denied".
func ladder(r invoke.Result) string {
	var out []string
	hops := r.Hops()
	for _, name := range []netpath.HopName{
		netpath.HopSignature, netpath.HopIdentityPolicy, netpath.HopEndpointPolicy, netpath.HopResourcePolicy, netpath.HopRuntime,
	} {
		if e, ok := hops[name]; ok {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", name, e.Status, e.Failure)))
		}
	}
	return strings.Join(out, ", ")
}

// listenOnce serves the front and returns its address.
func (f *front) listenOnce(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: f, ReadHeaderTimeout: time.Second}
	var group sync.WaitGroup
	group.Go(func() { server.Serve(l) })
	t.Cleanup(func() { server.Close(); group.Wait() })
	return l.Addr().String()
}
