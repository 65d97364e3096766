package running_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/sandbox"
	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
	"github.com/agentcore-probe/probe/lab/world"
)

const agentcore = "bedrock-agentcore.us-east-1.amazonaws.com"

// start runs the healthy private world with some operations of RFC 6902 applied.
func start(t *testing.T, operations string) *running.World {
	t.Helper()
	return startPattern(t, "private", operations)
}

func startPattern(t *testing.T, pattern, operations string) *running.World {
	t.Helper()
	sandboxtest.Need(t)
	ignore := goleak.IgnoreCurrent()
	w, err := world.Healthy(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if operations != "" {
		if w, err = w.Patch(json.RawMessage("[" + operations + "]")); err != nil {
			t.Fatal(err)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	r, err := running.Start(t.Context(), w, running.Options{Now: time.Now, Scratch: filepath.Join(sandbox.Scratch, t.Name()), Cache: filepath.Join(cache, "agentcore-probe-lab")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, ignore)
	})
	return r
}

// ask asks a server from the sidecar.
func ask(t *testing.T, r *running.World, network, server, name string) (*dns.Msg, error) {
	t.Helper()
	space, _ := r.Namespace("sidecar")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	c, err := space.Dial(ctx, network, server)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	m, _, err := (&dns.Client{Net: network}).ExchangeWithConnContext(ctx, new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA), &dns.Conn{Conn: c})
	return m, err
}

func answers(m *dns.Msg) []string {
	var all []string
	for _, r := range m.Answer {
		if a, ok := r.(*dns.A); ok {
			all = append(all, a.A.String())
		}
	}
	return all
}

func TestTheWorldStands(t *testing.T) {
	begin := time.Now()
	r := start(t, "")
	t.Logf("a private world stands after %v: %v", time.Since(begin), r.Databases())
	if len(r.Databases()) != 1 {
		t.Errorf("databases %v", r.Databases())
	}
}

func TestNamesFromWithinTheVPC(t *testing.T) {
	r := start(t, "")
	for _, network := range []string{"udp", "tcp"} {
		for server, want := range map[string][]string{
			"10.0.0.2:53":        {"10.0.11.10", "10.0.12.10"},
			"169.254.169.253:53": {"10.0.11.10", "10.0.12.10"},
			"203.0.113.53:53":    {"198.51.100.10", "198.51.100.11"}, // through NAT
			"203.0.113.1:53":     {"198.51.100.10", "198.51.100.11"},
		} {
			m, err := ask(t, r, network, server, agentcore)
			if err != nil {
				t.Errorf("%s %s: %v", network, server, err)
				continue
			}
			if d := cmp.Diff(want, answers(m)); d != "" {
				t.Errorf("%s %s: %s", network, server, d)
			}
		}
	}
}

func TestALargeAnswerIsCutOverUDP(t *testing.T) {
	var many []string
	for i := 100; i < 160; i++ {
		many = append(many, `"192.0.2.`+strconv.Itoa(i)+`"`)
	}
	r := start(t, `{"op":"add","path":"/Lab/Hosts/7/DNS","value":[{"Name":"many.example","Answer":"addresses","Addresses":[`+strings.Join(many, ",")+`]}]}`)
	short, err := ask(t, r, "udp", "10.0.0.2:53", "many.example")
	if err != nil || !short.Truncated || len(short.Answer) == 60 {
		t.Errorf("over UDP: %v, %v", short, err)
	}
	if whole, err := ask(t, r, "tcp", "10.0.0.2:53", "many.example"); err != nil || whole.Truncated || len(whole.Answer) != 60 {
		t.Errorf("over TCP: %v, %v", whole, err)
	}
}

// client speaks HTTPS from the sidecar to an address, as if the name led there.
func client(r *running.World, address string) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(r.CA())
	return &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
			defer cancel()
			space, _ := r.Namespace("sidecar")
			return space.Dial(ctx, network, address)
		},
	}}
}

// get returns status and date of the answer.
func get(t *testing.T, r *running.World, address, url string) (status int, date time.Time, err error) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client(r, address).Do(q)
	if err != nil {
		return 0, date, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	date, err = http.ParseTime(answer.Header.Get("Date"))
	return answer.StatusCode, date, err
}

func TestFronts(t *testing.T) {
	r := start(t, "")
	for address, host := range map[string]string{
		"10.0.11.10:443": agentcore, "10.0.12.10:443": agentcore, "198.51.100.10:443": agentcore, "198.51.100.11:443": agentcore,
		"198.51.100.20:443": "ec2.us-east-1.amazonaws.com", "198.51.100.21:443": "rds.us-east-1.amazonaws.com",
		"198.51.100.22:443": "sts.us-east-1.amazonaws.com", "198.51.100.23:443": "bedrock-agentcore-control.us-east-1.amazonaws.com",
	} {
		status, _, err := get(t, r, address, "https://"+host+"/")
		if err != nil || status < 400 {
			t.Errorf("%s at %s answers an unsigned request with %d, %v", host, address, status, err)
		}
	}
}

func TestFrontsOfTheIsolatedVPC(t *testing.T) {
	r := startPattern(t, "isolated", "")
	for address, host := range map[string]string{
		"10.0.11.10:443": agentcore, "10.0.12.11:443": "api.ecr.us-east-1.amazonaws.com", "10.0.12.12:443": "123456789012.dkr.ecr.us-east-1.amazonaws.com",
		"10.0.11.13:443": "logs.us-east-1.amazonaws.com", "10.0.11.14:443": "ec2.us-east-1.amazonaws.com", "10.0.12.15:443": "rds.us-east-1.amazonaws.com",
		"10.0.11.16:443": "sts.us-east-1.amazonaws.com", "10.0.11.17:443": "bedrock-agentcore-control.us-east-1.amazonaws.com",
		"198.51.100.65:443": "bucket.s3.us-east-1.amazonaws.com", "198.51.100.81:443": "dynamodb.us-east-1.amazonaws.com",
	} {
		status, _, err := get(t, r, address, "https://"+host+"/")
		if err != nil || status < 400 {
			t.Errorf("%s at %s answers an unsigned request with %d, %v", host, address, status, err)
		}
	}
	for _, address := range []string{"203.0.113.80:443", "198.51.100.10:443"} {
		if status, _, err := get(t, r, address, "https://api.weather.example/"); err == nil {
			t.Errorf("%s answers %d: the internet is reached", address, status)
		}
	}
}

func TestAServerThatIsNotAWS(t *testing.T) {
	status, _, err := get(t, startPattern(t, "vpc", ""), "203.0.113.80:443", "https://api.weather.example/today")
	if err != nil || status != http.StatusOK {
		t.Errorf("status %d, %v", status, err)
	}
}

func TestKnobsOfAHostFollowTheWorld(t *testing.T) {
	r := start(t, "")
	set := func(field string, value any) {
		t.Helper()
		if err := r.Live().Mutate(func(w *world.World) error {
			w.Document()["Lab"].(map[string]any)["Hosts"].([]any)[3].(map[string]any)[field] = value
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	const at, url = "10.0.11.10:443", "https://" + agentcore + "/"
	set("ClockOffsetSeconds", json.Number("1200"))
	if _, date, err := get(t, r, at, url); err != nil || time.Until(date) < 19*time.Minute {
		t.Errorf("Date is %v, %v", date, err)
	}
	set("TLS", map[string]any{"Issuer": "Inspection CA"})
	var unknown x509.UnknownAuthorityError
	if _, _, err := get(t, r, at, url); !errors.As(err, &unknown) {
		t.Errorf("another issuer: %v", err)
	}
	set("TLS", nil)
	set("Firewall", []any{map[string]any{"Action": "drop", "Protocol": "tcp", "Port": json.Number("443")}})
	if _, _, err := get(t, r, at, url); err == nil {
		t.Error("the firewall admits it")
	}
}

func TestADatabaseStarts(t *testing.T) {
	r := start(t, `{"op":"replace","path":"/DBInstances/0/DBInstanceStatus","value":"stopped"}`)
	available := make(chan struct{})
	r.Live().Subscribe(func(w *world.World) error {
		if w.Network().DBInstances[0].DBInstanceStatus == "available" {
			close(available)
		}
		return nil
	})
	if err := r.Live().Mutate(func(w *world.World) error {
		w.Document()["DBInstances"].([]any)[0].(map[string]any)["DBInstanceStatus"] = "starting"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	<-available
	space, _ := r.Namespace("sidecar")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	c, err := space.Dial(ctx, "tcp", "10.0.21.10:5432")
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func TestAWorldThatCannotBeJudgedDoesNotStart(t *testing.T) {
	sandboxtest.Need(t)
	w, err := world.Healthy("private")
	if err != nil {
		t.Fatal(err)
	}
	if w, err = w.Patch(json.RawMessage(`[{"op":"replace","path":"/VpcEndpoints/0/PolicyDocument","value":"{\"Statement\":[{\"Effect\":\"Maybe\"}]}"}]`)); err != nil {
		t.Fatal(err)
	}
	if _, err := running.Start(t.Context(), w, running.Options{Now: time.Now, Scratch: t.TempDir()}); err == nil {
		t.Error("no error")
	}
}
