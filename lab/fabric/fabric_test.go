package fabric_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/agentcore-probe/probe/lab/fabric"
	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
	"github.com/agentcore-probe/probe/lab/world"
)

// patience is how long silence must last to count as dropped. A packet between
// two namespaces takes less than a millisecond.
const patience = 300 * time.Millisecond

// lab is a world's network with echo servers.
type lab struct {
	t     *testing.T
	world *world.World
	net   *fabric.Fabric
}

// build builds the healthy private world with some operations of RFC 6902
// applied.
func build(t *testing.T, operations string) *lab {
	t.Helper()
	return buildPattern(t, "private", operations)
}

func buildPattern(t *testing.T, pattern, operations string) *lab {
	t.Helper()
	sandboxtest.Need(t)
	w, err := world.Healthy(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return buildWorld(t, patched(t, w, operations))
}

func buildWorld(t *testing.T, w *world.World) *lab {
	t.Helper()
	l := &lab{t: t, world: w}
	var err error
	if l.net, err = fabric.Build(l.world); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.net.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func patched(t *testing.T, w *world.World, operations string) *world.World {
	t.Helper()
	if operations == "" {
		return w
	}
	w, err := w.Patch(json.RawMessage("[" + operations + "]"))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// follow changes the running world.
func (l *lab) follow(operations string) {
	l.t.Helper()
	l.world = patched(l.t, l.world, operations)
	if err := l.net.Follow(l.world); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) at(host string) *netns.Namespace {
	l.t.Helper()
	space, ok := l.net.Namespace(host)
	if !ok {
		l.t.Fatalf("no host %q", host)
	}
	return space
}

// serve answers each TCP connection with the peer's address and then echoes.
func (l *lab) serve(host, address string) {
	l.t.Helper()
	listener, err := l.at(host).Listen(l.t.Context(), netip.MustParseAddrPort(address))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.WriteString(c, c.RemoteAddr().(*net.TCPAddr).IP.String()+"\n")
				_, _ = io.Copy(c, c)
			}()
		}
	}()
}

// dial connects and returns what the server says of our address.
func (l *lab) dial(from, to string) (net.Conn, string, error) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	c, err := l.at(from).Dial(ctx, "tcp", to)
	if err != nil {
		return nil, "", err
	}
	l.t.Cleanup(func() { _ = c.Close() })
	seen := make([]byte, 64)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	n, err := c.Read(seen)
	if err != nil {
		return c, "", err
	}
	return c, string(seen[:n-1]), nil
}

func (l *lab) mustPass(from, to string) net.Conn {
	l.t.Helper()
	c, _, err := l.dial(from, to)
	if err != nil {
		l.t.Fatalf("%s to %s: %v, must pass", from, to, err)
	}
	return c
}

func (l *lab) mustVanish(from, to string) {
	l.t.Helper()
	_, _, err := l.dial(from, to)
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
		l.t.Errorf("%s to %s: %v, must vanish", from, to, err)
	}
}

// says reports whether a connection still carries data.
func says(c net.Conn) error {
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write([]byte("?")); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

// BenchmarkBuild stands the network of a world up and takes it down again.
func BenchmarkBuild(b *testing.B) {
	sandboxtest.Need(b)
	w, err := world.Healthy("private")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n, err := fabric.Build(w)
		if err != nil {
			b.Fatal(err)
		}
		if err := n.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSecurityGroups(t *testing.T) {
	l := build(t, "")
	l.serve("orders", "10.0.21.10:5432")
	l.serve("orders", "10.0.21.10:22")
	l.serve("endpoint-a", "10.0.11.10:443")
	l.serve("agent-a", "10.0.1.10:8080")
	for _, from := range []string{"sidecar", "agent-a", "agent-b"} {
		l.mustPass(from, "10.0.21.10:5432")
		l.mustPass(from, "10.0.11.10:443")
		l.mustVanish(from, "10.0.21.10:22") // neither egress nor ingress
	}
	l.mustVanish("endpoint-a", "10.0.21.10:5432") // egress admits it, ingress names another group
	l.mustVanish("orders", "10.0.1.10:8080")      // no ingress at all
	l.mustVanish("sidecar", "10.0.1.10:8080")     // within a subnet
	l.mustVanish("sidecar", "10.0.1.99:443")      // nobody has this address
	l.mustVanish("sidecar", "192.168.7.7:443")    // nor this
}

func TestARuleThatGoesDoesNotCutWhatIsTracked(t *testing.T) {
	l := build(t, "")
	l.serve("orders", "10.0.21.10:5432")
	c := l.mustPass("sidecar", "10.0.21.10:5432")
	l.follow(`{"op":"replace","path":"/SecurityGroups/3/IpPermissions","value":[]}`)
	if err := says(c); err != nil {
		t.Errorf("the tracked connection: %v", err)
	}
	l.mustVanish("sidecar", "10.0.21.10:5432")
	l.follow(`{"op":"add","path":"/SecurityGroups/3/IpPermissions/-","value":{"IpProtocol":"tcp","FromPort":5432,"ToPort":5432,"IpRanges":[{"CidrIp":"10.0.1.20/32"}]}}`)
	l.mustPass("sidecar", "10.0.21.10:5432")
	l.mustVanish("agent-a", "10.0.21.10:5432")
}

func TestWithinASubnetOnlyGroupsCount(t *testing.T) {
	l := build(t, `{"op":"replace","path":"/NetworkAcls/0/Entries","value":[]},
		{"op":"add","path":"/SecurityGroups/1/IpPermissionsEgress/-","value":{"IpProtocol":"tcp","FromPort":8080,"ToPort":8080,"IpRanges":[{"CidrIp":"10.0.0.0/16"}]}}`)
	l.serve("agent-a", "10.0.1.10:8080")
	l.mustVanish("sidecar", "10.0.1.10:8080")
	l.follow(`{"op":"add","path":"/SecurityGroups/1/IpPermissions/-","value":{"IpProtocol":"-1","UserIdGroupPairs":[{"GroupId":"` + l.world.Network().SecurityGroups[1].GroupID + `"}]}}`)
	l.mustPass("sidecar", "10.0.1.10:8080")
	l.follow(`{"op":"add","path":"/RouteTables/1/Routes/-","value":{"DestinationCidrBlock":"10.0.1.0/24","NetworkInterfaceId":"eni-0deaddeaddeaddead","State":"blackhole"}}`)
	l.mustPass("sidecar", "10.0.1.10:8080") // nor does the route table
	l.serve("endpoint-a", "10.0.11.10:443")
	l.mustVanish("sidecar", "10.0.11.10:443") // another subnet: the ACL without rules denies
}

func TestACLsAreStateless(t *testing.T) {
	const acls = `{"op":"add","path":"/NetworkAcls/-","value":{"NetworkAclId":"acl-0db","VpcId":"-","IsDefault":false,"Associations":[{"SubnetId":"%s"}],"Entries":%s}},
		{"op":"replace","path":"/NetworkAcls/0/Associations","value":[]}`
	in := `{"RuleNumber":100,"Egress":false,"Protocol":"6","RuleAction":"allow","CidrBlock":"10.0.0.0/16","PortRange":{"From":5432,"To":5432}}`
	for name, c := range map[string]struct {
		entries string
		passes  bool
	}{
		"both ways":              {`[` + in + `,{"RuleNumber":100,"Egress":true,"Protocol":"6","RuleAction":"allow","CidrBlock":"10.0.0.0/16","PortRange":{"From":1024,"To":65535}}]`, true},
		"no way back":            {`[` + in + `]`, false},
		"way back to low ports":  {`[` + in + `,{"RuleNumber":100,"Egress":true,"Protocol":"6","RuleAction":"allow","CidrBlock":"0.0.0.0/0","PortRange":{"From":1,"To":1023}}]`, false},
		"a lower number decides": {`[` + in + `,{"RuleNumber":90,"Egress":false,"Protocol":"-1","RuleAction":"deny","CidrBlock":"10.0.1.20/32"},{"RuleNumber":100,"Egress":true,"Protocol":"-1","RuleAction":"allow","CidrBlock":"0.0.0.0/0"}]`, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := world.Healthy("private")
			if err != nil {
				t.Fatal(err)
			}
			subnet := w.Network().Subnets[4].SubnetID
			l := build(t, sprintf(acls, subnet, c.entries))
			l.serve("orders", "10.0.21.10:5432")
			if c.passes {
				l.mustPass("sidecar", "10.0.21.10:5432")
			} else {
				l.mustVanish("sidecar", "10.0.21.10:5432")
			}
		})
	}
}

func TestNATGatewayShowsItsElasticAddress(t *testing.T) {
	l := build(t, "")
	l.serve("agentcore-front", "198.51.100.10:443")
	_, seen, err := l.dial("sidecar", "198.51.100.10:443")
	if err != nil || seen != "192.0.2.10" {
		t.Errorf("the front sees %q, %v", seen, err)
	}
	l.mustVanish("sidecar", "198.51.100.10:80")      // not in the group's egress
	l.mustVanish("orders", "198.51.100.10:443")      // no route
	l.mustVanish("agentcore-front", "192.0.2.10:80") // nothing comes in through NAT
	l.mustVanish("agentcore-front", "10.0.1.20:443") // private addresses are not on the internet
}

func TestRoutes(t *testing.T) {
	for name, operation := range map[string]string{
		"none":                       `{"op":"remove","path":"/RouteTables/1/Routes/1"}`,
		"blackhole":                  `{"op":"replace","path":"/RouteTables/1/Routes/1/State","value":"blackhole"}`,
		"NAT gateway failed":         `{"op":"replace","path":"/NatGateways/0/State","value":"failed"}`,
		"NAT gateway without a way":  `{"op":"remove","path":"/RouteTables/3/Routes/1"}`,
		"internet gateway detached":  `{"op":"replace","path":"/InternetGateways/0/Attachments","value":[]}`,
		"gateway, no public address": `{"op":"remove","path":"/RouteTables/1/Routes/1/NatGatewayId"},{"op":"add","path":"/RouteTables/1/Routes/1/GatewayId","value":"%s"}`,
	} {
		t.Run(name, func(t *testing.T) {
			l := build(t, "")
			l.serve("agentcore-front", "198.51.100.10:443")
			l.mustPass("sidecar", "198.51.100.10:443")
			l.follow(sprintf(operation, l.world.Document()["InternetGateways"].([]any)[0].(map[string]any)["InternetGatewayId"]))
			l.mustVanish("sidecar", "198.51.100.10:443")
		})
	}
}

func TestTheResolverIsNeverFiltered(t *testing.T) {
	l := build(t, `{"op":"replace","path":"/NetworkAcls/0/Entries","value":[]},{"op":"replace","path":"/SecurityGroups/1/IpPermissionsEgress","value":[]},{"op":"replace","path":"/RouteTables/1/Routes","value":[]}`)
	for _, address := range []string{"10.0.0.2:53", "169.254.169.253:53"} {
		l.serve("vpc-resolver", address)
		l.mustPass("sidecar", address)
		l.mustPass("orders", address)
	}
}

func TestAStoppedDatabaseIsSilent(t *testing.T) {
	l := build(t, "")
	l.serve("orders", "10.0.21.10:5432")
	c := l.mustPass("sidecar", "10.0.21.10:5432")
	l.follow(`{"op":"replace","path":"/DBInstances/0/DBInstanceStatus","value":"stopped"}`)
	l.mustVanish("sidecar", "10.0.21.10:5432")
	if says(c) == nil {
		t.Error("a tracked connection lives on")
	}
	l.follow(`{"op":"replace","path":"/DBInstances/0/DBInstanceStatus","value":"available"}`)
	l.mustPass("sidecar", "10.0.21.10:5432")
}

func TestAnEndpointThatIsNotAvailableIsSilent(t *testing.T) {
	l := build(t, `{"op":"replace","path":"/VpcEndpoints/0/State","value":"pending"}`)
	l.serve("endpoint-a", "10.0.11.10:443")
	l.mustVanish("sidecar", "10.0.11.10:443")
	l.follow(`{"op":"replace","path":"/VpcEndpoints/0/State","value":"available"}`)
	l.mustPass("sidecar", "10.0.11.10:443")
}

func TestWhatGoesLeavesTheOthersInPlace(t *testing.T) {
	l := build(t, "")
	l.serve("orders", "10.0.21.10:5432")
	l.follow(`{"op":"remove","path":"/Lab/Hosts/1"},{"op":"remove","path":"/NetworkInterfaces/0"}`)
	l.mustPass("sidecar", "10.0.21.10:5432")
	l.mustVanish("agent-a", "10.0.21.10:5432")
}

func TestFirewalls(t *testing.T) {
	l := build(t, "")
	l.serve("orders", "10.0.21.10:5432")
	set := func(action string) {
		l.follow(`{"op":"add","path":"/Lab/Hosts/5/Firewall","value":[{"Action":"` + action + `","Protocol":"tcp","Port":5432}]}`)
	}
	set("drop")
	l.mustVanish("sidecar", "10.0.21.10:5432")
	set("reject")
	if _, _, err := l.dial("sidecar", "10.0.21.10:5432"); !errors.Is(err, syscall.EHOSTUNREACH) {
		t.Errorf("rejected: %v", err)
	}
	set("refuse")
	if _, _, err := l.dial("sidecar", "10.0.21.10:5432"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refused: %v", err)
	}
	l.follow(`{"op":"remove","path":"/Lab/Hosts/5/Firewall"}`)
	l.mustPass("sidecar", "10.0.21.10:5432")
}
