package metadata_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/metadata"
	"github.com/agentcore-probe/probe/probes/tcp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The client dials what no probe may, and nothing else.
func TestOnlyThisClientReachesMetadata(t *testing.T) {
	for address, want := range map[string]bool{
		"169.254.169.254": true, "169.254.170.2": true, "169.254.170.23": true, "fd00:ec2::23": true, "::ffff:169.254.169.254": true, "127.0.0.1": true,
		"169.254.169.253": false, "10.0.0.1": false, "198.51.100.7": false, "fe80::1": false,
	} {
		a := netip.MustParseAddr(address)
		if got := metadata.Permitted(a); got != want {
			t.Errorf("%s: permitted %v, want %v", address, got, want)
		}
		if err := (tcp.Dialer{}).Permit(a); want && !errors.Is(err, tcp.ErrAddress) {
			t.Errorf("%s: a probe may dial it: %v", address, err)
		}
	}
	for _, url := range []string{"http://198.51.100.7/", "http://metadata.example/"} {
		if response, err := metadata.Client().Get(url); !errors.Is(err, tcp.ErrAddress) { //nolint:noctx // refused before it is sent
			t.Errorf("%s: %v", url, err)
			_ = response.Body.Close()
		}
	}
}

// answers serves an instance's metadata as "Use the Instance Metadata Service to
// access instance metadata" (EC2 User Guide) has it: a token by PUT, 401 without.
func answers(values map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, there := values[r.URL.Path]
		switch {
		case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") != "":
			_, _ = w.Write([]byte("token"))
		case r.Header.Get("X-aws-ec2-metadata-token") != "token":
			w.WriteHeader(http.StatusUnauthorized)
		case !there:
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = w.Write([]byte(value))
		}
	})
}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

// unanswered says nothing to a PUT: its answer is lost on the way.
func unanswered(get http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			<-r.Context().Done()
			return
		}
		get.ServeHTTP(w, r)
	})
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestStandings(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refuses := "http://" + closed.Addr().String()
	_ = closed.Close()
	silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	got := map[string]metadata.Standing{}
	for name, endpoint := range map[string]string{
		"answers": serve(t, answers(nil)), "refuses": refuses, "off": serve(t, status(403)), "odd": serve(t, status(404)),
		"loses the answer to the PUT": serve(t, unanswered(status(401))), "says nothing": serve(t, silent),
	} {
		got[name] = metadata.Instance{Endpoint: endpoint}.Ask(t.Context()).Standing
	}
	want := map[string]metadata.Standing{
		"answers": metadata.Answers, "refuses": metadata.Refused, "off": metadata.Off, "odd": metadata.Odd,
		"loses the answer to the PUT": metadata.HopLimit, "says nothing": metadata.Silent,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

var addresses = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// Paths and shapes: "Instance metadata categories" (EC2 User Guide).
func TestInstance(t *testing.T) {
	const at = "/latest/meta-data/network/interfaces/macs/0a:df:14:7b:f0:e5/"
	endpoint := serve(t, answers(map[string]string{
		"/latest/meta-data/instance-id": "i-0f3c9a7b5d1e24680", "/latest/meta-data/mac": "0a:df:14:7b:f0:e5", "/latest/meta-data/placement/region": "us-east-1",
		"/latest/meta-data/placement/availability-zone-id": "use1-az1", at + "interface-id": "eni-0a1b", at + "subnet-id": "subnet-0c2d", at + "vpc-id": "vpc-0e3f",
		at + "owner-id": "123456789012", at + "local-ipv4s": "10.0.1.20\n10.0.1.21", at + "security-group-ids": "sg-2\nsg-1",
	}))
	want := metadata.Host{
		Name: "i-0f3c9a7b5d1e24680", Region: "us-east-1", Account: "123456789012", VPC: "vpc-0e3f", Subnet: "subnet-0c2d", AZ: "use1-az1",
		ENI: "eni-0a1b", Address: netip.MustParseAddr("10.0.1.20"), SecurityGroups: []string{"sg-1", "sg-2"},
	}
	if d := cmp.Diff(want, metadata.Instance{Endpoint: endpoint}.Read(t.Context()), addresses); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(metadata.Host{}, metadata.Instance{Endpoint: serve(t, status(403))}.Read(t.Context()), addresses); d != "" {
		t.Errorf("turned off: %s", d)
	}
}

// The document is the example of "Amazon ECS task metadata endpoint version 4
// examples", cut to what is read.
func TestTask(t *testing.T) {
	const document = `{"Cluster": "default", "TaskARN": "arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c",
		"AvailabilityZone": "us-west-2d", "Containers": [{"Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": ["10.0.2.61"],
		"MACAddress": "0a:62:17:7a:36:68", "IPv4SubnetCIDRBlock": "10.0.2.0/24"}]}]}`
	uri := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v4/id/task" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(document))
	}))
	want := metadata.Host{
		Name: "arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c", Region: "us-west-2",
		Account: "111122223333", Address: netip.MustParseAddr("10.0.2.61"),
	}
	if d := cmp.Diff(want, metadata.Task{URI: uri + "/v4/id"}.Read(t.Context()), addresses); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(metadata.Host{}, metadata.Task{URI: uri + "/v3"}.Read(t.Context()), addresses); d != "" {
		t.Errorf("elsewhere: %s", d)
	}
}
