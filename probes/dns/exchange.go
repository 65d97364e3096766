package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/agentcore-probe/probe/netpath"
	"github.com/agentcore-probe/probe/probes/tcp"
)

// strangers bounds the datagrams that are ignored because they answer
// something else (RFC 5452, 9.1), so that a flood cannot hold the probe.
const strangers = 64

var errNotOurs = errors.New("not an answer to our question")

// server is a name server together with how much it is trusted.
type server struct {
	at         netip.AddrPort
	configured bool // named by the host's configuration: may be link-local
}

// ask sends one question over UDP, and over TCP where the answer is truncated
// (RFC 7766) or, if the client says so, where none comes. Every ask is one step.
func (c Client) ask(ctx context.Context, to server, question dns.Question, recurse bool) (*dns.Msg, netpath.Step) {
	step := netpath.Step{Operation: netpath.OpResolve, Start: time.Now(), Server: to.at}
	query := new(dns.Msg)
	query.Id = dns.Id()
	query.RecursionDesired = recurse
	query.Question = []dns.Question{question}

	reply, err := c.exchange(ctx, to, "udp", query)
	failure := classify(ctx, err)
	transport := "udp"
	if err == nil && reply.Truncated {
		transport = "tcp"
		reply, err = c.exchange(ctx, to, "tcp", query)
		failure = classify(ctx, err)
		if failure != "" && failure != netpath.FailureDNSMalformed && failure != netpath.FailureCancelled {
			failure = netpath.FailureDNSTCPBlocked
		}
	} else if c.ThenTCP && (failure == netpath.FailureDNSTimeout || failure == netpath.FailureDNSUnreachable) {
		transport = "udp and tcp"
		reply, err = c.exchange(ctx, to, "tcp", query)
		failure = classify(ctx, err)
	}
	step.Duration = time.Since(step.Start)
	what := fmt.Sprintf("%s %s %s", to.at, transport, dns.TypeToString[question.Qtype])
	if err != nil {
		step.Failure = failure
		step.Detail = what + ": " + describe(failure, err, c.Limit)
		return nil, step
	}
	step.Failure = rcode(reply.Rcode)
	step.Detail = fmt.Sprintf("%s: %s, %d records", what, rcodeName(reply.Rcode), len(reply.Answer))
	return reply, step
}

func (c Client) exchange(ctx context.Context, to server, network string, query *dns.Msg) (*dns.Msg, error) {
	dial := c.Dialer.Dial
	if to.configured {
		dial = c.Dialer.DialNameServer
	}
	start := time.Now()
	conn, err := dial(ctx, network, to.at, c.Limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	stop := tcp.Interrupt(ctx, conn)
	defer stop()
	if err := conn.SetDeadline(start.Add(c.Limit)); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	packed, err := query.Pack()
	if err != nil {
		return nil, err
	}
	if network == "tcp" {
		return overTCP(conn, query, packed)
	}
	return overUDP(conn, query, packed)
}

func overUDP(conn net.Conn, query *dns.Msg, packed []byte) (*dns.Msg, error) {
	if _, err := conn.Write(packed); err != nil {
		return nil, err
	}
	buffer := make([]byte, dns.MaxMsgSize)
	var stranger error
	for range strangers {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, errors.Join(stranger, err)
		}
		reply, err := decode(buffer[:n], query)
		if err == nil {
			return reply, nil
		}
		stranger = err
		if sameID(buffer[:n], query.Id) {
			return nil, err
		}
	}
	return nil, stranger
}

func overTCP(conn net.Conn, query *dns.Msg, packed []byte) (*dns.Msg, error) {
	framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
	if _, err := conn.Write(framed); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	buffer := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, buffer); err != nil {
		return nil, err
	}
	return decode(buffer, query)
}

// decode accepts what answers this query: a response with its id and its
// question. A truncated message may end in the middle of a record; an error
// response may leave the question out.
func decode(message []byte, query *dns.Msg) (*dns.Msg, error) {
	reply := new(dns.Msg)
	err := reply.Unpack(message)
	if !sameID(message, query.Id) {
		return nil, fmt.Errorf("%w: another id", errNotOurs)
	}
	if err != nil && !reply.Truncated {
		return nil, fmt.Errorf("%w: %w", errNotOurs, err)
	}
	if !reply.Response || reply.Opcode != dns.OpcodeQuery {
		return nil, fmt.Errorf("%w: not a response", errNotOurs)
	}
	if len(reply.Question) == 0 && (reply.Rcode != dns.RcodeSuccess || reply.Truncated) {
		return reply, nil
	}
	if len(reply.Question) != 1 || !sameQuestion(reply.Question[0], query.Question[0]) {
		return nil, fmt.Errorf("%w: another question", errNotOurs)
	}
	return reply, nil
}

func sameID(message []byte, id uint16) bool {
	return len(message) >= 2 && binary.BigEndian.Uint16(message) == id
}

func sameQuestion(a, b dns.Question) bool {
	return a.Qtype == b.Qtype && a.Qclass == b.Qclass && strings.EqualFold(a.Name, b.Name)
}

func classify(ctx context.Context, err error) netpath.Failure {
	if err == nil {
		return ""
	}
	if tcp.Ended(ctx) {
		return netpath.FailureCancelled
	}
	if errors.Is(err, errNotOurs) {
		return netpath.FailureDNSMalformed
	}
	switch failure := tcp.Classify(err); failure {
	case netpath.FailureTimeout:
		return netpath.FailureDNSTimeout
	case netpath.FailureNotPermitted, netpath.FailureCancelled:
		return failure
	case netpath.FailureClosed:
		return netpath.FailureDNSMalformed
	default:
		return netpath.FailureDNSUnreachable
	}
}

func describe(failure netpath.Failure, err error, limit time.Duration) string {
	switch failure {
	case netpath.FailureDNSTimeout:
		return fmt.Sprintf("no answer within %s", limit)
	case netpath.FailureDNSMalformed:
		return tcp.Describe(netpath.FailureOther, err, limit)
	default:
		return tcp.Describe(tcp.Classify(err), err, limit)
	}
}

func rcode(code int) netpath.Failure {
	switch code {
	case dns.RcodeSuccess:
		return ""
	case dns.RcodeNameError:
		return netpath.FailureDNSNXDomain
	case dns.RcodeServerFailure:
		return netpath.FailureDNSServfail
	case dns.RcodeRefused:
		return netpath.FailureDNSRefused
	default:
		return netpath.FailureOther
	}
}

func rcodeName(code int) string {
	if name, ok := dns.RcodeToString[code]; ok {
		return name
	}
	return fmt.Sprintf("RCODE%d", code)
}
