package aws_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/aws/tree"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	endpoint = "vpce-0d1d2d3d4d5d6d7d8"
	vpc      = "vpc-0a1b2c3d4e5f60718"
	runtime  = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-AbCdEf1234"
	session  = "arn:aws:sts::123456789012:assumed-role/probe/task-1"
	label    = "arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A123456789012%3Aruntime%2Fsupport-AbCdEf1234"
)

var (
	probe    = sdk.Credentials{AccessKeyID: "ASIAPROBEEXAMPLE", SecretAccessKey: "probe-secret", SessionToken: "probe-token"}
	operator = sdk.Credentials{AccessKeyID: "AKIAOPERATOREXAMPLE", SecretAccessKey: "operator-secret"}
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
)

// lab is a set of services over testdata/world.json.
type lab struct {
	*aws.Services
	store *tree.Memory
	now   time.Time
}

func newWorld(t testing.TB, agent http.RoundTripper) *lab {
	t.Helper()
	text, err := os.ReadFile("testdata/world.json")
	if err != nil {
		t.Fatal(err)
	}
	store, err := tree.NewMemory(text)
	if err != nil {
		t.Fatal(err)
	}
	w := &lab{store: store, now: noon}
	w.Services = aws.NewFromStore(store, func() time.Time { return w.now }, agent)
	return w
}

// change alters the world's document.
func (w *lab) change(t testing.TB, f func(doc tree.Object)) {
	t.Helper()
	if err := w.store.Change(func(doc tree.Object) error { f(doc); return nil }); err != nil {
		t.Fatal(err)
	}
}

// request is what a test sends; zero fields are the ordinary case.
type request struct {
	service, method, path, body string
	signer                      sdk.Credentials // zero: unsigned
	region, name                string          // of the credential scope
	skew                        time.Duration
	header                      http.Header
	arrival                     aws.Arrival
	tamper                      func(*http.Request)
}

// answer is what came back.
type answer struct {
	Status int
	Type   string // X-Amzn-ErrorType
	Body   string
	header http.Header
}

func (w *lab) send(t testing.TB, q request) answer {
	t.Helper()
	if q.method == "" {
		q.method = http.MethodPost
	}
	if q.name == "" {
		q.name = strings.TrimSuffix(q.service, "-control")
	}
	if q.region == "" {
		q.region = "us-east-1"
	}
	r := httptest.NewRequest(q.method, "https://"+q.service+".us-east-1.amazonaws.com"+q.path, strings.NewReader(q.body))
	r.RemoteAddr = "192.0.2.10:40000"
	for name, values := range q.header {
		r.Header[name] = values
	}
	if q.path == "/" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	if q.signer.AccessKeyID != "" {
		sum := sha256.Sum256([]byte(q.body))
		if err := v4.NewSigner().SignHTTP(context.Background(), q.signer, r, hex.EncodeToString(sum[:]), q.name, q.region, w.now.Add(q.skew)); err != nil {
			t.Fatal(err)
		}
	}
	if q.tamper != nil {
		q.tamper(r)
	}
	recorder := httptest.NewRecorder()
	w.Handler(q.service, q.arrival).ServeHTTP(recorder, r)
	got := recorder.Result()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{Status: got.StatusCode, Type: got.Header.Get("X-Amzn-ErrorType"), Body: string(bytes.TrimSpace(body)), header: got.Header}
}

// private is how requests arrive through the endpoint.
var private = aws.Arrival{Endpoint: endpoint, VPC: vpc}

// agentFunc is an agent's container.
type agentFunc func(*http.Request) (*http.Response, error)

func (f agentFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func says(status int, body string) agentFunc {
	return func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}
