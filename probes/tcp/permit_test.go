package tcp_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/tcp"
)

func TestPermit(t *testing.T) {
	for _, test := range []struct {
		addr, why string
		want      bool
	}{
		{"10.0.1.7", "RFC 1918", true},
		{"198.51.100.4", "public", true},
		{"2001:db8::1", "public", true},
		{"fd12:3456::1", "unique local (RFC 4193)", true},
		{"169.254.169.254", "instance metadata", false},
		{"169.254.170.2", "ECS task credentials", false},
		{"169.254.170.23", "EKS Pod Identity", false},
		{"fd00:ec2::254", "instance metadata", false},
		{"fd00:ec2::23", "EKS Pod Identity", false},
		{"::ffff:169.254.169.254", "mapped (RFC 4291, 2.5.5.2)", false},
		{"64:ff9b::a9fe:a9fe", "NAT64 of 169.254.169.254 (RFC 6052)", false},
		{"169.254.169.253", "link-local, even if a resolver", false},
		{"fe80::1", "link-local", false},
		{"fe80::1%eth0", "link-local with zone", false},
		{"fd00:ec2::253", "EC2's link services", false},
		{"127.0.0.1", "loopback", false},
		{"::1", "loopback", false},
		{"0.0.0.0", "means loopback on Linux", false},
		{"0.1.2.3", "this host (RFC 1122)", false},
		{"::", "unspecified", false},
		{"224.0.0.1", "multicast", false},
		{"ff02::1", "multicast", false},
		{"255.255.255.255", "broadcast", false},
	} {
		t.Run(test.addr+" "+test.why, func(t *testing.T) {
			err := tcp.Dialer{}.Permit(netip.MustParseAddr(test.addr))
			if (err == nil) != test.want {
				t.Errorf("Permit = %v", err)
			}
			if err != nil && !errors.Is(err, tcp.ErrAddress) {
				t.Errorf("%v does not wrap ErrAddress", err)
			}
		})
	}
}

func TestPermitLoopbackOnRequestOnly(t *testing.T) {
	d := tcp.Dialer{AllowLoopback: true}
	if err := d.Permit(netip.MustParseAddr("127.0.0.1")); err != nil {
		t.Error(err)
	}
	if err := d.Permit(netip.MustParseAddr("169.254.169.254")); err == nil {
		t.Error("metadata address permitted")
	}
}

func TestNameServerMayBeLinkLocalButNeverCredentials(t *testing.T) {
	for addr, want := range map[string]netpath.Failure{
		"169.254.169.254": netpath.FailureNotPermitted,
		"224.0.0.251":     netpath.FailureNotPermitted,
		"127.0.0.1":       "",
	} {
		conn, err := tcp.Dialer{}.DialNameServer(t.Context(), "udp", netip.AddrPortFrom(netip.MustParseAddr(addr), 53), limit)
		if conn != nil {
			defer conn.Close()
		}
		if got := tcp.Classify(err); got != want {
			t.Errorf("%s: %q, want %q (%v)", addr, got, want, err)
		}
	}
}
