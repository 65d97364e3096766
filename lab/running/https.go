package running

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/names"
	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// https serves an AWS API. Requests have come through the interface endpoint
// that the host's ENI belongs to, through a gateway endpoint, or from the
// internet.
func (r *World) https(ctx context.Context, space *netns.Namespace, h world.Host, s world.Service, at netip.AddrPort) (func() error, error) {
	listener, err := space.Listen(ctx, at)
	if err != nil {
		return nil, err
	}
	e, _ := r.live.World().Network().EndpointOf(h.NetworkInterfaceId)
	return serveHTTP(r.certified(listener, h.Name, certifiedNames(e, s)), http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		arrival := aws.Arrival{Endpoint: e.VpcEndpointID, VPC: e.VpcID}
		if e.VpcEndpointID == "" {
			arrival = arrivalFrom(r.live.World(), q.RemoteAddr, s.API)
		}
		offset := r.clock(h.Name)
		w.Header().Set("Date", r.options.Now().Add(offset).UTC().Format(http.TimeFormat))
		r.at(offset).Handler(s.API, arrival).ServeHTTP(w, q)
	})), nil
}

// certified speaks TLS with a certificate for some names, as the host's knob has
// it at the moment.
func (r *World) certified(l net.Listener, host string, certified []string) net.Listener {
	knob := func() *world.TLS {
		now, _ := r.live.World().Lab().Host(host)
		return now.TLS
	}
	usual := &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return r.issuer.Certificate(certified, knob())
		},
	}
	usual.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if k := knob(); k != nil && k.MaxVersion != "" {
			old := usual.Clone()
			old.MinVersion, old.MaxVersion = tls.VersionTLS10, versions[k.MaxVersion]
			return old, nil
		}
		return nil, nil // as usual
	}
	return spoken{Listener: l, secure: usual, plain: func() bool { k := knob(); return k != nil && k.PlainText }}
}

// versions are those that a knob may name.
var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12}

// spoken is a listener of connections that speak TLS, or for now do not.
type spoken struct {
	net.Listener
	secure *tls.Config
	plain  func() bool
}

func (s spoken) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	if err != nil || s.plain() {
		return c, err
	}
	return tls.Server(c, s.secure), nil
}

// arrivalFrom tells how a request reached a service on the internet: a private
// source address comes through a gateway endpoint of its VPC only.
func arrivalFrom(w *world.World, source, api string) aws.Arrival {
	from, err := netip.ParseAddrPort(source)
	if err != nil {
		return aws.Arrival{}
	}
	for _, eni := range w.Network().NetworkInterfaces {
		if eni.PrivateIPAddress == from.Addr() {
			e, _ := w.Network().GatewayEndpoint(eni.VpcID, "com.amazonaws."+w.Lab().Region+"."+api)
			return aws.Arrival{Endpoint: e.VpcEndpointID, VPC: e.VpcID}
		}
	}
	return aws.Arrival{}
}

// website is a server that is not an AWS API: it answers every request.
func (r *World) website(ctx context.Context, space *netns.Namespace, h world.Host, s world.Service, at netip.AddrPort) (func() error, error) {
	listener, err := space.Listen(ctx, at)
	if err != nil {
		return nil, err
	}
	if s.Type == world.ServiceHTTPS {
		listener = r.certified(listener, h.Name, s.Names)
	}
	return serveHTTP(listener, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if from, err := netip.ParseAddrPort(q.RemoteAddr); err == nil && s.Says == world.SaysSource {
			w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
			_, _ = io.WriteString(w, from.Addr().String()+"\n") // the client has gone
			return
		}
		if s.Says == world.SaysUnavailable {
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
			return
		}
		answer(w, map[string]any{"host": h.Name, "path": q.URL.Path})
	})), nil
}

// certifiedNames are the names in a front's certificate.
func certifiedNames(e world.Endpoint, s world.Service) []string {
	if e.VpcEndpointID == "" {
		return s.Names
	}
	all := names.PrivateNames(e.ServiceName)
	for _, entry := range e.DNSEntries {
		if !slices.Contains(all, entry.DNSName) {
			all = append(all, entry.DNSName)
		}
	}
	return all
}

// serveHTTP serves until the function that it returns is called.
func serveHTTP(l net.Listener, h http.Handler) func() error {
	return serve(l, &http.Server{Handler: h})
}

func serve(l net.Listener, server *http.Server) func() error {
	server.ReadHeaderTimeout, server.ErrorLog = time.Minute, slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	return func() error {
		err := server.Close()
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}
}
