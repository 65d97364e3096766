package dns_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
	"go.uber.org/goleak"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/dns"
	"github.com/agentcore-probe/probe/probes/tcp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wire is a name server on loopback that answers with whatever bytes its
// functions return; nil means silence.
type wire struct {
	udp func(query []byte) [][]byte
	tcp func(query []byte) []byte // with the length prefix
}

func (w wire) start(t *testing.T) netip.AddrPort {
	t.Helper()
	packets, l := onOnePort(t)
	var group sync.WaitGroup
	t.Cleanup(group.Wait)
	t.Cleanup(func() { packets.Close() })
	group.Go(func() { w.serveUDP(packets) })
	if w.tcp == nil {
		l.Close()
	} else {
		group.Go(func() { w.serveTCP(l) })
		t.Cleanup(func() { l.Close() })
	}
	return netip.MustParseAddrPort(packets.LocalAddr().String())
}

// onOnePort listens for UDP and TCP on the same port. The kernel chooses a port
// for one of them, which the other may find taken: then another is tried.
func onOnePort(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	var failed error
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets, err := net.ListenPacket("udp", l.Addr().String())
		if err == nil {
			return packets, l
		}
		l.Close()
		failed = err
	}
	t.Fatal(failed)
	return nil, nil
}

func (w wire) serveUDP(packets net.PacketConn) {
	buffer := make([]byte, 65535)
	for {
		n, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return
		}
		for _, reply := range w.udp(buffer[:n]) {
			packets.WriteTo(reply, from)
		}
	}
}

func (w wire) serveTCP(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err == nil {
			query := make([]byte, binary.BigEndian.Uint16(size[:]))
			io.ReadFull(conn, query)
			conn.Write(w.tcp(query))
		}
		conn.Close()
	}
}

// records answers from zone-file lines by question name and type; recursion
// and delegation are the test's business.
type records struct {
	answer   map[string][]string // "name type" → records
	ns       map[string][]string // authority section by question name
	extra    []string
	rcode    map[string]int
	asked    chan<- string
	referral bool // answers are not authoritative
}

func (r records) start(t *testing.T) netip.AddrPort {
	t.Helper()
	return wire{
		udp: func(query []byte) [][]byte { return [][]byte{pack(t, r.reply(t, query))} },
		tcp: func(query []byte) []byte { return framed(pack(t, r.reply(t, query))) },
	}.start(t)
}

func (r records) reply(t *testing.T, query []byte) *mdns.Msg {
	q := parse(t, query)
	m := new(mdns.Msg)
	m.SetReply(q)
	name, kind := q.Question[0].Name, mdns.TypeToString[q.Question[0].Qtype]
	if r.asked != nil {
		select {
		case r.asked <- name + " " + kind:
		default:
		}
	}
	m.Authoritative = !r.referral
	m.Rcode = r.rcode[name]
	m.Answer = rrs(t, r.answer[name+" "+kind])
	if len(m.Answer) == 0 {
		m.Ns = rrs(t, r.ns[name])
	}
	m.Extra = rrs(t, r.extra)
	return m
}

func rrs(t *testing.T, lines []string) []mdns.RR {
	var out []mdns.RR
	for _, line := range lines {
		rr, err := mdns.NewRR(line)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		out = append(out, rr)
	}
	return out
}

func parse(t *testing.T, query []byte) *mdns.Msg {
	q := new(mdns.Msg)
	if err := q.Unpack(query); err != nil {
		t.Errorf("our own query: %v", err)
	}
	return q
}

func pack(t *testing.T, m *mdns.Msg) []byte {
	b, err := m.Pack()
	if err != nil {
		t.Error(err)
	}
	return b
}

func framed(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

const limit = 250 * time.Millisecond

// busy is what a loaded machine may add: only a hang takes longer.
const busy = 5 * time.Second

func client(servers ...netip.AddrPort) dns.Client {
	return dns.Client{Dialer: tcp.Dialer{AllowLoopback: true}, Servers: servers, Limit: limit, Attempts: 1}
}

func addrs(texts ...string) []netip.Addr {
	var out []netip.Addr
	for _, text := range texts {
		out = append(out, netip.MustParseAddr(text))
	}
	return out
}

func failures(steps []netpath.Step) []netpath.Failure {
	var out []netpath.Failure
	for _, s := range steps {
		out = append(out, s.Failure)
	}
	return out
}
