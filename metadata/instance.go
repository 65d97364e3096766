package metadata

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// Endpoint is where an instance's metadata is.
const Endpoint = "http://169.254.169.254"

// Instance is the instance metadata service.
type Instance struct {
	Endpoint string // "" is Endpoint
}

// Standing is how an instance metadata service stands: a closed set.
type Standing string

// The standings.
const (
	Answers  Standing = "answers"
	HopLimit Standing = "hop-limit" // a GET is answered and the answer to the PUT does not arrive
	Off      Standing = "off"       // 403: it is turned off, or does not serve this request
	Refused  Standing = "refused"   // the connection is refused, or rejected on the way
	Silent   Standing = "silent"    // nothing answers
	Odd      Standing = "odd"       // something else answers
)

// Found is what asking for a token came to.
type Found struct {
	Standing Standing
	Detail   string // in words
	token    string
}

const (
	tokenHeader = "X-Aws-Ec2-Metadata-Token"
	tokenLife   = 60 // seconds
)

// Ask asks for a session token. Where a connection stands and no answer comes,
// a GET without a token tells the hop limit from silence: only the answer to
// the PUT is limited ("Use the Instance Metadata Service to access instance
// metadata", EC2 User Guide).
func (i Instance) Ask(ctx context.Context) Found {
	got, err := ask(ctx, http.MethodPut, i.url("/latest/api/token"), tokenHeader+"-Ttl-Seconds", strconv.Itoa(tokenLife))
	switch {
	case err != nil && undialled(err):
		return unreached(err)
	case err != nil:
		if without, err := ask(ctx, http.MethodGet, i.url("/latest/meta-data/")); err == nil {
			return Found{Standing: HopLimit, Detail: "the answer to the PUT for a token does not arrive, a GET without one is answered with status " + strconv.Itoa(without.status)}
		}
		return Found{Standing: Silent, Detail: "a connection stands, and no request is answered"}
	case got.status == http.StatusForbidden:
		return Found{Standing: Off, Detail: "it answers 403: it is turned off"}
	case got.status != http.StatusOK || got.body == "":
		return Found{Standing: Odd, Detail: "it answers the PUT for a token with status " + strconv.Itoa(got.status)}
	}
	return Found{Standing: Answers, Detail: "it answers", token: got.body}
}

func undialled(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || errors.Is(err, tcp.ErrAddress)
}

func unreached(err error) Found {
	failure := tcp.Classify(err)
	f := Found{Standing: Silent, Detail: tcp.Describe(failure, err, dialLimit)}
	if failure == netpath.FailureRefused || failure == netpath.FailureRejected {
		f.Standing = Refused
	}
	return f
}

// Get reads a value below /latest/, such as "meta-data/mac". There is none where
// the status is not 200.
func (i Instance) Get(ctx context.Context, f Found, path string) (value string, status int, err error) {
	got, err := ask(ctx, http.MethodGet, i.url("/latest/"+path), tokenHeader, f.token)
	if err != nil {
		return "", 0, err
	}
	if got.status != http.StatusOK {
		return "", got.status, nil
	}
	return strings.TrimSpace(got.body), got.status, nil
}

func (i Instance) url(path string) string {
	if i.Endpoint == "" {
		return Endpoint + path
	}
	return strings.TrimSuffix(i.Endpoint, "/") + path
}

// Read reads the machine's place ("Instance metadata categories"): that of its
// first interface. It is the zero Host where the service does not answer.
func (i Instance) Read(ctx context.Context) Host {
	f := i.Ask(ctx)
	if f.Standing != Answers {
		return Host{}
	}
	get := func(path string) string {
		value, _, err := i.Get(ctx, f, "meta-data/"+path)
		if err != nil {
			return ""
		}
		return value
	}
	h := Host{Name: get("instance-id"), Region: get("placement/region"), AZ: get("placement/availability-zone-id")}
	mac := get("mac")
	if mac == "" || strings.Contains(mac, "/") {
		return h
	}
	at := "network/interfaces/macs/" + mac + "/"
	h.ENI, h.Subnet, h.VPC, h.Account = get(at+"interface-id"), get(at+"subnet-id"), get(at+"vpc-id"), get(at+"owner-id")
	h.SecurityGroups = strings.Fields(get(at + "security-group-ids"))
	slices.Sort(h.SecurityGroups)
	if all := strings.Fields(get(at + "local-ipv4s")); len(all) > 0 {
		h.Address, _ = netip.ParseAddr(all[0]) // the zero address where it is none
	}
	return h
}
