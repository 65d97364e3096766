package running

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/agentcore-probe/probe/lab/aws"
	"github.com/agentcore-probe/probe/lab/names"
	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/world"
)

// https serves an AWS API. Requests have come through the interface endpoint
// that the host's ENI belongs to, else from the internet.
func (r *World) https(ctx context.Context, space *netns.Namespace, h world.Host, s world.Service, at netip.AddrPort) (func() error, error) {
	listener, err := space.Listen(ctx, at)
	if err != nil {
		return nil, err
	}
	e, _ := r.live.World().Network().EndpointOf(h.NetworkInterfaceId)
	arrival := aws.Arrival{Endpoint: e.VpcEndpointID, VPC: e.VpcID}
	certified := certifiedNames(e, s)
	return serveHTTP(tls.NewListener(listener, &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			now, _ := r.live.World().Lab().Host(h.Name)
			return r.issuer.Certificate(certified, now.TLS)
		},
	}), http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		offset := r.clock(h.Name)
		w.Header().Set("Date", r.options.Now().Add(offset).UTC().Format(http.TimeFormat))
		r.at(offset).Handler(s.API, arrival).ServeHTTP(w, q)
	})), nil
}

// certifiedNames are the names in a front's certificate.
func certifiedNames(e world.Endpoint, s world.Service) []string {
	if e.VpcEndpointID == "" {
		return s.Names
	}
	private := names.PrivateName(e.ServiceName)
	all := []string{private}
	for _, entry := range e.DNSEntries {
		if entry.DNSName != private {
			all = append(all, entry.DNSName)
		}
	}
	return all
}

// serveHTTP serves until the function that it returns is called.
func serveHTTP(l net.Listener, h http.Handler) func() error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
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
