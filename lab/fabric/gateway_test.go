package fabric_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"
)

const (
	storage = "198.51.100.65" // S3, in its prefix list
	tables  = "198.51.100.81" // DynamoDB, in another
)

func TestGatewayEndpoint(t *testing.T) {
	l := buildPattern(t, "isolated", "")
	l.serve("aws-storage", storage+":443")
	l.serve("aws-storage", storage+":80")
	l.serve("sidecar", "10.0.1.20:443")
	for _, from := range []string{"sidecar", "agent-a", "agent-b"} {
		_, seen, err := l.dial(from, storage+":443")
		if own := l.address(from); err != nil || seen != own {
			t.Errorf("S3 sees %s as %q, %v, want its private address %s", from, seen, err, own)
		}
	}
	l.mustVanish("sidecar", storage+":80")          // not in the group's egress
	l.mustVanish("caller", storage+":443")          // the callers' group names no prefix list
	l.mustVanish("orders", storage+":443")          // another route table, without the route
	l.mustVanish("aws-storage", "10.0.1.20:443")    // only replies come in
	l.mustVanish("sidecar", "198.51.100.10:443")    // not in the prefix list
	l.mustVanish("agentcore-front", "10.0.1.20:80") // nothing else on the internet either
}

func (l *lab) address(host string) string {
	h, _ := l.world.Lab().Host(host)
	e, _ := l.world.Network().NetworkInterface(h.NetworkInterfaceId)
	return e.PrivateIPAddress.String()
}

func TestGatewayEndpointThatDoesNotWork(t *testing.T) {
	index := map[string]string{}
	for name, operation := range map[string]string{
		"no route":               `{"op":"remove","path":"/RouteTables/1/Routes/1"}`,
		"blackhole":              `{"op":"replace","path":"/RouteTables/1/Routes/1/State","value":"blackhole"}`,
		"endpoint gone":          `{"op":"remove","path":"/VpcEndpoints/%s"}`,
		"endpoint pending":       `{"op":"replace","path":"/VpcEndpoints/%s/State","value":"pending"}`,
		"another service's":      `{"op":"replace","path":"/VpcEndpoints/%s/ServiceName","value":"com.amazonaws.us-east-1.dynamodb"}`,
		"another Region's":       `{"op":"replace","path":"/VpcEndpoints/%s/ServiceName","value":"com.amazonaws.eu-west-1.s3"}`,
		"prefix list empty":      `{"op":"replace","path":"/PrefixLists/0/Cidrs","value":[]}`,
		"group without the list": `{"op":"remove","path":"/SecurityGroups/1/IpPermissionsEgress/0/PrefixListIds/0"}`,
	} {
		t.Run(name, func(t *testing.T) {
			l := buildPattern(t, "isolated", "")
			for i, e := range l.world.Network().Endpoints {
				index[e.ServiceName] = sprintf("%d", i)
			}
			l.serve("aws-storage", storage+":443")
			l.serve("aws-storage", tables+":443")
			l.mustPass("sidecar", storage+":443")
			l.follow(sprintf(operation, index["com.amazonaws.us-east-1.s3"]))
			l.mustVanish("sidecar", storage+":443")
			l.mustPass("sidecar", tables+":443")
		})
	}
}

func TestALongerPrefixThanThePrefixList(t *testing.T) {
	l := buildPattern(t, "isolated", `{"op":"add","path":"/RouteTables/1/Routes/-","value":{"DestinationCidrBlock":"`+storage+`/32","NatGatewayId":"nat-0","State":"blackhole"}}`)
	l.serve("aws-storage", storage+":443")
	l.serve("aws-storage", "198.51.100.66:443")
	l.mustVanish("sidecar", storage+":443")
	l.mustPass("sidecar", "198.51.100.66:443")
}

const everything = `{"op":"add","path":"/SecurityGroups/1/IpPermissionsEgress/-","value":{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}}`

// A gateway endpoint takes TCP and ICMP echo only.
func TestGatewayEndpointTakesNoUDP(t *testing.T) {
	l := buildPattern(t, "isolated", everything)
	server, err := l.at("aws-storage").ListenPacket(t.Context(), netip.MustParseAddrPort(storage+":443"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close() //nolint:errcheck // nothing is written any more
	c, err := l.at("sidecar").Dial(t.Context(), "udp4", storage+":443")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // as above
	if _, err := c.Write([]byte("?")); err != nil {
		t.Fatal(err)
	}
	_ = server.SetReadDeadline(time.Now().Add(patience))
	if _, from, err := server.ReadFrom(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a datagram from %v, %v", from, err)
	}
	if err := l.echo("sidecar", storage); err != nil {
		t.Errorf("ICMP echo: %v", err)
	}
	if err := l.echo("caller", storage); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("ICMP echo that the callers' group does not admit: %v", err)
	}
}

// echo sends an ICMP echo request and waits for its reply (RFC 792).
func (l *lab) echo(from, to string) error {
	var c net.Conn
	err := l.at(from).Do(func() (err error) {
		c, err = (&net.Dialer{}).DialContext(context.Background(), "ip4:icmp", to)
		return err
	})
	if err != nil {
		return err
	}
	defer c.Close()                                 //nolint:errcheck // nothing is written any more
	request := []byte{8, 0, 0xf7, 0xfd, 0, 1, 0, 1} // type, code, checksum, identifier, sequence
	if _, err := c.Write(request); err != nil {
		return err
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	got := make([]byte, 128)
	for {
		n, err := c.Read(got)
		if err != nil {
			return err
		}
		if bytes.HasSuffix(got[:n], []byte{0, 1, 0, 1}) {
			return nil
		}
	}
}
