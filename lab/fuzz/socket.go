package fuzz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// number is the IP protocol of a flow.
func (f Flow) number() int {
	switch f.Protocol {
	case "tcp":
		return unix.IPPROTO_TCP
	case "udp":
		return unix.IPPROTO_UDP
	case "icmp":
		return unix.IPPROTO_ICMP
	}
	n, _ := strconv.Atoi(f.Protocol) // drawn, or checked when it was read
	return n
}

// isEcho tells a ping, that the kernel of the other end answers.
func isEcho(protocol int) bool {
	return protocol == unix.IPPROTO_ICMP || protocol == unix.IPPROTO_ICMPV6
}

// server answers at an endpoint.
type server struct {
	fd int
	endpoint
}

// serve opens the servers that flows ask for.
func (k *kernel) serve(flows []Flow) error {
	for _, f := range flows {
		e := endpoint{f.To, f.number(), f.Port}
		place, somebody := k.places[f.To]
		if k.servers[e] != nil || !somebody || isEcho(e.protocol) {
			continue
		}
		space, ok := k.fabric.Namespace(place)
		if !ok {
			return fmt.Errorf("no namespace of %s", place)
		}
		s := &server{endpoint: e}
		err := space.Do(func() (err error) {
			if s.fd, err = open(e.at, e.protocol); err != nil {
				return err
			}
			if err := unix.Bind(s.fd, address(e.at, e.bound())); err != nil || e.protocol != unix.IPPROTO_TCP {
				return err
			}
			return unix.Listen(s.fd, 1024) // nobody accepts: the kernel completes the handshake
		})
		if err != nil {
			return fmt.Errorf("server at %s, protocol %d, port %d: %w", e.at, e.protocol, e.port, err)
		}
		k.servers[e] = s
	}
	return nil
}

// bound is the port to bind to: raw sockets have none.
func (e endpoint) bound() uint16 {
	if e.protocol == unix.IPPROTO_TCP || e.protocol == unix.IPPROTO_UDP {
		return e.port
	}
	return 0
}

func open(a netip.Addr, protocol int) (int, error) {
	domain, kind := unix.AF_INET, unix.SOCK_RAW
	if a.Is6() {
		domain = unix.AF_INET6
	}
	switch protocol {
	case unix.IPPROTO_TCP:
		kind = unix.SOCK_STREAM
	case unix.IPPROTO_UDP:
		kind = unix.SOCK_DGRAM
	}
	return unix.Socket(domain, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
}

func address(a netip.Addr, port uint16) unix.Sockaddr {
	if a.Is4() {
		return &unix.SockaddrInet4{Addr: a.As4(), Port: int(port)}
	}
	return &unix.SockaddrInet6{Addr: a.As16(), Port: int(port)}
}

// echoes reports whether we, and not the kernel, answer.
func (s *server) echoes() bool { return s.protocol != unix.IPPROTO_TCP }

// Requests and replies over raw sockets and UDP are a mark and the number of the
// flow.
var (
	request = []byte("ask")
	reply   = []byte("answer")
)

// echo answers what has arrived.
func (s *server) echo() {
	packet := make([]byte, 256)
	for {
		n, from, err := unix.Recvfrom(s.fd, packet, 0)
		if err != nil {
			return
		}
		if _, number, ok := bytes.Cut(packet[:n], request); ok {
			_ = unix.Sendto(s.fd, append(bytes.Clone(reply), number...), 0, from) // lost is lost
		}
	}
}

// client is the sender of a flow.
type client struct {
	fd       int
	protocol int
	wanted   []byte // what a reply ends with
}

// send opens the client of a flow and sends its first packet.
func (k *kernel) send(f Flow, number uint16) (*client, error) {
	space, ok := k.fabric.Namespace(k.places[f.Source])
	if !ok {
		return nil, fmt.Errorf("no interface with the address %s", f.Source)
	}
	c := &client{protocol: f.number()}
	first, wanted := c.packets(number)
	c.wanted = wanted
	err := space.Do(func() (err error) {
		if c.fd, err = open(f.To, c.protocol); err != nil {
			return err
		}
		if err := unix.Bind(c.fd, address(f.Source, 0)); err != nil {
			return err
		}
		port := endpoint{protocol: c.protocol, port: f.Port}.bound()
		if err := unix.Connect(c.fd, address(f.To, port)); err != nil && !errors.Is(err, unix.EINPROGRESS) {
			return err
		}
		if first == nil {
			return nil
		}
		_, err = unix.Write(c.fd, first)
		return err
	})
	return c, err
}

// packets are the first one and what its reply ends with. TCP has its own.
func (c *client) packets(number uint16) (first, wanted []byte) {
	id := binary.BigEndian.AppendUint16(nil, number)
	switch c.protocol {
	case unix.IPPROTO_TCP:
		return nil, nil
	case unix.IPPROTO_ICMP:
		return echoRequest(8, id), append([]byte{0}, id...) // RFC 792: an echo reply is of type 0
	case unix.IPPROTO_ICMPV6:
		return echoRequest(128, id), append([]byte{129}, id...) // RFC 4443
	}
	return append(bytes.Clone(request), id...), append(bytes.Clone(reply), id...)
}

// echoRequest is an ICMP message: type, code, checksum, identifier, sequence
// number. The kernel computes the checksum of ICMPv6 itself.
func echoRequest(kind byte, id []byte) []byte {
	message := []byte{kind, 0, 0, 0, id[0], id[1], 0, 1}
	var sum uint32
	for i := 0; i < len(message); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(message[i:]))
	}
	binary.BigEndian.PutUint16(message[2:], ^uint16(sum+sum>>16)) // RFC 1071
	return message
}

// event is what the client waits for.
func (c *client) event() int16 {
	if c.protocol == unix.IPPROTO_TCP {
		return unix.POLLOUT
	}
	return unix.POLLIN
}

// answered takes what has arrived; it returns whether the flow is decided.
func (c *client) answered(passed *bool) bool {
	if c.protocol == unix.IPPROTO_TCP {
		code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		*passed = err == nil && code == 0
		return true
	}
	packet := make([]byte, 256)
	for {
		n, _, err := unix.Recvfrom(c.fd, packet, 0)
		if err != nil {
			return false
		}
		if c.matches(packet[:n]) {
			*passed = true
			return true
		}
	}
}

// matches tells the reply of this flow among all that a raw socket gets, with
// the header of IPv4 before it.
func (c *client) matches(packet []byte) bool {
	if c.protocol == unix.IPPROTO_ICMP && len(packet) > 20 {
		packet = packet[int(packet[0]&0x0f)*4:]
	}
	if isEcho(c.protocol) {
		return len(packet) >= 8 && packet[0] == c.wanted[0] && bytes.Equal(packet[4:6], c.wanted[1:])
	}
	return bytes.HasSuffix(packet, c.wanted)
}
