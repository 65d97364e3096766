package probes

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
)

// Transport carries requests to an identity provider through the prober's own
// name servers, dialer and trust: no proxy, one request a connection.
func (p Prober) Transport() http.RoundTripper {
	p = p.filled()
	return &http.Transport{
		DialContext:           p.dialName,
		TLSClientConfig:       &tls.Config{RootCAs: p.Roots, MinVersion: tls.VersionTLS12, Time: p.Now},
		TLSHandshakeTimeout:   p.Timeouts.Handshake,
		ResponseHeaderTimeout: p.Timeouts.Request,
		DisableKeepAlives:     true,
	}
}

// dialName connects to the first address of a host that takes a connection.
func (p Prober) dialName(ctx context.Context, network, address string) (net.Conn, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, err
	}
	addresses, err := p.addressesOf(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		var conn net.Conn
		if conn, err = p.Dialer.Dial(ctx, network, netip.AddrPortFrom(a, uint16(port)), p.Timeouts.Connect); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

func (p Prober) addressesOf(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	answer := p.names().Resolve(ctx, host)
	if len(answer.Addresses) == 0 {
		return nil, fmt.Errorf("%s: %s", answer.Failure, answer.Detail)
	}
	return answer.Addresses, nil
}
