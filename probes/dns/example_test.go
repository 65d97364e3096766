package dns_test

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/agentcore-probe/probe/probes/dns"
)

func ExampleParseConf() {
	conf, err := dns.ParseConf(strings.NewReader("search ec2.internal\nnameserver 10.0.0.2\noptions timeout:1\n"), "/etc/resolv.conf")
	fmt.Println(conf.Servers, conf.Timeout, conf.Attempts, err)
	_, err = dns.ParseConf(strings.NewReader("nameserver vpc-resolver\n"), "/etc/resolv.conf")
	fmt.Println(err)
	// Output:
	// [10.0.0.2:53] 1s 2 <nil>
	// /etc/resolv.conf:1: nameserver vpc-resolver: not an IP address
}

func ExamplePrivate() {
	for _, text := range []string{"10.0.2.10", "198.51.100.10"} {
		fmt.Println(text, dns.Private(netip.MustParseAddr(text)))
	}
	// Output:
	// 10.0.2.10 true
	// 198.51.100.10 false
}
