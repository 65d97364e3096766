package probes_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	mdns "github.com/miekg/dns"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes"
	"github.com/agentcore-probe/probe/probes/tcp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	name   = "example.com" // what httptest's certificate is for
	arn    = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/support-AbCdEf1234"
	secret = "wJalrXUtnFEMI/secret"
)

type static struct{ err error }

func (s static) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "ASIAEXAMPLEEXAMPLE", SecretAccessKey: secret, SessionToken: "FwoGEXAMPLETOKEN"}, s.err
}

// names serves A records; an absent name is NXDOMAIN, nil means silence.
func names(t *testing.T, answers map[string][]string) netip.AddrPort {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	server := &mdns.Server{PacketConn: packets, NotifyStartedFunc: func() { close(started) }, Handler: mdns.HandlerFunc(func(w mdns.ResponseWriter, q *mdns.Msg) {
		if answers == nil {
			return
		}
		m := new(mdns.Msg)
		m.SetReply(q)
		addrs, ok := answers[strings.TrimSuffix(q.Question[0].Name, ".")]
		if !ok {
			m.Rcode = mdns.RcodeNameError
		}
		for _, addr := range addrs {
			if q.Question[0].Qtype == mdns.TypeA {
				rr, _ := mdns.NewRR(q.Question[0].Name + " 60 IN A " + addr)
				m.Answer = append(m.Answer, rr)
			}
		}
		w.WriteMsg(m)
	})}
	done := make(chan struct{})
	go func() { defer close(done); server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { server.Shutdown(); <-done })
	return netip.MustParseAddrPort(packets.LocalAddr().String())
}

// front is AgentCore's data plane on loopback: not found on the runtime,
// denied on any other.
func front(t *testing.T) (*httptest.Server, uint16, *x509.CertPool) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, arn) {
			w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"message":"No endpoint or agent found"}`)
			return
		}
		w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"message":"User: arn:aws:sts::123456789012:assumed-role/probe/i is not authorized to perform: bedrock-agentcore:InvokeAgentRuntime on resource: x because no identity-based policy allows the bedrock-agentcore:InvokeAgentRuntime action"}`)
	}))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server, netip.MustParseAddrPort(server.Listener.Addr().String()).Port(), roots
}

func prober(resolver netip.AddrPort, roots *x509.CertPool) probes.Prober {
	return probes.Prober{
		Dialer: tcp.Dialer{AllowLoopback: true}, Servers: []netip.AddrPort{resolver}, Roots: roots,
		Credentials: static{}, Region: "us-east-1", Now: time.Now,
		Timeouts: probes.Timeouts{Resolve: 200 * time.Millisecond, Connect: 200 * time.Millisecond, Handshake: 2 * time.Second, Request: 2 * time.Second},
	}
}

func invocation(route netpath.Route, port uint16, due ...string) netpath.Path {
	return netpath.Path{ID: "invoke/support/" + string(route), Kind: netpath.KindInvoke, Route: route, Target: netpath.Target{
		Name: name, Port: port, Protocol: netpath.ProtocolHTTPS, RuntimeARN: arn, Qualifier: "DEFAULT", Addresses: parse(due...),
	}}
}

func parse(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, text := range texts {
		out = append(out, netip.MustParseAddr(text))
	}
	return out
}

// ladder words the hops of an address: "tcp pass, tls fail tls_untrusted".
func ladder(o netpath.AddressObservation) string {
	var out []string
	for _, hop := range []netpath.HopName{
		netpath.HopTCP, netpath.HopTLS, netpath.HopSignature, netpath.HopIdentityPolicy, netpath.HopEndpointPolicy,
		netpath.HopResourcePolicy, netpath.HopRuntime, netpath.HopDatabase, netpath.HopService,
	} {
		if e, ok := o.Hops[hop]; ok {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", hop, e.Status, e.Failure)))
		}
	}
	return strings.Join(out, ", ")
}
