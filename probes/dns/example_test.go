package dns_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	mdns "github.com/miekg/dns"

	"github.com/agentcore-probe/probe/probes/dns"
)

// A name server answers the name of the data plane with the addresses of an
// interface endpoint; no other name exists.
func ExampleClient() {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &mdns.Server{PacketConn: packets, Handler: mdns.HandlerFunc(privateZone)}
	stopped := make(chan error)
	go func() { stopped <- server.ActivateAndServe() }()

	client := dns.Client{Servers: []netip.AddrPort{netip.MustParseAddrPort(packets.LocalAddr().String())}, Limit: 2 * time.Second}
	for _, name := range []string{"bedrock-agentcore.us-east-1.amazonaws.com", "bedrock-agentcore.us-west-2.amazonaws.com"} {
		r := client.Resolve(context.Background(), name)
		fmt.Printf("%v %q\n", r.Addresses, r.Failure)
	}
	packets.Close()
	<-stopped
	// Output:
	// [10.0.11.10 10.0.12.10] ""
	// [] "dns_nxdomain"
}

func privateZone(w mdns.ResponseWriter, query *mdns.Msg) {
	reply := new(mdns.Msg).SetReply(query)
	if query.Question[0].Name != "bedrock-agentcore.us-east-1.amazonaws.com." {
		reply.Rcode = mdns.RcodeNameError
	}
	for _, address := range []string{"10.0.11.10", "10.0.12.10"} {
		record, err := mdns.NewRR(query.Question[0].Name + " 60 IN A " + address)
		if err == nil && reply.Rcode == mdns.RcodeSuccess {
			reply.Answer = append(reply.Answer, record)
		}
	}
	w.WriteMsg(reply)
}

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
