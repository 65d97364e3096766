package inventory

import (
	"crypto/rand"
	"maps"
	"slices"

	"github.com/agentcore-probe/probe/vpc/redact"
)

// Redacted is the inventory without what says whose it is: see package redact.
// What could not be read keeps its action and its kind of failure. Two calls map
// addresses differently: nobody keeps the key. The redactor maps what else is
// said about the same network.
func (s Snapshot) Redacted() (Snapshot, *redact.Redactor, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	n, names, err := redact.Network(s.Network, key)
	if err != nil {
		return Snapshot{}, nil, err
	}
	documents, err := n.Encode()
	if err != nil {
		return Snapshot{}, nil, err
	}
	out := Snapshot{Source: "redacted", CollectedAt: s.CollectedAt, Duration: s.Duration, Network: n, Region: s.Region, Account: names.Text(s.Account), Principal: names.Text(s.Principal)}
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		out.Documents = append(out.Documents, Document{name + ".json", indented(documents[name])})
	}
	for _, a := range s.Local {
		out.Local = append(out.Local, names.Address(a))
	}
	for _, u := range s.Unread {
		out.Unread = append(out.Unread, Unread{Action: u.Action, Failure: u.Failure, Reason: string(u.Failure)})
	}
	return out.derive(), names, nil
}
