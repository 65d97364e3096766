package metadata

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/agentcore-probe/probe/lab/aws/tree"
	"github.com/agentcore-probe/probe/lab/world"
)

// longestToken is how long a session token may live ("Use the Instance Metadata
// Service to access instance metadata", EC2 User Guide: six hours).
const longestToken = 6 * time.Hour

const tokenHeader = "X-Aws-Ec2-Metadata-Token"

// instance is the instance metadata service.
type instance struct {
	Platform
	mu     sync.Mutex
	tokens map[string]time.Time // ends, by token
}

func newInstance(p Platform) *instance {
	return &instance{Platform: p, tokens: map[string]time.Time{}}
}

// ServeHTTP answers as the service does ("Query examples" and "Errors" of the
// same page): 403 while it is turned off, 400 for a bad PUT, 401 for a GET
// without a good token.
func (i *instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "EC2ws")
	knobs := i.knobs()
	if err := limitHops(r.Context(), r.Method, knobs); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch {
	case knobs.Off:
		http.Error(w, "403 - Forbidden", http.StatusForbidden)
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
		i.token(w, r)
	case r.Method != http.MethodGet:
		http.Error(w, "405 - Method Not Allowed", http.StatusMethodNotAllowed)
	case !i.admits(r, knobs):
		http.Error(w, "401 - Unauthorized", http.StatusUnauthorized)
	default:
		i.get(w, r)
	}
}

func (i *instance) token(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Forwarded-For") != "" {
		http.Error(w, "403 - Forbidden", http.StatusForbidden)
		return
	}
	seconds, err := strconv.Atoi(r.Header.Get(tokenHeader + "-Ttl-Seconds"))
	life := time.Duration(seconds) * time.Second
	if err != nil || life < time.Second || life > longestToken {
		http.Error(w, "400 - Bad Request", http.StatusBadRequest)
		return
	}
	token := rand.Text() + rand.Text()
	i.mu.Lock()
	i.tokens[token] = i.Now().Add(life)
	i.mu.Unlock()
	w.Header().Set(tokenHeader+"-Ttl-Seconds", strconv.Itoa(seconds))
	_, _ = w.Write([]byte(token)) // the client has gone
}

func (i *instance) admits(r *http.Request, knobs world.Credentials) bool {
	token := r.Header.Get(tokenHeader)
	if token == "" {
		return knobs.TokensOptional
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.Now().Before(i.tokens[token])
}

func (i *instance) get(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/latest/")
	if keys, ok := i.credentials(path); ok {
		answer(w, http.StatusOK, keys)
		return
	}
	text, ok := i.texts(source(r))[strings.TrimSuffix(path, "/")]
	if !ok {
		http.Error(w, "404 - Not Found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write([]byte(text))
}

const rolePath = "meta-data/iam/security-credentials"

// credentials is the document of the role ("Retrieve security credentials from
// instance metadata", IAM User Guide).
func (i *instance) credentials(path string) (any, bool) {
	s := i.session()
	if name := roleName(i.knobs()); name == "" || path != rolePath+"/"+name {
		return nil, false
	}
	return map[string]string{
		"Code": "Success", "LastUpdated": i.Now().UTC().Format(time.RFC3339), "Type": "AWS-HMAC",
		"AccessKeyId": s.AccessKeyId, "SecretAccessKey": s.SecretAccessKey, "Token": s.SessionToken, "Expiration": expiration(s),
	}, true
}

func roleName(c world.Credentials) string { return c.Role[strings.LastIndexByte(c.Role, '/')+1:] }

// texts are the other values, by path ("Instance metadata categories").
func (i *instance) texts(from netip.Addr) map[string]string {
	eni, subnet := interfaceAt(i.World(), from)
	mac := tree.Text(eni, "MacAddress")
	at := "meta-data/network/interfaces/macs/" + mac + "/"
	var groups []string
	for _, g := range tree.Objects(eni, "Groups") {
		groups = append(groups, tree.Text(g, "GroupId"))
	}
	all := map[string]string{
		"meta-data/instance-id":                    world.InstanceID,
		"meta-data/mac":                            mac,
		"meta-data/local-ipv4":                     from.String(),
		"meta-data/placement/region":               i.World().Lab().Region,
		"meta-data/placement/availability-zone":    tree.Text(eni, "AvailabilityZone"),
		"meta-data/placement/availability-zone-id": tree.Text(subnet, "AvailabilityZoneId"),
		"meta-data/network/interfaces/macs":        mac + "/",
		at + "interface-id":                        tree.Text(eni, "NetworkInterfaceId"),
		at + "subnet-id":                           tree.Text(eni, "SubnetId"),
		at + "vpc-id":                              tree.Text(eni, "VpcId"),
		at + "owner-id":                            tree.Text(eni, "OwnerId"),
		at + "local-ipv4s":                         from.String(),
		at + "security-group-ids":                  strings.Join(groups, "\n"),
	}
	if name := roleName(i.knobs()); name != "" {
		all[rolePath] = name
	}
	return all
}

// connection is the key of a request's connection in its context.
type connection struct{}

// WithConnection is an http.Server's ConnContext that lets the instance
// metadata service set the hop limit of its answers.
func WithConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connection{}, c)
}

// Hops of an answer that is not to a PUT, and of the lab's own router, which
// stands where an instance's hypervisor does and is no hop there.
const (
	ordinaryHops = 64
	labHops      = 1
)

// limitHops sets the IP time to live of what is answered: the instance's hop
// limit counts for the answer to a PUT alone.
func limitHops(ctx context.Context, method string, c world.Credentials) error {
	hops := ordinaryHops
	if method == http.MethodPut {
		hops = max(1, c.HopLimit) - c.Hops + labHops
	}
	conn, ok := ctx.Value(connection{}).(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TTL, max(1, hops)) })
	return errors.Join(err, failed)
}
