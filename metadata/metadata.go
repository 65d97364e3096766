// Package metadata asks what the platform tells the machine that the probe runs
// on: the EC2 instance metadata service version 2, and the task metadata
// endpoint of ECS.
//
// Both live on link-local addresses that no probe may dial; this package's
// client dials those and nothing else.
package metadata

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/agentcore-probe/probe/probes/tcp"
)

// Host is what a platform says of the machine. Fields that it does not tell are
// empty.
type Host struct {
	Name           string // ARN of the task, or id of the instance
	Region         string
	Account        string
	VPC            string
	Subnet         string
	AZ             string // Availability Zone id (use1-az1), not name
	ENI            string
	Address        netip.Addr
	SecurityGroups []string
}

// Time limits. The services answer on the host's own link, within a few
// milliseconds.
const (
	dialLimit   = 300 * time.Millisecond
	answerLimit = 500 * time.Millisecond
)

const maxAnswer = 64 << 10 // bytes

// Where metadata is served ("Use the Instance Metadata Service", EC2 User Guide;
// "Task metadata endpoint version 4", ECS Developer Guide; "Understand how EKS
// Pod Identity works").
var (
	instanceAddress = netip.MustParseAddr("169.254.169.254")
	taskAddress     = netip.MustParseAddr("169.254.170.2")
	podAddress      = netip.MustParseAddr("169.254.170.23")
	podAddress6     = netip.MustParseAddr("fd00:ec2::23")
)

// Permitted reports whether this package's client dials an address: those of the
// platform's services, and loopback, where a container may be told to ask.
func Permitted(a netip.Addr) bool {
	switch a.Unmap() {
	case instanceAddress, taskAddress, podAddress, podAddress6:
		return true
	}
	return a.IsLoopback()
}

// Client is for the platform's services: without a proxy, a redirect or a
// connection that is kept.
func Client() *http.Client {
	return &http.Client{
		Timeout: dialLimit + answerLimit,
		Transport: &http.Transport{
			DialContext:           dial,
			ResponseHeaderTimeout: answerLimit,
			DisableKeepAlives:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !Permitted(at.Addr()) {
		return nil, fmt.Errorf("%w: %s is none of the platform's metadata services", tcp.ErrAddress, address)
	}
	return (&net.Dialer{Timeout: dialLimit, KeepAlive: -1}).DialContext(ctx, network, address)
}

// answer is what a service said.
type answer struct {
	status int
	body   string
}

// ask sends one request, with headers as pairs of a name and a value.
func ask(ctx context.Context, method, url string, header ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return answer{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := Client().Do(r)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return answer{response.StatusCode, string(body)}, errors.Join(err, response.Body.Close())
}
