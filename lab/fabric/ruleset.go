package fabric

import (
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
)

// socketBuffer holds the messages and answers of one batch: the default is too
// small for the rules of a VPC.
const socketBuffer = 4 << 20

// ruleset is a table of a namespace, written in one transaction: there is
// no moment without rules, and tracked connections stay tracked.
type ruleset struct {
	conn   *nftables.Conn
	table  *nftables.Table
	family family
	sets   map[string]*nftables.Set
	err    error
}

func newRuleset(space int, name string, f family) (*ruleset, error) {
	conn, err := nftables.New(nftables.WithNetNSFd(space), nftables.WithSockOptions(func(c *netlink.Conn) error {
		// Beyond the limits of the machine the kernel refuses: then it is what it is.
		_ = c.SetReadBuffer(socketBuffer)
		_ = c.SetWriteBuffer(socketBuffer)
		return nil
	}))
	if err != nil {
		return nil, err
	}
	r := &ruleset{conn: conn, table: &nftables.Table{Family: f.table, Name: name}, family: f, sets: map[string]*nftables.Set{}}
	conn.AddTable(r.table)
	conn.DelTable(r.table)
	conn.AddTable(r.table)
	return r, nil
}

func (r *ruleset) base(name string, kind nftables.ChainType, hook *nftables.ChainHook, priority *nftables.ChainPriority, policy nftables.ChainPolicy) *nftables.Chain {
	return r.conn.AddChain(&nftables.Chain{Name: name, Table: r.table, Type: kind, Hooknum: hook, Priority: priority, Policy: &policy})
}

func (r *ruleset) chain(name string) *nftables.Chain {
	return r.conn.AddChain(&nftables.Chain{Name: name, Table: r.table})
}

func (r *ruleset) add(chain *nftables.Chain, parts ...match) {
	r.conn.AddRule(&nftables.Rule{Table: r.table, Chain: chain, Exprs: rule(parts...)})
}

// set makes a named set. Elements must be distinct.
func (r *ruleset) set(name string, kind nftables.SetDatatype, keys [][]byte) *nftables.Set {
	set := &nftables.Set{Table: r.table, Name: name, KeyType: kind}
	elements := make([]nftables.SetElement, len(keys))
	for i, key := range keys {
		elements[i].Key = key
	}
	if err := r.conn.AddSet(set, elements); err != nil && r.err == nil {
		r.err = fmt.Errorf("set %s: %w", name, err)
	}
	return set
}

func (r *ruleset) apply() error {
	if r.err != nil {
		return r.err
	}
	if err := r.conn.Flush(); err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	return nil
}

// The verdicts.
var (
	accept = verdict(expr.VerdictAccept)
	drop   = verdict(expr.VerdictDrop)
	back   = verdict(expr.VerdictReturn)
)
