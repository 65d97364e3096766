package probes_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/netpath"
)

// server is an HTTPS server on loopback with httptest's certificate.
func server(t *testing.T, f http.HandlerFunc) (port uint16, roots *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(f)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return netip.MustParseAddrPort(s.Listener.Addr().String()).Port(), roots
}

func servicePath(service, read string, port uint16) netpath.Path {
	return netpath.Path{ID: "service/" + service, Kind: netpath.KindService, Route: netpath.RoutePublic, Target: netpath.Target{
		Name: name, Port: port, Protocol: netpath.ProtocolHTTPS, Service: service, Read: read,
	}}
}

// The denial is the sentence of "Troubleshoot access denied error messages"
// (IAM User Guide); the challenge that of "Private registry authentication"
// (Amazon ECR User Guide).
func TestServices(t *testing.T) {
	const denial = `{"__type":"AccessDeniedException","message":"User: arn:aws:sts::123456789012:assumed-role/probe/i is not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:us-east-1:123456789012:log-group::log-stream: because no LAYER policy allows the logs:DescribeLogGroups action"}`
	answers := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	const reached = "tcp pass, tls pass, "
	for _, test := range []struct {
		label, service, read string
		handler              http.HandlerFunc
		want                 string
	}{
		{"a read is answered", "logs", "logs", answers(200, `{"logGroups":[]}`), "signature pass, endpoint-policy pass, service pass"},
		{"our own role may not read", "logs", "logs", answers(400, strings.ReplaceAll(denial, "LAYER", "identity-based")), "signature pass, service pass"},
		{"nor may our session", "logs", "logs", answers(400, strings.ReplaceAll(denial, "LAYER", "session")), "signature pass, service pass"},
		{"the endpoint's policy denies", "logs", "logs", answers(400, strings.ReplaceAll(denial, "LAYER", "VPC endpoint")), "signature pass, endpoint-policy fail access_denied, service pass"},
		{"our key is unknown", "logs", "logs", answers(400, `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`), "signature unknown unknown_access_key, service pass"},
		{"our key has expired", "logs", "logs", answers(400, `{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}`), "signature unknown credentials_expired, service pass"},
		{"it is broken", "logs", "logs", answers(503, ``), "service fail server_error"},
		{"no question is known", "xray", "", answers(403, ``), "service pass"},
		{"a registry", "ecr.dkr", "", answers(401, "Not Authorized\n", "WWW-Authenticate", `Basic realm="https://123456789012.dkr.ecr.us-east-1.amazonaws.com/",service="ecr.amazonaws.com"`), "service pass"},
		{"not a registry", "ecr.dkr", "", answers(200, "hello"), "service fail malformed_response"},
		{"Amazon S3", "s3", "", answers(403, "<Error><Code>AccessDenied</Code></Error>", "x-amz-request-id", "T4PGRKS1E2VB6M7K"), "service pass"},
		{"not Amazon S3", "s3", "", answers(403, "blocked by the proxy"), "service fail malformed_response"},
	} {
		t.Run(test.label, func(t *testing.T) {
			port, roots := server(t, test.handler)
			p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), roots)
			got := p.Observe(t.Context(), servicePath(test.service, test.read, port))
			if len(got.Addresses) != 1 || ladder(got.Addresses[0]) != reached+test.want {
				t.Errorf("got %+v, want %s", got.Addresses, test.want)
			}
		})
	}
}

// Without credentials nothing is signed, which is no fault of the agent's way.
func TestAServiceWithoutCredentials(t *testing.T) {
	port, roots := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a signed request")
		}
		w.WriteHeader(http.StatusForbidden)
	})
	p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), roots)
	p.Credentials = static{errors.New("none")}
	got := p.Observe(t.Context(), servicePath("logs", "logs", port))
	if len(got.Addresses) != 1 || ladder(got.Addresses[0]) != "tcp pass, tls pass, signature unknown no_credentials, service pass" {
		t.Errorf("%+v", got.Addresses)
	}
}

// checkip.amazonaws.com answers with the caller's address and a newline.
func TestTheAddressByWhichWeLeave(t *testing.T) {
	port, roots := server(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "192.0.2.10\n") })
	p := prober(names(t, map[string][]string{name: {"127.0.0.1"}}), roots)
	got := p.Observe(t.Context(), netpath.Path{Kind: netpath.KindEgress, Route: netpath.RoutePublic, Target: netpath.Target{Name: name, Port: port, Protocol: netpath.ProtocolHTTPS}})
	e := got.Addresses[0].Hops[netpath.HopService]
	if e.Facts["public_ip"] != "192.0.2.10" || e.Detail != "HTTP status 200, we leave as 192.0.2.10" {
		t.Errorf("%+v", e)
	}
}

func TestWaysOutAreTried(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	open := netip.MustParseAddrPort(listener.Addr().String()).Port()
	resolver := names(t, map[string][]string{name: {"127.0.0.1", "127.0.0.2", "127.0.0.3"}})
	silent := names(t, nil)
	p := prober(resolver, nil)
	path := netpath.Path{ID: "egress/internet", Kind: netpath.KindEgress, Route: netpath.RoutePublic, Expect: netpath.ExpectUnreachable, Target: netpath.Target{
		Port: 443, Protocol: netpath.ProtocolTCP, Ways: []netpath.Way{
			{Name: name, Port: open, Protocol: netpath.ProtocolTCP},
			{Name: "nowhere.example", Port: 443, Protocol: netpath.ProtocolTCP},
			{Name: name, Addresses: []netip.Addr{resolver.Addr()}, Port: resolver.Port(), Protocol: netpath.ProtocolDNS},
			{Name: name, Addresses: []netip.Addr{silent.Addr()}, Port: silent.Port(), Protocol: netpath.ProtocolDNS},
		},
	}}
	got := map[string]string{}
	for _, a := range p.Observe(t.Context(), path).Addresses {
		key := a.Address.String()
		if a.UDP {
			key += "/udp"
		}
		got[key] = ladder(a)
	}
	want := map[string]string{
		netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), open).String(): "tcp pass",
		netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), open).String(): "tcp fail connection_refused",
		resolver.String() + "/udp": "tcp pass",
		silent.String() + "/udp":   "tcp fail timeout",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPublicAddressesThatAreGiven(t *testing.T) {
	_, port, roots := front(t)
	p := prober(names(t, map[string][]string{name: {"10.0.2.10"}}), roots)
	p.PublicAddresses = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	got := p.Observe(t.Context(), invocation(netpath.RoutePublic, port))
	want := "private DNS answers 10.0.2.10 here; outside it is at 127.0.0.1 (dns.public-addresses of the configuration)"
	if got.Resolver.Status != netpath.StatusPass || got.Resolver.Detail != want || len(got.Addresses) != 1 {
		t.Errorf("%+v", got)
	}
}

// What a service answers privately is what the agent's own calls meet.
func TestAServiceIsDialledWhereItsNameLeads(t *testing.T) {
	p := prober(names(t, map[string][]string{name: {"10.255.255.9"}}), nil)
	p.Timeouts.Connect = 20 * time.Millisecond
	got := p.Observe(t.Context(), servicePath("logs", "", 443))
	if len(got.Addresses) != 1 || got.Addresses[0].Address != netip.MustParseAddrPort("10.255.255.9:443") {
		t.Errorf("%+v", got.Addresses)
	}
}
