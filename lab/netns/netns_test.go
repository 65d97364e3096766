package netns_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/lab/netns"
	"github.com/agentcore-probe/probe/lab/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { os.Exit(sandboxtest.Main(m, nil)) }

// space makes a namespace with a loopback interface.
func space(t *testing.T) *netns.Namespace {
	t.Helper()
	sandboxtest.Need(t)
	n, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := n.Do(func() error {
		lo, err := netlink.LinkByName("lo")
		if err != nil {
			return err
		}
		return netlink.LinkSetUp(lo)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSocketsBelongToTheirNamespace(t *testing.T) {
	here, there := space(t), space(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	at := netip.MustParseAddrPort("127.0.0.1:7")
	l, err := here.Listen(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := here.Dial(t.Context(), "tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if _, err := there.Dial(t.Context(), "tcp", at.String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("from the other namespace: %v", err)
	}
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.String()); err == nil {
		t.Error("from no namespace: no error")
	}
	p, err := there.ListenPacket(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	_ = p.Close()
}

func TestSettingsAreTheNamespacesOwn(t *testing.T) {
	one, other := space(t), space(t)
	if err := one.Set("ipv4/ip_forward", 1); err != nil {
		t.Fatal(err)
	}
	for want, n := range map[string]*netns.Namespace{"1\n": one, "0\n": other} {
		if err := n.Do(func() error {
			got, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
			if string(got) != want {
				t.Errorf("ip_forward is %q, want %q", got, want)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
}

func TestErrorsOfTheFunctionComeBack(t *testing.T) {
	n := space(t)
	if err := n.Do(func() error { return os.ErrInvalid }); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("error is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Dial(ctx, "tcp", "127.0.0.1:7"); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if _, err := n.Dial(t.Context(), "tcp", "localhost:7"); err == nil {
		t.Error("a name was dialled")
	}
}
