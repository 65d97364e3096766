package dns_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/agentcore-probe/probe/probes/dns"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// hosts(5): an address, then names; comments run to the end of the line; names
// are compared without regard to case.
func TestParseHosts(t *testing.T) {
	got, err := dns.ParseHosts(strings.NewReader("127.0.0.1 localhost # this host\n#10.0.0.9 commented\n\n10.0.1.5\tAPI.example.com api\n10.0.1.6 api\n10.0.1.5 api\nnonsense name\n::1 localhost\nlonely\n"))
	want := dns.Hosts{
		"localhost.":       {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")},
		"api.example.com.": {netip.MustParseAddr("10.0.1.5")},
		"api.":             {netip.MustParseAddr("10.0.1.5"), netip.MustParseAddr("10.0.1.6")},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// A line of the hosts file comes before every server (nsswitch.conf: files dns).
func TestHostsComeFirst(t *testing.T) {
	c := dns.Client{Dialer: tcp.Dialer{AllowLoopback: true}, Hosts: dns.Hosts{"api.example.com.": {netip.MustParseAddr("2001:db8::5"), netip.MustParseAddr("10.0.1.5")}}}
	r := c.Resolve(t.Context(), "API.example.com")
	if diff := cmp.Diff([]netip.Addr{netip.MustParseAddr("10.0.1.5")}, r.Addresses, cmpopts.EquateComparable(netip.Addr{})); diff != "" || r.Failure != "" || len(r.Steps) != 0 {
		t.Errorf("%+v", r)
	}
	if got := r.Facts()["server"]; got != dns.HostsFile {
		t.Errorf("server %q", got)
	}
}
