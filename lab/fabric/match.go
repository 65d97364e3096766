package fabric

import (
	"net"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A match is a part of an nftables rule; a rule is the matches, then a verdict.
type match []expr.Any

// field is an address of a packet.
type field int

// The two of them.
const (
	sourceAddress field = iota
	destinationAddress
)

// offset and length of the field in the header of IPv4 (RFC 791) or IPv6 (RFC
// 8200).
func (f field) in(six bool) (offset, length uint32) {
	if six {
		return 8 + 16*uint32(f), 16
	}
	return 12 + 4*uint32(f), 4
}

// Offsets in the headers of IPv4 (RFC 791), and of TCP and UDP (RFC 9293, RFC
// 768).
const (
	totalLength     = 2
	sourcePort      = 0
	destinationPort = 2
)

func rule(parts ...match) []expr.Any { return slices.Concat(parts...) }

func verdict(kind expr.VerdictKind) match { return match{&expr.Verdict{Kind: kind}} }

func jump(chain string) match { return match{&expr.Verdict{Kind: expr.VerdictJump, Chain: chain}} }

func arrivesOn(link string) match { return name(expr.MetaKeyIIFNAME, link) }
func leavesOn(link string) match  { return name(expr.MetaKeyOIFNAME, link) }

func name(key expr.MetaKey, link string) match {
	return match{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: interfaceName(link)}}
}

func interfaceName(link string) []byte {
	padded := make([]byte, unix.IFNAMSIZ)
	copy(padded, link)
	return padded
}

// among matches packets whose interface is in a set, or with not is not.
func among(key expr.MetaKey, set *nftables.Set, not bool) match {
	return match{&expr.Meta{Key: key, Register: 1}, &expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID, Invert: not}}
}

// addressAmong matches packets whose address is in a set, or with not is not.
func addressAmong(of field, set *nftables.Set, not bool) match {
	return append(address(of, set.KeyType == nftables.TypeIP6Addr), &expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID, Invert: not})
}

func address(of field, six bool) match {
	offset, length := of.in(six)
	return match{&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length}}
}

func within(of field, p netip.Prefix) match {
	if p.Bits() == 0 {
		return nil
	}
	length := p.Addr().BitLen() / 8
	return append(address(of, p.Addr().Is6()),
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: uint32(length), Mask: net.CIDRMask(p.Bits(), 8*length), Xor: make([]byte, length)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: p.Masked().Addr().AsSlice()})
}

func isNot(of field, a netip.Addr) match {
	return append(address(of, a.Is6()), &expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: a.AsSlice()})
}

func is(of field, a netip.Addr) match {
	return append(address(of, a.Is6()), &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: a.AsSlice()})
}

// larger matches IP packets of more bytes.
func larger(bytes int) match {
	return match{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: totalLength, Len: 2},
		&expr.Cmp{Op: expr.CmpOpGt, Register: 1, Data: binaryutil.BigEndian.PutUint16(uint16(min(bytes, 65535)))},
	}
}

// state matches packets in one of these states of connection tracking.
func state(bits uint32) match {
	return match{
		&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: binaryutil.NativeEndian.PutUint32(bits), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
	}
}

// tracked matches packets of connections that were admitted, and the errors
// that belong to them.
func tracked() match { return state(expr.CtStateBitESTABLISHED | expr.CtStateBitRELATED) }

// untracked matches packets that belong to no connection that was admitted.
func untracked() match {
	m := tracked()
	m[len(m)-1] = &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: make([]byte, 4)}
	return m
}

// protocol matches an IP protocol by number; -1 is every one.
func protocol(number int) match {
	if number < 0 {
		return nil
	}
	return match{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{byte(number)}}}
}

// ports matches destination ports of TCP and UDP.
func ports(from, to int) match {
	if from <= 0 && to >= 65535 {
		return nil
	}
	return portRange(destinationPort, from, to)
}

func portRange(offset uint32, from, to int) match {
	return match{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
		&expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: binaryutil.BigEndian.PutUint16(uint16(max(from, 0))), ToData: binaryutil.BigEndian.PutUint16(uint16(min(max(to, 0), 65535)))},
	}
}

// icmp matches type and code; -1 is every one.
func icmp(kind, code int) match {
	var m match
	for offset, value := range []int{kind, code} {
		if value < 0 {
			return m
		}
		m = append(m, &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: uint32(offset), Len: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{byte(value)}})
	}
	return m
}
