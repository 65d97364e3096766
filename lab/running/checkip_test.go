package running_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/running"
	"github.com/agentcore-probe/probe/lab/world"
)

// read returns the body that an HTTP server answers to a host; "" where nobody
// answers.
func read(t *testing.T, r *running.World, host, address, url string) string {
	t.Helper()
	c := client(r, address)
	space, _ := r.Namespace(host)
	c.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		return space.Dial(ctx, network, address)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(q)
	if err != nil {
		t.Logf("from %s: %v", host, err)
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// What checkip.amazonaws.com says is the address that the kernel's NAT and
// routes leave a packet with.
func TestCheckIPSaysWhereARequestComesFrom(t *testing.T) {
	const secured, plain = "198.51.100.40:443", "198.51.100.40:80"
	for _, pattern := range world.Patterns() {
		t.Run(pattern, func(t *testing.T) {
			r := startPattern(t, pattern, "")
			nat := "192.0.2.10\n" // of the NAT gateway
			if pattern == "isolated" {
				nat = ""
			}
			got := []string{
				read(t, r, "sidecar", secured, "https://checkip.amazonaws.com/"),
				read(t, r, "public-resolver", secured, "https://checkip.amazonaws.com/"),
				read(t, r, "public-resolver", plain, "http://checkip.amazonaws.com/"),
			}
			if d := cmp.Diff([]string{nat, "203.0.113.1\n", "203.0.113.1\n"}, got); d != "" {
				t.Error(d)
			}
			m, err := ask(t, r, "udp", "10.0.0.2:53", "checkip.amazonaws.com")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]string{"198.51.100.40"}, answers(m)); d != "" {
				t.Errorf("the name: %s", d)
			}
		})
	}
}

// RFC 9110, 15.6.4: 503 is what a gateway says that has nobody behind it.
func TestAWebServerThatIsUnavailable(t *testing.T) {
	const weather = "203.0.113.80:443"
	r := startPattern(t, "vpc", `{"op":"add","path":"/Lab/Hosts/12/Services/0/Says","value":"unavailable"}`)
	if got := read(t, r, "sidecar", weather, "https://api.weather.example/"); got != "Service Unavailable\n" {
		t.Errorf("it says %q", got)
	}
}
