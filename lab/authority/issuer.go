package authority

import (
	"crypto/tls"
	"strconv"
	"strings"
	"sync"

	"github.com/agentcore-probe/probe/lab/world"
)

// Issuer gives servers the certificates that the world's TLS knobs ask for. It
// is safe for concurrent use.
type Issuer struct {
	root   *Authority
	mu     sync.Mutex
	others map[string]*Authority
	issued map[string]*tls.Certificate
}

// NewIssuer issues in the name of root, except where a knob says otherwise.
func NewIssuer(root *Authority) *Issuer {
	return &Issuer{root: root, others: map[string]*Authority{}, issued: map[string]*tls.Certificate{}}
}

// Certificate returns the certificate of a server with these names: the same
// one for the same names and knob.
func (i *Issuer) Certificate(names []string, knob *world.TLS) (*tls.Certificate, error) {
	if knob == nil {
		knob = &world.TLS{}
	}
	if knob.Name != "" {
		names = []string{knob.Name}
	}
	key := strings.Join(names, " ") + "|" + knob.Issuer
	if knob.Expired {
		key += "|expired"
	}
	key += "|" + strconv.Itoa(knob.ExpiresInDays)
	i.mu.Lock()
	defer i.mu.Unlock()
	if c := i.issued[key]; c != nil {
		return c, nil
	}
	from, err := i.authority(knob.Issuer)
	if err != nil {
		return nil, err
	}
	c, err := from.Issue(Order{Names: names, Expired: knob.Expired, Days: knob.ExpiresInDays})
	if err != nil {
		return nil, err
	}
	i.issued[key] = c
	return c, nil
}

func (i *Issuer) authority(name string) (*Authority, error) {
	if name == "" {
		return i.root, nil
	}
	if a := i.others[name]; a != nil {
		return a, nil
	}
	a, err := New(name, i.root.now)
	if err != nil {
		return nil, err
	}
	i.others[name] = a
	return a, nil
}
