package inventory_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/inventory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	theKey    = "AKIAIOSFODNN7EXAMPLE"
	theSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	theToken  = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"
)

// fakeAWS answers over HTTP with the canned answers of testdata/wire, which
// are shaped after the examples of the Amazon EC2, Amazon RDS, AWS STS and
// Amazon Bedrock AgentCore control plane API references.
type fakeAWS struct {
	*httptest.Server
	mu        sync.Mutex
	calls     map[string]int
	overrides map[string]http.HandlerFunc // by operation
}

func newFakeAWS(t *testing.T) *fakeAWS {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") || strings.HasSuffix(strings.ToLower(name), "_proxy") {
			t.Setenv(name, "")
		}
	}
	f := &fakeAWS{calls: map[string]int{}, overrides: map[string]http.HandlerFunc{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeAWS) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	form, _ := url.ParseQuery(string(body))
	operation := operationOf(r, form)
	f.mu.Lock()
	f.calls[operation]++
	answer := f.overrides[operation]
	f.mu.Unlock()
	if answer == nil {
		answer = canned(operation, form.Get("Attribute"))
	}
	answer(w, r)
}

func operationOf(r *http.Request, form url.Values) string {
	if action := form.Get("Action"); action != "" {
		return action
	}
	switch parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); {
	case parts[0] == "2015-02-01": // Amazon EFS
		return parts[1]
	case parts[0] == "resourcepolicy":
		return "GetResourcePolicy"
	case len(parts) == 1:
		return "ListAgentRuntimes"
	case len(parts) == 2:
		return "GetAgentRuntime"
	case len(parts) == 3:
		return "ListAgentRuntimeEndpoints"
	default:
		return "GetAgentRuntimeEndpoint"
	}
}

func canned(operation, attribute string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		names := []string{operation + ".json", operation + ".xml", operation + "-" + attribute + ".xml"}
		for _, name := range names {
			if data, err := os.ReadFile(filepath.Join("testdata/wire", name)); err == nil {
				w.Header().Set("Content-Type", map[string]string{".json": "application/json", ".xml": "text/xml"}[filepath.Ext(name)])
				w.Write(data)
				return
			}
		}
		http.Error(w, "<Response><Errors><Error><Code>InvalidAction</Code><Message>"+operation+"</Message></Error></Errors></Response>", http.StatusBadRequest)
	}
}

// text answers with a status and a body.
func text(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// ec2Error is an error as "Error codes for the Amazon EC2 API" shapes it.
func ec2Error(status int, code, message string) http.HandlerFunc {
	return text(status, "<Response><Errors><Error><Code>"+code+"</Code><Message>"+message+"</Message></Error></Errors><RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>")
}

// restError is an error of the REST-JSON protocol.
func restError(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", code+":http://internal.amazon.com/coral/")
		text(status, `{"message":"`+message+`"}`)(w, nil)
	}
}

// every answers all operations alike.
func (f *fakeAWS) every(answer http.HandlerFunc) {
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.calls["any"]++
		f.mu.Unlock()
		answer(w, r)
	})
}

func (f *fakeAWS) called(operation string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[operation]
}

// source is an inventory source that reads the fake.
func (f *fakeAWS) source() inventory.AWS {
	return inventory.AWS{
		Config: aws.Config{
			Region:       "us-east-1",
			Credentials:  credentials.NewStaticCredentialsProvider(theKey, theSecret, theToken),
			BaseEndpoint: aws.String(f.URL),
			Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
		},
		HTTPClient: f.Client(),
		Local:      []netip.Addr{netip.MustParseAddr("10.0.1.20")},
	}
}

func (f *fakeAWS) collect(t *testing.T, change func(*inventory.AWS)) inventory.Snapshot {
	t.Helper()
	source := f.source()
	if change != nil {
		change(&source)
	}
	s, err := source.Collect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// eager retries at once.
func eager() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}
