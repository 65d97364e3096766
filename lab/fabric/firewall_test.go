package fabric_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

func TestEachNthConnectionVanishes(t *testing.T) {
	l := build(t, "")
	l.serve("orders", "10.0.21.10:5432")
	l.follow(`{"op":"add","path":"/Lab/Hosts/5/Firewall","value":[{"Action":"drop","Protocol":"tcp","Port":5432,"Every":1000}]}`)
	l.mustVanish("sidecar", "10.0.21.10:5432") // the first
	l.mustPass("sidecar", "10.0.21.10:5432")
	l.mustPass("sidecar", "10.0.21.10:5432")
}

// What is longer than the path's MTU vanishes in both directions, and nobody
// says so (RFC 2923, 2.1); what is shorter passes.
func TestLargePacketsVanish(t *testing.T) {
	l := build(t, `{"op":"add","path":"/Lab/Hosts/5/Firewall","value":[{"Action":"drop","Protocol":"tcp","Port":5432,"LargerThan":1400}]}`)
	l.serve("orders", "10.0.21.10:5432")
	c := l.mustPass("sidecar", "10.0.21.10:5432")
	for _, test := range []struct {
		bytes  int
		passes bool
	}{{1000, true}, {3000, false}} {
		_ = c.SetDeadline(time.Now().Add(patience))
		if _, err := c.Write(bytes.Repeat([]byte("x"), test.bytes)); err != nil {
			t.Fatal(err)
		}
		_, err := io.ReadFull(c, make([]byte, test.bytes))
		if passed := err == nil; passed != test.passes || err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d bytes: %v, want passing %v", test.bytes, err, test.passes)
		}
	}
}

func TestANATGatewayRunsOutOfPorts(t *testing.T) {
	l := build(t, `{"op":"add","path":"/Lab/Hosts/6/Exhausted","value":[{"Address":"198.51.100.10","Port":443,"Every":2}]}`)
	l.serve("agentcore-front", "198.51.100.10:443")
	l.serve("agentcore-front", "198.51.100.11:443")
	for range 2 {
		l.mustVanish("sidecar", "198.51.100.10:443")
		l.mustPass("sidecar", "198.51.100.10:443")
		l.mustPass("sidecar", "198.51.100.11:443")
	}
}
